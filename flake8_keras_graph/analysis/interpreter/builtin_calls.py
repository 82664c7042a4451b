"""Python's own functions and methods: ``range``, ``len``, ``zip``, ``int``, ``list.append``, ``dict.get`` ..."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import libcst as cst

from flake8_keras_graph import knowledge
from flake8_keras_graph.analysis import events
from flake8_keras_graph.analysis.interpreter.core import Arguments, Core
from flake8_keras_graph.analysis.interpreter.frames import Frame, forget_attributes
from flake8_keras_graph.analysis.interpreter.keys import dotted_key
from flake8_keras_graph.analysis.values import (
    MAX_ITEMS,
    MISSING,
    NONE,
    STATIC,
    UNKNOWN,
    ClassValue,
    Dim,
    External,
    Instance,
    Mapping,
    NoneValue,
    Range,
    Seq,
    Shape,
    Static,
    Super,
    Tensor,
    Tensors,
    Value,
    element,
    is_tensor,
    join,
    join_all,
    map_options,
    options,
)

_Builtin = Callable[[Any, Frame, cst.Call, Arguments], Value]
_OF_NUMBERS = knowledge.bare_names("of-numbers", modules=("builtins",))
_STATIC_RESULTS = knowledge.bare_names(modules=("builtins",), returns="static") | _OF_NUMBERS


class Builtins(Core):
    """Builtin functions by name, methods by name; both keep containers' contents apart."""

    def call_builtin(self, frame: Frame, node: cst.Call, name: str, arguments: Arguments) -> Value:
        word = knowledge.effect(f"builtins.{name}")
        if word is not None:
            self.emit(frame, events.Effect, node, word=word, name=name)
        handler = _BUILTINS.get(name)
        if handler is not None:
            return handler(self, frame, node, arguments)
        if name in _STATIC_RESULTS:
            if name in _OF_NUMBERS and any(not _plain(value) for value in arguments.positional):
                return UNKNOWN
            return STATIC
        return UNKNOWN

    def _cast(self, frame: Frame, node: cst.Call, arguments: Arguments) -> Value:
        function = node.func.value if isinstance(node.func, cst.Name) else "int"
        if not arguments.positional:
            return Static(type=function)
        value = arguments.positional[0]
        operand = node.args[0].value
        if is_tensor(value):
            self.emit(frame, events.Cast, node, value=value, operand=operand, function=function)
            return Tensor(rank=0, why=value.why) if frame.autograph and function == "float" else UNKNOWN
        if function in {"int", "float"}:
            self.needs_number(frame, node, value, operand, f"{function}()")
        source = value.source if isinstance(value, Static) else "shape" if isinstance(value, Dim) else ""
        if isinstance(value, Static) and value.const is not MISSING and function in {"int", "float", "bool"}:
            try:
                const = {"int": int, "float": float, "bool": bool}[function](value.const)
                return Static(const=const, source=source, type=function)
            except (TypeError, ValueError, OverflowError):
                return STATIC
        if function == "bool":
            test = self.condition(frame, operand)
            if test.true is None or test.false is None:
                return Static(const=test.false is None, type="bool")
        return Static(source=source, type=function)

    def _length(self, frame: Frame, node: cst.Call, arguments: Arguments) -> Value:
        value = arguments.positional[0] if arguments.positional else UNKNOWN
        if is_tensor(value):
            operand = node.args[0].value
            self.emit(frame, events.Cast, node, value=value, operand=operand, function="len")
            return Static(source="shape", type="int") if frame.autograph else UNKNOWN
        if isinstance(value, Seq) and value.items is not None and not frame.loops:
            return Static(const=len(value.items), type="int")
        source = "shape" if isinstance(value, Shape) else ""
        return Static(source=source, type="int")

    def _range(self, frame: Frame, node: cst.Call, arguments: Arguments) -> Value:
        shape = refused = False
        for position, value in enumerate(arguments.positional):
            batch = isinstance(value, Dim) and value.batch
            if is_tensor(value) or batch:
                refused = True
                operand = node.args[position].value if position < len(node.args) else node
                self.emit(frame, events.RangeOver, node, value=value, operand=operand)
                if frame.autograph and is_tensor(value):
                    return Tensor(rank=1, why=value.why)
            shape = shape or isinstance(value, Dim) or (isinstance(value, Static) and value.source == "shape")
        numbers = [
            value.const for value in arguments.positional if isinstance(value, Static) and isinstance(value.const, int)
        ]
        if numbers and len(numbers) == len(arguments.positional) and not arguments.open:
            try:
                return Range(len(range(*numbers)))
            except (TypeError, ValueError, OverflowError):
                return Range()
        return Range(None, shape, refused)

    def _zip(self, frame: Frame, node: cst.Call, arguments: Arguments) -> Value:
        items = [
            self.iterate(frame, value, node.args[position].value if position < len(node.args) else node, "zip")
            for position, value in enumerate(arguments.positional)
        ]
        return Seq("iterator", None, Seq("tuple", tuple(items)) if not arguments.open else UNKNOWN)

    def _enumerate(self, frame: Frame, node: cst.Call, arguments: Arguments) -> Value:
        value = arguments.positional[0] if arguments.positional else UNKNOWN
        operand = node.args[0].value if node.args else node
        item = self.iterate(frame, value, operand, "enumerate")
        number = Static(type="int")
        if isinstance(value, Seq) and value.items is not None:
            pairs = tuple(Seq("tuple", (number, each)) for each in value.items)
            return Seq("iterator", pairs)
        return Seq("iterator", None, Seq("tuple", (number, item)))

    def _collect(self, frame: Frame, node: cst.Call, arguments: Arguments) -> Value:
        """``list``, ``tuple``, ``set``, ``sorted``, ``reversed``, ``iter`` of something."""
        name = node.func.value if isinstance(node.func, cst.Name) else "list"
        kind = {"list": "list", "sorted": "list", "tuple": "tuple", "set": "set", "frozenset": "set"}.get(
            name, "iterator"
        )
        if not arguments.positional:
            return Seq(kind, ())
        value = arguments.positional[0]
        if is_tensor(value):
            operand = node.args[0].value
            if name in {"list", "tuple", "set"}:
                self.emit(frame, events.Cast, node, value=value, operand=operand, function=name)
            else:
                self.emit(frame, events.Iterate, node, value=value, operand=operand, how=name)
            return Seq(kind, None, Tensor(why=value.why))
        if isinstance(value, Shape):
            return Shape(value.style, value.batched, value.first, why=value.why)
        if isinstance(value, Seq) and value.items is not None:
            compares = name == "sorted" and "key" not in arguments.keywords and not frame.autograph
            refused = _refused(name, value.items) if compares else None
            if refused is not None:
                self.emit(frame, events.NeedsBool, node, value=refused, operand=node.args[0].value, how=name)
            items = value.items[::-1] if name == "reversed" else value.items
            if kind in {"list", "tuple", "iterator"} and name != "sorted":
                return Seq(kind, items, why=value.why)
        return map_options(value, lambda option: Seq(kind, None, self._any_item(option), why=option.why))

    def _mapping_of(self, frame: Frame, node: cst.Call, arguments: Arguments) -> Value:
        items: dict[Any, Value] = {}
        default: Value | None = UNKNOWN if arguments.open else None
        if arguments.positional:
            first = arguments.positional[0]
            if isinstance(first, Mapping):
                items.update(first.items)
                default = first.default
            else:
                default = UNKNOWN
        items.update(arguments.keywords)
        return Mapping(tuple(items.items()), default)

    def _needs_bool(self, frame: Frame, node: cst.Call, arguments: Arguments) -> Value:
        """``max``, ``min``, ``any``, ``all``, ``sum`` compare, test or iterate in Python."""
        name = node.func.value if isinstance(node.func, cst.Name) else "max"
        values = arguments.positional
        if len(values) == 1:
            only = values[0]
            operand = node.args[0].value
            if is_tensor(only):
                self.emit(frame, events.NeedsBool, node, value=only, operand=operand, how=name)
                return UNKNOWN
            if isinstance(only, Seq):
                item = element(only)
                several = only.items is None or len(only.items) > 1
                if "key" in arguments.keywords:
                    return item  # what the key gives is compared
                refused = _refused(name, only.items or ())
                if refused is not None:
                    self.emit(frame, events.NeedsBool, node, value=refused, operand=operand, how=name)
                    return UNKNOWN
                if is_tensor(item) and name == "sum":
                    return self.explain(frame, Tensor(why=item.why), "{code} is a tensor", node)
                if is_tensor(item) and several and name != "sum":
                    self.emit(frame, events.NeedsBool, node, value=item, operand=operand, how=name)
                    return UNKNOWN
                return item if name in {"max", "min"} else STATIC if _plain(item) else UNKNOWN
            return STATIC if _plain(only) else UNKNOWN
        for position, value in enumerate(values):
            if name in {"max", "min"} and position < len(node.args):
                operand = node.args[position].value
                if is_tensor(value):
                    self.emit(frame, events.NeedsBool, node, value=value, operand=operand, how=name)
                    return UNKNOWN
                if self.needs_number(frame, node, value, operand, f"{name}()"):
                    return UNKNOWN
        return join_all(values) if values and all(_plain(value) for value in values) else UNKNOWN

    def _absolute(self, frame: Frame, node: cst.Call, arguments: Arguments) -> Value:
        value = arguments.positional[0] if arguments.positional else UNKNOWN
        if isinstance(value, Tensor):
            return self.explain(frame, value, "{code} is a tensor", node)
        if node.args:
            self.needs_number(frame, node, value, node.args[0].value, "abs()")
        return STATIC if isinstance(value, Static) else UNKNOWN

    def _super(self, frame: Frame, node: cst.Call, arguments: Arguments) -> Value:
        instance, after = frame.instance, frame.owner
        if len(arguments.positional) == 2:
            first = arguments.positional[0]
            instance = arguments.positional[1]
            after = first.info if isinstance(first, ClassValue) else None
        return Super(instance=instance, after=after) if isinstance(instance, Instance) else UNKNOWN

    def _type(self, frame: Frame, node: cst.Call, arguments: Arguments) -> Value:
        value = arguments.positional[0] if arguments.positional else UNKNOWN
        return ClassValue(info=value.info) if isinstance(value, Instance) else STATIC

    def _getattr(self, frame: Frame, node: cst.Call, arguments: Arguments) -> Value:
        if len(arguments.positional) >= 2:
            name = arguments.positional[1]
            if isinstance(name, Static) and isinstance(name.const, str) and len(arguments.positional) == 2:
                holder = node.args[0].value
                if isinstance(holder, cst.Name) and f"{holder.value}.{name.const}" in frame.env:
                    return frame.env[f"{holder.value}.{name.const}"]
                return self.attribute(frame, arguments.positional[0], name.const, node)
        return UNKNOWN

    def _setattr(self, frame: Frame, node: cst.Call, arguments: Arguments) -> Value:
        holder = node.args[0].value if node.args else None
        if isinstance(holder, cst.Name):
            forget_attributes(frame.env, holder.value)
        return NONE

    def _map(self, frame: Frame, node: cst.Call, arguments: Arguments) -> Value:
        items = [
            self.iterate(frame, value, node.args[position + 1].value, "map")
            for position, value in enumerate(arguments.positional[1:])
            if position + 1 < len(node.args)
        ]
        if not arguments.positional or arguments.open:
            return Seq("iterator")
        return Seq("iterator", None, self.invoke(frame, node, arguments.positional[0], items))

    def _next(self, frame: Frame, node: cst.Call, arguments: Arguments) -> Value:
        return self._any_item(arguments.positional[0]) if arguments.positional else UNKNOWN

    def _any_item(self, value: Value) -> Value:
        if isinstance(value, Seq):
            return element(value)
        if isinstance(value, Mapping):
            return join_all(Static(const=key, type=type(key).__name__) for key, _ in value.items)
        if isinstance(value, Tensors):
            return value
        if isinstance(value, Range):
            return Static(type="int")
        if isinstance(value, Shape):
            return Dim(value.style, why=value.why)
        return STATIC if isinstance(value, Static) else UNKNOWN

    def iterate(self, frame: Frame, value: Value, node: cst.BaseExpression, how: str) -> Value:
        """What one step of iterating over ``value`` gives."""
        if is_tensor(value):
            if not _is_range(node):  # of a tensor, as AutoGraph makes it: reported at the call
                self.emit(frame, events.Iterate, node, value=value, operand=node, how=how)
            return self.explain(frame, Tensor(why=value.why), "an item of {code} is a tensor", node)
        if isinstance(value, Range):
            return Static(type="int", source="shape" if value.shape else "")
        return map_options(value, self._any_item)

    def call_method(self, frame: Frame, node: cst.Call, receiver: Value, name: str, arguments: Arguments) -> Value:
        if isinstance(receiver, (Tensor, Tensors)):
            return self._tensor_method(frame, node, receiver, name, arguments)
        if isinstance(receiver, Seq):
            return self._sequence_method(frame, node, receiver, name, arguments)
        if isinstance(receiver, Mapping):
            return self._mapping_method(frame, node, receiver, name, arguments)
        if isinstance(receiver, Shape):
            return self._shape_method(frame, node, receiver, name, arguments)
        if isinstance(receiver, (Instance, Super)):
            return self._keras_method(frame, node, receiver, name, arguments)
        if isinstance(receiver, External):
            word = knowledge.effect(f"{receiver.name}.{name}")
            if word is not None:
                self.emit(frame, events.Effect, node, word=word, name=f"{receiver.name}.{name}")
            spec = knowledge.returns(f"{receiver.name}.{name}")
            if spec is None and name == "result" and knowledge.is_metric(receiver.name):
                return self.explain(frame, Tensor(), "{code} returns a tensor", node)
            return self.from_spec(frame, node, spec, arguments) if spec else UNKNOWN
        if isinstance(receiver, Static) and receiver.type == "str" and name == "format":
            return self.format_call(frame, node, receiver.const, arguments)
        return STATIC if isinstance(receiver, Static) else UNKNOWN

    def _tensor_method(
        self, frame: Frame, node: cst.Call, receiver: Tensor | Tensors, name: str, arguments: Arguments
    ) -> Value:
        if isinstance(receiver, Tensors) and name in {"get", "pop", "values", "items", "keys"}:
            item = Tensors(receiver.batched, why=receiver.why)
            if name == "get":
                default = arguments.positional[1] if len(arguments.positional) > 1 else NONE
                return join(item, default)
            if name == "items":
                return Seq("list", None, Seq("tuple", (Static(type="str"), item)))
            return item if name == "pop" else Seq("list", None, item if name == "values" else STATIC)
        spec = knowledge.tensor_attribute(name)
        if spec is None or not spec.startswith("call:"):
            return UNKNOWN
        spec = spec[len("call:") :]
        if name == "set_shape" and isinstance(node.func, cst.Attribute) and isinstance(node.func.value, cst.Name):
            frame.env[node.func.value.value] = Tensor(why=receiver.why)  # it may say how large the batch is
        if spec == "host":
            self.emit(frame, events.HostRead, node, value=receiver, method=name)
            return Static(type="host")
        return self.from_spec(frame, node, spec, Arguments((receiver, *arguments.positional), arguments.keywords))

    def _sequence_method(self, frame: Frame, node: cst.Call, receiver: Seq, name: str, arguments: Arguments) -> Value:
        given = arguments.positional[-1] if arguments.positional else UNKNOWN
        if name in {"append", "insert", "add", "appendleft"}:
            if name == "append" and receiver.items is not None and not frame.loops and len(receiver.items) < MAX_ITEMS:
                changed = Seq(receiver.kind, (*receiver.items, given), why=receiver.why)
            elif name == "insert" and receiver.items is not None and not frame.loops:
                changed = _inserted(receiver, arguments)
            else:
                merged = given if receiver.items == () else join(element(receiver), given)
                changed = Seq(receiver.kind, None, merged, why=receiver.why)
            self._rebind(frame, node, changed, given)
            return NONE
        if name in {"extend", "update"}:
            item = self.iterate(frame, given, node.args[0].value, "extend") if node.args else UNKNOWN
            merged = item if receiver.items == () else join(element(receiver), item)
            items = _extended(receiver, given) if not frame.loops else None
            changed = Seq(receiver.kind, items, UNKNOWN if items is not None else merged, why=receiver.why)
            self._rebind(frame, node, changed, given)
            return NONE
        if name == "pop" and not node.args and receiver.kind == "list" and receiver.items and not frame.loops:
            self._rebind(frame, node, Seq("list", receiver.items[:-1], why=receiver.why), UNKNOWN)
            return receiver.items[-1]
        if name in {"pop", "popleft"}:
            self._rebind(frame, node, Seq(receiver.kind, None, element(receiver), why=receiver.why), UNKNOWN)
            return element(receiver)
        if name in {"clear", "reverse", "sort", "remove"}:
            self._rebind(frame, node, Seq(receiver.kind, None, element(receiver), why=receiver.why), UNKNOWN)
            return NONE
        if name == "copy":
            return receiver
        return Static(type="int") if name in {"index", "count"} else UNKNOWN

    def _rebind(self, frame: Frame, node: cst.Call, changed: Value, given: Value) -> None:
        """A method changed the object that a name or attribute holds."""
        holder = node.func.value if isinstance(node.func, cst.Attribute) else None
        if isinstance(holder, cst.Name):
            scope: Frame | None = frame
            while scope is not None and holder.value not in scope.env:
                scope = scope.closure
            self.change(frame, holder.value, UNKNOWN if scope is None else scope.env[holder.value], changed)
            if scope is None and frame.constructing is None:
                self.emit(frame, events.Store, node, target=holder.value, value=given, how="global")
        elif isinstance(holder, cst.Subscript) and not dotted_key(holder):
            self.change_inside(frame, holder)
        elif holder is not None and (key := dotted_key(holder)):
            self.change(frame, key, frame.env.get(key, changed), changed)
            root, _, rest = key.partition(".")
            if frame.constructing is not None and root == frame.self_name:
                frame.constructing[rest] = changed
            elif isinstance(self.lookup(frame, root), Instance):
                self.emit(frame, events.Store, node, target=rest, value=given, how="mutate")

    def _mapping_method(
        self, frame: Frame, node: cst.Call, receiver: Mapping, name: str, arguments: Arguments
    ) -> Value:
        every = [value for _, value in receiver.items]
        if receiver.default is not None:
            every.append(receiver.default)
        anything = join_all(every) if every else UNKNOWN
        if name in {"get", "pop", "setdefault"}:
            key = arguments.positional[0] if arguments.positional else UNKNOWN
            missing = arguments.positional[1] if len(arguments.positional) > 1 else NONE
            if isinstance(key, Static) and key.const is not MISSING:
                for known, value in receiver.items:
                    if known == key.const:
                        return value
                return missing if receiver.default is None else join(receiver.default, missing)
            return join(anything, missing)
        if name == "values":
            return Seq("list", tuple(every) if receiver.default is None else None, anything)
        if name == "keys":
            return Seq("list", None, Static(type="str"))
        if name == "items":
            pairs = tuple(
                Seq("tuple", (Static(const=key, type=type(key).__name__), value)) for key, value in receiver.items
            )
            return Seq("list", pairs if receiver.default is None else None, Seq("tuple", (STATIC, anything)))
        if name == "update":
            changed = Mapping(receiver.items, UNKNOWN)
            given = arguments.positional[0] if arguments.positional else UNKNOWN
            if isinstance(given, Mapping) or (not arguments.positional and not arguments.open):
                items = {**dict(receiver.items), **dict(given.items if isinstance(given, Mapping) else ())}
                items.update(arguments.keywords)
                default = given.default if isinstance(given, Mapping) else None
                changed = Mapping(tuple(items.items()), receiver.default or default)
            self._rebind(frame, node, changed, given)
            return NONE
        return receiver if name == "copy" else UNKNOWN

    def _shape_method(self, frame: Frame, node: cst.Call, receiver: Shape, name: str, arguments: Arguments) -> Value:
        if name == "as_list":
            return receiver
        if name in {"with_rank", "with_rank_at_least", "merge_with"}:
            return receiver
        return Static(source="shape")

    def _keras_method(
        self, frame: Frame, node: cst.Call, receiver: Instance | Super, name: str, arguments: Arguments
    ) -> Value:
        """Methods that every layer and model inherits from Keras."""
        if name in {"add_weight", "add_variable"}:
            self.emit_variable(frame, node, name)
            return self.explain(frame, Tensor(variable="keras"), "{code} is a variable", node)
        if name in {"compute_loss", "compiled_loss"}:
            return self.explain(frame, Tensor(), "{code} returns a tensor", node)
        if name == "compute_mask":
            return UNKNOWN
        if name in {"add_loss", "add_metric", "build", "__init__", "set_weights"}:
            return NONE
        if name in {"count_params", "get_config", "compute_output_shape", "get_weights"}:
            return Shape("static", False, None) if name == "compute_output_shape" else STATIC
        if isinstance(receiver, Super) and name in {"call", "__call__"} and isinstance(receiver.instance, Instance):
            return self._inherited_result(frame, node, receiver.instance, arguments)
        return UNKNOWN

    def _inherited_result(self, frame: Frame, node: cst.Call, instance: Instance, arguments: Arguments) -> Value:
        for ancestor in self.hierarchy.ancestors(instance.info):
            if isinstance(ancestor, str):
                spec = knowledge.layer_returns(knowledge.canonical(ancestor))
                if spec is not None and not spec.when:
                    return self.from_spec(frame, node, spec.default, arguments)
        return UNKNOWN


def _extended(receiver: Seq, given: Value) -> tuple[Value, ...] | None:
    """The items of a list after ``extend``, where all of them are known."""
    if receiver.kind != "list" or receiver.items is None or not isinstance(given, Seq) or given.items is None:
        return None
    items = (*receiver.items, *given.items)
    return items if len(items) < MAX_ITEMS else None


def _inserted(receiver: Seq, arguments: Arguments) -> Seq:
    """``receiver`` after ``insert``; where is not known in most cases."""
    at, given = (*arguments.positional, UNKNOWN, UNKNOWN)[:2]
    items = list(receiver.items or ())
    if isinstance(at, Static) and type(at.const) is int and len(items) < MAX_ITEMS:
        items.insert(at.const, given)
        return Seq(receiver.kind, tuple(items), why=receiver.why)
    return Seq(receiver.kind, None, join_all([*items, given]), why=receiver.why)


def _refused(name: str, items: tuple[Value, ...]) -> Value | None:
    """The tensor among ``items`` whose truth, or whose comparison with another, ``name`` of them certainly asks for."""
    if name in {"any", "all"}:
        return items[0] if items and is_tensor(items[0]) else None
    several = name in {"max", "min", "sorted"} and len(items) > 1
    return next((item for item in items if is_tensor(item)), None) if several else None


def _is_range(node: cst.BaseExpression) -> bool:
    return isinstance(node, cst.Call) and isinstance(node.func, cst.Name) and node.func.value == "range"


def _plain(value: Value) -> bool:
    return all(isinstance(option, (Static, NoneValue)) for option in options(value))


_BUILTINS: dict[str, _Builtin] = {
    "int": Builtins._cast,
    "float": Builtins._cast,
    "bool": Builtins._cast,
    "len": Builtins._length,
    "range": Builtins._range,
    "zip": Builtins._zip,
    "enumerate": Builtins._enumerate,
    "list": Builtins._collect,
    "tuple": Builtins._collect,
    "set": Builtins._collect,
    "frozenset": Builtins._collect,
    "sorted": Builtins._collect,
    "reversed": Builtins._collect,
    "iter": Builtins._collect,
    "dict": Builtins._mapping_of,
    "max": Builtins._needs_bool,
    "min": Builtins._needs_bool,
    "sum": Builtins._needs_bool,
    "any": Builtins._needs_bool,
    "all": Builtins._needs_bool,
    "abs": Builtins._absolute,
    "super": Builtins._super,
    "type": Builtins._type,
    "getattr": Builtins._getattr,
    "setattr": Builtins._setattr,
    "map": Builtins._map,
    "next": Builtins._next,
}
