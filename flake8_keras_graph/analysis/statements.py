"""Statements: branches joined, loops to a fixpoint, early exits carried."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import libcst as cst

from flake8_keras_graph.analysis import events, knowledge, loops
from flake8_keras_graph.analysis.core import Core
from flake8_keras_graph.analysis.expressions import dotted_key
from flake8_keras_graph.analysis.frames import Env, Frame, LoopState, join_envs
from flake8_keras_graph.analysis.values import (
    MISSING,
    NONE,
    UNKNOWN,
    Api,
    Dim,
    External,
    Function,
    Instance,
    Mapping,
    Range,
    Seq,
    Shape,
    Static,
    Tensor,
    Tensors,
    Value,
    element,
    is_tensor,
    join,
    join_all,
    options,
)

MAX_PASSES = 4
_BROAD = {
    "Exception",
    "BaseException",
    "TypeError",
    "OperatorNotAllowedInGraphError",
    "ValueError",
    "AttributeError",
    "NotImplementedError",
}

_Handler = Callable[[Any, Frame, Any], bool]


class Statements(Core):
    """Each handler returns whether the statement after it can be reached."""

    def execute_body(self, frame: Frame, node: cst.FunctionDef | cst.Lambda) -> Value:
        """Run a function's body in ``frame``; what it returns."""
        if isinstance(node, cst.Lambda):
            return self.evaluate(frame, node.body)
        if self.block(frame, node.body.body):
            frame.returns.append(NONE)
        if frame.yields:
            return Seq("iterator", None, join_all(frame.yields))
        return join_all(frame.returns) if frame.returns else UNKNOWN

    def block(self, frame: Frame, body: Sequence[cst.CSTNode]) -> bool:
        return all(self.statement(frame, node) for node in body)

    def statement(self, frame: Frame, node: cst.CSTNode) -> bool:
        if isinstance(node, (cst.SimpleStatementLine, cst.SimpleStatementSuite, cst.IndentedBlock)):
            return self.block(frame, node.body)
        handler = _HANDLERS.get(type(node))
        return handler(self, frame, node) if handler is not None else True

    def expression_statement(self, frame: Frame, node: cst.Expr) -> bool:
        self.evaluate(frame, node.value)
        return True

    def assignment(self, frame: Frame, node: cst.Assign) -> bool:
        value = self.evaluate(frame, node.value)
        for target in node.targets:
            self.assign(frame, target.target, value, node)
        if frame.loops and isinstance(node.value, cst.Call):
            self._note_growth(frame, node, node.value)
        return True

    def _note_growth(self, frame: Frame, node: cst.Assign, call: cst.Call) -> None:
        """``name = concat([name, ...])`` where the loop needs ``name`` for nothing else."""
        target, state = node.targets[0].target, frame.loops[-1]
        if not isinstance(target, cst.Name) or state.node is None or not call.args:
            return
        parts = call.args[0].value
        joined = parts.elements if isinstance(parts, (cst.List, cst.Tuple)) else call.args
        if not any(isinstance(part.value, cst.Name) and part.value.value == target.value for part in joined):
            return
        callee = self.evaluate(frame, call.func)
        if isinstance(callee, External):
            known = callee.name == "keras.layers.Concatenate"
        else:
            known = isinstance(callee, Api) and callee.name in loops.CONCATENATIONS
        if known and not loops.used_elsewhere(state.node, target.value, node):
            self.emit(frame, events.Grow, node, name=target.value, function=_spelled(call.func), trips=state.trips)

    def annotated(self, frame: Frame, node: cst.AnnAssign) -> bool:
        if node.value is not None:
            self.assign(frame, node.target, self.evaluate(frame, node.value), node)
        return True

    def augmented(self, frame: Frame, node: cst.AugAssign) -> bool:
        before = self.evaluate(frame, node.target)
        right = self.evaluate(frame, node.value)
        sign: Any = node.operator
        if isinstance(before, Seq) and isinstance(right, Seq) and isinstance(sign, cst.AddAssign):
            value: Value = Seq(before.kind, None, join(element(before), element(right)))
            if before.items is not None and right.items is not None and not frame.loops:
                value = Seq(before.kind, before.items + right.items)
        else:
            value = self.operate(frame, node, sign, (before, node.target), (right, node.value))  # type: ignore[attr-defined]
        self.assign(frame, node.target, value, node, how="augment", before=before)
        return True

    def assign(
        self,
        frame: Frame,
        target: cst.BaseExpression,
        value: Value,
        node: cst.CSTNode,
        how: str = "assign",
        before: Value = UNKNOWN,
    ) -> None:
        """Bind ``target``: a name, a tuple of targets, an attribute or an item."""
        if isinstance(target, cst.Name):
            if target.value in frame.globals:
                self.emit(frame, events.Store, node, target=target.value, value=value, how="global")
            frame.env[target.value] = value
            _forget_attributes(frame, target.value)
        elif isinstance(target, (cst.Tuple, cst.List)):
            self._unpack(frame, target, value, node)
        elif isinstance(target, cst.StarredElement):
            self.assign(frame, target.value, value, node)
        elif isinstance(target, cst.Attribute):
            self._store_attribute(frame, target, value, node, how, before)
        elif isinstance(target, cst.Subscript):
            self._store_item(frame, target, value, node)

    def _unpack(self, frame: Frame, target: cst.Tuple | cst.List, value: Value, node: cst.CSTNode) -> None:
        if is_tensor(value):
            operand = getattr(node, "value", None) or getattr(node, "iter", None) or target
            self.emit(frame, events.Unpack, node, value=value, operand=operand)
        count = len(target.elements)
        for position, item in enumerate(target.elements):
            starred = isinstance(item, cst.StarredElement)
            part = self._part(frame, value, position, count, starred, target)
            self.assign(frame, item.value, part, node)

    def _part(
        self, frame: Frame, value: Value, position: int, count: int, starred: bool, node: cst.BaseExpression
    ) -> Value:
        """What the target at ``position`` of ``count`` gets."""
        if starred:
            each = join_all(self._item_of(option) for option in options(value))
            return Seq("list", None, each)
        results = []
        for option in options(value):
            if isinstance(option, Seq) and option.items is not None and len(option.items) == count:
                results.append(option.items[position])
            elif isinstance(option, Shape):
                batch = option.batched and option.first == 0 and position == 0
                results.append(self.dimension(frame, node, option, batch))  # type: ignore[attr-defined]
            else:
                results.append(self._item_of(option))
        return join_all(results)

    def _item_of(self, value: Value) -> Value:
        """Any item of what is iterated over, events left out."""
        if isinstance(value, Tensor):
            return Tensor(why=value.why)
        if isinstance(value, Tensors):
            return value
        if isinstance(value, Seq):
            return element(value)
        if isinstance(value, Mapping):
            return join_all(Static(const=key, type=type(key).__name__) for key, _ in value.items)
        if isinstance(value, Range):
            return Static(type="int", source="shape" if value.shape else "")
        if isinstance(value, Shape):
            return Dim(value.style, why=value.why)
        return Static(source=value.source) if isinstance(value, Static) else UNKNOWN

    def _store_attribute(
        self, frame: Frame, target: cst.Attribute, value: Value, node: cst.CSTNode, how: str, before: Value
    ) -> None:
        holder = self.evaluate(frame, target.value)
        key = dotted_key(target)
        if key:
            frame.env[key] = value
        if not isinstance(holder, Instance):
            return
        name = target.attr.value
        if frame.constructing is not None and holder == frame.instance:
            table = frame.constructing
            table[name] = join(table[name], value) if name in table else value
        else:
            self.emit(frame, events.Store, node, target=name, value=value, how=how, before=before)

    def _store_item(self, frame: Frame, target: cst.Subscript, value: Value, node: cst.CSTNode) -> None:
        holder = self.evaluate(frame, target.value)
        index = target.slice[0].slice
        key = self.evaluate(frame, index.value) if isinstance(index, cst.Index) else UNKNOWN
        changed: Value = UNKNOWN
        if isinstance(holder, Mapping):
            if isinstance(key, Static) and key.const is not MISSING:
                items = dict(holder.items)
                items[key.const] = value
                changed = Mapping(tuple(items.items()), holder.default)
            else:
                default = value if holder.default is None else join(holder.default, value)
                changed = Mapping(holder.items, default)
        elif isinstance(holder, Seq):
            changed = Seq(holder.kind, None, join(element(holder), value) if holder.items != () else value)
        if not isinstance(changed, (Mapping, Seq)) and isinstance(holder, (Tensor, Tensors)):
            return
        name = target.value.value if isinstance(target.value, cst.Name) else dotted_key(target.value)
        if name:
            frame.env[name] = changed
            if "." in name and frame.constructing is not None:
                frame.constructing[name.partition(".")[2]] = changed
            elif "." in name and isinstance(self.lookup(frame, name.partition(".")[0]), Instance):
                self.emit(
                    frame, events.Store, node, target=name.partition(".")[2], value=value, how="mutate"
                )

    def returned(self, frame: Frame, node: cst.Return) -> bool:
        frame.returns.append(NONE if node.value is None else self.evaluate(frame, node.value))
        return False

    def raised(self, frame: Frame, node: cst.Raise) -> bool:
        if node.exc is not None:
            self.evaluate(frame, node.exc)
        return False

    def broken(self, frame: Frame, node: cst.Break) -> bool:
        if frame.loops:
            frame.loops[-1].breaks.append(dict(frame.env))
        return False

    def continued(self, frame: Frame, node: cst.Continue) -> bool:
        if frame.loops:
            frame.loops[-1].continues.append(dict(frame.env))
        return False

    def asserted(self, frame: Frame, node: cst.Assert) -> bool:
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

    def deleted(self, frame: Frame, node: cst.Del) -> bool:
        targets = node.target.elements if isinstance(node.target, cst.Tuple) else [node]
        for item in targets:
            name = item.value if isinstance(item, cst.Element) else node.target
            if isinstance(name, cst.Name):
                frame.env.pop(name.value, None)
        return True

    def global_names(self, frame: Frame, node: cst.Global) -> bool:
        frame.globals.update(item.name.value for item in node.names)
        return True

    def nonlocal_names(self, frame: Frame, node: cst.Nonlocal) -> bool:
        return True

    def nested_function(self, frame: Frame, node: cst.FunctionDef) -> bool:
        value: Value = Function(node=node, closure=frame, autograph=frame.autograph)
        for decorator in reversed(node.decorators):
            value = self.decorated(frame, value, decorator.decorator)  # type: ignore[attr-defined]
            self._note_traced_function(frame, decorator)
        frame.env[node.name.value] = value
        return True

    def _note_traced_function(self, frame: Frame, node: cst.Decorator) -> None:
        """``@tf.function`` on a nested function makes a traced function as a call of it does."""
        if isinstance(node.decorator, cst.Call):
            return  # evaluating it has said so
        wrapper = self.evaluate(frame, node.decorator)
        if isinstance(wrapper, Api) and knowledge.effect(wrapper.name) == "traces":
            self.emit(frame, events.Effect, node.decorator, word="traces", name=wrapper.name)

    def nested_class(self, frame: Frame, node: cst.ClassDef) -> bool:
        frame.env[node.name.value] = UNKNOWN
        return True

    def local_import(self, frame: Frame, node: cst.Import | cst.ImportFrom) -> bool:
        self.bind_import(frame, node)  # type: ignore[attr-defined]
        return True

    def branch(self, frame: Frame, node: cst.If, style: events.BranchStyle = "if") -> bool:
        test = self.condition(frame, node.test)
        self.emit(
            frame, events.Branch, node, value=test.value, test=node.test, operand=test.operand, style=style
        )
        before = frame.env
        exits: list[Env] = []
        undecided = test.true is not None and test.false is not None and not _is_training(test.value)
        frame.guards += undecided
        if test.true is not None:
            frame.env = {**before, **test.true}
            if self.statement(frame, node.body):
                exits.append(frame.env)
        if test.false is not None:
            frame.env = {**before, **test.false}
            orelse = node.orelse
            if isinstance(orelse, cst.If):
                reached = self.branch(frame, orelse, "elif")
            else:
                reached = orelse is None or self.statement(frame, orelse.body)
            if reached:
                exits.append(frame.env)
        if len(exits) == 2:  # where one side leaves, only some runs reach what follows
            frame.guards -= undecided
        return self._leave(frame, before, exits)

    @staticmethod
    def _leave(frame: Frame, before: Env, exits: list[Env]) -> bool:
        joined = join_envs(exits)
        frame.env = before if joined is None else joined
        return joined is not None

    def loop_for(self, frame: Frame, node: cst.For) -> bool:
        iterated = self.evaluate(frame, node.iter)
        item = self.iterate(frame, iterated, node.iter, "for")
        trips = _trips(iterated)
        if trips == 0 and isinstance(iterated, Range):
            return node.orelse is None or self.statement(frame, node.orelse.body)

        def enter() -> bool:
            self.assign(frame, node.target, item, node)
            return True

        state, leaves = self._fixpoint(frame, enter, node, trips)
        if not is_tensor(iterated):
            changing = loops.assigned(node)
            self.emit(
                frame,
                events.Loop,
                node,
                iterates=iterated,
                operand=node.iter,
                trips=trips,
                tensors=state.tensors,
                same_weights=state.applied,
                element=loops.element_slice(node, state.slices.values()),
                heads=next(
                    (call for call in state.calls.values() if loops.is_applied_to_the_same(call, changing)), None
                ),
            )
        return self._after_loop(frame, node, state, leaves)

    def loop_while(self, frame: Frame, node: cst.While) -> bool:
        ends: list[Env] = []

        def enter() -> bool:
            test = self.condition(frame, node.test)
            self.emit(
                frame,
                events.Branch,
                node,
                value=test.value,
                test=node.test,
                operand=test.operand,
                style="while",
            )
            if test.false is not None:
                ends.append({**frame.env, **test.false})
            if test.true is None:
                return False
            frame.env.update(test.true)
            nonlocal tensor_test
            tensor_test = tensor_test or is_tensor(test.value)
            return True

        tensor_test = False
        state, leaves = self._fixpoint(frame, enter, node)
        if not tensor_test:
            self.emit(
                frame,
                events.Loop,
                node,
                iterates=UNKNOWN,
                operand=None,
                trips=None,
                tensors=state.tensors,
                same_weights=state.applied,
            )
        return self._after_loop(frame, node, state, ends or leaves[:0])

    def _fixpoint(
        self, frame: Frame, enter: Callable[[], bool], node: cst.For | cst.While, trips: int | None = None
    ) -> tuple[LoopState, list[Env]]:
        """Run the body until the name table at its head no longer changes."""
        body = node.body
        state = LoopState(node=node, trips=trips)
        frame.loops.append(state)
        leaves: list[Env] = [dict(frame.env)]
        head = dict(frame.env)
        for count in range(MAX_PASSES + 1):
            frame.env = dict(head)
            state.continues.clear()
            ends: list[Env] = []
            if enter() and self.statement(frame, body):
                ends.append(frame.env)
            ends.extend(state.continues)
            after = join_envs([head, *ends])
            assert after is not None
            if after == head:
                break
            if count >= MAX_PASSES - 1:
                after = {
                    name: value if head.get(name) == value else UNKNOWN for name, value in after.items()
                }
            leaves.extend(ends)
            head = after
        frame.loops.pop()
        if frame.loops and state.tensors:
            frame.loops[-1].tensors = True
        frame.env = head
        return state, [head]

    def _after_loop(
        self, frame: Frame, node: cst.For | cst.While, state: LoopState, leaves: list[Env]
    ) -> bool:
        exits: list[Env] = []
        joined = join_envs(leaves)
        before = frame.env
        if joined is not None:
            frame.env = joined
            if node.orelse is None or self.statement(frame, node.orelse.body):
                exits.append(frame.env)
        exits.extend(state.breaks)
        return self._leave(frame, before, exits)

    def with_statement(self, frame: Frame, node: cst.With) -> bool:
        for item in node.items:
            value = self.evaluate(frame, item.item)
            if item.asname is not None:
                self.assign(frame, item.asname.name, value, node)
        return self.statement(frame, node.body)

    def try_statement(self, frame: Frame, node: cst.Try | cst.TryStar) -> bool:
        before = dict(frame.env)
        frame.swallowing += 1 if _swallows(node) else 0
        reached = self.statement(frame, node.body)
        frame.swallowing -= 1 if _swallows(node) else 0
        exits: list[Env] = []
        after = frame.env
        if reached and (node.orelse is None or self.statement(frame, node.orelse.body)):
            exits.append(frame.env)
        for handler in node.handlers:
            halfway = join_envs([before, after])
            assert halfway is not None
            frame.env = halfway
            if handler.name is not None:
                self.assign(frame, handler.name.name, UNKNOWN, handler)
            frame.guards += 1
            if self.statement(frame, handler.body):
                exits.append(frame.env)
            frame.guards -= 1
        reached = self._leave(frame, after, exits)
        if node.finalbody is not None:
            return self.statement(frame, node.finalbody.body) and reached
        return reached

    def match_statement(self, frame: Frame, node: cst.Match) -> bool:
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
        return self._leave(frame, before, exits)


def _forget_attributes(frame: Frame, name: str) -> None:
    prefix = name + "."
    for key in [key for key in frame.env if key.startswith(prefix)]:
        del frame.env[key]


def _is_training(value: Value) -> bool:
    return isinstance(value, Static) and value.source == "training"


def _spelled(node: cst.BaseExpression) -> str:
    return dotted_key(node) or (node.value if isinstance(node, cst.Name) else "")


def _trips(iterated: Value) -> int | None:
    if isinstance(iterated, Range):
        return iterated.trips
    if isinstance(iterated, Seq) and iterated.items is not None:
        return len(iterated.items)
    return None


def _swallows(node: cst.Try | cst.TryStar) -> bool:
    """Whether a handler catches what a tensor test raises, and goes on."""
    for handler in node.handlers:
        names = handler.type.elements if isinstance(handler.type, cst.Tuple) else [handler.type]
        for item in names:
            name = item.value if isinstance(item, cst.Element) else item
            last = name.attr.value if isinstance(name, cst.Attribute) else getattr(name, "value", "")
            if (name is None or last in _BROAD) and not _ends_in_raise(handler.body):
                return True
    return False


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


_HANDLERS: dict[type[cst.CSTNode], _Handler] = {
    cst.Expr: Statements.expression_statement,
    cst.Assign: Statements.assignment,
    cst.AnnAssign: Statements.annotated,
    cst.AugAssign: Statements.augmented,
    cst.Return: Statements.returned,
    cst.Raise: Statements.raised,
    cst.Break: Statements.broken,
    cst.Continue: Statements.continued,
    cst.Assert: Statements.asserted,
    cst.Del: Statements.deleted,
    cst.Global: Statements.global_names,
    cst.Nonlocal: Statements.nonlocal_names,
    cst.FunctionDef: Statements.nested_function,
    cst.ClassDef: Statements.nested_class,
    cst.Import: Statements.local_import,
    cst.ImportFrom: Statements.local_import,
    cst.If: Statements.branch,
    cst.For: Statements.loop_for,
    cst.While: Statements.loop_while,
    cst.With: Statements.with_statement,
    cst.Try: Statements.try_statement,
    cst.TryStar: Statements.try_statement,
    cst.Match: Statements.match_statement,
}
