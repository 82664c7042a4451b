"""The interpreter put together, and the functions of a file it starts from."""

from __future__ import annotations

import ast
import dataclasses
from collections.abc import Iterator

import libcst as cst

from flake8_keras_graph.analysis import events
from flake8_keras_graph.analysis.attributes import bound_by
from flake8_keras_graph.analysis.interpreter.apis import Apis
from flake8_keras_graph.analysis.interpreter.builtin_calls import Builtins
from flake8_keras_graph.analysis.interpreter.calls import Calls
from flake8_keras_graph.analysis.interpreter.conditions import Conditions
from flake8_keras_graph.analysis.interpreter.core import OutOfBudget
from flake8_keras_graph.analysis.interpreter.expressions import Expressions
from flake8_keras_graph.analysis.interpreter.frames import Frame
from flake8_keras_graph.analysis.interpreter.names import Names
from flake8_keras_graph.analysis.interpreter.statements import Statements
from flake8_keras_graph.analysis.values import (
    UNKNOWN,
    Function,
    Instance,
    Mapping,
    Origin,
    Seq,
    Static,
    Tensors,
    Value,
    join,
)
from flake8_keras_graph.config import Options
from flake8_keras_graph.project.hierarchy import backend_of, classes_in_order
from flake8_keras_graph.project.index import ClassInfo, FunctionInfo, Module, walk
from flake8_keras_graph.project.presence import KERAS_PACKAGES
from flake8_keras_graph.project.project import Project
from flake8_keras_graph.records import Kind
from flake8_keras_graph.syntax.source import FunctionSource

# Methods that Keras traces, by kind of class, and how many leading arguments are tensors.
_ROOTS: dict[Kind, dict[str, int]] = {
    "model": {"call": 1, "train_step": 1, "test_step": 1, "predict_step": 1, "compute_loss": 0},
    "layer": {"call": 1},
    "metric": {"update_state": 2, "result": 0},
    "loss": {"call": 2},
}

# tf_keras has AutoGraph convert ``call``, losses and metrics, but none of these.
_STEPS = {"train_step", "test_step", "predict_step", "compute_loss"}
# What a layer sets on itself to be given its arguments as they are.
_PYTHON_INPUTS = {"_allow_non_tensor_positional_args": True, "_convert_input_args": False}
_SWITCHES = frozenset(_PYTHON_INPUTS)
_PREPROCESSING = (
    "keras_hub.layers.PreprocessingLayer",
    "keras_hub.models.Preprocessor",
    "keras_hub.tokenizers.",
    "keras_hub.layers.ImageConverter",
    "keras_hub.layers.AudioConverter",
)


class Interpreter(Statements, Expressions, Conditions, Calls, Apis, Builtins, Names):
    """Interprets every method of a module that Keras traces; the events are left in ``events``."""

    def run(self, module: Module) -> None:
        self.events = []
        if backend_of(module) == "torch":
            return  # nothing is traced there
        for info in classes_in_order(module):
            self._run_class(info)

    def observe(self, info: ClassInfo) -> list[Observation]:
        """Interpret one class; every evaluation of an expression in a function that is traced, in order."""
        observed = _ObservedInterpreter(self.project, self.options)
        observed._run_class(info)
        return list(observed.seen.values())

    def _run_class(self, info: ClassInfo) -> None:
        kind = self.hierarchy.kind(info)
        if kind is not None:
            for method, tensors in self._roots(info, kind):
                self.run_root(info, kind, method, tensors)

    def _roots(self, info: ClassInfo, kind: Kind) -> Iterator[tuple[FunctionInfo, int]]:
        """The class's own traced methods, and inherited ones that reach a method it overrides."""
        if kind == "layer" and not self._is_called_by_keras(info):
            return
        for name, tensors in _ROOTS[kind].items():
            method = self.hierarchy.method(info, name)
            if method is not None and (method.owner is info or info.methods):
                yield method, tensors

    def _is_called_by_keras(self, info: ClassInfo) -> bool:
        """Not where its own ``__call__`` never hands over to that of Keras: a processor that reads files, say."""
        method = self.hierarchy.method(info, "__call__")
        if method is None or method.module.name.partition(".")[0] in KERAS_PACKAGES:
            return True
        if _calls_on(method):
            return True
        classes = [each for each in self.hierarchy.ancestors(info) if isinstance(each, ClassInfo)]
        return any(_calls_on(helper) for each in classes for helper in each.methods.values())

    def root_instance(self, info: ClassInfo) -> Instance:
        """The object whose methods are interpreted."""
        return Instance(info=info)

    def run_root(self, info: ClassInfo, kind: Kind, method: FunctionInfo, tensors: int) -> None:
        """Interpret a method as Keras calls it; its first ``tensors`` parameters without a default are tensors."""
        source = self.source_of(method)
        if source is None:
            return
        self.steps = 0
        self.memo = {}
        instance = self.root_instance(info)
        keras = self.hierarchy.keras_version(info)
        value = self.function_value(method, instance)
        decorated = value.autograph if isinstance(value, Function) else None
        converted = keras == 2 and method.name not in _STEPS
        autograph = (converted if decorated is None else decorated) and method.is_convertible
        place = events.Place(source, info, kind, info, method.name, autograph, keras)
        frame = Frame(
            method.module,
            place,
            {},
            owner=method.owner,
            instance=instance,
            autograph=autograph,
        )
        try:
            if kind == "layer" and self._takes_python(instance):
                tensors = 0
            self.bind_root(frame, source, instance, tensors)
            self.execute_body(frame, source.node)
        except (OutOfBudget, RecursionError):
            self.exhausted = True  # what was seen until then stands

    def _takes_python(self, instance: Instance) -> bool:
        """A layer that asks Keras to hand its arguments on as they are: a preprocessor fed with strings, say."""
        for ancestor in self.hierarchy.ancestors(instance.info):
            if isinstance(ancestor, str):
                if ancestor.startswith(_PREPROCESSING):
                    return True
            elif any(_SWITCHES & bound_by(method, self.hierarchy) for method in ancestor.methods.values()):
                table = self.instance_attributes(instance)
                return any(table.get(name) == Static(const=on, type="bool") for name, on in _PYTHON_INPUTS.items())
        return False

    def bind_root(self, frame: Frame, source: FunctionSource, instance: Instance, tensors: int) -> None:
        """``self``, the tensors that Keras passes, ``training``, and what nobody knows."""
        params = source.node.params
        positional = [*params.posonly_params, *params.params]
        if positional:
            frame.self_name = positional[0].name.value
            frame.env[frame.self_name] = instance
        for position, param in enumerate(positional[1:]):
            frame.env[param.name.value] = self._root_argument(source, param, position < tensors)
        for param in params.kwonly_params:
            frame.env[param.name.value] = self._root_argument(source, param, False)
        if isinstance(params.star_arg, cst.Param):
            frame.env[params.star_arg.name.value] = Seq("tuple", None, UNKNOWN)
        if params.star_kwarg is not None:
            frame.env[params.star_kwarg.name.value] = Mapping((), UNKNOWN)

    @staticmethod
    def _root_argument(source: FunctionSource, param: cst.Param, is_input: bool) -> Value:
        name = param.name.value
        if name == "training":
            return Static(source="training")
        if is_input and param.default is None:
            text = f"`{name}` is what Keras passes to `{source.info.name}`: a tensor or a structure of tensors"
            return Tensors(True, why=Origin(text, param, source))
        if _annotated_as_tensor(param):
            from flake8_keras_graph.analysis.values import Tensor

            if param.default is None:
                return Tensor(True, why=Origin(f"`{name}` is annotated as a tensor", param, source))
        return _switch(param)


@dataclasses.dataclass(frozen=True, slots=True)
class Observation:
    """An expression that was evaluated in a function, and the join of all it gave."""

    source: FunctionSource
    node: cst.BaseExpression
    value: Value


class _ObservedInterpreter(Interpreter):
    """Keeps what each expression gave. An interpreter of its own: summaries of calls would leave bodies out."""

    def __init__(self, project: Project, options: Options) -> None:
        super().__init__(project, options)
        self.seen: dict[tuple[int, int], Observation] = {}

    def evaluate(self, frame: Frame, node: cst.BaseExpression) -> Value:
        value = super().evaluate(frame, node)
        if frame.place is not None:
            source = frame.place.source
            key = (id(source), id(node))
            known = self.seen.get(key)
            if known is None or known.value is not value:
                joined = value if known is None else join(known.value, value)
                self.seen[key] = Observation(source, node, joined)
        return value


def _calls_on(method: FunctionInfo) -> bool:
    """Whether it mentions a ``__call__``: ``super().__call__(x)``, say."""
    return any(isinstance(node, ast.Attribute) and node.attr == "__call__" for node in walk(method.node))


def _switch(param: cst.Param) -> Value:
    """A parameter whose default is True, False or a text is a Python value in every call."""
    default = param.default
    if isinstance(default, cst.SimpleString):
        return Static(source="argument", type="str")
    if isinstance(default, cst.Name) and default.value in {"True", "False"}:
        return Static(source="argument", type="bool")
    return UNKNOWN


def _annotated_as_tensor(param: cst.Param) -> bool:
    if param.annotation is None:
        return False
    node = param.annotation.annotation
    return isinstance(node, cst.Attribute) and node.attr.value in {"Tensor", "KerasTensor"}
