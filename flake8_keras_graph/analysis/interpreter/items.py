"""Subscripts: items of tensors, containers and shapes."""

from __future__ import annotations

import libcst as cst

from flake8_keras_graph.analysis import events
from flake8_keras_graph.analysis.interpreter.core import Core
from flake8_keras_graph.analysis.interpreter.frames import Frame
from flake8_keras_graph.analysis.interpreter.keys import dotted_key
from flake8_keras_graph.analysis.values import (
    MISSING,
    NONE,
    UNKNOWN,
    Dim,
    Mapping,
    NoneValue,
    Range,
    Seq,
    Shape,
    Static,
    Tensor,
    Tensors,
    Value,
    element,
    is_tensor,
    is_unknown,
    join_all,
    map_options,
)

# What an unknown Python value is to those who index it, by its type.
_PYTHON_CONTAINERS = {"host": "NumPy array", "str": "str"}


class Items(Core):
    """What indexing and slicing give."""

    def subscript(self, frame: Frame, node: cst.Subscript) -> Value:
        key = dotted_key(node)
        if key and (known := frame.env.get(key)) is not None:
            return known
        value = self.evaluate(frame, node.value)
        indices = [self._index(frame, item.slice) for item in node.slice]
        result = map_options(value, lambda option: self._item(frame, node, option, indices))
        if frame.loops and is_tensor(result) and isinstance(value, (Tensor, Tensors)):
            frame.loops[-1].slices[id(node)] = node
        return result

    def _index(self, frame: Frame, node: cst.BaseSlice) -> Value:
        """The index; a slice is a Seq of kind "slice" with its bounds (NONE where open)."""
        if isinstance(node, cst.Index):
            return self.evaluate(frame, node.value)
        assert isinstance(node, cst.Slice)
        bounds = [
            self.evaluate(frame, bound) if bound is not None else NONE for bound in (node.lower, node.upper, node.step)
        ]
        return Seq("slice", tuple(bounds))

    def _item(self, frame: Frame, node: cst.Subscript, value: Value, indices: list[Value]) -> Value:
        first = indices[0] if len(indices) == 1 else Seq("tuple", tuple(indices))
        if isinstance(value, Tensor):
            return self.explain(frame, Tensor(_keeps_batch(value, indices), why=value.why), "{code} is a tensor", node)
        if isinstance(value, Tensors):
            if (isinstance(first, Seq) and first.kind == "tuple") or isinstance(first, NoneValue):
                result = Tensor(_keeps_batch(Tensor(value.batched), indices), why=value.why)
                return self.explain(frame, result, "{code} is a tensor", node)
            if isinstance(first, Seq):
                return Tensors(False, why=value.why)
            batched = value.batched and isinstance(first, Static)
            return Tensors(batched, why=value.why)
        python = _PYTHON_CONTAINERS.get(value.type, "") if isinstance(value, Static) else ""
        if (isinstance(value, (Seq, Range, Mapping)) or python) and is_tensor(first):
            container = value.kind if isinstance(value, Seq) else python or type(value).__name__.lower()
            container = {"mapping": "dict"}.get(container, container)
            self.emit(
                frame,
                events.TensorIndex,
                node,
                value=first,
                operand=_slice_expression(node),
                container=container,
            )
            return UNKNOWN
        if isinstance(value, Seq):
            return _sequence_item(value, first)
        if isinstance(value, Mapping):
            return _mapping_item(value, first)
        if isinstance(value, Shape):
            return self._shape_item(frame, node, value, first)
        if isinstance(value, (Static, Range)):
            return Static(source=value.source) if isinstance(value, Static) else Static(type="int")
        return UNKNOWN

    def _shape_item(self, frame: Frame, node: cst.Subscript, shape: Shape, index: Value) -> Value:
        if isinstance(index, Seq) and index.kind == "slice":
            start = index.items[0] if index.items else NONE
            kept = isinstance(start, NoneValue) or (isinstance(start, Static) and start.const == 0)
            if kept:
                return shape
            if isinstance(start, Static) and isinstance(start.const, int) and start.const > 0:
                first = None if shape.first is None else shape.first + start.const
                return Shape(shape.style, False, first, why=shape.why)
            return Shape(shape.style, False, None, why=shape.why)
        if not isinstance(index, Static):
            return Dim(shape.style, why=shape.why) if not is_unknown(index) else UNKNOWN
        batch = shape.batched and shape.first == 0 and index.const == 0 and index.const is not False
        return self.dimension(frame, node, shape, batch)

    def dimension(self, frame: Frame, node: cst.CSTNode, shape: Shape, batch: bool) -> Value:
        """One dimension of ``shape``; the batch dimension of ``ops.shape`` is a tensor in fit."""
        if batch and shape.style == "ops":
            result: Value = Tensor(rank=0, why=shape.why)
            return self.explain(frame, result, "{code} is the batch size, a tensor in fit", node)
        if batch:
            return self.explain(
                frame, Dim(shape.style, True, why=shape.why), "{code} is the batch size, None in fit", node
            )
        return Dim(shape.style, why=shape.why)


def _sequence_item(value: Seq, index: Value) -> Value:
    if isinstance(index, Seq) and index.kind == "slice":
        bounds = index.items or ()
        if value.items is not None and all(
            isinstance(bound, NoneValue) or (isinstance(bound, Static) and isinstance(bound.const, int))
            for bound in bounds
        ):
            parts = [None if isinstance(bound, NoneValue) else bound.const for bound in bounds]  # type: ignore[attr-defined]
            try:
                return Seq(value.kind, value.items[slice(*parts)], why=value.why)
            except ValueError:
                return UNKNOWN
        return Seq(value.kind, None, element(value), why=value.why)
    if isinstance(index, Static):
        if value.items is not None and isinstance(index.const, int):
            try:
                return value.items[index.const]
            except IndexError:
                return UNKNOWN
        return element(value)
    return element(value) if isinstance(index, Dim) else UNKNOWN


def _mapping_item(value: Mapping, index: Value) -> Value:
    if isinstance(index, Static) and index.const is not MISSING:
        try:
            found: Value | None = dict(value.items).get(index.const)
        except TypeError:
            return UNKNOWN
        if found is not None:
            return found
        return value.default if value.default is not None else UNKNOWN
    every = [item for _, item in value.items] + ([value.default] if value.default is not None else [])
    return join_all(every) if every else UNKNOWN


def _keeps_batch(value: Tensor, indices: list[Value]) -> bool:
    """Whether the first dimension is still the batch: ``x[:, 0]``, ``x[..., 0]`` of rank two and more."""
    first = indices[0]
    if not value.batched:
        return False
    if isinstance(first, Static) and first.const is Ellipsis:
        return value.rank is not None and value.rank > len(indices) - 1
    return isinstance(first, Seq) and first.kind == "slice"  # however many of an unknown number are left


def _slice_expression(node: cst.Subscript) -> cst.BaseExpression:
    first = node.slice[0].slice
    return first.value if isinstance(first, cst.Index) else node
