"""The parameters of a builder: the tensors of ``call``, the arguments of the constructor, the options."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping, Sequence

import libcst as cst

from flake8_keras_graph.rewrite.functional.read.construction import Construction, bound_names
from flake8_keras_graph.rewrite.functional.read.kinds import Kind
from flake8_keras_graph.rewrite.functional.read.model import Method
from flake8_keras_graph.rewrite.functional.write.context import Context
from flake8_keras_graph.rewrite.functional.write.substitution import renamed
from flake8_keras_graph.rewrite.functional.write.suites import suite
from flake8_keras_graph.rewrite.text.syntax import (
    Statement,
    code,
    is_docstring,
    names_bound,
    names_read,
    outer_names,
    parameters,
    statements,
)

_LINE_LENGTH = 88


@dataclasses.dataclass(slots=True)
class Signature:
    """Names of the builder ``name`` where the constructor and ``call`` become one function."""

    context: Context
    construction: Construction
    call: Method
    name: str

    def call_parameters(self) -> tuple[list[cst.Param], list[cst.Param]]:
        """The parameters of ``call`` that are tensors, and the others less ``training`` and a mask that is not read."""
        params = self.call.node.params
        positional = [*params.posonly_params, *params.params][1:]
        tensors = [param for index, param in enumerate(positional) if _is_input(param, index)]
        if not tensors or isinstance(params.star_arg, cst.Param):
            self.context.refuse(self.call.node, "`call` has no first parameter for its inputs")
        if params.star_kwarg is not None and self._reads(params.star_kwarg.name.value):
            self.context.refuse(params.star_kwarg, "`call` hands on keyword arguments that are not known here")
        others = [param for param in (*positional, *params.kwonly_params) if param not in tensors]
        dead = {"training"} if self._reads("mask") else {"training", "mask"}
        options = [param for param in others if param.name.value not in dead]
        self._refuse_options(others)
        return tensors, options

    def _refuse_options(self, params: Sequence[cst.Param]) -> None:
        """Note parameters of ``call`` that cannot be those of the builder, or of a functional model."""
        constructor = set(self.constructor_names()) | bound_names(self.construction.lines)
        for param in params:
            name = param.name.value
            if name == "training":
                continue
            if name in constructor:
                self.context.refuse(param, f"`{name}` is an argument of `call`, and another name in the constructor")

    def apart_from_construction(self, lines: list[Statement]) -> list[Statement]:
        """``lines`` with locals renamed that are globals to the constructor, and the other way round.

        Both become one function, in which a name is either.
        """
        made = [line.statement for line in self.construction.lines]
        bound = (bound_names(self.construction.lines), set().union(*map(names_bound, lines)))
        reads = [set().union(*map(names_read, part)) for part in (made, lines)]
        arguments = set(self.constructor_names())
        own = {name: self.context.fresh(f"{name}_value") for name in bound[1] & reads[0] - bound[0] - arguments}
        other = {
            name: self.context.fresh(f"{name}_value")
            for name in bound[0] & reads[1] - bound[1] - arguments - _parameter_names(self.call)
        }
        if other:
            self.construction.lines = [
                dataclasses.replace(line, statement=renamed(line.statement, other)) for line in self.construction.lines
            ]
        return [self._renamed(line, own) for line in lines] if own else lines

    def _renamed(self, line: Statement, names: Mapping[str, str]) -> Statement:
        """``line`` of ``call`` with other names for the same values."""
        changed = renamed(line, names)
        self.context.places.follow(line, changed)
        return changed

    def _reads(self, name: str) -> bool:
        return any(name in names_read(line) for line in statements(self.call.node))

    def constructor_names(self) -> list[str]:
        """The arguments of the constructor, in order."""
        method = self.context.model.method("__init__")
        if method is None:
            return []
        params = method.node.params
        plain = [*params.posonly_params, *params.params][1:]
        return [param.name.value for param in (*plain, *params.kwonly_params)]

    def inputs(
        self, tensors: Sequence[cst.Param], lines: list[Statement]
    ) -> tuple[list[str], list[Statement], dict[str, str]]:
        """Names of the builder's tensors, ``lines`` with them, and names that have to start as one of them.

        A name that ``call`` binds again is left to it: the tensor that the model starts from keeps its own.
        """
        names: list[str] = []
        left: dict[str, str] = {}
        rebound = outer_names(lines)
        clashing = set(self.constructor_names()) | bound_names(self.construction.lines)
        for param in tensors:
            name = param.name.value
            if name not in rebound and name not in clashing:
                names.append(name)
                continue
            wanted = "inputs" if len(tensors) == 1 and name != "inputs" else f"{name}_input"
            names.append(self.context.fresh(wanted, "tensor"))
            first = _first_use(lines, name)
            if name not in rebound:
                lines = [self._renamed(line, {name: names[-1]}) for line in lines]
            elif first is not None:
                changed = _renamed_value(lines[first], name, names[-1])
                self.context.places.follow(lines[first], changed)
                lines = [*lines[:first], changed, *lines[first + 1 :]]
            else:
                left[name] = names[-1]
        return names, [line for line in lines if not is_docstring(line)], left

    def initial_kinds(
        self, tensors: Sequence[cst.Param], names: Sequence[str], options: Sequence[cst.Param]
    ) -> dict[str, Kind]:
        """What the parameters of ``call`` hold when it starts."""
        kinds: dict[str, Kind] = {param.name.value: "structure" for param in tensors}
        kinds |= dict.fromkeys(names, "structure")
        return kinds | {param.name.value: "static" for param in options}

    def function(self, names: Sequence[str], options: Sequence[cst.Param], body: cst.IndentedBlock) -> cst.FunctionDef:
        """The builder, with ``body``."""
        method = self.context.model.method("__init__")
        params = method.node.params if method is not None else cst.Parameters()
        own = [*params.posonly_params, *params.params][1:]
        positional = [cst.Param(cst.Name(name), star="") for name in names] + [_bare(param) for param in own]
        keywords = [_bare(param) for param in (*params.kwonly_params, *options)]
        star = params.star_kwarg if self._keeps_keywords(params, body) else None
        made = cst.Parameters(
            params=positional,
            kwonly_params=keywords,
            star_arg=cst.ParamStar() if keywords else cst.MaybeSentinel.DEFAULT,
            star_kwarg=star,
        )
        function = cst.FunctionDef(
            cst.Name(self.name), made, body,
            leading_lines=[cst.EmptyLine(indent=False)] * 2,
        )  # fmt: skip
        header = code(function.with_changes(body=suite([]), leading_lines=[])).splitlines()[0]
        return function if len(header) <= _LINE_LENGTH else _exploded(function)

    def _keeps_keywords(self, params: cst.Parameters, body: cst.IndentedBlock) -> bool:
        """Whether ``**kwargs`` still goes to Keras, or is read by what the constructor does."""
        if params.star_kwarg is None:
            return False
        handed_on = any(argument.star == "**" for argument in self.construction.arguments)
        return handed_on or params.star_kwarg.name.value in names_read(body)


def _parameter_names(method: Method) -> set[str]:
    return {parameter.name.value for parameter in parameters(method.node)}


def _is_input(param: cst.Param, index: int) -> bool:
    """Whether a positional parameter of ``call`` is for tensors: the first, and others without a default."""
    return param.name.value != "training" and (index == 0 or param.default is None) and not _is_plain(param)


def _is_plain(param: cst.Param) -> bool:
    """Whether the annotation says that it is no tensor."""
    return param.annotation is not None and code(param.annotation.annotation) in ("bool", "int", "str", "float")


def _bare(param: cst.Param) -> cst.Param:
    """``param`` as one of a new list: without its comma, its annotation on one line."""
    annotation = param.annotation
    text = code(annotation.annotation) if annotation is not None else ""
    if annotation is not None and "\n" in text and "#" not in text:
        annotation = annotation.with_changes(annotation=cst.parse_expression(_on_one_line(text)))
    return param.with_changes(
        annotation=annotation,
        comma=cst.MaybeSentinel.DEFAULT,
        star="",
        whitespace_after_param=cst.SimpleWhitespace(""),
        equal=_equal(param),
    )


def _on_one_line(text: str) -> str:
    closed = re.sub(r"(?<=[\[(])\s*\n\s*|,?\s*\n\s*(?=[\])])", "", text)
    return re.sub(r"\s*\n\s*", " ", closed)


def _equal(param: cst.Param) -> cst.AssignEqual | cst.MaybeSentinel:
    if param.default is None:
        return cst.MaybeSentinel.DEFAULT
    if param.annotation is not None:
        return cst.AssignEqual()
    return cst.AssignEqual(cst.SimpleWhitespace(""), cst.SimpleWhitespace(""))


def _exploded(function: cst.FunctionDef) -> cst.FunctionDef:
    """The parameters of ``function`` one to a line."""
    lines = "".join(f"    {part},\n" for part in _parts(function.params))
    wrapped = cst.parse_statement(f"def f(\n{lines}): pass\n")
    assert isinstance(wrapped, cst.FunctionDef)
    return function.with_changes(params=wrapped.params, whitespace_before_params=wrapped.whitespace_before_params)


def _parts(params: cst.Parameters) -> list[str]:
    plain = [code(param) for param in params.params]
    star = ["*"] if params.kwonly_params else []
    keywords = [code(param) for param in params.kwonly_params]
    last = [f"**{params.star_kwarg.name.value}"] if params.star_kwarg is not None else []
    return plain + star + keywords + last


def _first_use(lines: Sequence[Statement], name: str) -> int | None:
    """The statement that first reads ``name``, where it is one that binds it again: ``x = f(x)``."""
    for index, line in enumerate(lines):
        if name not in names_read(line) | names_bound(line):
            continue
        if isinstance(line, cst.SimpleStatementLine) and len(line.body) == 1:
            small = line.body[0]
            if isinstance(small, cst.Assign) and name in outer_names([line]):
                return index
        return None
    return None


def started(body: list[Statement], name: str, given: str) -> list[Statement]:
    """``body`` with ``name`` starting as ``given``: in the statement that first reads it, or by one of its own."""
    first = _first_use(body, name)
    if first is not None:
        return [*body[:first], _renamed_value(body[first], name, given), *body[first + 1 :]]
    line = cst.parse_statement(f"{name} = {given}\n")
    assert isinstance(line, cst.BaseStatement)
    return [line, *body]


def _renamed_value(line: Statement, name: str, new: str) -> Statement:
    assert isinstance(line, cst.SimpleStatementLine)
    small = line.body[0]
    assert isinstance(small, cst.Assign)
    changed = renamed(cst.SimpleStatementLine([cst.Expr(small.value)]), {name: new})
    assert isinstance(changed, cst.SimpleStatementLine)
    assert isinstance(changed.body[0], cst.Expr)
    return line.with_changes(body=[small.with_changes(value=changed.body[0].value)])
