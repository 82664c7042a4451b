"""Subscripts, and iteration."""

from __future__ import annotations

import libcst as cst

from flake8_keras_graph.analysis import events
from flake8_keras_graph.analysis.interpreter.access_paths import dotted_key
from flake8_keras_graph.analysis.interpreter.frame import Frame
from flake8_keras_graph.analysis.interpreter.protocols import Evaluator
from flake8_keras_graph.analysis.interpreter.recorder import Recorder, explain, explain_from
from flake8_keras_graph.analysis.values import NONE, UNKNOWN, Seq, Tensor, Value, is_tensor, is_tensor_like, map_options


class ItemAccess:
    """What indexing, slicing and iterating give."""

    def __init__(self, recorder: Recorder) -> None:
        self.emit = recorder.emit

    def connect(self, evaluator: Evaluator) -> None:
        """Hand over the part that this one asks."""
        self.evaluate = evaluator.evaluate

    def evaluate_subscript(self, frame: Frame, node: cst.Subscript) -> Value:
        """``value[index]``, which a test may have said more about."""
        key = dotted_key(node)
        if key and (known := frame.env.get(key)) is not None:
            return known
        value = self.evaluate(frame, node.value)
        indices = [self._index(frame, item.slice) for item in node.slice]
        index = indices[0] if len(indices) == 1 else Seq("tuple", tuple(indices))
        result = map_options(value, lambda option: self._item(frame, node, option, index))
        if frame.loops and is_tensor(result) and is_tensor_like(value):
            frame.loops[-1].slices[id(node)] = node
        return result

    def _index(self, frame: Frame, node: cst.BaseSlice) -> Value:
        """The index; a slice is a Seq of kind "slice" with its bounds (NONE where open)."""
        if type(node) is cst.Index:
            return self.evaluate(frame, node.value)
        assert type(node) is cst.Slice
        bounds = [
            self.evaluate(frame, bound) if bound is not None else NONE for bound in (node.lower, node.upper, node.step)
        ]
        return Seq("slice", tuple(bounds))

    def _item(self, frame: Frame, node: cst.Subscript, value: Value, index: Value) -> Value:
        if is_tensor(index) and value.container:
            operand = _slice_expression(node)
            self.emit(frame, events.TensorIndex, node, value=index, operand=operand, container=value.container)
            return UNKNOWN
        return explain_from(frame, value, value.item(index), node)

    def iterate(self, frame: Frame, value: Value, node: cst.BaseExpression, how: str) -> Value:
        """What one step of iterating over ``value`` gives."""
        if not is_tensor(value):
            return value.iterated()
        if not _is_range(node):  # of a tensor, as AutoGraph makes it: reported at the call
            self.emit(frame, events.Iterate, node, value=value, operand=node, how=how)
        return explain(frame, Tensor(why=value.why), "an item of {code} is a tensor", node)


def _slice_expression(node: cst.Subscript) -> cst.BaseExpression:
    first = node.slice[0].slice
    return first.value if type(first) is cst.Index else node


def _is_range(node: cst.BaseExpression) -> bool:
    return type(node) is cst.Call and type(node.func) is cst.Name and node.func.value == "range"
