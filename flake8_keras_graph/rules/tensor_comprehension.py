"""A comprehension over a tensor, or filtered by one.

A comprehension needs the items and a Python bool for every `if`; while Keras traces `call` a tensor has
neither, and TensorFlow raises OperatorNotAllowedInGraphError. AutoGraph does not convert comprehensions.
"""

from __future__ import annotations

from flake8_keras_graph.analysis.events import Branch, Iterate
from flake8_keras_graph.analysis.values import is_tensor
from flake8_keras_graph.rules.base import Facts, Report, rule, text


@rule("KG107", "tensor-comprehension", "error", Iterate, Branch)
def check(event: Iterate | Branch, facts: Facts) -> Report | None:
    if not is_tensor(event.value) or event.swallowed:
        return None
    operand = text(event, event.operand)
    if isinstance(event, Iterate):
        if event.how != "comprehension":
            return None
        message = f"comprehension over the tensor {operand}: fit raises OperatorNotAllowedInGraphError"
        return Report(message, f"iterating {operand} needs its length, unknown while tracing")
    if event.style != "comprehension":
        return None
    message = f"comprehension filtered by the tensor {operand}: fit raises OperatorNotAllowedInGraphError"
    return Report(message, f"the filter needs a Python bool, {operand} has none while tracing")
