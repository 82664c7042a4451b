"""Comprehensions and generator expressions."""

from __future__ import annotations

import libcst as cst

from flake8_keras_graph.analysis import events
from flake8_keras_graph.analysis.interpreter import loop_syntax
from flake8_keras_graph.analysis.interpreter.frame import Frame
from flake8_keras_graph.analysis.interpreter.protocols import Binder, Evaluator, Iteration, Tester
from flake8_keras_graph.analysis.interpreter.recorder import Recorder
from flake8_keras_graph.analysis.values import UNKNOWN, External, Mapping, Seq, Tensor, Value, is_tensor, options

_KINDS = {cst.ListComp: "list", cst.SetComp: "set", cst.GeneratorExp: "iterator"}
_READ = frozenset({cst.Name, cst.Attribute})  # which give no event when they are evaluated again


class Comprehensions:
    """Loops that are expressions."""

    def __init__(self, recorder: Recorder) -> None:
        self.recorder = recorder
        self.emit = recorder.emit

    def connect(self, evaluator: Evaluator, tester: Tester, binder: Binder, iteration: Iteration) -> None:
        """Hand over the parts that this one asks."""
        self.evaluate = evaluator.evaluate
        self.condition = tester.condition
        self.assign = binder.assign
        self.iterate = iteration.iterate

    def evaluate_comprehension(self, frame: Frame, node: cst.ListComp | cst.SetComp | cst.GeneratorExp) -> Value:
        """What a list or set comprehension or a generator gives."""
        kind = _KINDS[type(node)]
        saved = dict(frame.env)
        item = UNKNOWN
        trips = self._comprehension_for(frame, node.for_in)
        if trips is not None:
            item = self.evaluate(frame, node.elt)
            self._comprehension_loops(frame, node.for_in, node.elt, item)
        restore(frame, saved)
        if trips is None:
            return Seq(kind, ())
        return Seq(kind, None, item, why=item.why)

    def evaluate_dict_comprehension(self, frame: Frame, node: cst.DictComp) -> Value:
        """What a dict comprehension gives."""
        saved = dict(frame.env)
        value: Value = UNKNOWN
        if self._comprehension_for(frame, node.for_in) is not None:
            self.evaluate(frame, node.key)
            value = self.evaluate(frame, node.value)
            self._comprehension_loops(frame, node.for_in, node.value, value)
        restore(frame, saved)
        return Mapping((), value)

    def _comprehension_for(self, frame: Frame, node: cst.CompFor) -> Value | None:
        """Bind the targets; None where a test is never true."""
        iterated = self.evaluate(frame, node.iter)
        item = self.iterate(frame, iterated, node.iter, "comprehension")
        self.assign(frame, node.target, item, node)
        for test_node in node.ifs:
            test = self.condition(frame, test_node.test)
            self.emit(
                frame,
                events.Branch,
                test_node.test,
                value=test.value,
                test=test_node.test,
                operand=test.operand,
                style="comprehension",
            )
            if test.true is None:
                return None
            frame.env.update(test.true)
        if node.inner_for_in is not None:
            return self._comprehension_for(frame, node.inner_for_in)
        return iterated

    def _comprehension_loops(self, frame: Frame, node: cst.CompFor, element: cst.BaseExpression, item: Value) -> None:
        tensors = any(type(option) is Tensor for option in options(item))
        if tensors and node.inner_for_in is None and not self._is_refused(node):
            iterated = self.evaluate(frame, node.iter) if type(node.iter) in _READ else UNKNOWN
            self.emit(
                frame,
                events.Loop,
                node,
                iterates=iterated,
                operand=node.iter,
                trips=None,
                tensors=True,
                heads=self._head(frame, node, element),
            )

    def _is_refused(self, node: cst.CompFor) -> bool:
        """Whether tracing stops here: it iterates a tensor, or is filtered by one."""
        refusing = {node.iter, *(test.test for test in node.ifs)}
        return any(
            isinstance(event, (events.Iterate, events.Branch))
            and (event.operand in refusing or event.node in refusing)
            and is_tensor(event.value)
            for event in self.recorder.events[-32:]
        )

    def _head(self, frame: Frame, node: cst.CompFor, element: cst.BaseExpression) -> cst.Call | None:
        """``head(x)`` in ``[head(x) for head in self.heads]``."""
        if type(element) is not cst.Call or type(element.func) is not cst.Name:
            return None
        if element.func.value not in loop_syntax.targets(node.target):
            return None
        if not loop_syntax.is_applied_to_the_same(element, loop_syntax.targets(node.target)):
            return None
        callee = self.evaluate(frame, element.func)
        return element if type(callee) is External and callee.name in loop_syntax.FUSABLE else None


def restore(frame: Frame, saved: dict[str, Value]) -> None:
    """Leave a comprehension's scope; what a walrus bound in it stays."""
    frame.env.clear()
    frame.env.update(saved)
