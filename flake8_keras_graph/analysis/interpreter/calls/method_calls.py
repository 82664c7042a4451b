"""Methods that the project does not define: of tensors, containers, layers, objects of other packages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import libcst as cst

from flake8_keras_graph import knowledge
from flake8_keras_graph.analysis import events
from flake8_keras_graph.analysis.interpreter.calls.new_weights import given_to_add_weight
from flake8_keras_graph.analysis.interpreter.frame import Frame
from flake8_keras_graph.analysis.interpreter.protocols import Binder, Iteration, LayerCaller, Library, TextFormatter
from flake8_keras_graph.analysis.interpreter.recorder import Recorder, explain
from flake8_keras_graph.analysis.values import (
    NONE,
    STATIC,
    UNKNOWN,
    Arguments,
    ComputedInGraph,
    External,
    Instance,
    Seq,
    Shape,
    Static,
    Super,
    Tensor,
    Tensors,
    Value,
    is_tensor,
)

_Handler = Callable[[Frame, cst.Call, Any, str, Arguments], Value]
# Of tensors; of what depends on nothing it is None.
_GRADIENTS = frozenset({"gradient", "jacobian"})


class MethodCalls:
    """What methods give is asked of their receivers; what they change and what they tell is done here."""

    def __init__(self, recorder: Recorder) -> None:
        self.emit = recorder.emit
        self.emit_variable = recorder.emit_variable
        self.emit_given = recorder.emit_given
        self._handlers: dict[type[Value], _Handler] = {
            Tensor: self._tensor_method,
            Tensors: self._tensor_method,
            Seq: self._sequence_method,
            Instance: self._keras_method,
            Super: self._keras_method,
            External: self._external_method,
            Static: self._static_method,
        }

    def connect(
        self,
        binder: Binder,
        iteration: Iteration,
        formatter: TextFormatter,
        library: Library,
        layers: LayerCaller,
    ) -> None:
        """Hand over the parts that this one asks."""
        self.change_receiver = binder.change_receiver
        self.iterate = iteration.iterate
        self.format_call = formatter.format_call
        self.from_spec = library.from_spec
        self.inherited_call = layers.inherited_call

    def call_method(self, frame: Frame, node: cst.Call, receiver: Value, name: str, arguments: Arguments) -> Value:
        """What ``receiver.name(...)`` gives."""
        handler = self._handlers.get(type(receiver), self._plain_method)
        return handler(frame, node, receiver, name, arguments)

    def _plain_method(self, frame: Frame, node: cst.Call, receiver: Value, name: str, arguments: Arguments) -> Value:
        called = receiver.call_method(name, arguments, bool(frame.loops))
        if called.after is not None:
            self.change_receiver(frame, node, called.after, UNKNOWN if called.given is None else called.given)
        return called.result

    def _sequence_method(self, frame: Frame, node: cst.Call, receiver: Seq, name: str, arguments: Arguments) -> Value:
        if name not in {"extend", "update"} or not node.args or not arguments.positional:
            return self._plain_method(frame, node, receiver, name, arguments)
        given = arguments.positional[-1]
        item = self.iterate(frame, given, node.args[0].value, "extend")
        handed = Arguments((Seq("iterator", None, item),)) if is_tensor(given) else arguments
        called = receiver.call_method(name, handed, bool(frame.loops))
        if called.after is not None:
            self.change_receiver(frame, node, called.after, given)
        return called.result

    def _tensor_method(
        self, frame: Frame, node: cst.Call, receiver: Tensor | Tensors, name: str, arguments: Arguments
    ) -> Value:
        spec = knowledge.tensor_attribute(name)
        if spec is None or not spec.startswith("call:"):
            return receiver.call_method(name, arguments, bool(frame.loops)).result
        spec = spec[len("call:") :]
        if name == "set_shape" and type(node.func) is cst.Attribute and type(node.func.value) is cst.Name:
            frame.env[node.func.value.value] = Tensor(why=receiver.why)  # it may say how large the batch is
        if spec == "host":
            self.emit(frame, events.HostRead, node, value=receiver, method=name)
            return Static(type="host")
        return self.from_spec(frame, node, spec, Arguments((receiver, *arguments.positional), arguments.keywords))

    def _external_method(
        self, frame: Frame, node: cst.Call, receiver: External, name: str, arguments: Arguments
    ) -> Value:
        word = knowledge.effect(f"{receiver.name}.{name}")
        if word is not None:
            told = f"{receiver.name}.{name}"
            self.emit(frame, events.Effect, node, word=word, name=told, given=arguments.positional)
        spec = knowledge.returns(f"{receiver.name}.{name}")
        if receiver.name == "tf.GradientTape" and name in _GRADIENTS and frame.place is not None:
            return Value(why=ComputedInGraph("{code} is computed while tracing", node, frame.place.source))
        if spec is None and name == "result" and knowledge.is_metric(receiver.name):
            return explain(frame, Tensor(), "{code} returns a tensor", node)
        return self.from_spec(frame, node, spec, arguments) if spec else UNKNOWN

    def _static_method(self, frame: Frame, node: cst.Call, receiver: Static, name: str, arguments: Arguments) -> Value:
        if receiver.type == "str" and name == "format":
            return self.format_call(frame, node, receiver.const, arguments)
        return self._plain_method(frame, node, receiver, name, arguments)

    def _keras_method(
        self, frame: Frame, node: cst.Call, receiver: Instance | Super, name: str, arguments: Arguments
    ) -> Value:
        """Methods that every layer and model inherits from Keras."""
        if name in {"add_weight", "add_variable"}:
            self.emit_variable(frame, node, name)
            if frame.place is not None:
                given = given_to_add_weight(arguments, frame.place.keras)
                self.emit_given(frame, node, name, "weight", given)
            return explain(frame, Tensor(variable="keras"), "{code} is a variable", node)
        if name in {"compute_loss", "compiled_loss"}:
            return explain(frame, Tensor(), "{code} returns a tensor", node)
        if name in _KERAS_RESULTS:
            return _KERAS_RESULTS[name]
        if type(receiver) is Super and name in {"call", "__call__"} and type(receiver.instance) is Instance:
            return self.inherited_call(frame, node, receiver.instance, arguments)
        return UNKNOWN


_KERAS_RESULTS: dict[str, Value] = {
    **dict.fromkeys(("add_loss", "add_metric", "build", "__init__", "set_weights"), NONE),
    **dict.fromkeys(("count_params", "get_config", "get_weights"), STATIC),
    "compute_mask": UNKNOWN,
    "compute_output_shape": Shape("static", False, None),
}
