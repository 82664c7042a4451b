"""KG101: ``if`` and ``elif`` on a tensor, as ``keras.ops.where`` or ``keras.ops.cond``."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import libcst as cst

from flake8_keras_graph.rewrite.fixes.common.branch_results import assigned_last, refuse_unlike, returned_last
from flake8_keras_graph.rewrite.fixes.common.fixer import fixer
from flake8_keras_graph.rewrite.fixes.common.kinds import Kinds, kinds, kinds_of_sides, may_choose
from flake8_keras_graph.rewrite.fixes.common.predicates import is_scalar, predicate
from flake8_keras_graph.rewrite.fixes.common.result_uses import int_tensor_will_do_for
from flake8_keras_graph.rewrite.fixes.ternaries import branch_note, fix_ternary
from flake8_keras_graph.rewrite.text.call_text import (
    Spelling,
    call_text,
    comments_of,
    leading_of,
    parse_line,
    room_at,
    tuple_text,
    value_text,
)
from flake8_keras_graph.rewrite.text.comments import comments_in
from flake8_keras_graph.rewrite.text.document import Change, Document, NotFixable, live_before
from flake8_keras_graph.rewrite.text.effects import (
    assigned_once,
    count_returns,
    ends_in_return,
    lone_return,
    refuse_effects,
    refuse_super,
    returns,
    single_assignment,
)
from flake8_keras_graph.rewrite.text.fresh_names import fresh_name
from flake8_keras_graph.rewrite.text.syntax import Statement, code, names_bound, names_read, outer_names, statements
from flake8_keras_graph.syntax.nodes import walk


@fixer(cst.If, cst.IfExp)
def fix_branch(document: Document, node: cst.CSTNode) -> Change:
    """The branch at ``node`` without Python's control flow. Raises NotFixable."""
    if isinstance(node, cst.IfExp):
        return fix_ternary(document, node)
    if isinstance(node, cst.If):
        return _Branch(document, node, Spelling(document.imports)).change()
    raise NotFixable("only `if`, `elif` and conditional expressions are rewritten")


@dataclasses.dataclass(slots=True)
class _Branch:
    document: Document
    node: cst.If
    spelling: Spelling
    functions: list[Statement] = dataclasses.field(default_factory=list)
    taken: set[str] = dataclasses.field(default_factory=set)
    given: Kinds = frozenset()

    def change(self) -> Change:
        document, node = self.document, self.node
        function = document.function(node)
        if function is None:
            raise NotFixable("it is not in a function")
        holder = document.parents[node]
        if isinstance(holder, cst.If) and document.is_flagged(holder, holder.test):
            raise NotFixable("it is fixed together with the `if` it belongs to")
        self.taken = set(names_read(function) | names_bound(function))
        top = document.statement(node) if not isinstance(holder, cst.If) else node
        assert top is not None
        leaves = any(returns(line) for line in self._all_lines(node))
        lines, consumed = self._returned() if leaves else (self._assigned(), [])
        made = self._below_functions(lines, is_first=document.siblings(top)[1] <= 0)
        replacements: dict[cst.CSTNode, Sequence[cst.CSTNode]] = {line: [] for line in consumed}
        replacements[node] = [cst.Else(cst.IndentedBlock(made))] if isinstance(holder, cst.If) else made
        note = branch_note(document, node, self._tests(node), self.given)
        return Change(replacements, "unsafe" if note else "safe", note, tuple(self.spelling.imports_needed))

    def _below_functions(self, lines: list[Statement], is_first: bool) -> list[Statement]:
        """``lines`` and the functions they call, under what stood above the branch."""
        made = [_after_gap(line) for line in (*self.functions, *lines)] if self.functions else lines
        above = [*leading_of(self.node), *self._comments()]
        if self.functions and not is_first and all(line.comment is not None for line in above):
            above.insert(0, cst.EmptyLine(indent=False))
        return [made[0].with_changes(leading_lines=above), *made[1:]]

    def _tests(self, node: cst.If) -> list[cst.BaseExpression]:
        rest = self._tests(node.orelse) if isinstance(node.orelse, cst.If) else []
        return [node.test, *rest]

    def _all_lines(self, node: cst.If) -> list[Statement]:
        lines = statements(node.body)
        if isinstance(node.orelse, cst.If):
            return lines + self._all_lines(node.orelse)
        return lines + (statements(node.orelse.body) if node.orelse is not None else [])

    def _comments(self) -> list[cst.EmptyLine]:
        """Comments of the branches that an expression cannot hold; those in functions stay there."""
        kept = {comment.value for line in self.functions for comment in comments_in(line)}
        every = comments_of(self.node.with_changes(leading_lines=[]))
        return [line for line in every if line.comment is not None and line.comment.value not in kept]

    # -- assignments in the branches ----------------------------------------------------------------------

    def _assigned(self) -> list[Statement]:
        """``x = cond(test, lambda: ..., lambda: ...)`` for the names that are read later."""
        node, document = self.node, self.document
        lines = self._all_lines(node)
        for line in lines:
            refuse_effects(line)
        live = document.live_after(node)
        order = [part.value for line in lines for part in walk(line) if isinstance(part, cst.Name)]
        bound = outer_names(lines)
        names = [name for name in dict.fromkeys(order) if name in bound and name in live]
        self._refuse_declared(bound)
        self._refuse_captured(bound)
        if not names:
            raise NotFixable("nothing that its branches compute is used later")
        self._refuse_unset(names)
        made = [line.name.value for line in lines if isinstance(line, cst.FunctionDef)]
        for name in names:
            if name in made:
                raise NotFixable(f"`{name}` is a function, which no graph gives back")
            refuse_unlike(document, node, name, self._outcomes(name))
            self.given |= self._kinds(name)
        value = self._conditional(node, names, document.positions[node].start.column + len(tuple_text(names)) + 3)
        return [parse_line(f"{tuple_text(names)} = {value}")]

    def _refuse_unset(self, names: Sequence[str]) -> None:
        before = self.document.bound_before(self.node)
        for name in names:
            if name in before:
                continue
            if not all(name in outer_names(side) for side in self._sides(self.node)):
                raise NotFixable(f"`{name}` has no value where the branch does not give it one")

    def _refuse_declared(self, bound: set[str]) -> None:
        outer = sorted(bound & self.document.declared_outside(self.node))
        if outer:
            raise NotFixable(f"a branch changes `{outer[0]}`, which is not the function's own")

    def _refuse_captured(self, bound: set[str]) -> None:
        """A function made before the branch sees the names of the function it stands in, none of a side's own."""
        caught = sorted(bound & self.document.captured_before(self.node))
        if caught:
            raise NotFixable(f"`{caught[0]}` is read by a function that is made before the branch")

    def _outcomes(self, name: str) -> list[cst.BaseExpression]:
        """What ``name`` is on each side, as far as it is written out: by its last assignment there or before."""
        siblings, place = self.document.siblings(self.node)
        sides = [assigned_last(side, name) for side in self._sides(self.node)]
        if None in sides:
            sides.append(assigned_last(siblings[: max(place, 0)], name))
        return [value for value in sides if value is not None]

    def _kinds(self, name: str) -> Kinds:
        """What ``name`` may be after the branch, whole numbers left out where a tensor of integers does as well."""
        document, sides = self.document, []
        for side in self._sides(self.node):
            value = assigned_last(side, name) if name in outer_names(side) else cst.Name(name)
            # What several statements make of it is looked up by the name, as they all bind it.
            sides.append(kinds(document, value if value is not None else cst.Name(name), self.node))
        found = kinds_of_sides(sides)
        if "whole" in found and int_tensor_will_do_for(document, name, self.node):
            return found - {"whole"}
        return found

    def _sides(self, node: cst.If) -> list[list[Statement]]:
        if isinstance(node.orelse, cst.If):
            return [statements(node.body), *self._sides(node.orelse)]
        return [statements(node.body), statements(node.orelse.body) if node.orelse is not None else []]

    def _conditional(self, node: cst.If, names: Sequence[str], column: int) -> str:
        """The value of ``names`` after ``node``."""
        document = self.document
        test = predicate(document, node.test, self.spelling)
        known = assigned_once(document, node)
        yes = self._values(statements(node.body), names)
        no = self._values([] if node.orelse is None else statements(node.orelse.body), names)
        if not isinstance(node.orelse, cst.If) and yes is not None and no is not None:
            cheap = len(names) == 1 and is_scalar(document, node.test, known)
            if cheap and may_choose(document, self.node, [yes[0], no[0]]):
                operation = self.spelling.operation("where")
                return call_text(operation, [test, code(yes[0]), code(no[0])], room_at(column))
        first = self._side(statements(node.body), yes, names, "if_true")
        if isinstance(node.orelse, cst.If):
            self._require_flagged(node.orelse)
            _refuse_binding(node.orelse.test)
            second = f"lambda: {self._conditional(node.orelse, names, column + 12)}"
        else:
            second = self._side([] if node.orelse is None else statements(node.orelse.body), no, names, "if_false")
        return call_text(self.spelling.operation("cond"), [test, first, second], room_at(column))

    def _require_flagged(self, node: cst.If) -> None:
        if self.document.flagged and not self.document.is_flagged(node, node.test):
            raise NotFixable("its `elif` is for Python to decide: put it in an `if` of its own")

    def _values(self, lines: Sequence[Statement], names: Sequence[str]) -> list[cst.BaseExpression] | None:
        """The values of ``names`` after ``lines`` as expressions; None where they need statements."""
        values: dict[str, cst.BaseExpression] = {name: cst.Name(name) for name in names}
        done: set[str] = set()
        for line in lines:
            assignment = single_assignment(line)
            if assignment is None:
                return None
            name, value = assignment
            if not name:
                continue
            if name in done or name not in values or names_read(value) & done:
                return None
            values[name] = value
            done.add(name)
        return [values[name] for name in names]

    def _side(
        self, lines: Sequence[Statement], values: list[cst.BaseExpression] | None, names: Sequence[str], wanted: str
    ) -> str:
        """What computes one side: a lambda, or the call of a function written for it."""
        if values is not None:
            return f"lambda: {value_text([code(value) for value in values])}"
        return self._function(lines, parse_line(f"return {tuple_text(names)}"), wanted, names)

    def _function(
        self, lines: Sequence[Statement], last: Statement | None, wanted: str, names: Sequence[str] = ()
    ) -> str:
        """A local function of ``lines``; names it binds are its parameters where they have a value already."""
        before = self.document.bound_before(self.node)
        bound = outer_names(lines)
        taken = sorted(bound & before & live_before([*lines, *([last] if last is not None else [])], set()))
        name = fresh_name(self.taken, wanted)
        self.taken.add(name)
        body = [*lines, *([last] if last is not None else [])]
        made = cst.FunctionDef(
            cst.Name(name),
            cst.Parameters([cst.Param(cst.Name(parameter)) for parameter in taken]),
            cst.IndentedBlock([_headed(body[0], self._heads(lines)), *body[1:]]),
        )
        self.functions.append(made)
        return f"lambda: {name}({', '.join(taken)})" if taken else name

    def _heads(self, lines: Sequence[Statement]) -> list[cst.EmptyLine]:
        """The comments on the header of the side that holds ``lines``, and above it where it is an ``else``."""
        node: cst.If | cst.Else | None = self.node
        while node is not None:
            if lines and lines[0] in statements(node.body):
                above = leading_of(node) if node is not self.node else []
                header = node.body.header if isinstance(node.body, cst.IndentedBlock) else None
                return [*above, *(comments_of(header) if header is not None else [])]
            node = node.orelse if isinstance(node, cst.If) else None
        return []

    # -- returns in the branches --------------------------------------------------------------------------

    def _returned(self) -> tuple[list[Statement], Sequence[Statement]]:
        """``return cond(...)``; what follows the ``if`` is its else, and is consumed."""
        node, document = self.node, self.document
        siblings, place = document.siblings(node)
        block = document.parents[node]
        function = document.function(node)
        assert function is not None
        rest = list(siblings[place + 1 :]) if place >= 0 else []
        last = self._last(node)
        consumed: Sequence[Statement] = ()
        if last is None:
            if block is not function.body or not rest:
                raise NotFixable("it returns from one branch only")
            consumed = rest
        self._refuse_captured(outer_names([*self._all_lines(node), *consumed]))
        values = [
            side[-1] for side in [*self._sides(node)[: None if last else -1], *([rest] if consumed else [])] if side
        ]
        self._refuse_declared(outer_names([*self._all_lines(node), *consumed]))
        results = [value for value in map(returned_last, values) if value is not None]
        refuse_unlike(document, node, "it", results)
        self.given |= kinds_of_sides(kinds(document, result, node) for result in results)
        value = self._returned_value(node, rest, document.positions[node].start.column + len("return "))
        return [parse_line(f"return {value}")], consumed

    def _last(self, node: cst.If) -> cst.Else | None:
        if isinstance(node.orelse, cst.If):
            return self._last(node.orelse)
        return node.orelse

    def _returned_value(self, node: cst.If, rest: list[Statement], column: int) -> str:
        test = predicate(self.document, node.test, self.spelling)
        body = statements(node.body)
        if isinstance(node.orelse, cst.If):
            self._require_flagged(node.orelse)
            _refuse_binding(node.orelse.test)
            first = self._returning_side(body, "if_true")
            second = f"lambda: {self._returned_value(node.orelse, rest, column + 12)}"
        else:
            other = statements(node.orelse.body) if node.orelse is not None else rest
            both = [lone_return(body), lone_return(other)]
            known = assigned_once(self.document, node)
            if both[0] is not None and both[1] is not None and is_scalar(self.document, node.test, known):
                sides = [side for side in both if side is not None]
                if may_choose(self.document, self.node, sides):
                    operation = self.spelling.operation("where")
                    return call_text(operation, [test, *map(code, sides)], room_at(column))
            first = self._returning_side(body, "if_true")
            second = self._returning_side(other, "if_false")
        return call_text(self.spelling.operation("cond"), [test, first, second], room_at(column))

    def _returning_side(self, lines: list[Statement], wanted: str) -> str:
        value = lone_return(lines)
        if value is not None:
            refuse_super(value)
            text = code(value)
            return f"lambda: ({text})" if isinstance(value, cst.Tuple) and not value.lpar else f"lambda: {text}"
        if not lines or not ends_in_return(lines) or sum(count_returns(line) for line in lines) != 1:
            raise NotFixable("it returns from one branch only, or from several places")
        refuse_super(lines[-1])
        for line in lines[:-1]:
            refuse_effects(line)
        return self._function(lines, None, wanted)


def _refuse_binding(test: cst.BaseExpression) -> None:
    """An `elif` becomes a function of its own: what it binds would stay there."""
    if any(isinstance(part, cst.NamedExpr) for part in walk(test)):
        raise NotFixable("the test of an `elif` binds a name with `:=`")


def _headed(line: Statement, comments: Sequence[cst.EmptyLine]) -> Statement:
    """``line`` as the first of a body, below ``comments``."""
    above = leading_of(line)
    while above and above[0].comment is None:
        above.pop(0)
    kept = [comment for comment in comments if comment.comment is not None]
    return line.with_changes(leading_lines=[*(comment.with_changes(indent=True) for comment in kept), *above])


def _after_gap(line: Statement) -> Statement:
    return line.with_changes(leading_lines=[cst.EmptyLine(indent=False)])
