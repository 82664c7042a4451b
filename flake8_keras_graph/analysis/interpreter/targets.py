"""Assignment targets: names, tuples of them, attributes and items."""

from __future__ import annotations

from typing import Any

import libcst as cst

from flake8_keras_graph.analysis import events
from flake8_keras_graph.analysis.interpreter.core import Core
from flake8_keras_graph.analysis.interpreter.frames import Frame, forget_attributes
from flake8_keras_graph.analysis.interpreter.keys import dotted_key, name_key
from flake8_keras_graph.analysis.values import (
    MISSING,
    UNKNOWN,
    Dim,
    Instance,
    Mapping,
    Range,
    Seq,
    Shape,
    Static,
    Tensor,
    Tensors,
    Value,
    element,
    is_tensor,
    join,
    join_all,
    of_any_items,
    options,
)


class Targets(Core):
    """Binding what is on the left of an assignment."""

    def assign(
        self,
        frame: Frame,
        target: cst.BaseExpression,
        value: Value,
        node: cst.CSTNode,
        how: str = "assign",
        before: Value = UNKNOWN,
    ) -> None:
        """Bind ``target``: a name, a tuple of targets, an attribute or an item."""
        if type(target) is cst.Name:
            if target.value in frame.globals:
                self.emit(frame, events.Store, node, target=target.value, value=value, how="global")
            scope = frame
            while target.value in scope.nonlocals and scope.closure is not None:
                scope = scope.closure
                if target.value in scope.env:
                    scope.env[target.value] = value
                    break
            frame.env[target.value] = value
            forget_attributes(frame.env, target.value)
        elif type(target) is cst.Attribute:
            self._store_attribute(frame, target, value, node, how, before)
        elif type(target) is cst.Subscript:
            self._store_item(frame, target, value, node)
        elif isinstance(target, (cst.Tuple, cst.List)):
            self._unpack(frame, target, value, node)
        elif isinstance(target, cst.StarredElement):
            self.assign(frame, target.value, value, node)

    def _unpack(self, frame: Frame, target: cst.Tuple | cst.List, value: Value, node: cst.CSTNode) -> None:
        if is_tensor(value):
            operand = getattr(node, "value", None) or getattr(node, "iter", None) or target
            self.emit(frame, events.Unpack, node, value=value, operand=operand)
        count = len(target.elements)
        gathered = _gathered(value, target)
        for position, item in enumerate(target.elements):
            starred = type(item) is cst.StarredElement
            if gathered is not None:
                part = gathered[position]
            else:
                part = self._part(frame, value, position, count, starred, target)
            self.assign(frame, item.value, part, node)

    def _part(
        self, frame: Frame, value: Value, position: int, count: int, starred: bool, node: cst.BaseExpression
    ) -> Value:
        """What the target at ``position`` of ``count`` gets."""
        if starred:
            each = join_all(self._item_of(option) for option in options(value))
            return Seq("list", None, each)
        results = []
        for option in options(value):
            if isinstance(option, Seq) and option.items is not None and len(option.items) == count:
                results.append(option.items[position])
            elif isinstance(option, Shape):
                batch = option.batched and option.first == 0 and position == 0
                results.append(self.dimension(frame, node, option, batch))
            else:
                results.append(self._item_of(option))
        return join_all(results)

    def _item_of(self, value: Value) -> Value:
        """Any item of what is iterated over, events left out."""
        if isinstance(value, Tensor):
            return Tensor(why=value.why)
        if isinstance(value, Tensors):
            return value
        if isinstance(value, Seq):
            return element(value)
        if isinstance(value, Mapping):
            return join_all(Static(const=key, type=type(key).__name__) for key, _ in value.items)
        if isinstance(value, Range):
            return Static(type="int", source="shape" if value.shape else "")
        if isinstance(value, Shape):
            return Dim(value.style, why=value.why)
        return Static(source=value.source) if isinstance(value, Static) else UNKNOWN

    def _store_attribute(
        self, frame: Frame, target: cst.Attribute, value: Value, node: cst.CSTNode, how: str, before: Value
    ) -> None:
        holder = self.evaluate(frame, target.value)
        key, name = dotted_key(target), target.attr.value
        if isinstance(holder, Instance):
            ending = f".{name}\n"
            if ending in "\n".join(frame.env) + "\n":  # seldom
                for other in [other for other in frame.env if f"{other}\n".endswith(ending)]:
                    del frame.env[other]  # another name of the same object, for all that is known
            method = self.hierarchy.method(holder.info, name)
            if method is not None and any(each.endswith(".setter") or each == "property" for each in method.decorators):
                return  # what the setter does with it is its own affair
        if key:
            frame.env[key] = value
        if not isinstance(holder, Instance):
            return
        if frame.constructing is not None and holder == frame.instance:
            table = frame.constructing
            table[name] = join(table[name], value) if name in table else value
        else:
            self.emit(frame, events.Store, node, target=name, value=value, how=how, before=before, scope=frame)

    def _subscripted(self, frame: Frame, target: cst.Subscript) -> tuple[Value, Any]:
        """What ``items`` of ``items[key]`` is, and the key; MISSING where that is not known."""
        holder = self.evaluate(frame, target.value)
        index = target.slice[0].slice
        key = self.evaluate(frame, index.value) if isinstance(index, cst.Index) else UNKNOWN
        return holder, key.const if isinstance(key, Static) else MISSING

    def _store_item(self, frame: Frame, target: cst.Subscript, value: Value, node: cst.CSTNode) -> None:
        holder, at = self._subscripted(frame, target)
        changed: Value = UNKNOWN
        if isinstance(holder, Mapping):
            if at is not MISSING:
                changed = Mapping(tuple({**dict(holder.items), at: value}.items()), holder.default)
            else:
                default = value if holder.default is None else join(holder.default, value)
                changed = Mapping(holder.items, default)
        elif isinstance(holder, Seq):
            items = _at_place(holder, at, value)
            if items is not None:
                changed = Seq(holder.kind, items, why=holder.why)
            else:
                changed = Seq(holder.kind, None, join(element(holder), value) if holder.items != () else value)
        if not isinstance(changed, (Mapping, Seq)) and isinstance(holder, (Tensor, Tensors)):
            return
        name = name_key(target.value)
        if not name:
            self.change_inside(frame, target.value)
        if name:
            self.change(frame, name, holder, changed)
            if "." in name and frame.constructing is not None:
                frame.constructing[name.partition(".")[2]] = changed
            elif "." in name and isinstance(self.lookup(frame, name.partition(".")[0]), Instance):
                self.emit(frame, events.Store, node, target=name.partition(".")[2], value=value, how="mutate")

    def delete_item(self, frame: Frame, target: cst.Subscript) -> None:
        """``del items[0]``, ``del table["a"]``."""
        holder, at = self._subscripted(frame, target)
        changed: Value = UNKNOWN
        if isinstance(holder, Seq):
            items = _at_place(holder, at)
            changed = Seq(holder.kind, items, UNKNOWN if items is not None else element(holder))
        elif isinstance(holder, Mapping) and at is not MISSING:
            changed = Mapping(tuple(item for item in holder.items if item[0] != at), holder.default)
        name = name_key(target.value)
        if name and isinstance(holder, (Seq, Mapping)):
            self.change(frame, name, holder, UNKNOWN if frame.loops else changed)

    def change_inside(self, frame: Frame, node: cst.BaseExpression) -> None:
        """Something in ``rows[0]`` or ``table["a"]`` changed: what the outermost holds is not known."""
        while type(node) is cst.Subscript:
            node = node.value
        held = self.lookup(frame, node.value) if type(node) is cst.Name else UNKNOWN
        if isinstance(node, cst.Name) and isinstance(held, (Seq, Mapping)):
            self.change(frame, node.value, held, of_any_items(held))

    def change(self, frame: Frame, name: str, before: Value, after: Value) -> None:
        """The object that ``name`` holds is ``after`` now; its other names may hold it too."""
        frame.changed.add(name)
        scope: Frame | None = frame
        while scope is not None and name not in scope.env:
            scope = scope.closure
        for table in {id(each.env): each.env for each in (scope or frame, frame)}.values():
            for other in [other for other, value in table.items() if value is before and other != name]:
                table[other] = join(before, after)
        (scope or frame).env[name] = after


def _at_place(holder: Seq, at: Any, *instead: Value) -> tuple[Value, ...] | None:
    """The items with ``instead`` for the one at ``at``; None where it is not known which that is."""
    if holder.items is None or type(at) is not int or not -len(holder.items) <= at < len(holder.items):
        return None
    items = list(holder.items)
    place = at % len(items)
    items[place : place + 1] = instead
    return tuple(items)


def _gathered(value: Value, target: cst.Tuple | cst.List) -> list[Value] | None:
    """What each target gets where one of them is starred and every item of ``value`` is known."""
    stars = [at for at, item in enumerate(target.elements) if type(item) is cst.StarredElement]
    if len(stars) != 1 or not isinstance(value, Seq) or value.items is None:
        return None
    star, behind = stars[0], len(target.elements) - stars[0] - 1
    end = len(value.items) - behind
    if end < star:
        return None
    return [*value.items[:star], Seq("list", value.items[star:end], why=value.why), *value.items[end:]]
