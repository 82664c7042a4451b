"""`int`, `float`, `bool`, `len` or `list` of a tensor.

These give Python values; while Keras traces `call` a tensor has none, and `fit` raises TypeError
(`bool`, `list`, `tuple` and `set`: OperatorNotAllowedInGraphError).
"""

from __future__ import annotations

from flake8_keras_graph.analysis.events import Cast
from flake8_keras_graph.analysis.values import is_tensor
from flake8_keras_graph.rules.base import Facts, Report, rule, staged, text


@rule("KG108", "python-cast", "error", Cast)
def check(event: Cast, facts: Facts) -> Report | None:
    if not is_tensor(event.value) or event.swallowed:
        return None
    operand = text(event, event.operand)
    if staged(event) and event.function in {"float", "len"}:
        message = f"`{event.function}()` of the tensor {operand}: AutoGraph stages it to a graph operation"
        return Report(message, level="warning")
    error = "TypeError" if event.function in {"int", "float", "len"} else "OperatorNotAllowedInGraphError"
    message = f"`{event.function}()` of the tensor {operand}: fit raises {error}"
    return Report(message, f"`{event.function}` needs the value of {operand}, which has none while tracing")
