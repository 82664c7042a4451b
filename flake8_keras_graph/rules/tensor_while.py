"""Python `while` on a tensor.

`while` needs a Python bool before every iteration. While Keras traces `call` a tensor has no value yet: in
Keras 3 `fit` raises OperatorNotAllowedInGraphError.
"""

from __future__ import annotations

from flake8_keras_graph.analysis.events import Branch
from flake8_keras_graph.analysis.values import is_tensor
from flake8_keras_graph.rules.base import Facts, Report, rule, staged, text


@rule("KG102", "tensor-while", "error", Branch)
def check(event: Branch, facts: Facts) -> Report | None:
    if event.style != "while" or not is_tensor(event.value) or event.swallowed:
        return None
    operand = text(event, event.operand)
    if staged(event):
        message = f"`while` on the tensor {operand}: AutoGraph stages it to a while loop in the graph"
        return Report(message, until=event.test, level="warning")
    message = f"`while` on the tensor {operand}: fit raises OperatorNotAllowedInGraphError"
    return Report(message, f"the `while` needs a Python bool, {operand} has none while tracing", event.test)
