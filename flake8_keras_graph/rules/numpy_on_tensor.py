"""A NumPy function given a tensor.

NumPy computes on the host, at once. While Keras traces `call` a tensor has no value: `fit` raises
NotImplementedError.
"""

from __future__ import annotations

from flake8_keras_graph.analysis.events import NumpyCall
from flake8_keras_graph.analysis.values import is_tensor
from flake8_keras_graph.rules.base import Facts, Report, rule, text


@rule("KG110", "numpy-on-tensor", "error", NumpyCall)
def check(event: NumpyCall, facts: Facts) -> Report | None:
    if not is_tensor(event.value) or event.swallowed:
        return None
    operand = text(event, event.operand)
    message = f"`{event.function}` given the tensor {operand}: fit raises, NumPy needs its value"
    return Report(message, f"NumPy needs the value of {operand}, which has none while tracing")
