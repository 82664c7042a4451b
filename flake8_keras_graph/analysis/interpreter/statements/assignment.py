"""Assignment targets: names, tuples of them, attributes and items; and objects that change in place."""

from __future__ import annotations

import libcst as cst

from flake8_keras_graph.analysis import events
from flake8_keras_graph.analysis.interpreter import loop_syntax
from flake8_keras_graph.analysis.interpreter.access_paths import dotted_key, name_key
from flake8_keras_graph.analysis.interpreter.frame import Frame, forget_attributes, holder_of
from flake8_keras_graph.analysis.interpreter.protocols import Evaluator, Resolver
from flake8_keras_graph.analysis.interpreter.recorder import Recorder, explain_from
from flake8_keras_graph.analysis.values import (
    MISSING,
    UNKNOWN,
    ClassValue,
    ComputedInGraph,
    Instance,
    Mapping,
    Seq,
    Shape,
    Value,
    is_tensor,
    is_tensor_like,
    join,
    join_all,
    options,
)
from flake8_keras_graph.project.hierarchy import Hierarchy


class Assignment:
    """Binding what is on the left of an assignment."""

    def __init__(self, recorder: Recorder, hierarchy: Hierarchy) -> None:
        self.emit = recorder.emit
        self.hierarchy = hierarchy

    def connect(self, evaluator: Evaluator, resolver: Resolver) -> None:
        """Hand over the parts that this one asks."""
        self.evaluate = evaluator.evaluate
        self.lookup = resolver.lookup

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
        kind = type(target)
        if type(target) is cst.Name:
            self._assign_name(frame, target.value, value, node)
        elif type(target) is cst.Attribute:
            self._store_attribute(frame, target, value, node, how, before)
        elif type(target) is cst.Subscript:
            self._store_item(frame, target, value, node)
        elif kind is cst.Tuple or kind is cst.List:
            self._unpack(frame, target, value, node)  # type: ignore[arg-type]
        elif type(target) is cst.StarredElement:
            self.assign(frame, target.value, value, node)

    def _assign_name(self, frame: Frame, name: str, value: Value, node: cst.CSTNode) -> None:
        if name in frame.globals:
            self.emit(frame, events.Store, node, target=name, value=value, how="global")
        scope = frame
        while name in scope.nonlocals and scope.closure is not None:
            scope = scope.closure
            if name in scope.env:
                scope.env[name] = value
                break
        frame.env[name] = value
        forget_attributes(frame.env, name)

    def _unpack(self, frame: Frame, target: cst.Tuple | cst.List, value: Value, node: cst.CSTNode) -> None:
        if is_tensor(value):
            operand = getattr(node, "value", None) or getattr(node, "iter", None) or target
            self.emit(frame, events.Unpack, node, value=value, operand=operand)
        parts = _gathered(value, target) or self._parts(frame, value, target)
        for item, part in zip(target.elements, parts, strict=True):
            self.assign(frame, item.value, part, node)

    def _parts(self, frame: Frame, value: Value, target: cst.Tuple | cst.List) -> list[Value]:
        """What each target gets: the part of each alternative at its position, a list of any where it is starred."""
        count = len(target.elements)
        parts: list[list[Value]] = []
        for option in options(value):
            unpacked = option.unpacked(count)
            if type(option) is Shape:
                unpacked = [explain_from(frame, option, part, target) for part in unpacked]
            parts.append(unpacked)
        return [
            Seq("list", None, join_all(option.iterated() for option in options(value)))
            if type(item) is cst.StarredElement
            else join_all(unpacked[position] for unpacked in parts)
            for position, item in enumerate(target.elements)
        ]

    def _store_attribute(
        self, frame: Frame, target: cst.Attribute, value: Value, node: cst.CSTNode, how: str, before: Value
    ) -> None:
        holder = self.evaluate(frame, target.value)
        key, name = dotted_key(target), target.attr.value
        if type(holder) is Instance:
            ending = f".{name}\n"
            if ending in "\n".join(frame.env) + "\n":  # seldom
                for other in [other for other in frame.env if f"{other}\n".endswith(ending)]:
                    del frame.env[other]  # another name of the same object, for all that is known
            method = self.hierarchy.method(holder.info, name)
            if method is not None and any(each.endswith(".setter") or each == "property" for each in method.decorators):
                return  # what the setter does with it is its own affair
        if key:
            frame.env[key] = value
        if type(holder) is not Instance and (type(holder) is not ClassValue or not key):
            return
        if frame.constructing is not None and holder == frame.instance:
            table = frame.constructing
            table[name] = join(table[name], value) if name in table else value
        else:
            guarded = frame.guard_depth > 0
            root = key.partition(".")[0]
            self.emit(
                frame,
                events.Store,
                node,
                target=name,
                value=value,
                how=how,
                before=before,
                scope=frame,
                guarded=guarded,
                of_module=root if _is_of_module(frame, root) or type(holder) is ClassValue else "",
            )

    def _subscripted(self, frame: Frame, target: cst.Subscript) -> tuple[Value, object]:
        """What ``items`` of ``items[key]`` is, and the key; MISSING where that is not known."""
        holder = self.evaluate(frame, target.value)
        index = target.slice[0].slice
        return holder, self.evaluate(frame, index.value).literal if type(index) is cst.Index else MISSING

    def _store_item(self, frame: Frame, target: cst.Subscript, value: Value, node: cst.CSTNode) -> None:
        holder, at = self._subscripted(frame, target)
        changed: Value = UNKNOWN
        if type(holder) is Seq or type(holder) is Mapping:
            changed = holder.with_item(at, value)
        elif is_tensor_like(holder):
            return
        name = name_key(target.value)
        if not name:
            self.change_inside(frame, target.value)
            return
        root, _, rest = name.partition(".")
        is_of_module = _is_of_module(frame, root)
        self.change(frame, name, holder, changed)
        if rest and frame.constructing is not None:
            frame.constructing[rest] = changed
        elif rest and type(self.lookup(frame, root)) is Instance:
            self.emit(
                frame,
                events.Store,
                node,
                target=rest,
                value=value,
                how="mutate",
                before=holder,
                scope=frame,
                of_module=root if is_of_module else "",
            )
        elif not rest and is_of_module:
            self.emit(
                frame, events.Store, node, target=root, value=value, how="global", before=holder, of_module=root
            )  # fmt: skip

    def delete_item(self, frame: Frame, target: cst.Subscript) -> None:
        """``del items[0]``, ``del table["a"]``."""
        holder, at = self._subscripted(frame, target)
        name = name_key(target.value)
        if name and (type(holder) is Seq or type(holder) is Mapping):
            self.change(frame, name, holder, UNKNOWN if frame.loops else holder.without_item(at))

    def change_receiver(self, frame: Frame, node: cst.Call, after: Value, given: Value) -> None:
        """A method, called at ``node`` with ``given``, made ``after`` of the object that a name or attribute holds."""
        holder = node.func.value if type(node.func) is cst.Attribute else None
        if type(holder) is cst.Name:
            scope = holder_of(frame, holder.value)
            self._note_filled(frame, node, holder.value, given)
            self.change(frame, holder.value, UNKNOWN if scope is None else scope.env[holder.value], after)
            if scope is None and frame.constructing is None:
                self.emit(frame, events.Store, node, target=holder.value, value=given, how="global")
        elif type(holder) is cst.Subscript and not dotted_key(holder):
            self.change_inside(frame, holder)
        elif holder is not None and (key := dotted_key(holder)):
            self.change(frame, key, frame.env.get(key, after), after)
            root, _, rest = key.partition(".")
            if frame.constructing is not None and root == frame.self_name:
                frame.constructing[rest] = after
            elif type(self.lookup(frame, root)) is Instance:
                of_module = root if _is_of_module(frame, root) else ""
                self.emit(frame, events.Store, node, target=rest, value=given, how="mutate", of_module=of_module)

    def _note_filled(self, frame: Frame, node: cst.Call, name: str, given: Value) -> None:
        """Record that a staged loop keeps a tensor in a list made before it, which code after the loop reads."""
        loop = frame.loops[-1] if frame.loops else None
        if loop is None or not loop.staged or loop.node is None or frame.place is None or name not in frame.env:
            return
        computed = is_tensor(given) or isinstance(given.why, ComputedInGraph)
        if computed and loop_syntax.is_read_after(frame.place.source.node, loop.node, name):
            self.emit(frame, events.Store, node, target=name, value=given, how="staged loop")

    def change_inside(self, frame: Frame, node: cst.BaseExpression) -> None:
        """Something in ``rows[0]`` or ``table["a"]`` changed: what the outermost holds is not known."""
        while type(node) is cst.Subscript:
            node = node.value
        if type(node) is cst.Name:
            held = self.lookup(frame, node.value)
            if type(held) is Seq or type(held) is Mapping:
                self.change(frame, node.value, held, held.of_any_items())

    def change(self, frame: Frame, name: str, before: Value, after: Value) -> None:
        """The object that ``name`` holds is ``after`` now; its other names may hold it too."""
        frame.changed.add(name)
        scope = holder_of(frame, name) or frame
        for table in {id(each.env): each.env for each in (scope, frame)}.values():
            for other in [other for other, value in table.items() if value is before and other != name]:
                table[other] = join(before, after)
        scope.env[name] = after


def _is_of_module(frame: Frame, name: str) -> bool:
    """Whether ``name`` is one that the module binds, and not the function or one around it."""
    return name in frame.module.constants and holder_of(frame, name) is None


def _gathered(value: Value, target: cst.Tuple | cst.List) -> list[Value] | None:
    """What each target gets where one of them is starred and every item of ``value`` is known."""
    stars = [at for at, item in enumerate(target.elements) if type(item) is cst.StarredElement]
    if len(stars) != 1 or type(value) is not Seq or value.items is None:
        return None
    star, behind = stars[0], len(target.elements) - stars[0] - 1
    end = len(value.items) - behind
    if end < star:
        return None
    return [*value.items[:star], Seq("list", value.items[star:end], why=value.why), *value.items[end:]]
