"""Puts the builder together: parameters, layers, helpers, the body of ``call``, the model."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

import libcst as cst

from flake8_keras_graph.analysis.values import UNKNOWN
from flake8_keras_graph.rewrite.functional.read.bases import Elsewhere
from flake8_keras_graph.rewrite.functional.read.build_shapes import shapes_for
from flake8_keras_graph.rewrite.functional.read.construction import Construction, Line, build_lines, read_construction
from flake8_keras_graph.rewrite.functional.read.dynamic_names import deletes_names
from flake8_keras_graph.rewrite.functional.read.kinds import Kinds
from flake8_keras_graph.rewrite.functional.read.layer_classes import is_one_layer
from flake8_keras_graph.rewrite.functional.read.model import Method, ModelClass
from flake8_keras_graph.rewrite.functional.read.preparation import (
    context_of,
    holds_switching,
    note_training,
    refuse_class,
    refuse_construction,
)
from flake8_keras_graph.rewrite.functional.read.project_layers import project_layers
from flake8_keras_graph.rewrite.functional.read.signature import Signature, started
from flake8_keras_graph.rewrite.functional.write.body import FunctionBuilder
from flake8_keras_graph.rewrite.functional.write.context import Context, Note, Refusal
from flake8_keras_graph.rewrite.functional.write.fixed_training import unfixed
from flake8_keras_graph.rewrite.functional.write.model_class import (
    keep_training,
    loader,
    model_of,
    order_of_weights,
    own_training,
)
from flake8_keras_graph.rewrite.functional.write.pruning import pruned
from flake8_keras_graph.rewrite.functional.write.returned_model import Returned
from flake8_keras_graph.rewrite.functional.write.straight_line import straight_line
from flake8_keras_graph.rewrite.functional.write.suites import suite
from flake8_keras_graph.rewrite.text.syntax import (
    Statement,
    code,
    names_bound,
    names_read,
    own_attribute,
    parameters,
    self_name,
    statements,
)
from flake8_keras_graph.syntax.nodes import children, walk

# Attributes of a Keras model: marks that a functional model has by itself, and settings that change it.
_MARKS = frozenset({"built", "supports_masking"})
_SETTINGS = frozenset(
    {"trainable", "input_spec", "dtype_policy", "run_eagerly", "jit_compile", "activity_regularizer", "autocast"}
)


@dataclasses.dataclass(frozen=True, slots=True)
class Built:
    """The source of the builder and its parameters; ``refusals`` where there cannot be one.

    ``notes`` are what the user is to know of it.
    """

    source: str
    inputs: tuple[str, ...]
    parameters: tuple[str, ...]
    refusals: tuple[Refusal, ...]
    notes: tuple[Note, ...]


def assemble(
    module: cst.Module,
    model: ModelClass,
    name: str,
    others: Elsewhere,
    with_training: bool = False,
) -> Built:
    """The builder of ``model``, a function called ``name``; ``others`` says what bases in other files need.

    ``with_training`` is for a class whose ``call`` takes no ``training``: layers act in training as if it did.
    """
    construction = read_construction(model)
    context = context_of(module, others, model, construction)
    context.functions_of_module = (
        frozenset(node.name.value for node in walk(module) if isinstance(node, cst.FunctionDef)) - model.method_names()
    )
    refuse_construction(context, construction)
    call = model.method("call")
    refuse_class(context, model, call)
    layers = project_layers(context, module)
    build = model.method("build")
    made = [line.statement for line in construction.lines] + ([build.node] if build is not None else [])
    note_training(context, call, layers, with_training)
    methods = own_training(context)
    if call is not None and methods:
        keep_training(context, call, methods)
    layers.refuse(made)
    context.callables |= layers.called_in_their_own_way()
    if call is None or context.refusals:
        return Built("", (), (), tuple(context.refusals), ())
    return _Assembly(module, context, construction, call, name, others, methods).built()


@dataclasses.dataclass(slots=True)
class _Assembly:
    module: cst.Module
    context: Context
    construction: Construction
    call: Method
    name: str
    others: Elsewhere
    methods: Sequence[Method]
    order: tuple[str, ...] = ()

    def built(self) -> Built:
        signature = Signature(self.context, self.construction, self.call, self.name)
        lines = signature.apart_from_construction(statements(self.call.node))
        tensors, options = signature.call_parameters()
        names, lines, left = signature.inputs(tensors, lines)
        self.context.inputs = frozenset(names)
        kinds = Kinds(self.context.places, self.context.imports, self_name(self.call.node), {}, self.context.weights)
        layers = self._layers(self.construction, kinds)
        sources = dict(zip((param.name.value for param in tensors), names, strict=True))
        built = self._build_section(kinds, sources)
        kinds = dataclasses.replace(kinds, names=signature.initial_kinds(tensors, names, options))
        first = set(self.context.functions)
        builder = FunctionBuilder(self.context, self.call, kinds, {"training"} & _parameter_names(self.call))
        body = self._body(builder, lines, left, names)
        self._refuse_unused([*body, *(line for made in self.context.functions.values() for line in made)])
        stored = set(self.context.names.values())
        self._refuse_carried()
        self._refuse_unfixed(layers, [*body, *(line for made in self.context.functions.values() for line in made)])
        layers, functions = pruned(layers, self.context.functions, [*built, *body], stored, self.context.imports)
        early = [line for name in first if name in functions for line in functions[name]]
        late = [line for name, made in functions.items() if name not in first for line in made]
        sections = [self._opening(), early, layers, built, late, body]
        whole = _sections([section for section in sections if section], 1 if self._opening() else 0)
        source = self._text(signature.function(names, options, suite(whole)))
        constructor = signature.constructor_names()
        context = self.context
        return Built(source, tuple(names), tuple(constructor), tuple(context.refusals), tuple(sorted(context.notes)))

    def _body(
        self, builder: FunctionBuilder, lines: Sequence[Statement], left: Mapping[str, str], names: Sequence[str]
    ) -> list[Statement]:
        """The statements of ``call``, which return the model; ``left`` are names that start as one of its tensors."""
        body = builder.pruned(builder.block(lines, set()))
        for name, given in left.items():
            body = started(body, name, given)
        if not any(_returns(line) for line in body):
            self.context.refuse(self.call.node, "`call` returns nothing")
        by_default = self._trains_by_default(body)
        self.order = order_of_weights(self.context, self.call)
        made_of = model_of(self.context, self.methods, trains_by_default=by_default)
        if not made_of.attributes and not by_default and len(names) == 1:
            self._note_straight_line(body, names[0])
        attributes = tuple(dict.fromkeys((*made_of.attributes, *self.order)))
        made_of = dataclasses.replace(made_of, attributes=attributes)
        return Returned(self.context, self.construction, self.call, made_of).lines(body, names)

    def _note_straight_line(self, body: Sequence[Statement], start: str) -> None:
        """Note the Sequential form, where the model is one layer after the other."""
        held = self.context.places.reading.attributes
        layers = {local for name, local in self.context.names.items() if is_one_layer(held.get(name, UNKNOWN))}
        found = straight_line(body, start, layers, set(self.context.fixed.values()))
        if found:
            made = f"{self.context.spelling('keras')}.Sequential([{', '.join(found)}])"
            self.context.note(self.call.node, f"its layers stand in one line: `{made}` is the same model")

    def _trains_by_default(self, body: Sequence[Statement]) -> bool:
        """Whether ``call`` trains where it is not told, and that changes what it computes."""
        default = next((each.default for each in parameters(self.call.node) if each.name.value == "training"), None)
        if default is None or code(default) != "True":
            return False
        told = any("training" in names_read(made) | names_bound(made) for made in self.context.generated)
        return told or bool(holds_switching(self.context)) or self.context.switches(body)

    def _text(self, function: cst.FunctionDef) -> str:
        """The function after the layers and the imports that it needs."""
        made: list[cst.ClassDef | cst.FunctionDef] = [*self.context.generated, function]
        if self.order:
            made.append(loader(self.context, self.name, self.order))
        return cst.Module([*self._imports(made), *made], default_indent=self.module.default_indent).code.lstrip("\n")

    def _refuse_unused(self, lines: Sequence[Statement]) -> None:
        """Note layers that the constructor applies, so that they have weights, and ``call`` does not use."""
        read = set().union(*map(names_read, [*lines, *self.context.generated]))
        for line in self.construction.lines:
            for part in walk(line.statement):
                attribute = own_attribute(part.func, line.own) if isinstance(part, cst.Call) else ""
                if attribute in self.context.names and self.context.names[attribute] not in read:
                    self.context.refuse(
                        part, f"`{attribute}` gets weights that `call` does not use: a functional model would lose them"
                    )

    def _refuse_carried(self) -> None:
        """Note calls that get the ``training`` of another in the class, where it is not followed which one."""
        context = self.context
        if context.carries_elsewhere and context.imports.keras == 3:
            for node in context.inheriting[:1]:
                context.refuse(
                    node,
                    f"`{code(node)}` is given no `training`: Keras 3 hands it that of the layer before, "
                    "which another call in this class may have set: give it `training=training`",
                )

    def _refuse_unfixed(self, layers: Sequence[Statement], body: Sequence[Statement]) -> None:
        """Note layers that a model which is not told of training would train: called where no one could tell them."""
        if self.context.told or self.context.imports.keras == 2:
            return
        names = holds_switching(self.context)
        inside = [part for line in layers for part in walk(line) if isinstance(part, (cst.Lambda, cst.FunctionDef))]
        found = unfixed([*body, *inside], names, self.context)
        if found is not None:
            self.context.refuse(
                found,
                f"`call` takes no `training`, so that fit runs `{code(found)}` as in inference, and here it cannot be "
                "told to: give `call` a `training=None`",
            )

    def _imports(self, made: Sequence[cst.CSTNode]) -> list[cst.SimpleStatementLine]:
        """Imports that the file lacks."""
        lines = dict(self.context.extra_imports)
        read = set().union(*(names_read(node) for node in made))
        lines |= {line: None for local, (_, line) in self.others.imported.items() if local in read}
        return [
            line
            for line in cst.parse_module("".join(f"{line}\n" for line in sorted(lines, key=_import_order))).body
            if not isinstance(line, cst.BaseCompoundStatement)
        ]

    def _opening(self) -> list[Statement]:
        """The docstring and class attributes."""
        lines: list[Statement] = []
        docstring = self.context.model.docstring()
        if docstring is not None:
            lines.append(docstring)
        texts = [
            f"{self.context.names[attribute]} = {code(value)}"
            for attribute, value in self.context.used_constants.items()
        ]
        return lines + [cst.parse_statement(f"{text}\n") for text in texts]

    def _layers(self, construction: Construction, kinds: Kinds) -> list[Statement]:
        """The statements of a constructor on locals; what only stored an argument is gone."""
        made: list[Statement] = []
        for line in construction.lines:
            if self._only_stores(line) or self._is_for_keras(line) or deletes_names(line.statement):
                continue
            builder = FunctionBuilder(
                self.context, self.call, dataclasses.replace(kinds, self_name=line.own), set(), constructing=True
            )
            made.append(builder.constructed(line.statement))
        return made

    def _only_stores(self, line: Line) -> bool:
        """``self.units = units`` where the local is ``units`` already."""
        statement = line.statement
        if not (isinstance(statement, cst.SimpleStatementLine) and len(statement.body) == 1):
            return False
        small = statement.body[0]
        if isinstance(small, (cst.Assign, cst.AnnAssign)) and isinstance(small.value, cst.Name):
            targets = [t.target for t in small.targets] if isinstance(small, cst.Assign) else [small.target]
            names = [own_attribute(target, line.own) for target in targets]
            return all(name and self.context.names.get(name) == small.value.value for name in names)
        return False

    def _is_for_keras(self, line: Line) -> bool:
        """``self.built = True`` and the like, which a functional model sets itself."""
        statement = line.statement
        if not (isinstance(statement, cst.SimpleStatementLine) and len(statement.body) == 1):
            return False
        small = statement.body[0]
        if not isinstance(small, cst.Assign):
            return False
        names = {own_attribute(target.target, line.own) for target in small.targets}
        if names & _SETTINGS:
            self.context.refuse(small, f"sets `{sorted(names & _SETTINGS)[0]}` of the model")
        return names <= _MARKS

    def _build_section(self, kinds: Kinds, tensors: Mapping[str, str]) -> list[Statement]:
        """The statements of ``build``, its shapes read off the inputs."""
        build = self.context.model.method("build")
        if build is None:
            return []
        construction = build_lines(self.context.model, build)
        refuse_construction(self.context, construction)
        made = self._layers(construction, kinds)
        return [*shapes_for(self.context, build, self.call, tensors, made), *made]


def _parameter_names(method: Method) -> set[str]:
    return {parameter.name.value for parameter in parameters(method.node)}


def _import_order(line: str) -> tuple[bool, str]:
    return line.startswith("from "), line


def _returns(line: cst.CSTNode) -> bool:
    if isinstance(line, (cst.FunctionDef, cst.Lambda, cst.ClassDef)):
        return False
    return (isinstance(line, cst.Return) and line.value is not None) or any(map(_returns, children(line)))


def _sections(sections: list[list[Statement]], joined: int) -> list[Statement]:
    """All statements, an empty line between sections but for the first ``joined`` of them, and after functions."""
    lines: list[Statement] = []
    for place, section in enumerate(sections):
        apart = place > joined or (place > 0 and isinstance(section[0], cst.FunctionDef))
        lines += [_spaced(section[0], apart), *section[1:]]
    return [
        _spaced(line, True) if isinstance(before, cst.FunctionDef) else line
        for before, line in zip([None, *lines], lines, strict=False)
    ]


def _spaced(line: Statement, apart: bool) -> Statement:
    leading = [above for above in getattr(line, "leading_lines", ()) if above.comment is not None]
    return line.with_changes(leading_lines=[cst.EmptyLine(indent=False), *leading] if apart else leading)
