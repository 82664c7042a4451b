"""Layers written for what a functional model cannot hold as such: the original statements as their ``call``."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence, Set

import libcst as cst

from flake8_keras_graph.analysis.values import UNKNOWN
from flake8_keras_graph.rewrite.functional.read.kinds import SYMBOLIC, Kinds
from flake8_keras_graph.rewrite.functional.read.model import Method
from flake8_keras_graph.rewrite.functional.read.structures import REASON, depends_on_training
from flake8_keras_graph.rewrite.functional.read.untrained_layers import gives_training
from flake8_keras_graph.rewrite.functional.write.context import Context, missing
from flake8_keras_graph.rewrite.functional.write.fixed_training import fixed_layer
from flake8_keras_graph.rewrite.text.call_text import call_text, room_at
from flake8_keras_graph.rewrite.text.syntax import (
    Statement,
    code,
    is_docstring,
    names_read,
    outer_names,
    own_attribute,
    self_name,
    statements,
)
from flake8_keras_graph.syntax.nodes import walk

_TIGHT = cst.AssignEqual(cst.SimpleWhitespace(""), cst.SimpleWhitespace(""))
# What every layer has, so that statements moved into one may go on using it.
_OF_ANY_LAYER = frozenset({"add_loss", "compute_dtype", "dtype", "dtype_policy", "variable_dtype"})


@dataclasses.dataclass(frozen=True, slots=True)
class Parts:
    """What statements take from around them: attributes of the model, methods, tensors, Python values."""

    attributes: tuple[str, ...]
    methods: tuple[Method, ...]
    tensors: tuple[str, ...]
    values: tuple[str, ...]
    training: bool

    def without(self, bound: Set[str]) -> Parts:
        """The parts less the names that the statements bind themselves."""
        return dataclasses.replace(
            self,
            tensors=tuple(name for name in self.tensors if name not in bound),
            values=tuple(name for name in self.values if name not in bound),
        )


@dataclasses.dataclass(frozen=True, slots=True)
class Layer:
    """A generated class and the arguments that make one: keyword by keyword, in the builder's names.

    ``fixed`` names the layer that calls this one as outside training, where it has to be.
    """

    name: str
    arguments: tuple[tuple[str, str], ...]
    fixed: str = ""

    def construction(self, column: int = 0) -> str:
        """The expression that makes the layer, one argument to a line where they are many.

        ``column`` is where in a line of the builder's body it starts.
        """
        plain = all(key == value for key, value in self.arguments)
        written = [value if plain else f"{key}={value}" for key, value in self.arguments]
        if not self.fixed:
            return call_text(self.name, written, room_at(column + 4))
        return f"{self.fixed}({call_text(self.name, written, 0)}, training=False)"

    def call(self, tensors: Sequence[str], before: str) -> str:
        """``before`` and the layer, made and called on ``tensors``, in as many lines as they need."""
        made = self.construction(len(before))
        flat = f"{before}{made}({', '.join(tensors)})"
        if len(flat) <= room_at(4) or "\n" in made:
            return flat
        return before + call_text(made, tensors, 0)


def parts_of(
    context: Context, kinds: Kinds, lines: Sequence[Statement], known: Iterable[str], training: set[str]
) -> Parts | None:
    """What ``lines`` take from around them; None, with a refusal noted, where they cannot be moved."""
    attributes: dict[str, None] = {}
    methods: dict[str, Method] = {}
    if not all(_collect(context, kinds.self_name, line, attributes, methods) for line in lines):
        return None
    reads = set().union(*(names_read(line) for line in lines))
    free = [name for name in _names_in_order(lines) if name in reads and name in known and name != kinds.self_name]
    tensors = [name for name in free if kinds.names.get(name) in SYMBOLIC]
    values = [name for name in free if name not in tensors and name not in training]
    if _depends_on_training(context, lines, training, methods.values()):
        return None
    return Parts(tuple(attributes), tuple(methods.values()), tuple(tensors), tuple(values), bool(reads & training))


def _depends_on_training(
    context: Context, lines: Sequence[Statement], training: set[str], methods: Iterable[Method]
) -> bool:
    """Note statements that give other outputs in training than outside it."""
    bodies = [(lines, training or {"training"}), *((body_of(method), {"training"}) for method in methods)]
    found = [place for body, names in bodies if (place := depends_on_training(body, names)) is not None]
    for place in found:
        context.refuse(place, REASON)
    return bool(found)


def _collect(
    context: Context, own: str, node: cst.CSTNode, attributes: dict[str, None], methods: dict[str, Method]
) -> bool:
    """Attributes and methods of the model below ``node``, those of the methods as well."""
    for part in walk(node):
        if isinstance(part, cst.Name) and part.value == "super":
            context.refuse(part, "calls a method of the base class where a layer would have to hold it")
            return False
        name = own_attribute(part, own)
        if not name:
            continue
        if name in context.names:
            attributes[name] = None
            continue
        method = context.model.method(name)
        if method is None and name in _OF_ANY_LAYER:
            continue
        if method is None:
            context.refuse(part, missing(code(part), name))
            return False
        if name not in methods:
            methods[name] = method
            if not _collect(context, self_name(method.node), method.node.body, attributes, methods):
                return False
    return True


def write_layer(
    context: Context,
    wanted: str,
    parts: Parts,
    own: str,
    parameters: str,
    body: Sequence[Statement],
    docstring: str = "",
) -> Layer:
    """Write the class ``wanted`` (or a free name like it) with ``call(self, <parameters>)`` over ``body``."""
    name = context.fresh_class(wanted)
    base = context.spelling("keras.layers") + ".Layer"
    members: list[cst.BaseStatement] = []
    if docstring:
        members.append(cst.parse_statement(f'"""{docstring}"""\n'))
    stored = (*parts.attributes, *parts.values)
    keywords = [attribute.lstrip("_") or attribute for attribute in stored]
    if stored:
        members.append(_constructor(stored, keywords))
    members.append(_call(own, parameters, [_stored_values(line, parts.values, own) for line in body]))
    members += [method.node.with_changes(leading_lines=[cst.EmptyLine(indent=False)]) for method in parts.methods]
    members[1:] = [_spaced(member) for member in members[1:]]
    if context.imports.keras == 3 and any(map(gives_training, [*body, *(method.node for method in parts.methods)])):
        context.carries_elsewhere = True
    fixed = fixed_layer(context) if _is_fixed(context, parts, body) else ""
    context.generated.append(
        cst.ClassDef(
            cst.Name(name), cst.IndentedBlock(members), [cst.Arg(cst.parse_expression(base))],
            leading_lines=[cst.EmptyLine(indent=False)] * 2,
        )
    )  # fmt: skip
    local = [context.names.get(attribute, attribute) for attribute in stored]
    return Layer(name, tuple(zip(keywords, local, strict=True)), fixed)


def _is_fixed(context: Context, parts: Parts, body: Sequence[Statement]) -> bool:
    """Whether ``body`` may call layers that training changes, in a model that is not told that it trains."""
    if context.told or context.imports.keras == 2:
        return False
    held = [context.places.reading.attributes.get(name, UNKNOWN) for name in parts.attributes]
    if any(context.effect_of(value) not in ("none", "unknown") for value in held):
        return True
    code_held = [*body, *(method.node for method in parts.methods)]
    unknown = {name for name, value in zip(parts.attributes, held, strict=True) if context.effect_of(value) != "none"}
    return bool(unknown & _called(code_held) - context.plain) or context.switches(code_held)


def _called(lines: Iterable[cst.CSTNode]) -> set[str]:
    """Attributes of any instance that ``lines`` call, or loop over."""
    used: list[cst.CSTNode] = []
    for part in (part for line in lines for part in walk(line)):
        if isinstance(part, cst.Call):
            used.append(part.func)
        elif isinstance(part, (cst.For, cst.CompFor)):
            used.append(part.iter)
    return {part.attr.value for node in used for part in walk(node) if isinstance(part, cst.Attribute)}


def outputs_of(lines: Sequence[Statement], later: set[str]) -> list[str]:
    """Names that ``lines`` bind and ``later`` reads, in order."""
    bound = outer_names(lines) & later
    return [name for name in _names_in_order(lines) if name in bound]


def _names_in_order(lines: Iterable[Statement]) -> dict[str, None]:
    """Every name in ``lines``, where it first stands."""
    return {node.value: None for line in lines for node in walk(line) if isinstance(node, cst.Name)}


def returning(lines: Sequence[Statement], outputs: Sequence[str]) -> list[Statement]:
    """``lines`` with what they bind returned; one assignment becomes the return of its value."""
    if len(lines) == 1 and len(outputs) == 1:
        value = _assigned_value(lines[0], outputs[0])
        if value is not None:
            line = lines[0]
            assert isinstance(line, cst.SimpleStatementLine)
            return [line.with_changes(body=[cst.Return(value)], leading_lines=[])]
    return [*lines, cst.parse_statement(f"return {', '.join(outputs)}\n")]


def _assigned_value(line: Statement, name: str) -> cst.BaseExpression | None:
    if not (isinstance(line, cst.SimpleStatementLine) and len(line.body) == 1):
        return None
    small = line.body[0]
    if isinstance(small, cst.Assign) and len(small.targets) == 1 and code(small.targets[0].target) == name:
        return small.value
    return None


def _constructor(stored: Sequence[str], keywords: Sequence[str]) -> cst.BaseStatement:
    lines = "\n".join(f"    self.{attribute} = {keyword}" for attribute, keyword in zip(stored, keywords, strict=True))
    header = call_text("def __init__", ["self", *keywords], room_at(len("    :")))
    return cst.parse_statement(f"{header}:\n    super().__init__()\n{lines}\n")


def _call(own: str, parameters: str, body: Sequence[Statement]) -> cst.BaseStatement:
    header = cst.parse_statement(f"def call({own}{parameters}):\n    pass\n")
    assert isinstance(header, cst.FunctionDef)
    lines = [line for line in body if not is_docstring(line)]
    return header.with_changes(body=cst.IndentedBlock(lines))


def _spaced(member: cst.BaseStatement) -> cst.BaseStatement:
    return member.with_changes(leading_lines=[cst.EmptyLine(indent=False)])


def _stored_values(line: Statement, values: Sequence[str], own: str) -> Statement:
    """Python values of the builder are stored on the layer, so they are read from ``self`` there."""
    if not values:
        return line
    changed = line.visit(_ReadFromSelf(frozenset(values), own))
    assert isinstance(changed, cst.BaseStatement)
    return changed


class _ReadFromSelf(cst.CSTTransformer):
    def __init__(self, values: frozenset[str], own: str) -> None:
        super().__init__()
        self._values = values
        self._own = own

    def visit_Attribute_attr(self, node: cst.Attribute) -> None:
        return None

    def leave_Name(self, original_node: cst.Name, updated_node: cst.Name) -> cst.BaseExpression:
        if original_node.value not in self._values:
            return updated_node
        return cst.Attribute(cst.Name(self._own), cst.Name(original_node.value))

    def leave_Attribute(self, original_node: cst.Attribute, updated_node: cst.Attribute) -> cst.Attribute:
        return updated_node.with_changes(attr=original_node.attr)

    def leave_Arg(self, original_node: cst.Arg, updated_node: cst.Arg) -> cst.Arg:
        return updated_node.with_changes(keyword=original_node.keyword)

    def leave_Param(self, original_node: cst.Param, updated_node: cst.Param) -> cst.Param:
        return updated_node.with_changes(name=original_node.name)


def method_parameters(method: Method) -> str:
    """The parameters of ``method`` after ``self`` as text that follows it, ``training`` optional."""
    node = method.node.params
    params = list(node.params[1:])
    for place, param in enumerate(params):
        required_after = any(later.default is None for later in params[place + 1 :])
        if param.name.value == "training" and param.default is None and not required_after:
            params[place] = param.with_changes(default=cst.Name("None"), equal=_TIGHT)
    text = code(node.with_changes(params=params, posonly_params=[], posonly_ind=cst.MaybeSentinel.DEFAULT))
    return f", {text}" if text else ""


def body_of(method: Method) -> list[Statement]:
    """The statements of ``method``."""
    return statements(method.node)
