"""Loops: bodies run to a fixpoint, exits carried."""

from __future__ import annotations

from collections.abc import Callable

import libcst as cst

from flake8_keras_graph.analysis import events
from flake8_keras_graph.analysis.interpreter import loop_syntax
from flake8_keras_graph.analysis.interpreter.access_paths import dotted_key
from flake8_keras_graph.analysis.interpreter.frame import Env, Frame, LoopState, join_envs, leave
from flake8_keras_graph.analysis.interpreter.protocols import Binder, Evaluator, Executor, Iteration, Tester
from flake8_keras_graph.analysis.interpreter.recorder import Recorder
from flake8_keras_graph.analysis.values import UNKNOWN, Range, is_tensor, known_length

MAX_PASSES = 4


class Loops:
    """The two loop statements."""

    def __init__(self, recorder: Recorder) -> None:
        self.emit = recorder.emit

    def connect(
        self, evaluator: Evaluator, tester: Tester, binder: Binder, iteration: Iteration, executor: Executor
    ) -> None:
        """Hand over the parts that this one asks."""
        self.evaluate = evaluator.evaluate
        self.condition = tester.condition
        self.assign = binder.assign
        self.iterate = iteration.iterate
        self.statement = executor.statement

    def run_for(self, frame: Frame, node: cst.For) -> bool:
        """Run a ``for`` statement; whether the statement after it can be reached."""
        iterated = self.evaluate(frame, node.iter)
        item = self.iterate(frame, iterated, node.iter, "for")
        trips = known_length(iterated)
        if trips == 0 and type(iterated) is Range:
            return node.orelse is None or self.statement(frame, node.orelse.body)

        def enter() -> bool:
            self.assign(frame, node.target, item, node)
            return True

        staged = frame.autograph and (is_tensor(iterated) or (type(iterated) is Range and iterated.refused))
        state, ending = self._fixpoint(frame, enter, node, trips, staged)
        told = frame.place is not None and not frame.quiet  # finding out what the event says takes a while
        if told and not is_tensor(iterated) and not (type(iterated) is Range and iterated.refused):
            changing = loop_syntax.assigned(node)
            self.emit(
                frame,
                events.Loop,
                node,
                iterates=iterated,
                operand=node.iter,
                trips=trips,
                tensors=state.tensors,
                same_weights=_recurrence(node, state),
                element=loop_syntax.element_slice(node, state.slices.values()) if state.elementwise else None,
                heads=next(
                    (call for call in state.calls.values() if loop_syntax.is_applied_to_the_same(call, changing)),
                    None,
                ),
            )
        return self._after_loop(frame, node, state, ending)

    def run_while(self, frame: Frame, node: cst.While) -> bool:
        """Run a ``while`` statement; whether the statement after it can be reached."""
        refused: list[Env] = []
        tensor_tests: list[bool] = []

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
                refused.append({**frame.env, **test.false})
            if test.true is None:
                return False
            frame.env.update(test.true)
            tensor_tests.append(is_tensor(test.value))
            frame.loops[-1].staged = frame.autograph and tensor_tests[-1]
            return True

        state, _ = self._fixpoint(frame, enter, node)
        if not any(tensor_tests):
            self.emit(
                frame,
                events.Loop,
                node,
                iterates=UNKNOWN,
                operand=None,
                trips=None,
                tensors=state.tensors,
                same_weights=_recurrence(node, state),
            )
        return self._after_loop(frame, node, state, refused)

    def _fixpoint(
        self,
        frame: Frame,
        enter: Callable[[], bool],
        node: cst.For | cst.While,
        trips: int | None = None,
        staged: bool = False,
    ) -> tuple[LoopState, list[Env]]:
        """Run the body until the name table that each iteration begins with no longer changes.

        Gives that table's alternatives where the loop ends without ``break``. Joins only ever know less, so that
        this comes to an end; after MAX_PASSES what still changes is not known.
        """
        state = LoopState(node=node, trips=trips, staged=staged)
        frame.loops.append(state)
        beginning, ending = dict(frame.env), list[Env]()
        for count in range(MAX_PASSES + 1):
            frame.env = dict(beginning)
            state.continues.clear()
            finished: list[Env] = []
            if enter() and self.statement(frame, node.body):
                finished.append(frame.env)
            finished.extend(state.continues)
            after = join_envs([beginning, *finished])
            assert after is not None
            if after == beginning:
                ending = finished if trips else [beginning]  # where the body runs at all, what was before is gone
                break
            if count >= MAX_PASSES - 1:
                after = {name: value if beginning.get(name) == value else UNKNOWN for name, value in after.items()}
            beginning = after
        else:
            ending = [beginning]
        frame.loops.pop()
        if frame.loops and state.tensors:
            frame.loops[-1].tensors = True
        frame.env = beginning
        return state, ending

    def _after_loop(self, frame: Frame, node: cst.For | cst.While, state: LoopState, ending: list[Env]) -> bool:
        exits: list[Env] = []
        joined = join_envs(ending)
        before = frame.env
        if joined is not None:
            frame.env = joined
            if node.orelse is None or self.statement(frame, node.orelse.body):
                exits.append(frame.env)
        exits.extend(state.breaks)
        return leave(frame, before, exits)


def _recurrence(node: cst.For | cst.While, state: LoopState) -> str:
    """A layer that is applied to what an earlier iteration left."""
    fed = (dotted_key(call.func) for call in state.applied.values() if loop_syntax.feeds_itself(node, call))
    return next(fed, "")
