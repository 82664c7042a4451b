"""Arithmetic or a comparison on the batch dimension of a static shape.

`x.shape[0]` is None while Keras traces `call`: `fit` builds one graph for every batch size. Using None as a
number raises TypeError. `keras.ops.shape(x)[0]` is the size, as a tensor.
"""

from __future__ import annotations

from flake8_keras_graph.analysis.events import UnknownDimension
from flake8_keras_graph.rules.base import Facts, Report, rule, text


@rule("KG113", "unknown-dimension", "error", UnknownDimension)
def check(event: UnknownDimension, facts: Facts) -> Report | None:
    if event.swallowed:
        return None
    operand = text(event, event.operand)
    how = f"`{event.how}`" if event.how.endswith("()") else event.how
    message = f"{how} on the batch dimension {operand}: it is None in fit, which raises TypeError"
    return Report(message, f"{operand} is None while tracing, {how} needs a number")
