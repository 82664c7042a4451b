"""Statements: branches joined, loops to a fixpoint, early exits carried."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import libcst as cst

from flake8_keras_graph import knowledge
from flake8_keras_graph.analysis import events
from flake8_keras_graph.analysis.interpreter import loop_syntax
from flake8_keras_graph.analysis.interpreter.access_paths import dotted_key, name_key
from flake8_keras_graph.analysis.interpreter.expressions.attribute_access import Attributes
from flake8_keras_graph.analysis.interpreter.expressions.names import Names
from flake8_keras_graph.analysis.interpreter.expressions.operators import Operators
from flake8_keras_graph.analysis.interpreter.first_calls import attributes_alone, sets_what_it_asks
from flake8_keras_graph.analysis.interpreter.frame import Env, Frame, join_envs, leave
from flake8_keras_graph.analysis.interpreter.protocols import Caller, Evaluator, Tester
from flake8_keras_graph.analysis.interpreter.recorder import Recorder
from flake8_keras_graph.analysis.interpreter.statements.assignment import Assignment
from flake8_keras_graph.analysis.interpreter.statements.loops import Loops
from flake8_keras_graph.analysis.values import NONE, UNKNOWN, Api, External, Function, Instance, Seq, Value, join_all

_BROAD = {
    "Exception",
    "BaseException",
    "TypeError",
    "OperatorNotAllowedInGraphError",
    "AttributeError",
    "NotImplementedError",
}

_Handler = Callable[[Frame, Any], bool]


class Statements:
    """Each handler returns whether the statement after it can be reached."""

    def __init__(
        self,
        recorder: Recorder,
        targets: Assignment,
        names: Names,
        operators: Operators,
        loops: Loops,
        attributes: Attributes,
    ) -> None:
        self.emit = recorder.emit
        self.note_closure = recorder.note_closure
        self.assign = targets.assign
        self.delete_item = targets.delete_item
        self.decorated = names.decorated
        self.settings_of = attributes.settings_of
        self.bind_import = names.bind_import
        self.operate = operators.operate
        self._handlers: dict[type[cst.CSTNode], _Handler] = {
            cst.SimpleStatementLine: self._run_lines,
            cst.SimpleStatementSuite: self._run_lines,
            cst.IndentedBlock: self._run_lines,
            cst.Expr: self._run_expression,
            cst.Assign: self._run_assignment,
            cst.AnnAssign: self._run_annotated,
            cst.AugAssign: self._run_augmented,
            cst.Return: self._run_return,
            cst.Raise: self._run_raise,
            cst.Break: self._run_break,
            cst.Continue: self._run_continue,
            cst.Assert: self._run_assert,
            cst.Del: self._run_delete,
            cst.Global: self._run_global,
            cst.Nonlocal: self._run_nonlocal,
            cst.FunctionDef: self._run_function,
            cst.ClassDef: self._run_class,
            cst.Import: self._run_import,
            cst.ImportFrom: self._run_import,
            cst.If: self._run_if,
            cst.For: loops.run_for,
            cst.While: loops.run_while,
            cst.With: self._run_with,
            cst.Try: self._run_try,
            cst.TryStar: self._run_try,
            cst.Match: self._run_match,
        }

    def connect(self, evaluator: Evaluator, tester: Tester, caller: Caller) -> None:
        """Hand over the parts that this one asks."""
        self.evaluate = evaluator.evaluate
        self.condition = tester.condition
        self.call = caller.call

    def execute_body(self, frame: Frame, node: cst.FunctionDef | cst.Lambda) -> Value:
        """Run a function's body in ``frame``; what it returns."""
        if type(node) is cst.Lambda:  # for libcst's types, isinstance takes ten times as long where it says no
            return self.evaluate(frame, node.body)
        assert type(node) is cst.FunctionDef
        if self._run_block(frame, node.body.body):
            frame.returns.append(NONE)
        if frame.yields:
            return Seq("iterator", None, join_all(frame.yields))
        return join_all(frame.returns) if frame.returns else UNKNOWN

    def _run_block(self, frame: Frame, body: Sequence[cst.CSTNode]) -> bool:
        """Run statements until one of them leaves."""
        for node in body:
            for part in node.body if type(node) is cst.SimpleStatementLine else (node,):
                if not self.statement(frame, part):
                    return False
        return True

    def statement(self, frame: Frame, node: cst.CSTNode) -> bool:
        """Run one statement."""
        handler = self._handlers.get(type(node))
        return handler(frame, node) if handler is not None else True

    def _run_lines(self, frame: Frame, node: cst.SimpleStatementLine | cst.BaseSuite) -> bool:
        return self._run_block(frame, node.body)

    def _run_expression(self, frame: Frame, node: cst.Expr) -> bool:
        if type(node.value) is cst.Call:
            self.call(frame, node.value, dropped=True)
        elif type(node.value) is not cst.SimpleString:  # a docstring
            self.evaluate(frame, node.value)
        return True

    def _run_assignment(self, frame: Frame, node: cst.Assign) -> bool:
        value = self.evaluate(frame, node.value)
        for target in node.targets:
            self.assign(frame, target.target, value, node)
        if frame.loops and type(node.value) is cst.Call:
            self._note_growth(frame, node, node.value)
        return True

    def _note_growth(self, frame: Frame, node: cst.Assign, call: cst.Call) -> None:
        """``name = concat([name, ...])`` where the loop needs ``name`` for nothing else."""
        target, state = node.targets[0].target, frame.loops[-1]
        if type(target) is not cst.Name or state.node is None or not call.args:
            return
        parts = call.args[0].value
        joined = parts.elements if isinstance(parts, (cst.List, cst.Tuple)) else call.args
        if not any(type(part.value) is cst.Name and part.value.value == target.value for part in joined):
            return
        callee = self.evaluate(frame, call.func)
        if type(callee) is External:
            known = callee.name == "keras.layers.Concatenate"
        else:
            known = type(callee) is Api and callee.name in loop_syntax.CONCATENATIONS
        if known and not loop_syntax.used_elsewhere(state.node, target.value, node):
            self.emit(frame, events.Grow, node, name=target.value, function=name_key(call.func), trips=state.trips)

    def _run_annotated(self, frame: Frame, node: cst.AnnAssign) -> bool:
        if node.value is not None:
            self.assign(frame, node.target, self.evaluate(frame, node.value), node)
        return True

    def _run_augmented(self, frame: Frame, node: cst.AugAssign) -> bool:
        before = self.evaluate(frame, node.target)
        right = self.evaluate(frame, node.value)
        sign: Any = node.operator
        if type(before) is Seq and type(right) is Seq and type(sign) is cst.AddAssign:
            value: Value = before.extended(right, bool(frame.loops))
        else:
            value = self.operate(frame, node, sign, (before, node.target), (right, node.value))
        self.assign(frame, node.target, value, node, how="augment", before=before)
        return True

    def _run_return(self, frame: Frame, node: cst.Return) -> bool:
        frame.returns.append(NONE if node.value is None else self.evaluate(frame, node.value))
        return False

    def _run_raise(self, frame: Frame, node: cst.Raise) -> bool:
        if node.exc is not None:
            self.evaluate(frame, node.exc)
        return False

    def _run_break(self, frame: Frame, node: cst.Break) -> bool:
        if frame.loops:
            frame.loops[-1].breaks.append(dict(frame.env))
        return False

    def _run_continue(self, frame: Frame, node: cst.Continue) -> bool:
        if frame.loops:
            frame.loops[-1].continues.append(dict(frame.env))
        return False

    def _run_assert(self, frame: Frame, node: cst.Assert) -> bool:
        test = self.condition(frame, node.test)
        self.emit(
            frame,
            events.Branch,
            node,
            value=test.value,
            test=node.test,
            operand=test.operand,
            style="assert",
        )
        if test.true is None:
            return False
        frame.env.update(test.true)
        return True

    def _run_delete(self, frame: Frame, node: cst.Del) -> bool:
        targets = node.target.elements if isinstance(node.target, cst.Tuple) else [node]
        for item in targets:
            name = item.value if isinstance(item, cst.Element) else node.target
            if isinstance(name, cst.Name):
                frame.env.pop(name.value, None)
            elif isinstance(name, cst.Subscript):
                self.delete_item(frame, name)
        return True

    def _run_global(self, frame: Frame, node: cst.Global) -> bool:
        frame.globals.update(item.name.value for item in node.names)
        return True

    def _run_nonlocal(self, frame: Frame, node: cst.Nonlocal) -> bool:
        frame.nonlocals.update(item.name.value for item in node.names)
        return True

    def _run_function(self, frame: Frame, node: cst.FunctionDef) -> bool:
        self.note_closure(frame)
        value: Value = Function(node=node, closure=frame, autograph=frame.autograph)
        for decorator in reversed(node.decorators):
            value = self.decorated(frame, value, decorator.decorator)
            self._note_traced_function(frame, decorator)
        frame.env[node.name.value] = value
        return True

    def _note_traced_function(self, frame: Frame, node: cst.Decorator) -> None:
        """``@tf.function`` on a nested function makes a traced function as a call of it does."""
        if type(node.decorator) is cst.Call:
            return  # evaluating it has said so
        wrapper = self.evaluate(frame, node.decorator)
        if type(wrapper) is Api and knowledge.effect(wrapper.name) == "traces":
            self.emit(frame, events.Effect, node.decorator, word="traces", name=wrapper.name)

    def _run_class(self, frame: Frame, node: cst.ClassDef) -> bool:
        frame.env[node.name.value] = UNKNOWN
        return True

    def _run_import(self, frame: Frame, node: cst.Import | cst.ImportFrom) -> bool:
        self.bind_import(frame, node)
        return True

    def _run_if(self, frame: Frame, node: cst.If, style: events.BranchStyle = "if") -> bool:
        test = self.condition(frame, node.test)
        self.emit(frame, events.Branch, node, value=test.value, test=node.test, operand=test.operand, style=style)
        before = frame.env
        exits: list[Env] = []
        chosen = test.true is not None and test.false is not None and not _is_training(test.value)
        undecided = chosen and not (self._is_setting(frame, node.test) or _is_static_size(test.value))
        frame.choices += chosen
        frame.guard_depth += undecided
        if test.true is not None:
            frame.env = {**before, **test.true}
            first_call = sets_what_it_asks(node, frame.self_name)
            frame.first_call_depth += first_call
            frame.guard_depth += first_call
            if self.statement(frame, node.body):
                exits.append(frame.env)
            frame.guard_depth -= first_call
            frame.first_call_depth -= first_call
        if test.false is not None:
            frame.env = {**before, **test.false}
            orelse = node.orelse
            if orelse is None:
                reached = True
            elif type(orelse) is cst.If:
                reached = self._run_if(frame, orelse, "elif")
            else:
                reached = self.statement(frame, orelse.body)
            if reached:
                exits.append(frame.env)
        if len(exits) == 2:  # where one side leaves, only some runs reach what follows
            frame.guard_depth -= undecided
            frame.choices -= chosen
        return leave(frame, before, exits)

    def _is_setting(self, frame: Frame, test: cst.BaseExpression) -> bool:
        """Whether attributes that only constructing sets decide: then it is the same in every run of one object."""
        if type(frame.instance) is not Instance:
            return False
        asked = attributes_alone(test, frame.self_name)
        return bool(asked) and asked <= self.settings_of(frame.instance.info)

    def _run_with(self, frame: Frame, node: cst.With) -> bool:
        suppressing = 0
        for item in node.items:
            value = self.evaluate(frame, item.item)
            suppressing += self._suppresses(frame, item.item)
            if item.asname is not None:
                self.assign(frame, item.asname.name, value, node)
        frame.swallowing += suppressing
        reached = self.statement(frame, node.body)
        frame.swallowing -= suppressing
        return reached or suppressing > 0

    def _suppresses(self, frame: Frame, node: cst.BaseExpression) -> bool:
        """Whether this is ``contextlib.suppress`` of what a tensor test raises."""
        if not isinstance(node, cst.Call) or not any(_is_broad(argument.value) for argument in node.args):
            return False
        return self.evaluate(frame, node.func) == Api(name="contextlib.suppress")

    def _run_try(self, frame: Frame, node: cst.Try | cst.TryStar) -> bool:
        before = dict(frame.env)
        frame.swallowing += 1 if _swallows(node) else 0
        reached = self.statement(frame, node.body)
        frame.swallowing -= 1 if _swallows(node) else 0
        exits: list[Env] = []
        after = frame.env
        if reached and (node.orelse is None or self.statement(frame, node.orelse.body)):
            exits.append(frame.env)
        for handler in () if _imports_packages(node) else node.handlers:
            halfway = join_envs([before, after])
            assert halfway is not None
            frame.env = halfway
            if handler.name is not None:
                self.assign(frame, handler.name.name, UNKNOWN, handler)
            frame.guard_depth += 1
            if self.statement(frame, handler.body):
                exits.append(frame.env)
            frame.guard_depth -= 1
        reached = leave(frame, after, exits)
        if node.finalbody is not None:
            return self.statement(frame, node.finalbody.body) and reached
        return reached

    def _run_match(self, frame: Frame, node: cst.Match) -> bool:
        value = self.evaluate(frame, node.subject)
        self.emit(
            frame,
            events.Branch,
            node,
            value=value,
            test=node.subject,
            operand=node.subject,
            style="match",
        )
        before = frame.env
        exits: list[Env] = [dict(before)]
        for case in node.cases:
            frame.env = dict(before)
            for name in _captured(case.pattern):
                frame.env[name] = UNKNOWN
            if case.guard is not None:
                self.condition(frame, case.guard)
            if self.statement(frame, case.body):
                exits.append(frame.env)
        return leave(frame, before, exits)


def _is_training(value: Value) -> bool:
    return value.depends_on == "training"


def _is_static_size(value: Value) -> bool:
    """Whether a dimension decides: then it is the same in every run of one graph."""
    return value.depends_on == "shape"


def _swallows(node: cst.Try | cst.TryStar) -> bool:
    """Whether a handler catches what a tensor test raises, and goes on."""
    for handler in node.handlers:
        names = handler.type.elements if isinstance(handler.type, cst.Tuple) else [handler.type]
        for item in names:
            name = item.value if isinstance(item, cst.Element) else item
            if (name is None or _is_broad(name)) and not _ends_in_raise(handler.body):
                return True
    return False


def _is_broad(name: cst.CSTNode) -> bool:
    last = name.attr.value if isinstance(name, cst.Attribute) else getattr(name, "value", "")
    return last in _BROAD


def _imports_packages(node: cst.Try | cst.TryStar) -> bool:
    """Whether the body only imports what whoever runs the code has: no handler is needed."""
    lines = node.body.body if isinstance(node.body, cst.IndentedBlock) else ()
    parts = [part for line in lines for part in (line.body if isinstance(line, cst.SimpleStatementLine) else [line])]
    return bool(parts) and all(_imports_package(part) for part in parts)


def _imports_package(node: cst.CSTNode) -> bool:
    if isinstance(node, cst.Import):
        names: list[cst.BaseExpression | None] = [alias.name for alias in node.names]
    elif isinstance(node, cst.ImportFrom) and not node.relative:
        names = [node.module]
    else:
        return False
    roots = [name.value if isinstance(name, cst.Name) else dotted_key(name).partition(".")[0] for name in names if name]
    return all(root in {"tensorflow", "keras", "numpy"} for root in roots)


def _ends_in_raise(body: cst.BaseSuite) -> bool:
    last = body.body[-1] if body.body else None
    if isinstance(last, cst.SimpleStatementLine):
        last = last.body[-1] if last.body else None
    return isinstance(last, cst.Raise)


def _captured(pattern: cst.CSTNode) -> list[str]:
    """Names that a case pattern binds."""
    names = []
    if isinstance(pattern, (cst.MatchAs, cst.MatchStar)) and pattern.name is not None:
        names.append(pattern.name.value)
    if isinstance(pattern, cst.MatchMapping) and pattern.rest is not None:
        names.append(pattern.rest.value)
    for child in pattern.children:
        if not isinstance(child, cst.Name):
            names.extend(_captured(child))
    return names
