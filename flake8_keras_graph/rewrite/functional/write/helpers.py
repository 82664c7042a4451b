"""Helper methods of a model as local functions of its builder, or as layers where they have to be."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Protocol

import libcst as cst

from flake8_keras_graph.rewrite.functional.read.kinds import Kind, Kinds
from flake8_keras_graph.rewrite.functional.read.model import Method
from flake8_keras_graph.rewrite.functional.write import generated_layers
from flake8_keras_graph.rewrite.functional.write.context import Context
from flake8_keras_graph.rewrite.functional.write.suites import comments_above, suite
from flake8_keras_graph.rewrite.text.syntax import (
    Statement,
    camel,
    is_docstring,
    is_static,
    names_read,
    parameters,
    self_name,
    statements,
)


class Builder(Protocol):
    """What rewrites the statements of one method."""

    context: Context
    kinds: Kinds
    training: set[str]

    def own_lines(self) -> list[Statement]:
        """The statements of the method itself."""

    def constructed(self, line: Statement) -> Statement:
        """A statement of a constructor, on locals."""

    def block(self, lines: Sequence[Statement], later: set[str]) -> list[Statement]:
        """``lines`` rewritten; ``later`` are the names read after them."""

    def pruned(self, body: list[Statement]) -> list[Statement]:
        """``body`` without what nothing reads any more."""


Make = Callable[[Context, Method, Kinds, set[str], bool], Builder]


def build_function(
    make: Make,
    context: Context,
    method: Method,
    caller: Kinds,
    call: cst.Call | None,
    constructing: bool = False,
    named: tuple[str, str] | None = None,
) -> str:
    """Have ``make``'s builder make a local function of a helper ``method``, as ``call`` calls it; gives its name.

    ``named`` is the key it is known by and the name it should have, where those are not the method's own.
    """
    key, wanted = named or (method.name, method.name.strip("_") or method.name)
    name = context.fresh(wanted, "step")
    context.function_names[key] = name
    context.functions[name] = []
    context.refuse_dynamic(method.node.body, self_name(method.node))
    unusual = [decorator for decorator in method.decorators if not _is_function_decorator(context, decorator)]
    if unusual:
        context.refuse(method.node, f"`{method.name}` is decorated with `{unusual[0]}`")
        return name
    names = {parameter.name.value for parameter in parameters(method.node)}
    given = {} if constructing else _argument_kinds(method, caller, call)
    kinds = Kinds(context.places, context.imports, self_name(method.node), given, context.weights)
    passes = context.passing.get(key, False)
    builder = make(context, method, kinds, {"training"} & names if passes else set(), constructing)
    if constructing:
        made = [builder.constructed(line) for line in builder.own_lines()]
        context.functions[name] = [_function(method, name, made, passes)]
        return name
    if "super" not in names_read(method.node.body) and _needs_layer(make, builder, method):
        if "training" in names and not passes and context.imports.keras == 3:
            context.refuse(method.node, f"`{method.name}` has to be a layer, and takes a `training` of its own")
        context.functions[name] = [_layer_of(context, method, name)]
        return name
    body = builder.pruned(builder.block(statements(method.node), set()))
    context.functions[name] = [_function(method, name, body, passes)]
    return name


def _is_function_decorator(context: Context, decorator: str) -> bool:
    return decorator == "staticmethod" or context.imports.canonical(decorator) == "tf.function"


def _argument_kinds(method: Method, caller: Kinds, call: cst.Call | None) -> dict[str, Kind]:
    """Kinds of the parameters of ``method`` from the arguments of ``call``; structures where there is none."""
    names = [parameter.name.value for parameter in parameters(method.node)]
    if call is None:
        return dict.fromkeys(names, "structure")
    kinds: dict[str, Kind] = dict.fromkeys(names, "static")
    for position, argument in enumerate(call.args):
        keyword = argument.keyword.value if argument.keyword is not None else ""
        name = keyword or (names[position] if position < len(names) else "")
        if name in kinds:
            kinds[name] = caller.of(argument.value)
    return kinds


def _needs_layer(make: Make, builder: Builder, method: Method) -> bool:
    """Whether something in the method has to be kept in a layer, which the whole method then becomes."""
    trial = dataclasses.replace(
        builder.context,
        refusals=[], generated=[], taken=set(builder.context.taken), extra_imports={}, used_constants={},
        names=dict(builder.context.names), functions=dict(builder.context.functions),
        function_names=dict(builder.context.function_names), held=[],
        fixed=dict(builder.context.fixed), passing=dict(builder.context.passing), notes=[], inheriting=[],
        harmless=set(builder.context.harmless), used=dict(builder.context.used),
    )  # fmt: skip
    kinds = dataclasses.replace(builder.kinds, names=dict(builder.kinds.names), made=set(builder.kinds.made))
    make(trial, method, kinds, set(builder.training), False).block(statements(method.node), set())
    return bool(trial.held) and not trial.refusals


def _layer_of(context: Context, method: Method, name: str) -> Statement:
    """The method as a layer, made once: ``sample = Sample()``."""
    own = self_name(method.node)
    kinds = Kinds(context.places, context.imports, own, {}, context.weights)
    lines = statements(method.node)
    parts = generated_layers.parts_of(context, kinds, lines, (), set())
    if parts is None:
        return cst.parse_statement("pass\n")
    layer = generated_layers.write_layer(
        context, camel(method.name), parts, own, generated_layers.method_parameters(method), lines
    )
    return cst.parse_statement(f"{name} = {layer.construction(len(name) + len(' = '))}\n")


def _function(method: Method, name: str, body: list[Statement], passes: bool) -> Statement:
    """The method as a local function, without the ``training`` that the model ``passes`` to its layers itself."""
    params = method.node.params
    docstring = [line for line in statements(method.node)[:1] if is_docstring(line)]
    bare = cst.MaybeSentinel.DEFAULT
    own = params.params[0 if is_static(method.node) else 1 :]
    kept = [param for param in own if not (passes and param.name.value == "training")]
    keywords = [param for param in params.kwonly_params if not (passes and param.name.value == "training")]
    if kept:
        kept[-1] = kept[-1].with_changes(comma=cst.MaybeSentinel.DEFAULT)
    return method.node.with_changes(
        name=cst.Name(name),
        params=params.with_changes(
            params=kept, kwonly_params=keywords,
            star_arg=params.star_arg if keywords or isinstance(params.star_arg, cst.Param) else bare,
        ),
        body=suite([*docstring, *body]),
        decorators=[],
        leading_lines=[cst.EmptyLine(indent=False), *comments_above(method.node)],
    )  # fmt: skip
