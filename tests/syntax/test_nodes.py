"""Nodes made from the stdlib tree against what libcst parses from the same text."""

from __future__ import annotations

import ast
import importlib.util
import random
import re
import sys
import sysconfig
import textwrap
from collections.abc import Iterator, Sequence
from pathlib import Path

import libcst as cst
import pytest

from flake8_keras_graph.project.index import FunctionInfo
from flake8_keras_graph.project.project import Project
from flake8_keras_graph.records import Span
from flake8_keras_graph.syntax import nodes
from flake8_keras_graph.syntax.nodes.fields import FIELDS
from flake8_keras_graph.syntax.source import parse_function, read_function

_EVERYTHING = '''
    @decorated
    @called(1, *a, key=2, **b)
    async def first(self, a, /, b: int = 1, *args: str, c, d=None, **kwargs) -> None:
        """What it does."""
        global g; nonlocal h
        import os.path as path, sys
        from . import x as y
        from ..a.b import (c, d)
        a = b = c, *d = [1, 0x10, 1_000, 1.5e3, 2j, ...], True
        a.b[c, 1:2, ::3], d[(a, b)], e[(a), b], f[()] = a[b"x"]
        a: int
        a.b: list[int] = []
        a += 1; a **= 2; a @= b
        del a, b[0]
        del c,
        assert a, "m"
        text = "a" 'b' f"{a!r:>{b}}" f'{c=}' "d"
        x = f"{{" f"}}"
        if a and b or not c: return a
        elif a < b <= c is not d not in e: pass
        else:
            if a:
                pass
        for a, (b, *c) in d, e:
            break
        else:
            continue
        async for a in b: await c
        while (a := b): x = lambda y, *z, w=1: (yield)
        with a as b, c: yield from d
        async with a as (b, c): raise
        try: raise a from b
        except (A, B) as e: pass
        except C: pass
        except: pass
        else: pass
        finally: pass
        y = [a for b in c if d if e async for f in g], {a for b in c}, {a: b for c in d}, (a for b in c)
        z = {1: 2, **a, "k": (b)}, {1, *c}, (), [*a], -a ** +b % ~c // (d or (e and f)), a if b else c
        call(*a, b, key=c, *d, **e)
        call(a for b in c)
'''


_NUMBERS = {cst.Integer: lambda text: int(text, 0), cst.Float: float, cst.Imaginary: complex}
_NOT_MADE = (cst.ClassDef, cst.Match, cst.TryStar, cst.TypeAlias)


def _node(node: object) -> bool:
    """Operators and the like are one object for all and have no place."""
    return isinstance(node, cst.CSTNode) and type(node) in FIELDS and not isinstance(node, cst.FormattedStringText)


def _below(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    yield node
    for child in nodes.children(node):
        yield from _below(child)


def _functions(text: str, name: str) -> list[FunctionInfo]:
    module = Project().add(name, text, ast.parse(text))
    return [
        *module.functions.values(),
        *(each for found in module.classes.values() for each in found.methods.values()),
    ]


def _check(info: FunctionInfo) -> bool:
    """Every node that was made stands for a parsed one, and where that stands.

    False where the function is parsed from the start.
    """
    source = read_function(info)
    parsed = parse_function(info)
    if parsed is None:  # newer than libcst
        return False
    assert source is not None
    made = source.node
    if isinstance(getattr(made, "leading_lines", None), Sequence):
        assert any(isinstance(node, _NOT_MADE) for node in _below(made))
        return False
    found = nodes.pairs(made, parsed.node)
    deleted = {id(each) for node in _below(made) if isinstance(node, cst.Del) for each in _below(node.target)}
    for node in _below(made):
        if _node(node) and id(node) not in deleted:
            other = found[node]
            assert isinstance(other, (type(node), cst.ConcatenatedString, cst.BaseSuite, cst.Element))
            if type(node) in _NUMBERS:
                assert _NUMBERS[type(node)](node.value) == _NUMBERS[type(node)](other.value)
    places = parsed.positions()
    for node in nodes.origins(made, info.node):
        if node in found and not isinstance(node, cst.Param):  # with or without what is around the name
            assert source.span(node) == places[found[node]], (info, ast.unparse(info.node), node)
    return True


def test_places_and_texts_without_a_parse(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr("flake8_keras_graph.syntax.source.parse_function")
    text = "class A:\n    def ä(self, ö, *ü):  # \f\n        ß = (ö), 'é' f'{ö}', (ü) + ((ß))\n        return f(  # one\n            1, ß)\n"
    (info,) = _functions(text, "a.py")
    source = read_function(info)
    assert source is not None
    total = source.node.body.body[0].body[0].value.elements[2].value
    assert isinstance(total, cst.BinaryOperation)
    assert [source.code(node) for node in (total, total.left, total.right)] == ["(ü) + ((ß))", "ü", "ß"]
    assert source.span(total) == Span(3, 29, 3, 40)
    assert source.code(source.node.body.body[1].body[0].value) == "f(1, ß)"
    assert source.span(source.node.params.star_arg) == Span(2, 20, 2, 21)


def test_every_kind_of_node() -> None:
    (info,) = _functions("class A:\n" + _EVERYTHING, "a.py")
    assert _check(info)
    source = read_function(info)
    assert source is not None
    assert {type(node) for node in _below(source.node)} >= set(FIELDS)


_LAYOUT = (cst.BaseParenthesizableWhitespace, cst.EmptyLine, cst.TrailingWhitespace, cst.Newline, cst.Comment, cst.Comma,
           cst.Colon, cst.Semicolon, cst.Dot, cst.AssignEqual, cst.ParamSlash, cst.LeftParen, cst.RightParen,
           cst.LeftSquareBracket, cst.RightSquareBracket, cst.LeftCurlyBrace, cst.RightCurlyBrace)  # fmt: skip
_MATCH = """
    def second(self):
        match a, b:
            case [A(1, c=2), *_] | {"k": v, **rest} as name if a: pass
        class B(C, metaclass=D): x = 1
"""


def test_what_a_node_consists_of_is_in_the_order_of_libcst() -> None:
    pending: list[cst.CSTNode] = [cst.parse_module("class A:\n" + _EVERYTHING + _MATCH)]
    while pending:
        node = pending.pop()
        if not isinstance(node, _LAYOUT):
            expected = [child for child in node.children if not isinstance(child, _LAYOUT)]
            assert [id(child) for child in nodes.children(node) if not isinstance(child, _LAYOUT)] == list(
                map(id, expected)
            ), type(node)
            pending += expected


since_311 = pytest.mark.skipif(sys.version_info < (3, 11), reason="new in Python 3.11")


@pytest.mark.parametrize(
    "text",
    [
        "def f(): x = 1; return x\n",
        "def f():\n\tif a: b; c\n\telse: d\n",
        "@(\n  a)\ndef f(x): pass\n",
        "class A:\n    def f(self):\n        return x[(a, b)], x[(a), b], x[(a), (b)], x[()]\n",
        pytest.param("def f():\n    return x[*a], x[b, *a]\n", marks=since_311),
        "def f():\n    \U0001d518\U0001d52b = 1\n    return ﬁ\n",
        "def f():\n    return 'ä', f'ö{ü}' '{', f'''{\na}'''\n",
    ],
)
def test_odd_layout(text: str) -> None:
    assert [_check(info) for info in _functions(text, "a.py")] == [True]


def test_a_literal_too_long_to_write() -> None:
    (info,) = _functions(f"def f():\n    return 0x{'f' * 5000}\n", "a.py")
    source = read_function(info)
    assert source is not None and isinstance(source.node, cst.FunctionDef)


@pytest.mark.parametrize("statement", ["match a:\n    case [b, *c]:\n        pass", "class B:\n    pass"])
def test_what_is_not_made_is_parsed(statement: str) -> None:
    (info,) = _functions("def f(a):\n" + textwrap.indent(statement, "    ") + "\n    return a\n", "a.py")
    with pytest.raises(nodes.Unsupported):
        nodes.function(info.node)
    source = read_function(info)
    assert source is not None
    assert source.span(source.node.body.body[1]).line == len(statement.splitlines()) + 2


def test_another_function_is_no_pair() -> None:
    one, other = (_functions(f"def f():\n    return {text}\n", "a.py")[0] for text in ("a", "b"))
    parsed = parse_function(other)
    assert parsed is not None
    with pytest.raises(ValueError, match="a is written as b"):
        nodes.pairs(nodes.function(one.node), parsed.node)


def _real_files() -> list[Path]:
    """A sample of the standard library, its tests with all their odd syntax included, and of what is installed."""
    folders = [sysconfig.get_path("stdlib")]
    for name in ("libcst", "flake8", "keras", "keras_hub"):
        found = importlib.util.find_spec(name)
        if found is not None and found.origin is not None:
            folders.append(str(Path(found.origin).parent))
    files = sorted({file for folder in folders for file in Path(folder).rglob("*.py") if "bad" not in file.name})
    return random.Random(0).sample(files, min(150, len(files)))


_ODD_LAYOUT = re.compile(r"[^\x00-\x7f]|[\f;]|\\$|[(\[{]\s*#", re.MULTILINE)


def _structure(info: FunctionInfo) -> set[tuple[object, ...]]:
    """What of a function may be made or placed in a way of its own: each kind of node in each kind of node."""
    found: set[tuple[object, ...]] = set(
        _ODD_LAYOUT.findall("".join(info.module.lines[info.first_line - 1 : info.end_line]))
    )
    for node in ast.walk(info.node):
        found |= {
            (type(node), name, type(child)) for name, child in ast.iter_fields(node) if isinstance(child, ast.AST)
        }
        lists = [(name, each) for name, each in ast.iter_fields(node) if isinstance(each, list)]
        found |= {(type(node), name, type(child), len(each) > 1) for name, each in lists for child in each}
    return found


@pytest.mark.slow
def test_real_functions() -> None:
    """Those that hold what none before held, and every thirtieth of the others, which show the same again."""
    seen: set[tuple[object, ...]] = set()
    checked = passed_over = 0
    for file in _real_files():
        try:
            text = file.read_text(encoding="utf-8")
            infos = _functions(text, str(file))
        except (SyntaxError, ValueError, UnicodeError):
            continue
        for info in infos:
            structure = _structure(info)
            passed_over += structure <= seen
            if not structure <= seen or passed_over % 30 == 0:
                checked += _check(info)
                seen |= structure
    assert checked > 300
