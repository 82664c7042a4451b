"""`and`, `or`, `not`, a chained comparison or `in` on a tensor.

These ask for a Python bool, and so do `max`, `min`, `any`, `all` and `sorted`; while Keras traces `call` a
tensor has none and TensorFlow raises OperatorNotAllowedInGraphError.
"""

from __future__ import annotations

from flake8_keras_graph.analysis.events import NeedsBool
from flake8_keras_graph.analysis.values import is_tensor
from flake8_keras_graph.rules.base import Facts, Report, rule, staged, text


@rule("KG105", "tensor-bool", "error", NeedsBool)
def check(event: NeedsBool, facts: Facts) -> Report | None:
    if not is_tensor(event.value) or event.swallowed:
        return None
    operand = text(event, event.operand)
    how = event.how if event.how == "chained comparison" else f"`{event.how}`"
    if event.how in {"max", "min", "any", "all", "sum", "sorted"}:
        how = f"`{event.how}()`"
    if staged(event) and event.how in {"and", "or", "not", "chained comparison", "any", "all"}:
        return Report(f"{how} on the tensor {operand}: AutoGraph stages it to graph operations", level="warning")
    message = f"{how} on the tensor {operand}: fit raises OperatorNotAllowedInGraphError"
    return Report(message, f"{how} needs a Python bool, {operand} has none while tracing")
