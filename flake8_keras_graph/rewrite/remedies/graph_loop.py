"""KG307: a recurrence that tracing unrolls as a loop in the graph, where no layer of Keras holds its step."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence

import libcst as cst

from flake8_keras_graph.rewrite.fixes.common.collected_lists import all_comments
from flake8_keras_graph.rewrite.remedies.former_lists import uses_of_list
from flake8_keras_graph.rewrite.remedies.remedy import Remedied, remedy
from flake8_keras_graph.rewrite.text.call_text import Spelling, parse_line, value_text
from flake8_keras_graph.rewrite.text.document import Change, Document, NotFixable, body_lines, live_before
from flake8_keras_graph.rewrite.text.effects import changed_objects
from flake8_keras_graph.rewrite.text.fresh_names import fresh_name
from flake8_keras_graph.rewrite.text.syntax import Statement, code, names_bound, names_read, outer_names
from flake8_keras_graph.syntax.nodes import walk

_LEAVING = (cst.Break, cst.Continue, cst.Return, cst.Yield, cst.Await)


@dataclasses.dataclass(frozen=True, slots=True)
class _Recurrence:
    """``for index in range(...)`` whose steps hand on ``carried``; ``appended`` are lists and what each step puts in.

    ``lines`` are the rest of a step. ``bounds`` are start, end and width of the range.
    """

    node: cst.For
    index: str
    bounds: tuple[str, str, str]
    lines: Sequence[Statement]
    carried: Sequence[str]
    appended: Sequence[tuple[str, cst.BaseExpression]]

    @property
    def range(self) -> str:
        """The text of the range."""
        return code(self.node.iter)


@remedy("loop in the graph", "a loop in the graph", cst.For)
def loop_in_graph(document: Document, node: cst.CSTNode) -> Iterator[Remedied]:
    """The loop at ``node`` as ``keras.ops.while_loop``, or as ``scan`` where each step leaves something.

    Where a name has its shape only after the first step, that one is written out before the loop.
    """
    assert isinstance(node, cst.For)
    function = document.function(node)
    if function is None:
        raise NotFixable("it is not in a function")
    loop = _read(document, node)
    taken = names_read(function) | names_bound(function)
    unset = sorted(set(loop.carried) - document.bound_before(node))
    if loop.appended:
        if unset:
            raise NotFixable(f"`{unset[0]}` has no value before the loop")
        yield _scanned(document, loop, taken)
        return
    if not unset:
        yield _while(document, loop, taken, begun=False)
    yield _while(document, loop, taken, begun=True)


def _read(document: Document, node: cst.For) -> _Recurrence:
    source = node.iter
    if node.orelse is not None or not isinstance(node.target, cst.Name):
        raise NotFixable("only a plain `for` over a range is rewritten")
    if not isinstance(source, cst.Call) or code(source.func) != "range" or not 1 <= len(source.args) <= 3:
        raise NotFixable("it does not count its steps")
    bounds = [code(argument.value) for argument in source.args]
    start, end, width = [*(["0"] if len(bounds) == 1 else []), *bounds, "1"][:3]
    lines: list[Statement] = []
    appended: list[tuple[str, cst.BaseExpression]] = []
    for line in body_lines(node):
        _refuse(line)
        small = line.body[0] if isinstance(line, cst.SimpleStatementLine) and len(line.body) == 1 else None
        call = small.value if isinstance(small, cst.Expr) else None
        name, method, _ = code(call).partition(".append(") if isinstance(call, cst.Call) else ("", "", "")
        if isinstance(call, cst.Call) and method and name.isidentifier() and len(call.args) == 1:
            appended.append((name, call.args[0].value))
        elif isinstance(small, cst.Expr):
            raise NotFixable("a step calls something for its effect")
        else:
            lines.append(line)
    live = document.live_after(node)
    if node.target.value in live:
        raise NotFixable(f"`{node.target.value}` is used after the loop")
    changed = outer_names(lines)
    needed = (live | live_before([*lines, *_as_lines(appended)], set())) & changed
    order = [part.value for line in lines for part in walk(line) if isinstance(part, cst.Name)]
    carried = [name for name in dict.fromkeys(order) if name in needed]
    if not carried:
        raise NotFixable("nothing goes from one step to the next")
    return _Recurrence(node, node.target.value, (start, end, width), lines, carried, appended)


def _as_lines(appended: Sequence[tuple[str, cst.BaseExpression]]) -> list[Statement]:
    return [parse_line(code(value)) for _, value in appended]


def _refuse(line: Statement) -> None:
    """Raise NotFixable for what a step in the graph would do but once."""
    for part in walk(line):
        if isinstance(part, _LEAVING):
            raise NotFixable("a step may leave the loop")
        for target in changed_objects(part):
            raise NotFixable(f"a step changes `{code(target)}`, which would hold what is in the graph's loop")


def _while(document: Document, loop: _Recurrence, taken: frozenset[str], begun: bool) -> Remedied:
    """The loop as ``while_loop``; ``begun``: its first step is done before."""
    spelling = Spelling(document.imports)
    start, end, width = loop.bounds
    step = fresh_name(taken, "step")
    index = loop.index if loop.index in set().union(*map(names_read, loop.lines)) else fresh_name(taken, "index")
    state = [index, *loop.carried]
    result = parse_line(f"return {index} + {width}, {', '.join(loop.carried)}")
    function = _function(step, state, [*loop.lines, result])
    first = f"{start} + {width}" if begun and start != "0" else width if begun else start
    times = f"len({loop.range})" if start != "0" or width != "1" else end
    others = fresh_name(taken, "_")
    arguments = [
        f"lambda {index}, *{others}: {index} < {end}",
        step,
        f"({first}, {', '.join(loop.carried)})",
        f"maximum_iterations={times}{' - 1' if begun else ''}",
    ]
    looped = parse_line(f"{', '.join(state)} = {spelling.operation('while_loop')}({', '.join(arguments)})")
    before = [parse_line(f"{index} = {start}"), *loop.lines] if begun else []
    lines = [*before, function, looped]
    return _remedied(document, loop, lines, spelling, {})


def _scanned(document: Document, loop: _Recurrence, taken: frozenset[str]) -> Remedied:
    """The loop as ``scan``: what each step appends is one tensor afterwards, its first axis the steps."""
    spelling = Spelling(document.imports)
    step, given = fresh_name(taken, "step"), fresh_name(taken, "carried")
    state = value_text(loop.carried)
    left = value_text([code(value) for _, value in loop.appended])
    lists = value_text([name for name, _ in loop.appended])
    result = parse_line(f"return {state}, {left}")
    function = _function(step, [given, loop.index], [parse_line(f"{state} = {given}"), *loop.lines, result])
    steps = loop.range.replace("range", spelling.operation("arange"), 1)
    looped = parse_line(f"{state}, {lists} = {spelling.operation('scan')}({step}, {state}, {steps})")
    replaced: dict[cst.CSTNode, Sequence[cst.CSTNode]] = {}
    for name, _ in loop.appended:
        replaced |= uses_of_list(document, loop.node, name, 0, spelling)
    return _remedied(document, loop, [function, looped], spelling, replaced)


def _function(name: str, parameters: Sequence[str], lines: Sequence[Statement]) -> cst.FunctionDef:
    given = cst.Parameters([cst.Param(cst.Name(parameter)) for parameter in parameters])
    return cst.FunctionDef(cst.Name(name), given, cst.IndentedBlock(lines))


def _remedied(
    document: Document,
    loop: _Recurrence,
    lines: Sequence[Statement],
    spelling: Spelling,
    replaced: dict[cst.CSTNode, Sequence[cst.CSTNode]],
) -> Remedied:
    first, *others = lines
    comments = all_comments(loop.node) if first not in loop.lines else []
    changes = {**replaced, loop.node: [first.with_changes(leading_lines=comments), *others]}
    return Remedied(Change(changes, "unsafe", "", tuple(spelling.imports_needed)))
