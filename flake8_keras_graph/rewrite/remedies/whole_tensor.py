"""KG303: a loop over slices of a tensor as one computation on all of them.

Two ways are tried: the tensor in the place of its slices, and ``keras.ops.vectorized_map`` where a step has tensors of
other shapes beside its slice. Which of them computes the same is found out by running. Loops over pairs of slices take
both sides of all pairs first.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence

import libcst as cst

from flake8_keras_graph.rewrite.fixes.common.collected_lists import all_comments, counted, refuse_used_after
from flake8_keras_graph.rewrite.fixes.row_loops import added_term
from flake8_keras_graph.rewrite.remedies.former_lists import uses_of_list
from flake8_keras_graph.rewrite.remedies.remedy import Remedied, remedy
from flake8_keras_graph.rewrite.text.call_text import Spelling, parse_line, tuple_text, value_text
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
    """Loops over ranges, the outermost first, each of which does nothing but run the next; the last has the steps.

    They take slices of ``tensors`` along ``axis`` by their variables. ``steps`` are the last one's statements, those
    that leave a result as _Result.
    """

    nodes: Sequence[cst.For]
    axis: int
    tensors: Sequence[str]
    steps: Sequence[Statement | _Result]

    @property
    def indices(self) -> Sequence[str]:
        return [code(node.target) for node in self.nodes]

    @property
    def results(self) -> Sequence[_Result]:
        return [step for step in self.steps if isinstance(step, _Result)]


@remedy("whole tensor", "one call on the whole tensor", cst.For)
def take_whole_tensor(document: Document, node: cst.CSTNode) -> Iterator[Remedied]:
    """The loop at ``node``, and those that do nothing but repeat it, without its slices."""
    assert isinstance(node, cst.For)
    loop = _read(document, node)
    function = document.function(node)
    if function is None:
        raise NotFixable("it is not in a function")
    taken = names_read(function) | names_bound(function)
    if len(loop.nodes) > 1:
        yield _with(document, loop, _taken(loop, taken, Spelling(document.imports)), loop.axis)
        return
    part = _part(document, node, loop.axis)
    for within in dict.fromkeys(("", part)):
        yield _with(document, loop, _direct(loop, within, Spelling(document.imports)), loop.axis)
    if len(loop.results) == 1:
        yield _with(document, loop, _mapped(loop, part, taken, Spelling(document.imports)), 0)


# -- what the loop does ------------------------------------------------------------------------------------


def _read(document: Document, node: cst.For) -> _Loop:
    nodes = [node]
    while (outer := document.parents[document.parents[nodes[0]]]) and isinstance(outer, cst.For):
        if len(body_lines(outer)) > 1:
            break
        nodes.insert(0, outer)
    for each in nodes:
        is_range = isinstance(each.iter, cst.Call) and code(each.iter.func) == "range"
        if each.orelse is not None or not isinstance(each.target, cst.Name) or not is_range:
            raise NotFixable("only a plain `for` over a range is rewritten")
    refuse_used_after(document, nodes[0])
    indices = [code(each.target) for each in nodes]
    found = [part for part in walk(node.body) if isinstance(part, cst.Subscript) and _place(part, indices) is not None]
    places = {_place(part, indices) for part in found}
    axis = places.pop() if len(places) == 1 else None
    tensors = list(dict.fromkeys(code(part.value) for part in found))
    if axis is None or not all(isinstance(part.value, cst.Name) for part in found):
        raise NotFixable("it does not take slices of tensors that have names, along one axis")
    steps = [*_steps(body_lines(node))]
    local = outer_names([step for step in steps if not isinstance(step, _Result)])
    if left := sorted((local & document.live_after(nodes[0])) | (local & set(tensors))):
        raise NotFixable(f"`{left[0]}` of the last step is used after the loop, or changes in it")
    return _Loop(nodes, axis, tensors, steps)


def _place(node: cst.Subscript, indices: Sequence[str]) -> int | None:
    """At which place of ``x[:, index]`` a variable stands, None where it does not, or not behind colons alone."""
    parts = [code(element.slice).replace(" ", "") for element in node.slice]
    places = [place for place, part in enumerate(parts) if part in indices]
    return places[0] if len(places) == 1 and all(part == ":" for part in parts[: places[0]]) else None


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


def _part(document: Document, node: cst.For, axis: int) -> str:
    """The part of the axis that is taken, as a slice; "" for all of it."""
    source = node.iter
    assert isinstance(source, cst.Call)
    if len(source.args) > 2:
        raise NotFixable("it does not take one slice after the other")
    if counted(document, source, axis) is not None:
        return ""
    bounds = [code(argument.value) for argument in source.args]
    return ":".join(bounds if len(bounds) == 2 else ["", *bounds])


# -- the ways to do without --------------------------------------------------------------------------------


class _Slices(cst.CSTTransformer):
    """Slices by the loops' variables replaced: the variable by a part of the axis, or with ``names`` all by a name.

    ``names`` has one for each tensor and variable; where its tensor ``keeps`` the axis it is taken as a whole.
    """

    def __init__(
        self, loop: _Loop, within: str = "", names: Mapping[tuple[str, str], str] | None = None, keeps: bool = True
    ) -> None:
        super().__init__()
        self._loop, self._within, self._names, self._keeps = loop, within or ":", names, keeps

    def leave_Subscript(self, original_node: cst.Subscript, updated_node: cst.Subscript) -> cst.BaseExpression:
        place = _place(original_node, self._loop.indices)
        if place is None:
            return updated_node
        parts = [code(element.slice).replace(" ", "") for element in original_node.slice]
        index, name = parts[place], code(original_node.value)
        parts[place : place + 1] = [self._within] if self._keeps else []
        name = name if self._names is None else self._names[name, index]
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
    return _Made(_at_once(loop, _Slices(loop, within), spelling), spelling)


def _taken(loop: _Loop, taken: frozenset[str], spelling: Spelling) -> _Made:
    """The slices of all steps, taken of each tensor by each variable, in their place."""
    loops = " ".join(f"for {code(node.target)} in {code(node.iter)}" for node in loop.nodes)
    take = spelling.tensorflow("gather") if spelling.imports.keras == 2 else spelling.operation("take")
    names = {(name, index): fresh_name(taken, f"{name}_{index}") for name in loop.tensors for index in loop.indices}
    lines = [
        parse_line(f"{made} = {take}({name}, [{index} {loops}], axis={loop.axis})")
        for (name, index), made in names.items()
    ]
    return _Made([*lines, *_at_once(loop, _Slices(loop, names=names), spelling)], spelling)


def _at_once(loop: _Loop, slices: _Slices, spelling: Spelling) -> list[Statement]:
    """The steps on what stands in the place of the slices, which have the loop's axis."""
    lines: list[Statement] = []
    for step in _lines(loop, slices):
        if not isinstance(step, _Result):
            lines.append(step)
        elif step.is_added:
            total = f"{spelling.operation('sum')}({code(step.value)}, axis={loop.axis})"
            lines.append(parse_line(f"{step.name} = {step.name} + {total}"))
        else:
            lines.append(parse_line(f"{step.name} = {code(step.value)}"))
    return lines


def _mapped(loop: _Loop, within: str, taken: frozenset[str], spelling: Spelling) -> _Made:
    """The step as a function of one slice, mapped over all."""
    part = f"[{':, ' * loop.axis}{within}]" if within else ""
    slices = {(name, loop.indices[0]): fresh_name(taken, f"{name}_slice") for name in loop.tensors}
    given = [f"{spelling.operation('moveaxis')}({name}{part}, {loop.axis}, 0)" for name in loop.tensors]
    step, argument = fresh_name(taken, "step"), fresh_name(taken, "slices")
    names = [*slices.values()]
    body = [parse_line(f"{tuple_text(names)} = {argument}")] if len(names) > 1 else []
    [result] = loop.results
    for each in _lines(loop, _Slices(loop, names=slices, keeps=False)):
        body.append(parse_line(f"return {code(each.value)}") if isinstance(each, _Result) else each)
    parameters = cst.Parameters([cst.Param(cst.Name(argument if len(names) > 1 else names[0]))])
    function = cst.FunctionDef(cst.Name(step), parameters, cst.IndentedBlock(body))
    mapped = f"{spelling.operation('vectorized_map')}({step}, {value_text(given)})"
    if result.is_added:
        mapped = f"{result.name} + {spelling.operation('sum')}({mapped}, axis=0)"
    return _Made([function, parse_line(f"{result.name} = {mapped}")], spelling)


# -- what becomes of the results ---------------------------------------------------------------------------


def _with(document: Document, loop: _Loop, made: _Made, axis: int) -> Remedied:
    """The change with the ``made`` lines in the loop's place; the loop's axis is the given one of their results."""
    first, *others = made.lines
    lines = [first.with_changes(leading_lines=all_comments(loop.nodes[0])), *others]
    replaced: dict[cst.CSTNode, Sequence[cst.CSTNode]] = {loop.nodes[0]: lines}
    for result in loop.results:
        if not result.is_added:
            replaced |= uses_of_list(document, loop.nodes[0], result.name, axis, made.spelling)
    return Remedied(Change(replaced, "unsafe", "", tuple(made.spelling.imports_needed)))
