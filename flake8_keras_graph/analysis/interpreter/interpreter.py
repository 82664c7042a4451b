"""The interpreter put together, and the functions of a file it starts from."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from typing import Literal

import libcst as cst

from flake8_keras_graph.analysis.events import Event, Place, WeightGiven
from flake8_keras_graph.analysis.frozen import frozen
from flake8_keras_graph.analysis.handed_over import TracedFunction, object_method, traced_functions
from flake8_keras_graph.analysis.interpreter.expressions.evaluation import OutOfBudget
from flake8_keras_graph.analysis.interpreter.frame import Frame
from flake8_keras_graph.analysis.interpreter.machine import Machine
from flake8_keras_graph.analysis.interpreter.observation import Observation, ObservingMachine
from flake8_keras_graph.analysis.interpreter.parameters import is_annotated_as_tensor, is_one_tensor
from flake8_keras_graph.analysis.values import (
    UNKNOWN,
    ComputedInGraph,
    Function,
    Instance,
    Mapping,
    Origin,
    Seq,
    Static,
    Tensor,
    Tensors,
    Value,
)
from flake8_keras_graph.config import Options
from flake8_keras_graph.knowledge.traced import Given
from flake8_keras_graph.project.hierarchy import classes_in_order
from flake8_keras_graph.project.index import ClassInfo, FunctionInfo, Module, walk
from flake8_keras_graph.project.presence import KERAS_PACKAGES
from flake8_keras_graph.project.project import Project
from flake8_keras_graph.records import Kind
from flake8_keras_graph.syntax.source import FunctionSource

# Methods that Keras traces, by kind of class, and how many leading arguments are tensors.
_ROOTS: dict[Kind, dict[str, int]] = {
    "model": {"call": 1, "train_step": 1, "test_step": 1, "predict_step": 1, "compute_loss": 0, "compute_metrics": 0},
    "layer": {"call": 1, "compute_mask": 1},
    "metric": {"update_state": 2, "result": 0},
    "loss": {"call": 2},
}

# tf_keras has AutoGraph convert ``call``, losses and metrics, but none of these.
_STEPS = {"train_step", "test_step", "predict_step", "compute_loss", "compute_metrics", "compute_mask"}
# What is given to these, though they have defaults.
_ALWAYS_GIVEN = {"compute_loss": {"x", "y_pred"}, "compute_metrics": {"x", "y_pred"}}
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


@frozen()
class Root:
    """A method that Keras traces, of a class of some kind; its first ``tensors`` arguments are tensors."""

    info: ClassInfo
    kind: Kind
    method: FunctionInfo
    tensors: int


class Interpreter:
    """Interprets methods that Keras traces, one root after another; the events are left in ``events``."""

    def __init__(self, project: Project, options: Options, machine: Machine | None = None) -> None:
        self.project, self.options = project, options
        self.machine = machine or Machine(project, options)
        self.hierarchy = self.machine.hierarchy
        self.exhausted = False

    @property
    def events(self) -> list[Event]:
        """What the roots that were run saw."""
        return self.machine.recorder.events

    @property
    def steps(self) -> int:
        """How many expressions the last root took."""
        return self.machine.expressions.steps

    def forget_events(self) -> None:
        """Begin a list of events of its own for the next roots."""
        self.machine.recorder.events = []

    def run(self, root: Root) -> None:
        """Interpret one method of a class; its events are added to those of the roots before it.

        What it raises is a fault of ours: a budget that is spent, or recursion too deep, ends it without a word.
        """
        before = len(self.events)
        self.run_root(root.info, root.kind, root.method, root.tensors)
        if root.method.name == "build":  # of what is constructed, only the weights are told of
            self.events[before:] = [event for event in self.events[before:] if isinstance(event, WeightGiven)]

    def observe(self, info: ClassInfo) -> list[Observation]:
        """Interpret one class; every evaluation of an expression in a function that is traced, in order.

        None at all where that took too long: what was not seen may give other values.
        """
        machine = ObservingMachine(self.project, self.options)
        observed = Interpreter(self.project, self.options, machine)
        for root in observed.roots_of(info, inherited=True):
            observed.run(root)
        return [] if observed.exhausted else machine.observations()

    def instance_attributes(self, instance: Instance) -> dict[str, Value]:
        """What ``__init__`` and ``build`` leave on ``self``; what other methods change as well is not known."""
        return self.machine.attributes.instance_attributes(instance)

    def roots_of(self, info: ClassInfo, inherited: bool = False) -> list[Root]:
        """The methods of a class that Keras traces, none where it is no Keras class.

        Those of a class that inherits everything are left out, unless ``inherited``: they are looked at where
        they stand.
        """
        kind = self.hierarchy.kind(info)
        if kind is None:
            return []
        roots: list[Root] = [Root(info, kind, method, tensors) for method, tensors in self._roots(info, kind)]
        build = self.hierarchy.method(info, "build")
        if not inherited and roots and build is not None and build.owner is info and _computes(build):
            roots.append(Root(info, kind, build, 0))
        return [root for root in roots if inherited or root.method.owner is info or info.methods]

    def functions_of(self, module: Module) -> list[TracedFunction]:
        """What the file hands over to be traced, and the objects of its classes that Keras calls in the step."""
        found = traced_functions(module, self.hierarchy)
        for info in classes_in_order(module):
            traced = object_method(info, self.hierarchy)
            method = self.hierarchy.method(info, traced[0]) if traced is not None else None
            if traced is not None and method is not None and method.owner is info:
                found.append(TracedFunction(method, traced[1], info))
        return found

    def _roots(self, info: ClassInfo, kind: Kind) -> Iterator[tuple[FunctionInfo, int]]:
        """The traced methods of the class, each with how many of its leading arguments are tensors."""
        if kind == "layer" and not self._is_called_by_keras(info):
            return
        for name, tensors in _ROOTS[kind].items():
            method = self.hierarchy.method(info, name)
            if method is not None:
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

    def run_function(self, root: TracedFunction) -> None:
        """Interpret what code hands over to be traced; its events are added to those of the roots before it."""
        source = self.machine.functions.source_of(root.function)
        if source is None:
            return
        self.machine.expressions.steps = 0
        self.machine.functions.forget_summaries()
        module, owner = root.function.module, root.owner
        instance = self.root_instance(owner) if owner is not None else None
        kind = None if owner is None else self.hierarchy.kind(owner) or "loss"
        keras = self.hierarchy.keras_version_of_file(module)
        autograph = (keras == 2 if root.autograph is None else root.autograph) and root.function.is_convertible
        place = Place(source, owner, kind, owner, root.function.name, autograph, keras, None, root.way)
        names = dict.fromkeys(root.enclosing, UNKNOWN)
        frame = Frame(module, place, names, owner=root.function.owner or owner, instance=instance, autograph=autograph)
        try:
            self._bind_given(frame, source, instance, root.given)
            self.machine.statements.execute_body(frame, source.node)
        except (OutOfBudget, RecursionError):
            self.exhausted = True

    def _bind_given(
        self, frame: Frame, source: FunctionSource, instance: Instance | None, given: Sequence[Given]
    ) -> None:
        params = source.node.params
        positional = [*params.posonly_params, *params.params]
        if instance is not None and positional:
            frame.self_name = positional[0].name.value
            frame.env[frame.self_name] = instance
            positional = positional[1:]
        for position, param in enumerate((*positional, *params.kwonly_params)):
            what: Given = given[position] if position < min(len(given), len(positional)) else "unknown"
            frame.env[param.name.value] = self._given_argument(frame, source, param, what)
        if isinstance(params.star_arg, cst.Param):
            frame.env[params.star_arg.name.value] = Seq("tuple", None, UNKNOWN)
        if params.star_kwarg is not None:
            frame.env[params.star_kwarg.name.value] = Mapping((), UNKNOWN)

    @staticmethod
    def _given_argument(frame: Frame, source: FunctionSource, param: cst.Param, what: Given) -> Value:
        name = param.name.value
        why = Origin(f"`{name}` is a tensor: what is handed over to be traced is given it", param, source)
        if what == "unknown" or (param.default is not None and what == "nest"):
            if is_annotated_as_tensor(param) and param.default is None:
                return Tensor(True, from_data=True, why=Origin(f"`{name}` is annotated as a tensor", param, source))
            if param.default is None:
                return Value(why=ComputedInGraph(f"`{name}` has no value while tracing", param, source))
            return _switch(param)
        if what == "nest":
            return Tensors(why=why)
        whose: Literal["tf", "keras"] = "keras" if frame.place is not None and frame.place.keras == 3 else "tf"
        if what == "tensor":
            return Tensor(True, from_data=True, why=why)
        return Tensor(False, 0 if what == "scalar variable" else None, whose, why=why)

    def root_instance(self, info: ClassInfo) -> Instance:
        """The object whose methods are interpreted."""
        return Instance(info=info)

    def run_root(self, info: ClassInfo, kind: Kind, method: FunctionInfo, tensors: int) -> None:
        """Interpret a method as Keras calls it; its first ``tensors`` parameters without a default are tensors."""
        source = self.machine.functions.source_of(method)
        if source is None:
            return
        self.machine.expressions.steps = 0
        self.machine.functions.forget_summaries()
        instance = self.root_instance(info)
        keras = self.hierarchy.keras_version(info)
        value = self.machine.names.function_value(method, instance)
        decorated = value.autograph if type(value) is Function else None
        converted = keras == 2 and method.name not in _STEPS
        autograph = (converted if decorated is None else decorated) and method.is_convertible
        place = Place(source, info, kind, info, method.name, autograph, keras)
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
            self.machine.statements.execute_body(frame, source.node)
        except (OutOfBudget, RecursionError):
            self.exhausted = True  # what was seen until then stands

    def _takes_python(self, instance: Instance) -> bool:
        """A layer that asks Keras to hand its arguments on as they are: a preprocessor fed with strings, say."""
        for ancestor in self.hierarchy.ancestors(instance.info):
            if isinstance(ancestor, str):
                if ancestor.startswith(_PREPROCESSING):
                    return True
            elif any(_SWITCHES & self.hierarchy.self_uses.bound_by(method) for method in ancestor.methods.values()):
                table = self.machine.attributes.instance_attributes(instance)
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
        if (is_input and param.default is None) or name in _ALWAYS_GIVEN.get(source.info.name, ()):
            text = f"`{name}` is what Keras passes to `{source.info.name}`: a tensor or a structure of tensors"
            whole = is_one_tensor(source.node, param)
            why = Origin(text if not whole else f"`{name}` is what Keras passes to `{source.info.name}`", param, source)
            return Tensor(True, from_data=True, why=why) if whole else Tensors(True, why=why)
        if is_annotated_as_tensor(param):
            if param.default is None:
                return Tensor(True, from_data=True, why=Origin(f"`{name}` is annotated as a tensor", param, source))
        return _switch(param)


def _computes(build: FunctionInfo) -> bool:
    """Whether a ``build`` may make weights of tensors: it calls something else than methods of its own."""
    return any(
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and not (isinstance(node.func.value, ast.Name) and node.func.value.id == "self")
        for node in walk(build.node)
    )


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
