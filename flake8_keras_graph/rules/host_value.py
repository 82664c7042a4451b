"""`.numpy()`, `.item()` or `.tolist()` of a tensor.

They read a value on the host. While Keras traces `call` the tensor is symbolic and has no value: `fit` raises.
"""

from __future__ import annotations

from flake8_keras_graph.analysis.events import HostRead
from flake8_keras_graph.analysis.values import is_tensor, maybe_tensor
from flake8_keras_graph.rules.base import Facts, Report, rule, text


@rule("KG109", "host-value", "error", HostRead)
def check(event: HostRead, facts: Facts) -> Report | None:
    certain = is_tensor(event.value) or event.method == "numpy" and maybe_tensor(event.value)
    if not certain or event.swallowed:
        return None
    what = text(event, event.node)
    message = f"{what} reads a tensor on the host: fit raises, a tensor has no value while tracing"
    return Report(message, f"{what} needs a value, there is none while tracing")
