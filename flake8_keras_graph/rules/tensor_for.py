"""Python iteration over a tensor.

`for`, `zip`, `enumerate`, `map` and a star need to know how many items there are. While Keras traces `call`,
iterating a tensor raises OperatorNotAllowedInGraphError, whatever its shape; `tf.range(n)` is a tensor too.
"""

from __future__ import annotations

from flake8_keras_graph.analysis.events import Iterate
from flake8_keras_graph.analysis.values import is_tensor
from flake8_keras_graph.rules.base import Facts, Report, rule, staged, text


@rule("KG103", "tensor-for", "error", Iterate)
def check(event: Iterate, facts: Facts) -> Report | None:
    if event.how == "comprehension" or not is_tensor(event.value) or event.swallowed:
        return None
    operand = text(event, event.operand)
    how = "`for` over" if event.how == "for" else "`*`" if event.how == "star" else f"`{event.how}()` over"
    if staged(event) and event.how in {"for", "enumerate", "zip", "map"}:
        message = f"{how} the tensor {operand}: AutoGraph stages it to a loop in the graph"
        return Report(message, level="warning")
    message = f"{how} the tensor {operand}: fit raises OperatorNotAllowedInGraphError"
    return Report(message, f"iterating {operand} needs its length, unknown while tracing")
