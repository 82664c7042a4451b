"""The engine's three answers: findings, Keras classes, fingerprints."""

from __future__ import annotations

import textwrap

import pytest

from flake8_keras_graph import engine
from flake8_keras_graph.config import Options
from flake8_keras_graph.engine import Session
from flake8_keras_graph.project.index import parse

MODEL = """\
import keras
import tensorflow as tf
from helpers import scale, LIMIT
from base import Base


def double(x):
    return x * 2


class Model(Base):
    '''A model.'''

    def __init__(self):
        super().__init__()
        self.inner = Inner()

    def call(self, x):
        # a comment
        return self.inner(double(scale(x)))


class Inner(keras.layers.Layer):
    def call(self, x):
        if tf.reduce_sum(x) > LIMIT:
            return x
        return -x


class Alone(keras.layers.Layer):
    def call(self, x):
        return x
"""
HELPERS = "LIMIT = 3\n\n\ndef scale(x):\n    return deeper(x)\n\n\ndef deeper(x):\n    return x * 3\n\n\ndef unused():\n    return 1\n"
BASE = "import keras\n\n\nclass Base(keras.Model):\n    rate = 1\n\n    def helper(self):\n        return 2\n"


@pytest.fixture
def project(tmp_path):
    (tmp_path / "model.py").write_text(MODEL)
    (tmp_path / "helpers.py").write_text(HELPERS)
    (tmp_path / "base.py").write_text(BASE)
    return tmp_path


def fingerprint(root, symbol="Model", text=None):
    source = engine.Source(str(root / "model.py"), (root / "model.py").read_text() if text is None else text)
    return engine.fingerprint(source, symbol, Options())


SAME = {
    "a comment changed": lambda text: text.replace("# a comment", "# another"),
    "a comment less": lambda text: text.replace("        # a comment\n", ""),
    "lines between": lambda text: text.replace("\n\n\n", "\n\n\n\n\n"),
    "brackets and breaks": lambda text: text.replace("x * 2", "(\n        x\n        * 2\n    )"),
    "Windows line ends": lambda text: text.replace("\n", "\r\n"),
    "tabs": lambda text: text.replace("    ", "\t"),
    "another class": lambda text: text + "\nclass Other(keras.Model):\n    pass\n",
    "a class that it does not use": lambda text: text.replace(
        "        return x\n\n\nclass Alone", "        return x\n\n\nclass Alone"
    ),
}


@pytest.mark.parametrize("change", SAME.values(), ids=SAME)
def test_fingerprint_stays(project, change):
    assert fingerprint(project, text=change(MODEL)) == fingerprint(project)


OTHER = {
    "the class": lambda text: text.replace("double(scale(x))", "double(x)"),
    "a helper": lambda text: text.replace("x * 2", "x * 3"),
    "a layer it uses": lambda text: text.replace("return -x", "return +x"),
    "the constructor": lambda text: text.replace("super().__init__()\n", "super().__init__(name='a')\n"),
    "a base": lambda text: text.replace("class Model(Base)", "class Model(keras.Model)"),
}


@pytest.mark.parametrize("change", OTHER.values(), ids=OTHER)
def test_fingerprint_changes(project, change):
    assert change(MODEL) != MODEL
    assert fingerprint(project, text=change(MODEL)) != fingerprint(project)


FILES = {
    "a helper's helper": ("helpers.py", "x * 3", "x * 4", True),
    "a constant": ("helpers.py", "LIMIT = 3", "LIMIT = 4", True),
    "a base class": ("base.py", "return 2", "return 3", True),
    "a comment": ("base.py", "import keras\n", "import keras  # comment\n", False),
    "a function that is not used": ("helpers.py", "return 1", "return 2", False),
}


@pytest.mark.parametrize("name", FILES)
def test_fingerprint_across_files(project, name):
    file, old, new, changes = FILES[name]
    before = fingerprint(project)
    text = (project / file).read_text()
    assert old in text
    (project / file).write_text(text.replace(old, new))
    assert (fingerprint(project) != before) is changes


EVERYTHING = '''
import keras
SCALE = 2.5
def helper(a, /, b=1, *c, d: int = 2, **e) -> float: return f"{a!r:>{b}}" "x" if a else lambda: (yield)
class A(keras.Model):
    """Ä."""
    def call(self, x, *, training=None):
        global g
        y = [i for i in x if i] + [*x] + [{**x, 1: b"2", None: ...}] + x[1:, ::2, None]
        async def f(): pass
        with a as b, c: pass
        try: pass
        except (A, B) as e: raise X from e
        match x:
            case [1, *r] | {"k": v, **z} if v: pass
        return helper(x) * SCALE * 1e-3 * 0x10 * 1j
'''


def test_fingerprint_is_the_same_in_every_version_of_python():
    found = engine.fingerprint(engine.Source("m.py", EVERYTHING), "A", Options())
    assert found == "2862e0dccfcb9a0cf9d6cdcee63fb490f8a8949a60f53cbe8cd64751ceee5401"


def test_fingerprint_of_no_class(project):
    with pytest.raises(KeyError):
        fingerprint(project, "Nothing")
    with pytest.raises(SyntaxError):
        fingerprint(project, text="class")


def test_keras_classes(tmp_path):
    text = textwrap.dedent("""
        import keras, tf_keras, abc
        import tensorflow as tf
        class A(keras.Model): pass
        class B(A): pass
        class C(tf.keras.layers.Layer):
            class D(keras.losses.Loss): pass
        class E(keras.metrics.Mean): pass
        class F(tf_keras.Sequential): pass
        class G(abc.ABC): pass
        class H(keras.callbacks.Callback): pass
        class I(Unknown): pass
        class J(keras.layers.LSTMCell): pass
        class K(G, B): pass
        def make():
            class L(K): pass
    """)
    found = engine.keras_classes(engine.Source("m.py", text), Options(model_bases=("Unknown",)))
    assert [(each.symbol, each.kind, each.keras) for each in found] == [
        ("A", "model", 3),
        ("B", "model", 3),
        ("C", "layer", 3),
        ("C.D", "loss", 3),
        ("E", "metric", 3),
        ("F", "model", 2),
        ("I", "model", 3),
        ("J", "layer", 3),
        ("K", "model", 3),
        ("make.L", "model", 3),
    ]
    assert [each.line for each in found][:2] == [4, 5]
    forced = engine.keras_classes(engine.Source("m.py", text), Options(keras="2"))
    assert {each.keras for each in forced} == {2}


SELECTION = [
    ((), (), {"KG101", "KG108"}),
    (("KG101",), (), {"KG101"}),
    (("KG1",), ("KG101",), {"KG108"}),
    (("KG101",), ("KG1",), {"KG101"}),
    ((), ("KG",), set()),
    (("KG",), ("KG1",), set()),
    (("KG4",), (), set()),
]


@pytest.mark.parametrize(("select", "ignore", "expected"), SELECTION)
def test_selection(select, ignore, expected):
    text = "import keras\nclass A(keras.layers.Layer):\n    def call(self, x):\n        return x if x > 0 else int(x + 1)\n"
    found = engine.check(engine.Source("m.py", text), Options(select=select, ignore=ignore))
    assert {finding.code for finding in found} == expected


def test_a_given_tree_is_used():
    text = "import keras\nclass A(keras.layers.Layer):\n    def call(self, x):\n        return x if x > 0 else -x\n"
    options = Options()
    tree = parse(text, "m.py")
    assert engine.check(engine.Source("m.py", text, tree), options) == engine.check(
        engine.Source("m.py", text), options
    )


def test_findings_do_not_depend_on_what_was_checked_before(project):
    options = Options()
    session = Session(options)
    sources = [
        engine.Source(str(project / name), (project / name).read_text())
        for name in ("base.py", "helpers.py", "model.py")
    ]
    fresh = [engine.check(source, options) for source in sources]
    assert any(fresh)
    for _ in range(2):
        assert [engine.check(source, options, session) for source in sources] == fresh
        assert [engine.check(source, options, session) for source in sources[::-1]] == fresh[::-1]
