"""What is read off a file without running it: imports, classes, names."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from flake8_keras_graph.project import index

PACKAGE = Path(index.__file__).parents[1]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("a", "a"),
        ("a.b.c", "a.b.c"),
        ("a.b(1)", "a.b"),
        ("a.b[1]", "a.b"),
        ("a[1].b", ""),
        ("f().b", ""),
        ("1", ""),
        ("(lambda: 1)", ""),
    ],
)
def test_dotted_name(written, expected):
    assert index.dotted_name(ast.parse(written, mode="eval").body) == expected


RELATIVE = [
    # importing file's module name, is it a package, statement, name, what it stands for
    ("pkg.a.m", "from . import x", "x", "pkg.a.x"),
    ("pkg.a.m", "from .n import x as y", "y", "pkg.a.n.x"),
    ("pkg.a.m", "from .. import x", "x", "pkg.x"),
    ("pkg.a.m", "from ..b import x", "x", "pkg.b.x"),
    ("pkg.a", "from . import x", "x", "pkg.x"),
    ("m", "from .n import x", "x", "n.x"),
    ("m", "from .... import x", "x", "x"),
    ("m", "import a.b.c", "a", "a"),
    ("m", "import a.b.c as d", "d", "a.b.c"),
    ("m", "from a import (b, c as d)", "d", "a.c"),
]


@pytest.mark.parametrize(("name", "statement", "local", "expected"), RELATIVE)
def test_imports(name, statement, local, expected):
    module = index.read_module(name.replace(".", "/") + ".py", statement, name)
    assert module.imports[local] == expected


def test_imports_of_a_package():
    module = index.read_module("pkg/__init__.py", "from .a import x\nfrom . import b\nfrom .c import *", "pkg")
    assert module.imports == {"x": "pkg.a.x", "b": "pkg.b"}
    assert module.star_imports == ["pkg.c"]


def test_classes_and_functions():
    text = """
class A(B[int], c.D, metaclass=M):
    limit, other = 1, 2
    size: int = 3
    class Inner(A):
        def f(self): pass
    def call(self): pass
    @property
    def p(self): return 1
    @p.setter
    def p(self, value): pass

def make():
    class Local(A): pass
    def deeper():
        class Deepest(Local): pass

if True:
    class Late(A): pass
"""
    module = index.read_module("m.py", text, "m")
    assert set(module.classes) == {"A", "A.Inner", "make.Local", "make.deeper.Deepest", "Late"}
    info = module.classes["A"]
    assert info.bases == ("B", "c.D")
    assert {"call", "p"} <= set(info.methods)
    assert [argument.arg for argument in info.methods["p"].node.args.args] == ["self"]  # not the setter
    assert "size" in info.attributes
    assert set(module.functions) == {"make"}


@pytest.mark.parametrize("text", ["x = 1\0", "(" * 5000, "class", "\\", "\x00"])
def test_parse_raises_only_syntax_errors(text):
    with pytest.raises(SyntaxError):
        index.parse(text, "m.py")


KERAS_2 = "try:\n    import tf_keras as keras\nexcept ImportError:\n    import keras\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (KERAS_2, "tf_keras"),
        (KERAS_2 + "import keras\n", "keras"),
        ("if new:\n    from tensorflow import keras\nelse:\n    import tf_keras as keras\n", "tensorflow.keras"),
        ("try:\n    import ours as keras\nexcept ImportError:\n    import keras\n", "keras"),
        ("try:\n    import keras\nexcept ImportError:\n    import ours as keras\n", "keras"),
        ("try:\n    import ours as keras\nexcept ImportError:\n    import theirs as keras\n", "ours"),
        ("try:\n    pass\nexcept ImportError:\n    import keras\n", "keras"),
    ],
)
def test_an_import_in_place_of_another(text, expected):
    assert index.read_module("m.py", text, "m").imports["keras"] == expected


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("x = 1", "x  =  1  # comment", True),
        ("f(a,\n  b)", "f(a, b)", True),
        ("x = 'a'", 'x = "a"', True),
        ("x = (1)", "x = 1", True),
        ("x = 1", "x = 2", False),
        ("x = 1", "x = 1.0", False),
        ("x = '\\ud800'", "x = '\\ud801'", False),
    ],
)
def test_subtree_hash(one, other, same):
    assert (index.subtree_hash([ast.parse(one)]) == index.subtree_hash([ast.parse(other)])) is same


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py"))[::5], ids=lambda path: path.name)
def test_fast_walks_give_what_those_of_ast_give(path):
    """In their order, operators and contexts left out."""
    tree = ast.parse(path.read_text(encoding="utf-8") + "\nx = {**a, 1: 2}\nf = lambda *, k, d=1: k\n")
    left_out = (ast.boolop, ast.operator, ast.unaryop, ast.cmpop, ast.expr_context)

    def kept(nodes):
        return [node for node in nodes if not isinstance(node, left_out)]

    assert index.breadth_first(tree) == kept(ast.walk(tree))
    assert all(index.child_nodes(node) == kept(ast.iter_child_nodes(node)) for node in ast.walk(tree))
