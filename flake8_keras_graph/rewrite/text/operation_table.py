"""TensorFlow operations and their ``keras.ops`` counterparts, parameter by parameter, as ``knowledge`` has them."""

from __future__ import annotations

from collections.abc import Iterator

from flake8_keras_graph import knowledge
from flake8_keras_graph.knowledge import Counterpart


def _read_records() -> Iterator[tuple[str, Counterpart]]:
    for name in knowledge.names_with_counterpart("tf"):
        found = knowledge.record(name)
        if found is not None and found.counterpart is not None and found.counterpart.renamed:
            yield name, found.counterpart


TABLE = dict(_read_records())
