"""`assert` on a tensor.

`assert` needs a Python bool; while Keras traces `call` a tensor has none, and `fit` raises
OperatorNotAllowedInGraphError. `tf.debugging.assert_*` checks inside the graph.
"""

from __future__ import annotations

from flake8_keras_graph.analysis.events import Branch
from flake8_keras_graph.analysis.values import is_tensor
from flake8_keras_graph.rules.base import Facts, Report, rule, staged, text


@rule("KG106", "tensor-assert", "error", Branch)
def check(event: Branch, facts: Facts) -> Report | None:
    if event.style != "assert" or not is_tensor(event.value) or event.swallowed:
        return None
    operand = text(event, event.operand)
    if staged(event):
        message = f"`assert` on the tensor {operand}: AutoGraph stages it to an Assert operation"
        return Report(message, until=event.test, level="warning")
    message = f"`assert` on the tensor {operand}: fit raises OperatorNotAllowedInGraphError"
    return Report(message, f"`assert` needs a Python bool, {operand} has none while tracing", event.test)
