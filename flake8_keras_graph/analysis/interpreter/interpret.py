"""The interpreter put together, and the functions of a file it starts from."""

from __future__ import annotations

import ast
import dataclasses
from collections.abc import Iterator
from typing import Any, ClassVar

import libcst as cst

from flake8_keras_graph.analysis import events
from flake8_keras_graph.analysis.attributes import bound_by
from flake8_keras_graph.analysis.interpreter.apis import Apis
from flake8_keras_graph.analysis.interpreter.attribute_access import Attributes
from flake8_keras_graph.analysis.interpreter.builtin_functions import BuiltinFunctions
from flake8_keras_graph.analysis.interpreter.calls import Calls
from flake8_keras_graph.analysis.interpreter.comprehensions import Comprehensions
from flake8_keras_graph.analysis.interpreter.conditions import Conditions
from flake8_keras_graph.analysis.interpreter.expressions import Expressions, OutOfBudget
from flake8_keras_graph.analysis.interpreter.formats import Formats
from flake8_keras_graph.analysis.interpreter.frames import Frame
from flake8_keras_graph.analysis.interpreter.functions import Functions
from flake8_keras_graph.analysis.interpreter.items import Items
from flake8_keras_graph.analysis.interpreter.layer_calls import Layers
from flake8_keras_graph.analysis.interpreter.loop_statements import LoopStatements
from flake8_keras_graph.analysis.interpreter.method_calls import MethodCalls
from flake8_keras_graph.analysis.interpreter.names import Names
from flake8_keras_graph.analysis.interpreter.operators import Operators
from flake8_keras_graph.analysis.interpreter.recorder import Recorder
from flake8_keras_graph.analysis.interpreter.statements import Statements
from flake8_keras_graph.analysis.interpreter.targets import Targets
from flake8_keras_graph.analysis.values import (
    UNKNOWN,
    Function,
    Instance,
    Mapping,
    Origin,
    Seq,
    Static,
    Tensor,
    Tensors,
    Value,
    join,
)
from flake8_keras_graph.config import Options
from flake8_keras_graph.project.hierarchy import Hierarchy, backend_of, classes_in_order
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


@dataclasses.dataclass(frozen=True, slots=True)
class Root:
    """A method that Keras traces, of a class of some kind; its first ``tensors`` arguments are tensors."""

    info: ClassInfo
    kind: Kind
    method: FunctionInfo
    tensors: int


def traced_classes(module: Module) -> list[ClassInfo]:
    """The classes of a file that may have something traced, in order."""
    return [] if backend_of(module) == "torch" else list(classes_in_order(module))


class Interpreter:
    """Interprets methods that Keras traces, one root after another; the events are left in ``events``."""

    expressions_class: ClassVar[type[Expressions]] = Expressions

    def __init__(self, project: Project, options: Options) -> None:
        self._project, self._options = project, options
        self.hierarchy = hierarchy = Hierarchy(project, options)
        self.recorder = recorder = Recorder()
        self.exhausted = False
        self.names = names = Names(project)
        self.attributes = attributes = Attributes(hierarchy)
        self.functions = functions = Functions(hierarchy)
        conditions, items, formats = Conditions(), Items(recorder), Formats(recorder)
        operators, comprehensions = Operators(recorder), Comprehensions(recorder)
        targets, loops = Targets(recorder, hierarchy), LoopStatements(recorder)
        calls, layers, library = Calls(hierarchy), Layers(recorder, hierarchy), Apis(recorder, options)
        builtins, methods = BuiltinFunctions(recorder), MethodCalls(recorder)
        self.expressions = expressions = self.expressions_class(recorder, operators, items, comprehensions, formats)
        self.statements = statements = Statements(recorder, targets, names, operators, loops)

        names.connect(expressions)
        attributes.connect(names, functions)
        functions.connect(expressions, statements, targets, names)
        conditions.connect(expressions, names, attributes)
        items.connect(expressions)
        formats.connect(expressions)
        operators.connect(expressions, formats)
        comprehensions.connect(expressions, conditions, targets, items)
        targets.connect(expressions, names)
        loops.connect(expressions, conditions, targets, items, statements)
        calls.connect(expressions, conditions, items, functions, layers, library, builtins, methods)
        layers.connect(names, attributes, functions, library)
        library.connect(functions, layers)
        builtins.connect(conditions, attributes, items, calls)
        methods.connect(targets, items, formats, library, layers)
        expressions.connect(names, attributes, conditions, targets, calls)
        statements.connect(expressions, conditions, calls)

    @property
    def events(self) -> list[events.Event]:
        """What the roots that were run saw."""
        return self.recorder.events

    @property
    def steps(self) -> int:
        """How many expressions the last root took."""
        return self.expressions.steps

    def forget_events(self) -> None:
        """Begin a list of events of its own for the next roots."""
        self.recorder.events = []

    def run(self, root: Root) -> None:
        """Interpret one method of a class; its events are added to those of the roots before it.

        What it raises is a fault of ours: a budget that is spent, or recursion too deep, ends it without a word.
        """
        self._run_root(root.info, root.kind, root.method, root.tensors)

    def observe(self, info: ClassInfo) -> list[Observation]:
        """Interpret one class; every evaluation of an expression in a function that is traced, in order."""
        observed = _ObservedInterpreter(self._project, self._options)
        for root in observed.roots_of(info):
            observed.run(root)
        return list(observed.observed.seen.values())

    def roots_of(self, info: ClassInfo) -> list[Root]:
        """The methods of a class that Keras traces, none where it is no Keras class."""
        kind = self.hierarchy.kind(info)
        if kind is None:
            return []
        return [Root(info, kind, method, tensors) for method, tensors in self._roots(info, kind)]

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

    def _run_root(self, info: ClassInfo, kind: Kind, method: FunctionInfo, tensors: int) -> None:
        source = self.functions.source_of(method)
        if source is None:
            return
        self.expressions.steps = 0
        self.functions.forget_calls()
        instance = Instance(info=info)
        keras = self.hierarchy.keras_version(info)
        value = self.names.function_value(method, instance)
        decorated = value.autograph if type(value) is Function else None
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
            self._bind_root(frame, source, instance, tensors)
            self.statements.execute_body(frame, source.node)
        except (OutOfBudget, RecursionError):
            self.exhausted = True  # what was seen until then stands

    def _takes_python(self, instance: Instance) -> bool:
        """A layer that asks Keras to hand its arguments on as they are: a preprocessor fed with strings, say."""
        for ancestor in self.hierarchy.ancestors(instance.info):
            if isinstance(ancestor, str):
                if ancestor.startswith(_PREPROCESSING):
                    return True
            elif any(_SWITCHES & bound_by(method, self.hierarchy) for method in ancestor.methods.values()):
                table = self.attributes.instance_attributes(instance)
                return any(table.get(name) == Static(const=on, type="bool") for name, on in _PYTHON_INPUTS.items())
        return False

    def _bind_root(self, frame: Frame, source: FunctionSource, instance: Instance, tensors: int) -> None:
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
            if param.default is None:
                return Tensor(True, why=Origin(f"`{name}` is annotated as a tensor", param, source))
        return _switch(param)


@dataclasses.dataclass(frozen=True, slots=True)
class Observation:
    """An expression that was evaluated in a function, and the join of all it gave."""

    source: FunctionSource
    node: cst.BaseExpression
    value: Value


class _ObservedExpressions(Expressions):
    """Keeps what each expression gave in a function that is traced."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
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


class _ObservedInterpreter(Interpreter):
    """An interpreter of its own for what is observed: summaries of earlier calls would leave bodies out."""

    expressions_class = _ObservedExpressions

    @property
    def observed(self) -> _ObservedExpressions:
        assert isinstance(self.expressions, _ObservedExpressions)
        return self.expressions


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
