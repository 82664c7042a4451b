"""A tensor unpacked into several names.

`a, b = tf.shape(x)` iterates the tensor; while Keras traces `call` that raises
OperatorNotAllowedInGraphError. `keras.ops.shape(x)` is a tuple and unpacks.
"""

from __future__ import annotations

from flake8_keras_graph.analysis.events import Unpack
from flake8_keras_graph.analysis.values import is_tensor
from flake8_keras_graph.rules.base import Facts, Report, rule, text


@rule("KG112", "unpacked-tensor", "error", Unpack)
def check(event: Unpack, facts: Facts) -> Report | None:
    if not is_tensor(event.value) or event.swallowed:
        return None
    operand = text(event, event.operand)
    message = f"the tensor {operand} is unpacked: fit raises OperatorNotAllowedInGraphError"
    return Report(message, f"unpacking iterates {operand}, which cannot be iterated while tracing")
