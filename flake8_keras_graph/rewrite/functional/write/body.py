"""Statements of ``call`` and of its helper methods as statements that build the model."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import libcst as cst

from flake8_keras_graph.rewrite.functional.read.dynamic_names import deletes_names
from flake8_keras_graph.rewrite.functional.read.kinds import merge
from flake8_keras_graph.rewrite.functional.read.obstacles import TENSOR_TEST
from flake8_keras_graph.rewrite.functional.write.kept_statements import Keeping
from flake8_keras_graph.rewrite.functional.write.suites import (
    as_orelse,
    called,
    guarded,
    keyword_of,
    leading,
    leaves,
    suite,
)
from flake8_keras_graph.rewrite.text.syntax import Statement, code, is_docstring, names_read, outer_names, statements
from flake8_keras_graph.rewrite.text.training import (
    is_none_test,
    is_nothing,
    is_training_itself,
    mentions,
    training_test,
)


@dataclasses.dataclass(slots=True)
class FunctionBuilder(Keeping):
    """Rewrites the statements of one method."""

    def block(self, lines: Sequence[Statement], later: set[str]) -> list[Statement]:
        """``lines`` rewritten; ``later`` are the names read after them."""
        result: list[Statement] = []
        for index, line in enumerate(lines):
            rest = lines[index + 1 :]
            after = later.union(*(names_read(other) for other in rest))
            if isinstance(line, cst.If) and self._is_training(line.test):
                folded = self._fold(line, rest, after)
                if folded is not None:
                    kept, consumed = folded
                    result += kept
                    if consumed:
                        return result
                    continue
            result += self.statement(line, after)
            if leaves(line):
                break
        return result

    def statement(self, line: Statement, later: set[str]) -> list[Statement]:
        """One statement rewritten: none, one or several."""
        if isinstance(line, cst.SimpleStatementLine):
            return self._simple(line, later)
        if isinstance(line, cst.With):
            return self._with(line, later)
        if isinstance(line, (cst.If, cst.For, cst.While)):
            self.nested += 1
            made = self._nested(line, later)
            self.nested -= 1
            return made
        if isinstance(line, cst.FunctionDef):
            self.local_functions[line.name.value] = line
            self.sizes.append(self._rewritten(line))
            return [self.sizes[-1]]
        self.context.refuse(line, f"`{keyword_of(line)}` in `{self.method.name}`")
        return [line]

    def _nested(self, line: cst.If | cst.For | cst.While, later: set[str]) -> list[Statement]:
        if isinstance(line, cst.If):
            return self._if(line, later)
        return self._for(line, later) if isinstance(line, cst.For) else self._while(line, later)

    def _simple(self, line: cst.SimpleStatementLine, later: set[str]) -> list[Statement]:
        if is_docstring(line) or self._only_rebinds_training(line) or deletes_names(line):
            return []
        for small in line.body:
            self._refuse_state(small)
        self._bind_comprehensions(line)
        obstacle = self._obstacle(line, line)
        if obstacle is not None:
            replaced = self._with_one_call(line)
            return self._into_layer(line, obstacle, later) if replaced is None else self._simple(replaced, later)
        self._remember_batch(line)
        rewritten = self._rewritten(line)
        self._bind(line)
        if is_nothing(rewritten) and not is_nothing(line):
            return []
        bound = outer_names([line])
        if bound and all(self.kinds.names.get(name) == "batch" for name in bound):
            self.sizes.append(rewritten)
        return [rewritten]

    def _if(self, line: cst.If, later: set[str]) -> list[Statement]:
        obstacle = self._obstacle(line.test, line.test)
        if self.kinds.of(line.test) == "tensor":
            self.context.refuse(line.test, TENSOR_TEST)
            return [line]
        if obstacle is not None:
            return self._into_layer(line, obstacle, later)
        test = self._expression(line.test)
        before = dict(self.kinds.names)
        body = self.block(statements(line.body), later)
        after_body, self.kinds.names = self.kinds.names, before
        orelse: cst.If | cst.Else | None = None
        if isinstance(line.orelse, cst.Else):
            orelse = line.orelse.with_changes(body=suite(self.block(statements(line.orelse.body), later)))
        elif isinstance(line.orelse, cst.If):
            orelse = as_orelse(self.statement(line.orelse, later))
        self.kinds.names = merge(after_body, self.kinds.names)
        return [line.with_changes(test=test, body=suite(body), orelse=orelse)]

    def _for(self, line: cst.For, later: set[str]) -> list[Statement]:
        if self.kinds.of(line.iter) in ("tensor", "batch", "shape"):
            self.context.refuse(line.iter, "loops over a tensor with Python: keep the loop in a layer")
            return [line]
        obstacle = self._obstacle(line.iter, line.iter)
        if obstacle is not None:
            return self._into_layer(line, obstacle, later)
        self._note_use(line.iter)
        self.kinds.bind_loop(line.target, line.iter)
        body = statements(line.body)
        self._observe(body)
        around = later.union(*(names_read(inner) for inner in body))
        rewritten = suite(self.block(body, around))
        orelse = line.orelse
        if orelse is not None:
            orelse = orelse.with_changes(body=suite(self.block(statements(orelse.body), later)))
        return [line.with_changes(iter=self._expression(line.iter), body=rewritten, orelse=orelse)]

    def _while(self, line: cst.While, later: set[str]) -> list[Statement]:
        body = statements(line.body)
        self._observe(body)
        if self.kinds.of(line.test) != "static":
            self.context.refuse(line.test, "loops while a tensor holds: keep the loop in a layer")
            return [line]
        around = later.union(names_read(line))
        return [line.with_changes(test=self._expression(line.test), body=suite(self.block(body, around)))]

    def _with(self, line: cst.With, later: set[str]) -> list[Statement]:
        paths = [self.context.imports.canonical(called(item.item)) for item in line.items]
        if not all(path in ("tf.name_scope", "keras.name_scope", "keras.backend.name_scope") for path in paths):
            self.context.refuse(line, f"`with {code(line.items[0].item)}` has no meaning while building")
        inner = self.block(statements(line.body), later)
        if inner and line.leading_lines:
            inner[0] = inner[0].with_changes(leading_lines=[*line.leading_lines, *leading(inner[0])])
        return inner

    # -- training -----------------------------------------------------------------------------------------

    def _is_training(self, test: cst.BaseExpression) -> bool:
        return mentions(test, self.training)

    def _fold(self, line: cst.If, rest: Sequence[Statement], later: set[str]) -> tuple[list[Statement], bool] | None:
        """The branch folded away, and whether the statements after it went with it; None if it cannot be."""
        if is_none_test(line.test, self.training) and self._all_rebind_training(line):
            return [], False
        test = training_test(line.test, self.training)
        if test is None or isinstance(line.orelse, cst.If):
            return None
        body, other, consumed = _sides(line, rest)
        yes, no = (body, other) if test.when else (other, body)
        folded = self._folder().branches(yes, no)
        if folded is None:
            return None
        if folded:
            folded[0] = folded[0].with_changes(leading_lines=[*line.leading_lines, *leading(folded[0])])
        if test.also is not None and not consumed:
            return self.statement(guarded(line, test.also, folded, other), later), consumed
        if test.also is not None:
            return None
        return self.block(folded, later), consumed

    def _all_rebind_training(self, line: cst.If) -> bool:
        return line.orelse is None and all(
            isinstance(inner, cst.SimpleStatementLine) and self._only_rebinds_training(inner, where_none=True)
            for inner in statements(line.body)
        )

    def _only_rebinds_training(self, line: cst.SimpleStatementLine, where_none: bool = False) -> bool:
        """``training = bool(training)``, or ``training or False``: the functional model has its own."""
        for small in line.body:
            if not (isinstance(small, cst.Assign) and len(small.targets) == 1):
                return False
            if code(small.targets[0].target) not in self.training:
                return False
            if not (where_none or is_training_itself(small.value, self.training)):
                self.context.refuse(small, "sets `training`, which a functional model hands to its layers as it is")
        return True


def _sides(line: cst.If, rest: Sequence[Statement]) -> tuple[list[Statement], list[Statement], bool]:
    """Both sides of a branch, and whether the other one is ``rest``, what follows a branch that leaves."""
    body = statements(line.body)
    if line.orelse is not None:
        return body, statements(line.orelse.body), False
    consumed = bool(body and leaves(body[-1]) and rest and leaves(rest[-1]))
    return body, list(rest) if consumed else [], consumed
