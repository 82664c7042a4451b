"""What is known of a class before it is rewritten, and what refuses it as a whole."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping, Sequence

import libcst as cst

from flake8_keras_graph.analysis.values import UNKNOWN, is_unknown
from flake8_keras_graph.rewrite.functional.read.bases import Elsewhere
from flake8_keras_graph.rewrite.functional.read.construction import Construction, build_lines
from flake8_keras_graph.rewrite.functional.read.kinds import kind_of
from flake8_keras_graph.rewrite.functional.read.model import Method, ModelClass
from flake8_keras_graph.rewrite.functional.read.project_layers import ProjectLayers
from flake8_keras_graph.rewrite.functional.read.training_effects import TrainingEffects
from flake8_keras_graph.rewrite.functional.read.untrained_layers import is_told, switching
from flake8_keras_graph.rewrite.functional.write.attribute_names import choose_names
from flake8_keras_graph.rewrite.functional.write.context import Context
from flake8_keras_graph.rewrite.text.imports import Imports
from flake8_keras_graph.rewrite.text.operations import counterpart
from flake8_keras_graph.rewrite.text.syntax import (
    names_bound,
    names_read,
    outer_names,
    own_attribute,
    parameters,
    self_name,
    statements,
)
from flake8_keras_graph.syntax.nodes import walk

# Attributes that are functions, by their names, where their values are not known: an activation.
_FUNCTION = re.compile(
    r"act(ivation)?(_|$)|(^|_)(fn|func|function|op|loss|metric|init|initializer)(_|$)", re.IGNORECASE
)
_UNFOUND = ", nor found in this project for the Keras it uses"


def refuse_construction(context: Context, construction: Construction) -> None:
    """Note what in the constructor cannot be followed."""
    for node, reason in construction.refusals:
        context.refuse(node, reason)
    for line in construction.lines:
        context.refuse_dynamic(line.statement, line.own)


def refuse_class(context: Context, model: ModelClass, call: Method | None) -> None:
    """Note what keeps the whole class from being a functional model."""
    top = model.lineage[0]
    if model.stranger:
        context.refuse(top.bases[0], f"its base `{model.stranger}` is not in this file{_UNFOUND}")
    elif model.base is None:
        context.refuse(top, "it is not a keras.Model")
    if call is None:
        context.refuse(top, "it has no `call` of its own")
        return
    own = model.method("__call__")
    if own is not None:
        context.refuse(own.node, "`__call__` is the model's own: a functional model would not run it")
    for decorator in call.decorators:
        if context.imports.canonical(decorator) != "tf.function":
            context.refuse(call.node, f"`call` is decorated with `{decorator}`")
    if call.node.asynchronous is not None:
        context.refuse(call.node, "`call` is a coroutine")
    context.refuse_dynamic(call.node.body, self_name(call.node))


def note_training(context: Context, call: Method | None, own: ProjectLayers, with_training: bool) -> None:
    """Work out whether the trainer tells the model that it trains, and what that changes of its layers."""
    text = context.imports.reading.text
    effects = TrainingEffects(own, adds=".add(" in text)
    context.told = call is None or with_training or context.imports.keras == 2 or is_told(call.node)
    context.effect_of = functools.cache(effects.of)
    context.leaks = functools.cache(effects.leaks)
    context.switches = lambda lines: next(switching(lines, own.place, own.find), None) is not None
    held = context.places.reading.attributes
    context.plain = frozenset(
        name for name in context.names if _FUNCTION.search(name) and is_unknown(held.get(name, UNKNOWN))
    )


def holds_switching(context: Context) -> set[str]:
    """The locals that hold layers that training changes, or that are called and may be such."""
    held = context.places.reading.attributes
    effects = {name: context.effect_of(held.get(name, UNKNOWN)) for name in context.names}
    called = _called(context)
    return {
        context.names[name]
        for name, effect in effects.items()
        if name not in context.plain and effect != "none" and (effect != "unknown" or name in called)
    }


def _called(context: Context) -> set[str]:
    """Attributes that a method calls."""
    found: set[str] = set()
    for owner in context.model.lineage:
        for method in statements(owner):
            if isinstance(method, cst.FunctionDef):
                calls = (part for part in walk(method.body) if isinstance(part, cst.Call))
                found |= {own_attribute(call.func, self_name(method)) for call in calls}
    return found


def context_of(
    module: cst.Module,
    others: Elsewhere,
    model: ModelClass,
    construction: Construction,
) -> Context:
    """What is known of ``model`` before any of it is rewritten."""
    imports = others.all_imports()
    build = model.method("build")
    values = construction.attributes()
    if build is not None:
        for name, more in build_lines(model, build).attributes().items():
            values.setdefault(name, []).extend(more)
    held = others.places.reading.attributes
    weights = frozenset(name for name, value in held.items() if kind_of(value) == "weight")
    taken = set(imports.names)
    for owner in model.lineage:
        for node in statements(owner):
            taken |= names_read(node) | names_bound(node)
    taken -= model.method_names() | set(model.constants())
    context = Context(model, imports, others.places, {}, weights, taken)
    context.names_of_module = frozenset(outer_names(module.body))
    context.callables = frozenset(
        name for name, given in values.items() if any(_is_function(imports, value) for value in given)
    )
    context.has_dtype = any(
        word.keyword is not None and word.keyword.value == "dtype" for word in construction.arguments
    )
    context.given = _arguments_of_init(model, values)
    context.names = choose_names(context, construction, values)
    return context


def _arguments_of_init(model: ModelClass, values: Mapping[str, Sequence[cst.BaseExpression]]) -> frozenset[str]:
    """Attributes that hold an argument of the constructor as it was given."""
    method = model.method("__init__")
    arguments = {parameter.name.value for parameter in parameters(method.node)} if method is not None else set()
    return frozenset(
        name
        for name, given in values.items()
        if given and all(isinstance(value, cst.Name) and value.value in arguments for value in given)
    )


def _is_function(imports: Imports, value: cst.BaseExpression) -> bool:
    """A function of TensorFlow's without counterpart, or a lambda that calls one: no symbolic tensors for them."""
    if imports.keras == 2:
        return False
    if isinstance(value, cst.Lambda):
        return any(
            isinstance(part, cst.Call) and not imports.canonical(part.func).startswith("keras.")
            for part in walk(value.body)
        )
    path = imports.canonical(value)
    named = path.startswith("tf.") and path.rpartition(".")[2][:1].islower()
    return named and isinstance(value, cst.Attribute) and counterpart(path) == ""
