"""Python `if` on a tensor.

`if`, `elif`, the ternary and `match` need a Python bool. While Keras traces `call` a tensor has no value yet,
so TensorFlow refuses: in Keras 3 `fit`, `predict` and `evaluate` raise OperatorNotAllowedInGraphError at this
line. A `match` on a tensor does not raise: no case ever matches.
"""

from __future__ import annotations

from flake8_keras_graph.analysis.events import Branch
from flake8_keras_graph.analysis.values import is_tensor
from flake8_keras_graph.rules.base import Facts, Report, rule, staged, text


@rule("KG101", "tensor-if", "error", Branch)
def check(event: Branch, facts: Facts) -> Report | None:
    if event.style not in {"if", "elif", "ternary", "match"} or not is_tensor(event.value) or event.swallowed:
        return None
    operand = text(event, event.operand)
    if event.style == "match":
        return Report(f"`match` on the tensor {operand}: no case ever matches", until=event.test)
    kind = {"ternary": "conditional expression"}.get(event.style, f"`{event.style}`")
    until = event.node if event.style == "ternary" else event.test
    if staged(event):
        message = f"{kind} on the tensor {operand}: AutoGraph stages it to a cond, both branches are compiled"
        return Report(message, until=until, level="warning")
    message = f"{kind} on the tensor {operand}: fit raises OperatorNotAllowedInGraphError"
    return Report(message, f"the {kind} needs a Python bool, {operand} has none while tracing", until)
