"""`range()` of a tensor or of the batch dimension.

`range` needs a Python int. `tf.shape(x)[0]` and `keras.ops.shape(x)[0]` are tensors while Keras traces `call`,
and `x.shape[0]` is None: each raises a TypeError in `fit`.
"""

from __future__ import annotations

from flake8_keras_graph.analysis.events import RangeOver
from flake8_keras_graph.analysis.values import is_tensor
from flake8_keras_graph.rules.base import Facts, Report, rule, staged, text


@rule("KG104", "tensor-range", "error", RangeOver)
def check(event: RangeOver, facts: Facts) -> Report | None:
    if event.swallowed:
        return None
    operand = text(event, event.operand)
    if not is_tensor(event.value):
        message = f"`range()` of the batch dimension {operand}: it is None in fit, which raises TypeError"
        return Report(message, f"`range` needs an int, {operand} is None while tracing")
    if staged(event):
        message = f"`range()` of the tensor {operand}: AutoGraph stages it to a loop in the graph"
        return Report(message, level="warning")
    message = f"`range()` of the tensor {operand}: fit raises TypeError"
    return Report(message, f"`range` needs an int, {operand} has no value while tracing")
