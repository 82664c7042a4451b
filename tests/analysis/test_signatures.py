"""Builtin functions take their arguments as Python binds them, keywords included."""

from __future__ import annotations

import builtins
import textwrap

import libcst as cst
import pytest

from flake8_keras_graph.analysis.interpreter.calls.builtin_functions import signatures
from flake8_keras_graph.analysis.interpreter.calls.signatures import BoundArguments, signature
from flake8_keras_graph.analysis.values import Arguments, Value, constant

# Calls that Python takes, and calls that it refuses.
CALLS = {
    "abs": (["abs(1)"], ["abs()", "abs(x=1)", "abs(1, 2)"]),
    "all": (["all([])"], ["all(iterable=[])", "all()"]),
    "any": (["any([])"], ["any(iterable=[])", "any([], [])"]),
    "bool": (["bool()", "bool(1)"], ["bool(x=1)", "bool(1, 2)"]),
    "dict": (["dict()", "dict({})", "dict({}, a=1)", "dict(mapping=1)"], ["dict({}, {})"]),
    "divmod": (["divmod(5, 2)"], ["divmod(x=5, y=2)", "divmod(5)"]),
    "enumerate": (
        ["enumerate([])", "enumerate([], 1)", "enumerate(iterable=[])", "enumerate([], start=1)",
         "enumerate(start=1, iterable=[])"],
        ["enumerate()", "enumerate(start=1)", "enumerate([], iterable=[])", "enumerate([], 1, 2)"],
    ),
    "float": (["float()", "float('1')"], ["float(x='1')", "float('1', 2)"]),
    "frozenset": (["frozenset()", "frozenset([])"], ["frozenset([], [])"]),
    "getattr": (
        ["getattr('', 'upper')", "getattr('', 'nothing', None)"],
        ["getattr('', name='upper')", "getattr('', 'nothing', default=None)", "getattr('')"],
    ),
    "int": (
        ["int()", "int('1')", "int('1', 8)", "int('1', base=8)"],
        ["int(x='1')", "int('1', 8, 9)", "int('1', radix=8)"],
    ),
    "iter": (["iter([])"], ["iter()", "iter(object=[])"]),
    "len": (["len([])"], ["len(obj=[])", "len()", "len([], [])"]),
    "list": (["list()", "list([])"], ["list(iterable=[])", "list([], [])"]),
    "map": (["map(str, [])", "map(str, [], [])"], ["map(function=str, iterables=[])"]),
    "max": (
        ["max(1, 2)", "max([1])", "max([], default=0)", "max([1], key=str)", "max(1, 2, key=str)"],
        ["max([1], start=0)", "max(1, 2, reverse=True)"],
    ),
    "min": (["min(1, 2)", "min([1])", "min([], default=0)", "min([1], key=str)"], ["min([1], start=0)"]),
    "next": (["next(iter([1]))", "next(iter([]), 0)"], ["next(iter([]), default=0)", "next()"]),
    "pow": (["pow(2, 3)", "pow(2, 3, 5)", "pow(base=2, exp=3)", "pow(2, 3, mod=5)"], ["pow(2)", "pow(2, 3, 5, 7)"]),
    "range": (["range(1)", "range(1, 2)", "range(1, 2, 3)"], ["range(stop=1)", "range(1, step=2)"]),
    "reversed": (["reversed([])"], ["reversed(sequence=[])", "reversed()"]),
    "round": (
        ["round(1.5)", "round(1.5, 1)", "round(number=1.5)", "round(1.5, ndigits=1)"],
        ["round()", "round(1.5, 1, 2)", "round(x=1.5)"],
    ),
    "set": (["set()", "set([])"], ["set(iterable=[])", "set([], [])"]),
    "setattr": (["setattr(type('A', (), {}), 'b', 1)"], ["setattr(type('A', (), {}), 'b')"]),
    "sorted": (
        ["sorted([])", "sorted([], key=str)", "sorted([], reverse=True)"],
        ["sorted()", "sorted(iterable=[])", "sorted([], str)"],
    ),
    "sum": (["sum([])", "sum([], 1)", "sum([], start=1)"], ["sum()", "sum(iterable=[])", "sum([], 1, 2)"]),
    "super": (["super(int, 1)"], ["super(int, obj=1)"]),
    "tuple": (["tuple()", "tuple([])"], ["tuple(iterable=[])", "tuple([], [])"]),
    "type": (["type(1)", "type('A', (), {})"], ["type()", "type(object=1)"]),
    "zip": (["zip()", "zip([])", "zip([], [])", "zip([], strict=True)"], ["zip([], key=1)"]),
}  # fmt: skip


def bound(call: str) -> BoundArguments | None:
    """The arguments of ``call``, bound by the signature that is declared for its function."""
    node = cst.parse_expression(call)
    assert isinstance(node, cst.Call) and isinstance(node.func, cst.Name)
    positional: list[Value] = []
    keywords: dict[str, Value] = {}
    for argument in node.args:
        if argument.keyword is None:
            positional.append(constant(0))
        else:
            keywords[argument.keyword.value] = constant(0)
    return signature(signatures()[node.func.value]).bind(node, Arguments(tuple(positional), keywords))


def is_taken(call: str) -> bool:
    """Whether Python itself takes the call."""
    try:
        eval(call)
    except TypeError:
        return False
    return True


def test_every_signature_is_tried() -> None:
    assert CALLS.keys() == signatures().keys()
    assert all(hasattr(builtins, name) for name in CALLS)


@pytest.mark.parametrize("call", [call for taken, _ in CALLS.values() for call in taken])
def test_what_python_takes(call: str) -> None:
    assert is_taken(call)
    assert bound(call) is not None


@pytest.mark.parametrize("call", [call for _, refused in CALLS.values() for call in refused])
def test_what_python_refuses(call: str) -> None:
    assert not is_taken(call)
    assert bound(call) is None


@pytest.mark.parametrize(
    ("call", "name", "spelled"),
    [
        ("enumerate(a)", "iterable", "a"),
        ("enumerate(iterable=a, start=b)", "iterable", "a"),
        ("enumerate(a, start=b)", "start", "b"),
        ("enumerate(*a)", "iterable", None),
        ("sum(a, b)", "start", "b"),
        ("int(a, base=b)", "x", "a"),
    ],
)
def test_the_expression_of_an_argument(call: str, name: str, spelled: str | None) -> None:
    given = bound(call)
    assert given is not None
    expression = given.spelled(name)
    assert (None if expression is None else cst.Module([]).code_for_node(expression)) == spelled


BODIES = {
    "enumerate(iterable=)": """
        total = 0.0
        for i, row in enumerate(iterable=x * 1.0):  # KG103
            total += row
        return total
    """,
    "enumerate, both by keyword": """
        return [row for i, row in enumerate(start=1, iterable=x * 1.0)]  # KG103
    """,
    "zip(strict=)": """
        total = 0.0
        for a, b in zip([1, 2], x * 2.0, strict=True):  # KG103
            total += b
        return total
    """,
    "sum with a start": """
        return sum(x * 1.0, 0.0)  # KG105
    """,
    "sum(start=) of a list": """
        y = sum([x * 1.0, x * 2.0], start=0.0)
        if y > 0:  # KG101
            return y
        return -y
    """,
    "int(base=)": """
        return x * int(ops.sum(x), base=10)  # KG108
    """,
    "max(default=)": """
        return max([x * 1.0, x * 2.0], default=0.0)  # KG105
    """,
    "max(key=) compares what the key gives": """
        return max([x * 1.0, x * 2.0], key=id)
    """,
    "sorted(reverse=)": """
        return sorted([x * 1.0, x * 2.0], reverse=True)  # KG105
    """,
    "round(number=) of a tensor is not known": """
        y = round(number=ops.sum(x))
        if y > 0:
            return x
        return -x
    """,
    "getattr with a default": """
        y = getattr(self, "scale", None)
        if y is None:
            return x
        return x * y
    """,
    "next with a default may give it": """
        y = next(iter([x * 1.0]), None)
        if y is None:
            return x
        return x * y
    """,
    "NumPy, by keyword": """
        return np.mean(a=x * 1.0, axis=0)  # KG110
    """,
    "NumPy, of a list by keyword": """
        return np.stack(arrays=[x * 1.0, x * 2.0])  # KG110
    """,
    "NumPy with a type by keyword": """
        return x * np.ones(shape=3, dtype=np.float32)
    """,
    "read on the host by keyword": """
        return ops.convert_to_numpy(x=x * 1.0)  # KG109
    """,
    "a model called by keyword": """
        y = self.net(inputs=x)
        return y.shape[0] + 1  # KG113
    """,
    "what Python refuses": """
        return sum(iterable=x * 1.0)
    """,
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_keywords(expect, body: str) -> None:
    method = "class Model(keras.Model):\n    net = keras.Model()\n\n    def call(self, x):\n"
    expect(method + textwrap.indent(textwrap.dedent(body).strip("\n"), " " * 8) + "\n")
