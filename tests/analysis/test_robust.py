"""Whatever is thrown at it: no crash, and what stands beside it is found all the same."""

from __future__ import annotations

import sys
import textwrap
import time

import pytest

from flake8_keras_graph import engine
from flake8_keras_graph.config import Options

HEAD = "import keras\nimport tensorflow as tf\nfrom keras import layers\n"
WITNESS = """
class Witness(layers.Layer):
    def call(self, x):
        return x if tf.reduce_sum(x) > 0 else -x
"""


def witnessed(text: str) -> bool:
    found = engine.check(engine.Source("m.py", text), Options())
    return any(finding.symbol == "Witness" and finding.code == "KG101" for finding in found)


IN_CALL = {
    "weird targets": """
        a.b[c].d, *e = x, 1
        [a, (b, *c)], d[0:1], x.y = x
        (x) = [y] = z[x] = x.w = x
        for a.b in x.shape: pass
        for a[0], *b in [x]: pass
        with x as (a, *b), x as a.b, x as a[0]: pass
    """,
    "deleted names": """
        del x
        del x, y.z, w[0]
        del (a, b), [c]
        y = x
    """,
    "global and nonlocal": """
        global G, H
        G = x
        H += 1
        def f():
            nonlocal y
            y = 1
            global G
        f()
        y = 2
    """,
    "async": """
        async def f():
            async with x as y, z: pass
            async for a in x: pass
            b = [c async for c in x if await c]
            return await y
        y = f()
        if y: pass
    """,
    "generators": """
        def f():
            a = yield
            b = yield x
            yield from f()
            c = (yield x) + (yield)
            return a
        for y in f(): x = x + y
        z = (i for i in f())
        next(z)
    """,
    "match": """
        match x:
            case 1 | 2 as y: pass
            case [a, *rest]: pass
            case {"k": v, **others} if v: pass
            case Point(x=0, y=b): pass
            case (1, 2) | [3]: pass
            case -1 | 1+2j: pass
            case a.b.c: pass
            case "s" | b"t" | None | True: pass
            case str() | int(): pass
            case _: pass
    """,
    "star everything": """
        f(*x, *y, a=1, **z, **{"b": 2})
        [*x, *[1, 2], *{}]
        {**x, **{"a": 1}, "b": 2, **y}
        print(*x, sep="")
        a, = x
        (), [] = (), []
    """,
    "strings": """
        f"{x!r:>{y}} {x=} {f'{x}'} {{}}" "a" f"{x}" u"a" '''x''', rb"\\x00"
        "\\N{EM DASH}" if x is None else "\\777"
        b"a" b"b"
        '\\ud800'
    """,
    "numbers": """
        0x_FF, 0b1_0, 0o7, 1_000.0_1e-1_0j, 1e400, 0xfffffffffffffffffffff, -1 ** 10 ** 10
        y = 10 ** 10 ** 10
        z = "a" * 10 ** 10
        w = (1,) * 10 ** 9
        v = 1 << 10 ** 10
        for i in range(10 ** 30): pass
        for i in range(0): pass
        for i in range(1, 2, 0): pass
        y = 1 // 0, 1 % 0, 1.0 / 0, -"a", ~1.5, +None, not ...
        y = 1 < "a", [] < {}, 1 in 2, None < 1
    """,
    "slices": """
        x[1:2, ..., None, ::-1, a:b:c], x[*y], x[()], x[y:=1], x[:], x[lambda: 1]
        [1, 2][5], [1][-9], (1, 2)[1:0:0], {}[[]], {1: 2}[{}], "abc"[1:], [1][True], [1]["a"], [1][1.5]
    """
    if sys.version_info >= (3, 11)
    else "x[1:2, ..., None, ::-1]",
    "calls of anything": """
        1(), None(x), "a"(x), [1](x), {}(x), (lambda: 1)(x, *x, **x), (lambda *a, **k: a[0])(), ...(x)
        super()(x), super().nothing(x), super(int, 3).call(x), type(self)(x), type(x, (), {})()
        self(x), self.call(x), self.__call__(x), self.build(), self.missing.deeper(x)[0]
        range(), zip(), enumerate(), len(), int(), map(), next(), getattr(), isinstance(), max(), dict(1, 2), sorted()
        range(1, 2, 3, 4), isinstance(x), isinstance(1, 2, 3), getattr(x), getattr(self, "y", 1), list(1, 2)
        tf.reduce_sum(), tf.cond(), tf.map_fn(), tf.while_loop(), tf.shape(), tf.split(), layers.Dense(), layers.LSTM()(x)
        tf.function()(), tf.function(3)(x), tf.function(tf.function)(x), keras.Model(), keras.Sequential()(x)
        tf.nothing.at.all(x), keras.ops.shape(), keras.ops.scan(1, 2, 3), tf.numpy_function(), tf.py_function(x)
        tf.cond(x, 1, 2), tf.while_loop(lambda: 1, lambda a, b: a, [x]), tf.map_fn(None, None), tf.switch_case(x, {})
    """,
    "comprehensions": """
        [a for a in x for b in a if b if a for c in b]
        {a: b for a, b in x.items()}, {a for a in x}, (a for a in x)
        [[b for b in a] for a in x if (c := a)]
        [(yield_) for yield_ in x], [lambda: a for a in x]
        [a for a, *b in x], [a.b for a.b in x], {**{a: 1} for a in x} if 0 else 1
    """.replace(", {**{a: 1} for a in x} if 0 else 1", ""),
    "classes in call": """
        class Inner(layers.Layer, metaclass=type):
            def call(self, y): return y
            x = [i for i in range(3)]
        y = Inner()(x)
        class Inner(Inner): pass
        class Again(Again): pass
    """,
    "exceptions": """
        try: pass
        except (A, B) as e: raise
        except a.b: raise e from None
        except: pass
        else: x = 1
        finally: return x
        try:
            return x
        finally:
            pass
    """,
    "assignments that feed themselves": """
        a = b = c = [x]
        a.append(a)
        b[0] = b
        c = [c, [c, [c]]]
        d = {}
        d["d"] = d
        for i in x.shape:
            c = [c, c]
            d = {"d": d, "c": c}
            a = (a, lambda: a)
        def f(g=c): return f(f)
        f(f(f))
        y = lambda n: y(y)
        y(y)
    """,
    "empty statements": """
        pass; ...; 1; "a"; x
        assert x, y
        assert (x, y)
        return
        raise
        break_ = 1
        x: int
        x: int = 1
        self.y: "z" = x
        if 0: pass
        elif 1: pass
        else: pass
        while 0: pass
        else: pass
        for _ in (): pass
        else: pass
    """,
    "loops that do not settle": """
        a = b = c = d = e = f = g = 1
        while x is None:
            a, b, c, d, e, f, g = b, c, d, e, f, g, [a, b, c, d, e, f, g, x]
            for i in range(3):
                a = (b, a)
                while True:
                    b = {"a": a, "b": b}
                    if c: break
                    continue
    """,
    "attribute chains": """
        x.a.b.c.d.e.f.g.h.shape[0][1][2].dtype.name.lower().upper()
        self.a.b = self.a.c = x
        self.a.b.c += x
        x.shape.a.b(), x.shape[0].value, x.shape.as_list()[0].x, x.numpy.y, x.numpy()()
    """,
}
if sys.version_info >= (3, 11):
    IN_CALL["exception groups"] = """
        try: pass
        except* (A, B) as e: x = 1
        except* C: pass
    """
if sys.version_info >= (3, 12):
    IN_CALL["type parameters"] = """
        type Pair[T] = tuple[T, T]
        def f[T: int, *Ts, **P](a: T) -> T: return a
        class G[T]: pass
        f(x)
        f"{x + f"{x}"}"
    """


@pytest.mark.parametrize("body", IN_CALL.values(), ids=IN_CALL)
@pytest.mark.parametrize("keras", ["2", "3"])
def test_in_call(body, keras):
    text = HEAD + "class A(layers.Layer):\n    def call(self, x, *args, training=None, **kwargs):\n"
    text += textwrap.indent(textwrap.dedent(body).strip("\n"), " " * 8) + "\n" + WITNESS
    compile(text, "m.py", "exec", flags=0x2000 | 0x400)  # the sample itself is Python
    found = engine.check(engine.Source("m.py", text), Options(keras=keras))
    assert any(finding.symbol == "Witness" for finding in found)


FILES = {
    "a class that is its own base": "class A(A):\n    def call(self, x): return x if x > 0 else 1\n",
    "a cycle of bases": "class A(B): pass\nclass B(A):\n    def call(self, x): return 1\nclass A(B, layers.Layer): pass\n",
    "bases that are no names": "class A(f(x), *y, layers[0], (lambda: 1), 'x', None, layers.Layer, metaclass=M, **k):\n"
    "    def call(self, x): return x\n",
    "odd inheritance order": "class A(layers.Layer): pass\nclass B(A): pass\nclass C(A, B):\n    def call(self, x): return x\n",
    "a method without parameters": "class A(layers.Layer):\n    def call(): return 1\n    def build(): pass\n    def __init__(): self.x = 1\n",
    "only star parameters": "class A(layers.Layer):\n    def call(*args, **kw): return args[1] if args[1] > 0 else kw\n",
    "a static call": "class A(layers.Layer):\n    @staticmethod\n    def call(x): return x\n    @classmethod\n    def build(cls, x): pass\n",
    "a call that is a property": "class A(layers.Layer):\n    @property\n    def call(self): return self.call\n",
    "a call that is an attribute": "class A(layers.Layer):\n    call = None\n    build = lambda self, x: self.build\n    __init__ = 3\n",
    "constants that name themselves": "X = X\nY = Z\nZ = Y\nW = [W]\nK = K.k\nclass A(layers.Layer):\n    n = n\n    def call(self, x):\n"
    "        return [X, Y.a, Z, W[0], K, self.n, A.n]\n",
    "constants that call themselves": "F = lambda: F()\nG = F()\nH = [G for G in H]\nclass A(layers.Layer):\n    def call(self, x): return F() or G or H\n",
    "attributes that name themselves": "class A(layers.Layer):\n    def __init__(self):\n        self.a = self.a\n        self.b = self.c\n"
    "        self.c = self.b\n        self.d = A()\n        self.e = [self]\n    def call(self, x):\n        return self.d.d.d(self.e[0](x))\n",
    "constructors that recurse": "class A(layers.Layer):\n    def __init__(self, n):\n        self.a = A(n - 1)\n        self.b = B(self)\n"
    "    def call(self, x): return self.a(self.b(x))\nclass B(layers.Layer):\n    def __init__(self, a):\n        self.a = A(a)\n    def call(self, x): return self.a(x)\n",
    "properties that recurse": "class A(layers.Layer):\n    @property\n    def a(self): return self.b\n    @property\n    def b(self): return self.a\n"
    "    def call(self, x): return x if self.a else self.b\n",
    "methods that recurse": "class A(layers.Layer):\n    def call(self, x): return self.call(self.f(x))\n    def f(self, x, n=0): return self.f([x], n + 1) if n else self.g(x)\n"
    "    def g(self, x): return self.f({'a': x})\n",
    "definitions twice": "class A(layers.Layer):\n    def call(self, x): return 1\n    def call(self, x): return 2\nclass A(layers.Layer): pass\nA = 3\ndef A(): pass\n",
    "imports of anything": "import a.b.c.d\nfrom ....... import x\nfrom .. import *\nfrom . import y as z\nimport keras as tf2, keras.layers as L\nfrom keras import *\n"
    "try:\n    import torch\nexcept ImportError:\n    torch = None\nclass A(L.Layer):\n    def call(self, x): return torch.sum(x) if a.b.c(x) else x\n",
    "statements at module level": "for A in []:\n    class B(layers.Layer):\n        def call(self, x): return x\nwhile 0: pass\nwith A as C: pass\nX: int\nX.y: int = 3\ndel X\n(lambda: 0)()\n",
    "a mixed bag of decorators": "@a.b[c](d)\n@(lambda f: f)\n@keras.saving.register_keras_serializable()\nclass A(layers.Layer):\n    @x[0]\n    @tf.function(reduce_retracing=True)\n"
    "    @functools.wraps(f)\n    def call(self, x): return x\n",
    "a decorator with a walrus": "class A(layers.Layer):\n    @(d := tf.function)\n    def call(self, x): return x\n",
    "unicode names": "class Ａ(layers.Layer):\n    def call(self, ｘ, ñ=1): return ｘ if ñ else x\n",
    "a form feed and a continuation": "\f\\\n\nclass A(layers.Layer):\n\f    def call(self, x): return \\\n x\n",
    "comments only in between": "class A(layers.Layer):\n    # a\n\n    def call(self, x):\n        # b\n        return x\n        # c\n# d\n    # e\n",
}


@pytest.mark.parametrize("text", FILES.values(), ids=FILES)
def test_file(text):
    assert witnessed(HEAD + text + WITNESS)


NESTED = {
    "brackets": "(" * 80 + "x" + ")" * 80,
    "lists": "[" * 150 + "x" + "]" * 150,
    "calls": "f(" * 150 + "x" + ")" * 150,
    "a sum": " + ".join(["x"] * 1500),
    "negations": "not " * 300 + "x",
    "minus": "-" * 300 + "x",
    "attributes": "x" + ".a" * 900,
    "subscripts": "x" + "[0]" * 900,
    "method calls": "x" + ".f()" * 700,
    "ternaries": "x if x else " * 400 + "x",
    "lambdas": "lambda: " * 150 + "x",
    "or": " or ".join(["x"] * 3000),
    "comparisons": " < ".join(["x"] * 3000),
    "a long list": "[" + "x, " * 20000 + "]",
    "a long string": "'" + "a" * 1_000_000 + "'",
    "strings side by side": " ".join(["'a'"] * 3000),
    "deep dict": "{1: " * 90 + "x" + "}" * 90,
}


@pytest.mark.parametrize("expression", NESTED.values(), ids=NESTED)
@pytest.mark.parametrize("where", ["in call", "constant", "default", "decorator"])
def test_nesting(expression, where):
    text = {
        "in call": "class A(layers.Layer):\n    def call(self, x):\n        y = {0}\n        return y\n",
        "constant": "x = 1\nX = {0}\nclass A(layers.Layer):\n    y = {0}\n    def call(self, x): return X or self.y\n",
        "default": "x = 1\ndef g(a={0}): return a\nclass A(layers.Layer):\n    def call(self, x): return g()\n",
        "decorator": "x = 1\nclass A(layers.Layer):\n    @f({0})\n    def call(self, x): return x\n",
    }[where].format(expression)
    text = HEAD + text + WITNESS
    try:
        compile(text, "m.py", "exec", flags=0x400)
    except (RecursionError, MemoryError, SyntaxError):
        with pytest.raises(SyntaxError):
            engine.check(engine.Source("m.py", text), Options())
        return
    engine.check(engine.Source("m.py", text), Options())


def nested_blocks(depth: int) -> str:
    lines = ["class A(layers.Layer):", "    def call(self, x):"]
    for level in range(depth):
        lines.append(" " * (8 + level) + ("if x:" if level % 2 else "for i in x:"))
    lines.append(" " * (8 + depth) + "pass")
    return "\n".join(lines) + "\n"


def test_deep_blocks():
    for depth in (18, 90):
        text = HEAD + nested_blocks(depth) + WITNESS
        try:
            engine.check(engine.Source("m.py", text), Options())
        except SyntaxError:
            assert depth == 90


@pytest.mark.parametrize(
    "text", ["", "\n", "\f", "# x", "import keras", "\ufeff", "x = 1\0", "class", "\\", "é", "(" * 3000, "\x1a"]
)
def test_not_even_a_class(text):
    try:
        assert engine.check(engine.Source("m.py", text), Options()) == []
    except SyntaxError:
        with pytest.raises((SyntaxError, ValueError, MemoryError, RecursionError)):
            compile(text, "m.py", "exec")


HUGE = {
    "ten thousand lines": "        x = x + tf.reduce_sum(x)\n" * 10_000,
    "a thousand branches": "        if x is y:\n            y = tf.sin(x)\n        else:\n            y = 1\n" * 1_000,
    "a thousand loops": "        for i in range(3):\n            y = [y, i]\n" * 1_000,
    "a thousand returns": "        if self.flag:\n            return x\n" * 1_000,
    "two to the hundredth paths": "        y = (y, y) if self.a else (y, 1)\n" * 100,
    "helpers that call two helpers": "        x = self.f0(x)\n",
}


@pytest.mark.parametrize("name", HUGE)
def test_a_huge_function_ends(name):
    text = HEAD + "class A(layers.Layer):\n"
    for number in range(30):
        text += f"    def f{number}(self, x, y=None):\n        return self.f{number + 1}(x, {number}), self.f{number + 1}(x, y)\n"
    text += "    def call(self, x):\n        y = 1\n" + HUGE[name] + "        return x\n" + WITNESS
    start = time.monotonic()
    assert witnessed(text)
    assert time.monotonic() - start < 60  # it does not run away; how fast it is, the benchmark says


def test_many_classes_that_use_one_another():
    text = HEAD
    for number in range(120):
        text += (
            f"class L{number}(layers.Layer):\n    def __init__(self):\n        super().__init__()\n"
            f"        self.a = L{number + 1}()\n        self.b = L{number + 2}()\n"
            f"    def call(self, x, y=None):\n        return self.a(x, y=self.b(x, y=y))\n"
        )
    assert witnessed(text + WITNESS)


LONG = {
    "a chain of base classes": "class C0(layers.Layer): pass\n"
    + "".join(f"class C{n + 1}(C{n}):\n    def call(self, x): return super().call(x)\n" for n in range(400)),
    "a chain of elifs": "if a: pass\n"
    + "".join(f"elif a == {n}:\n    class C{n}(layers.Layer): pass\n" for n in range(800)),
    "a chain of helpers": "def f0(x): return x\n"
    + "".join(f"def f{n + 1}(x): return f{n}(x)\n" for n in range(1500))
    + "class C(layers.Layer):\n    def call(self, x): return f1500(x)\n",
    "a chain of constants": "c0 = 1\n"
    + "".join(f"c{n + 1} = [c{n}]\n" for n in range(1500))
    + "class C(layers.Layer):\n    def call(self, x): return c1500\n",
    "a chain of attributes": "class C(layers.Layer):\n    def __init__(self):\n        self.a0 = 1\n"
    + "".join(f"        self.a{n + 1} = [self.a{n}]\n" for n in range(1500))
    + "    def call(self, x): return self.a1500\n",
    "a chain of properties": "class C(layers.Layer):\n    def call(self, x): return self.p0\n    p1500 = 1\n"
    + "".join(f"    @property\n    def p{n}(self): return self.p{n + 1}\n" for n in range(1500)),
    "a chain of layers": "class C0(layers.Layer):\n    def call(self, x): return x\n"
    + "".join(
        f"class C{n + 1}(layers.Layer):\n    def __init__(self):\n        self.c = C{n}()\n"
        f"    def call(self, x): return self.c(x)\n"
        for n in range(300)
    ),
    "a chain of aliases": "c0 = layers\n"
    + "".join(f"c{n + 1} = c{n}\n" for n in range(1500))
    + "class C(c1500.Layer): pass\n",
}


@pytest.mark.parametrize("text", LONG.values(), ids=LONG)
def test_long_chains(text):
    assert witnessed(HEAD + text + WITNESS)
    engine.keras_classes(engine.Source("m.py", HEAD + text), Options())


def test_fingerprint_of_long_chains():
    text = HEAD + LONG["a chain of base classes"]
    assert engine.fingerprint(engine.Source("m.py", text), "C400", Options())


def test_a_long_chain_in_another_file(tmp_path):
    bases = "".join(f"class C{n + 1}(C{n}): pass\n" for n in range(1500))
    (tmp_path / "chain.py").write_text(HEAD + "class C0(layers.Layer): pass\n" + bases)
    text = HEAD + "from chain import C1500\nclass D(C1500):\n    def call(self, x): return x\n" + WITNESS
    source = engine.Source(str(tmp_path / "m.py"), text)
    assert any(finding.symbol == "Witness" for finding in engine.check(source, Options()))
    assert engine.fingerprint(source, "D", Options())
    assert {each.symbol for each in engine.keras_classes(source, Options())} >= {"Witness"}


def test_a_constructor_beyond_the_budget():
    text = HEAD + "class A(layers.Layer):\n    def __init__(self):\n        self.x = self.f0(1, 2)\n"
    for n in range(14):
        calls = ", ".join(f"self.f{n + 1}([x, {k}], [y, {k}])" for k in range(4))
        text += f"    def f{n}(self, x, y): return [{calls}]\n"
    text += "    def f14(self, x, y): return x\n    def call(self, x): return x if self.x else x\n"
    assert witnessed(text + WITNESS)


def test_a_function_that_calls_itself_often():
    """Each call with other values: what is done must not double with every level."""
    calls = "\n".join(f"        self.visit(x + {number}, depth + {number})" for number in range(1, 5))
    text = (
        "import keras\nclass A(keras.Model):\n    def call(self, x):\n        return self.visit(x, 0)\n"
        f"    def visit(self, x, depth):\n{calls}\n        if x > 0:\n            return x\n        return depth\n"
    )
    session = engine.Session(Options())
    found = engine.check(engine.Source("m.py", text), Options(), session)
    assert [(each.code, each.span.line) for each in found] == [("KG101", 10)]
    assert session.interpreter.steps < 5000
