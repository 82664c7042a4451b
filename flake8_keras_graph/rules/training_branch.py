"""`call` branches on `training`.

`training` is a Python bool while Keras traces `call`: the branch is decided then, and `fit` and `predict` each
get a graph of their own. Nothing is decided at run time.
"""

from __future__ import annotations

from flake8_keras_graph.analysis.events import Branch
from flake8_keras_graph.analysis.values import Static
from flake8_keras_graph.rules.base import Facts, Report, rule


@rule("KG401", "training-branch", "note", Branch)
def check(event: Branch, facts: Facts) -> Report | None:
    if event.place.kind != "model" or event.style not in {"if", "elif", "ternary"}:
        return None
    if not isinstance(event.value, Static) or event.value.source != "training":
        return None
    until = event.node if event.style == "ternary" else event.test
    return Report("branch on `training` is resolved while tracing: one graph for fit, one for predict", until=until)
