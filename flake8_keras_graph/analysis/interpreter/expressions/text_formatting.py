"""Texts with values in them: which values are formatted as numbers, which a traced tensor refuses."""

from __future__ import annotations

import re
import string
from collections.abc import Sequence

import libcst as cst

from flake8_keras_graph.analysis import events
from flake8_keras_graph.analysis.interpreter.frame import Frame
from flake8_keras_graph.analysis.interpreter.protocols import Evaluator, Operand
from flake8_keras_graph.analysis.interpreter.recorder import Recorder
from flake8_keras_graph.analysis.values import (
    UNKNOWN,
    Arguments,
    Seq,
    Static,
    Tensor,
    Value,
    is_tensor,
    options,
    text_of_parts,
)

_CONVERSION = re.compile(r"%(?:\(\w*\))?[-#0 +]*(?:\*|\d+)?(?:\.(?:\*|\d+))?[hlL]?([a-zA-Z%])")
_TEXT = Static(type="str")


class TextFormatting:
    """f-strings, ``str.format`` and ``%``: as texts, tensors can be shown, but not as numbers."""

    def __init__(self, recorder: Recorder) -> None:
        self.emit = recorder.emit

    def connect(self, evaluator: Evaluator) -> None:
        """Hand over the part that this one asks."""
        self.evaluate = evaluator.evaluate

    def evaluate_text(self, frame: Frame, node: cst.FormattedString) -> Value:
        """An f-string."""
        parts: list[Value | str] = []
        for part in node.parts:
            if type(part) is cst.FormattedStringExpression:
                value = self.evaluate(frame, part.expression)
                parts.append(UNKNOWN if part.format_spec or part.conversion else value)
                for inner in part.format_spec or ():
                    if type(inner) is cst.FormattedStringExpression:
                        self.evaluate(frame, inner.expression)
                if part.format_spec and not part.conversion:
                    self._as_number(frame, node, value, part.expression)
            elif type(part) is cst.FormattedStringText:
                parts.append(part.value)
        return text_of_parts(parts)

    def percent(self, frame: Frame, node: cst.CSTNode, template: Static, right: Operand) -> Value:
        """``template % right``."""
        value, operand = right
        if isinstance(template.const, str):
            kinds = [kind for kind in _CONVERSION.findall(template.const) if kind != "%"]
            items = value.items if type(value) is Seq and value.kind == "tuple" else (value,)
            if items is not None and len(items) == len(kinds) and "*" not in template.const:
                for position, (kind, item) in enumerate(zip(kinds, items, strict=True)):
                    if kind not in "sra":
                        self._as_number(frame, node, item, _item(operand, position))
                if items and "%" not in _CONVERSION.sub("", template.const):
                    return text_of_parts(_between(_CONVERSION.split(template.const)[::2], items))
        return _TEXT

    def format_call(self, frame: Frame, node: cst.Call, template: object, arguments: Arguments) -> Value:
        """``template.format(...)``."""
        if not isinstance(template, str) or arguments.open:
            return _TEXT
        try:
            fields = [field for field in string.Formatter().parse(template) if field[1] is not None]
        except ValueError:
            return _TEXT
        for count, (_, name, spec, conversion) in enumerate(fields):
            key = name or str(count)
            for position, argument in enumerate(node.args):
                if spec and not conversion and key == (argument.keyword.value if argument.keyword else str(position)):
                    value = arguments.get(position, key) if argument.keyword is None else arguments.keywords.get(key)
                    if value is not None:
                        self._as_number(frame, node, value, argument.value)
        return text_of_parts(_between([literal for literal, *_ in string.Formatter().parse(template)], [UNKNOWN]))

    def _as_number(self, frame: Frame, node: cst.CSTNode, value: Value, operand: cst.BaseExpression) -> None:
        """A variable is left out: what it does depends on whose it is."""
        if is_tensor(value) and not any(type(each) is Tensor and each.variable for each in options(value)):
            self.emit(frame, events.Cast, node, value=value, operand=operand, function="format")


def _between(texts: Sequence[str], values: Sequence[Value]) -> list[Value | str]:
    """The texts with what stands between each two of them; any text after the last value."""
    parts: list[Value | str] = []
    for position, text in enumerate(texts):
        parts += [text, values[min(position, len(values) - 1)]]
    return parts


def _item(operand: cst.BaseExpression, position: int) -> cst.BaseExpression:
    elements: Sequence[cst.BaseElement] = operand.elements if type(operand) is cst.Tuple else ()
    return elements[position].value if position < len(elements) else operand
