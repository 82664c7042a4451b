"""KG303: a loop over slices of a tensor as one computation on all of them.

Two ways are tried: the tensor in the place of its slices, and ``keras.ops.vectorized_map`` where a step has tensors of
other shapes beside its slice. Which of them computes the same is found out by running.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence

import libcst as cst

from flake8_keras_graph.rewrite.fixes.common.collected_lists import all_comments, counted, refuse_used_after
from flake8_keras_graph.rewrite.fixes.row_loops import added_term
from flake8_keras_graph.rewrite.remedies.former_lists import uses_of_list
from flake8_keras_graph.rewrite.remedies.remedy import Remedied, remedy
from flake8_keras_graph.rewrite.text.call_text import Spelling, parse_line
from flake8_keras_graph.rewrite.text.document import Change, Document, NotFixable, body_lines
from flake8_keras_graph.rewrite.text.fresh_names import fresh_name
from flake8_keras_graph.rewrite.text.syntax import Statement, code, names_bound, names_read, outer_names
from flake8_keras_graph.syntax.nodes import walk


@dataclasses.dataclass(frozen=True, slots=True)
class _Result:
    """What an iteration leaves: ``value`` is appended to the list ``name``, or added to it."""

    name: str
    value: cst.BaseExpression
    is_added: bool


@dataclasses.dataclass(frozen=True, slots=True)
class _Loop:
    """``for index in range(...)`` over slices of ``tensors`` along ``axis``; ``within`` is the part that it takes.

    ``steps`` are its statements, those that leave a result as _Result.
    """

    node: cst.For
    index: str
    axis: int
    tensors: Sequence[str]
    within: str
    steps: Sequence[Statement | _Result]

    @property
    def results(self) -> Sequence[_Result]:
        return [step for step in self.steps if isinstance(step, _Result)]


@remedy("whole tensor", "one call on the whole tensor", cst.For)
def take_whole_tensor(document: Document, node: cst.CSTNode) -> Iterator[Remedied]:
    """The loop at ``node`` without its slices."""
    if not isinstance(node, cst.For) or node.orelse is not None or not isinstance(node.target, cst.Name):
        raise NotFixable("only a plain `for` over a range is rewritten")
    refuse_used_after(document, node)
    loop = _read(document, node)
    function = document.function(node)
    if function is None:
        raise NotFixable("it is not in a function")
    taken = names_read(function) | names_bound(function)
    for within in dict.fromkeys(("", loop.within)):
        yield _with(document, loop, _direct(loop, within, Spelling(document.imports)), loop.axis)
    if len(loop.results) == 1:
        yield _with(document, loop, _mapped(loop, taken, Spelling(document.imports)), 0)


# -- what the loop does ------------------------------------------------------------------------------------


def _read(document: Document, node: cst.For) -> _Loop:
    assert isinstance(node.target, cst.Name)
    index = node.target.value
    found = [part for part in walk(node.body) if isinstance(part, cst.Subscript) and _place(part, index) is not None]
    places = {_place(part, index) for part in found}
    axis = places.pop() if len(places) == 1 else None
    tensors = list(dict.fromkeys(code(part.value) for part in found))
    if axis is None or not all(isinstance(part.value, cst.Name) for part in found):
        raise NotFixable("it does not take slices of tensors that have names, along one axis")
    steps = [*_steps(body_lines(node))]
    local = outer_names([step for step in steps if not isinstance(step, _Result)])
    if left := sorted((local & document.live_after(node)) | (local & set(tensors))):
        raise NotFixable(f"`{left[0]}` of the last step is used after the loop, or changes in it")
    return _Loop(node, index, axis, tensors, _within(document, node, axis), steps)


def _place(node: cst.Subscript, index: str) -> int | None:
    """At which place of ``x[:, index]`` the variable stands, None where it does not, or not behind colons alone."""
    parts = [code(element.slice).replace(" ", "") for element in node.slice]
    if index not in parts:
        return None
    place = parts.index(index)
    return place if all(part == ":" for part in parts[:place]) else None


def _steps(lines: Sequence[Statement]) -> Iterator[Statement | _Result]:
    bound: set[str] = set()
    for line in lines:
        small = line.body[0] if isinstance(line, cst.SimpleStatementLine) and len(line.body) == 1 else None
        if isinstance(small, cst.Expr) and isinstance(small.value, cst.Call) and len(small.value.args) == 1:
            name, method, _ = code(small.value).partition(".append(")
            if not method or not name.isidentifier():
                raise NotFixable("a step calls something for its effect")
            yield _Result(name, small.value.args[0].value, False)
        elif isinstance(small, (cst.Assign, cst.AugAssign)) and _is_local(small, bound):
            bound |= outer_names([line])
            yield line
        elif isinstance(small, (cst.Assign, cst.AugAssign)):
            yield _Result(*added_term(small), True)
        else:
            raise NotFixable("a step does more than compute, collect and add up")


def _is_local(small: cst.Assign | cst.AugAssign, bound: set[str]) -> bool:
    """Whether it binds names that mean nothing outside of the step."""
    if isinstance(small, cst.AugAssign):
        return isinstance(small.target, cst.Name) and small.target.value in bound
    targets = [target.target for target in small.targets]
    are_names = all(isinstance(part, (cst.Name, cst.Tuple)) for part in targets)
    return are_names and not (names_bound(small) - bound) & names_read(small.value)


def _within(document: Document, node: cst.For, axis: int) -> str:
    """The part of the axis that is taken, as a slice; "" for all of it."""
    source = node.iter
    if not isinstance(source, cst.Call) or code(source.func) != "range" or not 1 <= len(source.args) <= 2:
        raise NotFixable("it does not take one slice after the other")
    if counted(document, source, axis) is not None:
        return ""
    bounds = [code(argument.value) for argument in source.args]
    return ":".join(bounds if len(bounds) == 2 else ["", *bounds])


# -- the ways to do without --------------------------------------------------------------------------------


class _Slices(cst.CSTTransformer):
    """Slices by the loop's variable replaced: the variable by a part of the axis, or all by a name."""

    def __init__(self, loop: _Loop, within: str = "", names: Mapping[str, str] | None = None) -> None:
        super().__init__()
        self._loop, self._within, self._names = loop, within or ":", names

    def leave_Subscript(self, original_node: cst.Subscript, updated_node: cst.Subscript) -> cst.BaseExpression:
        place = _place(original_node, self._loop.index)
        if place is None:
            return updated_node
        parts = [code(element.slice).replace(" ", "") for element in original_node.slice]
        if self._names is not None:
            del parts[place]
        else:
            parts[place] = self._within
        name = code(original_node.value) if self._names is None else self._names[code(original_node.value)]
        plain = all(part in (":", "...") for part in parts)
        return cst.parse_expression(name if plain else f"{name}[{', '.join(parts)}]")


def _lines(loop: _Loop, slices: _Slices) -> Iterator[Statement | _Result]:
    for step in loop.steps:
        if isinstance(step, _Result):
            value = step.value.visit(slices)
            assert isinstance(value, cst.BaseExpression)
            yield dataclasses.replace(step, value=value)
        else:
            changed = step.visit(slices)
            assert isinstance(changed, cst.BaseStatement)
            yield changed


@dataclasses.dataclass(frozen=True, slots=True)
class _Made:
    lines: Sequence[Statement]
    spelling: Spelling


def _direct(loop: _Loop, within: str, spelling: Spelling) -> _Made:
    """The tensor in the place of its slices."""
    lines: list[Statement] = []
    for step in _lines(loop, _Slices(loop, within)):
        if not isinstance(step, _Result):
            lines.append(step)
        elif step.is_added:
            total = f"{spelling.operation('sum')}({code(step.value)}, axis={loop.axis})"
            lines.append(parse_line(f"{step.name} = {step.name} + {total}"))
        else:
            lines.append(parse_line(f"{step.name} = {code(step.value)}"))
    return _Made(lines, spelling)


def _mapped(loop: _Loop, taken: frozenset[str], spelling: Spelling) -> _Made:
    """The step as a function of one slice, mapped over all."""
    part = f"[{':, ' * loop.axis}{loop.within}]" if loop.within else ""
    slices = {name: fresh_name(taken, f"{name}_slice") for name in loop.tensors}
    given = [f"{spelling.operation('moveaxis')}({name}{part}, {loop.axis}, 0)" for name in loop.tensors]
    step, argument = fresh_name(taken, "step"), fresh_name(taken, "slices")
    first = "" if len(given) == 1 else f"{', '.join(slices.values())} = {argument}"
    body = [*([parse_line(first)] if first else [])]
    [result] = loop.results
    for each in _lines(loop, _Slices(loop, names=slices)):
        body.append(parse_line(f"return {code(each.value)}") if isinstance(each, _Result) else each)
    parameter = argument if first else next(iter(slices.values()))
    function = cst.FunctionDef(
        cst.Name(step), cst.Parameters([cst.Param(cst.Name(parameter))]), cst.IndentedBlock(body)
    )
    mapped = f"{spelling.operation('vectorized_map')}({step}, {given[0] if not first else f'({chr(44).join(given)})'})"
    if result.is_added:
        mapped = f"{result.name} + {spelling.operation('sum')}({mapped}, axis=0)"
    return _Made([function, parse_line(f"{result.name} = {mapped}")], spelling)


# -- what becomes of the results ---------------------------------------------------------------------------


def _with(document: Document, loop: _Loop, made: _Made, axis: int) -> Remedied:
    """The change with the ``made`` lines in the loop's place; the loop's axis is the given one of their results."""
    first, *others = made.lines
    lines = [first.with_changes(leading_lines=all_comments(loop.node)), *others]
    replaced: dict[cst.CSTNode, Sequence[cst.CSTNode]] = {loop.node: lines}
    for result in loop.results:
        if not result.is_added:
            replaced |= uses_of_list(document, loop.node, result.name, axis, made.spelling)
    return Remedied(Change(replaced, "unsafe", "", tuple(made.spelling.imports_needed)))
