"""Calls of TensorFlow operations as calls of their ``keras.ops`` counterparts, and dtype names."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from flake8_keras_graph import knowledge
from flake8_keras_graph.knowledge import Counterpart
from flake8_keras_graph.rewrite.text.operation_table import TABLE

_BACKEND = knowledge.counterparts("keras.backend")

_EMPTY = cst.Module(body=[])

DTYPES = frozenset(
    [
        "bfloat16",
        "bool",
        "float16",
        "float32",
        "float64",
        "half",
        "int8",
        "int16",
        "int32",
        "int64",
        "uint8",
        "uint16",
        "uint32",
        "uint64",
    ]
)


def convert(call: cst.Call, path: str, ops: str) -> cst.Call | None:
    """``call`` of the TensorFlow operation ``path`` as a call of its counterpart in ``ops`` (``keras.ops``).

    None where there is no counterpart, or none with the arguments given.
    """
    if path.startswith("keras.backend."):
        name = _BACKEND.get(path.removeprefix("keras.backend."))
        return None if name is None else call.with_changes(func=_name(ops, name))
    operation = TABLE.get(knowledge.canonical(path))
    if operation is None or any(argument.star == "**" for argument in call.args):
        return None
    if operation.name == "split" and not (len(call.args) > 1 and isinstance(call.args[1].value, cst.Integer)):
        return None  # a list there means sizes in TensorFlow, places in Keras
    if operation.name == "normalize" and len(call.args) < 2:
        return None  # all axes in TensorFlow, the last in Keras
    before = call.args
    if operation.name == "matmul":
        call = _transposed(call, ops)
    arguments = _arguments(call, operation)
    if arguments is None:
        return None
    return call.with_changes(func=_name(ops, operation.name), args=_spaced(arguments, before))


def _transposed(call: cst.Call, ops: str) -> cst.Call:
    """``matmul(a, b, transpose_b=True)`` with the transposition written out."""
    words = {word.keyword.value: word for word in call.args if word.keyword is not None}
    kept = list(call.args)
    for place, name in enumerate(("transpose_a", "transpose_b")):
        word = words.get(name)
        if word is None or not isinstance(word.value, cst.Name) or word.value.value not in ("True", "False"):
            continue
        if len(kept) <= place or kept[place].keyword is not None:
            continue
        if word.value.value == "True":
            text = f"{ops}.swapaxes({_EMPTY.code_for_node(kept[place].value)}, -1, -2)"
            kept[place] = kept[place].with_changes(value=cst.parse_expression(text))
        kept.remove(word)
    return call.with_changes(args=kept)


def counterpart(path: str) -> str:
    """The bare name in keras.ops of a TensorFlow function of one argument; empty where there is none."""
    operation = TABLE.get(knowledge.canonical(path))
    one = operation is not None and len(operation.renamed) <= 3 and not operation.defaults
    return operation.name if operation is not None and one else ""


def _arguments(call: cst.Call, operation: Counterpart) -> list[cst.Arg] | None:
    renamed = dict(operation.renamed)
    order = [given for given, _ in operation.renamed]
    arguments: list[cst.Arg] = []
    said: set[str] = set()
    by_keyword = False
    for position, argument in enumerate(call.args):
        if order[-1].startswith("*") and argument.keyword is None and position >= len(order) - 1:
            arguments.append(argument)
            continue
        if argument.star or (argument.keyword is None and position >= len(order)):
            return None
        given = argument.keyword.value if argument.keyword is not None else order[position]
        wanted = renamed.get(given, "!")
        if wanted == "!":
            return None
        if wanted == "-":
            continue
        by_keyword = by_keyword or argument.keyword is not None or _skips(order, renamed, position)
        said.add(wanted)
        keyword = cst.Name(wanted) if by_keyword else None
        arguments.append(argument.with_changes(keyword=keyword, equal=_TIGHT if keyword else cst.MaybeSentinel.DEFAULT))
    for wanted, text in operation.defaults:
        if wanted not in said:
            arguments.append(keyword_argument(wanted, cst.parse_expression(text)))
    return arguments


_TIGHT = cst.AssignEqual(cst.SimpleWhitespace(""), cst.SimpleWhitespace(""))


def keyword_argument(name: str, value: cst.BaseExpression) -> cst.Arg:
    """``name=value`` without spaces."""
    return cst.Arg(value, keyword=cst.Name(name), equal=_TIGHT)


def _skips(order: list[str], renamed: dict[str, str], position: int) -> bool:
    """Whether a parameter before ``position`` is missing in the counterpart, so that places shift."""
    return any(renamed[given] in "!-" for given in order[:position])


def _spaced(arguments: list[cst.Arg], before: Sequence[cst.Arg]) -> list[cst.Arg]:
    """``arguments`` with a comma and a space after each but the last, which ends as the call ended."""
    comma = cst.Comma(whitespace_after=cst.SimpleWhitespace(" "))
    spaced = [
        argument if isinstance(argument.comma, cst.Comma) else argument.with_changes(comma=comma)
        for argument in arguments[:-1]
    ]
    if arguments:
        multiline = bool(before) and isinstance(before[-1].comma, cst.Comma)
        last = before[-1].comma if multiline else cst.MaybeSentinel.DEFAULT
        spaced.append(arguments[-1].with_changes(comma=last))
    return spaced


def _name(ops: str, name: str) -> cst.BaseExpression:
    return cst.parse_expression(f"{ops}.{name}")


def dtype_text(path: str) -> str:
    """``"float32"`` with quotes for ``tf.float32``; empty for what is no dtype."""
    name = path.removeprefix("tf.")
    return f'"{name}"' if path.startswith("tf.") and name in DTYPES else ""
