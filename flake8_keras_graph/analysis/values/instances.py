"""Objects: of classes of the project, and of classes outside it."""

from __future__ import annotations

from typing import ClassVar

from flake8_keras_graph.analysis.frozen import frozen
from flake8_keras_graph.analysis.values.base import UNKNOWN, Family, Value
from flake8_keras_graph.analysis.values.callables import defined_at
from flake8_keras_graph.project.index import ClassInfo


@frozen()
class External(Value):
    """An instance of a class outside the project (a Keras layer, an optimizer, a TensorArray ...)."""

    name: str = ""
    keywords: tuple[tuple[str, Value], ...] = ()

    never_is: ClassVar[frozenset[Family]] = frozenset({"sequence", "mapping"})

    def has_attribute(self, name: str) -> bool | None:
        return True if self.name == "tf.Graph" and name == "as_graph_def" else None

    def order(self) -> tuple[str, ...]:
        return "External", self.name


@frozen()
class Instance(Value):
    """An instance of a class of the project; ``arguments`` None where its construction was not seen."""

    info: ClassInfo = None  # type: ignore[assignment]
    arguments: tuple[Value, ...] | None = None
    keywords: tuple[tuple[str, Value], ...] = ()

    has_own_operators: ClassVar[bool] = True
    never_is: ClassVar[frozenset[Family]] = frozenset({"array", "sequence", "mapping", "python"})

    def order(self) -> tuple[str, ...]:
        return ("Instance", *defined_at(self.info), *(str(each.order()) for each in self.arguments or ()))


@frozen()
class Super(Value):
    """``super()`` in a method of ``after``."""

    instance: Value = UNKNOWN
    after: ClassInfo | None = None
