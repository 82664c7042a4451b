"""A Python list or dict indexed by a tensor.

Picking an item of a Python container needs a Python int or a hashable key; while Keras traces `call` a tensor
is neither, and `fit` raises TypeError.
"""

from __future__ import annotations

from flake8_keras_graph.analysis.events import TensorIndex
from flake8_keras_graph.analysis.values import is_tensor
from flake8_keras_graph.rules.base import Facts, Report, rule, text


@rule("KG114", "tensor-index", "error", TensorIndex)
def check(event: TensorIndex, facts: Facts) -> Report | None:
    if not is_tensor(event.value) or event.swallowed:
        return None
    operand = text(event, event.operand)
    message = f"a {event.container} indexed by the tensor {operand}: fit raises TypeError"
    return Report(message, f"the {event.container} needs a Python index, {operand} has no value while tracing")
