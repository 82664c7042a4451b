"""Arguments guessed for a constructor, and other ones where those do not fit. In the worker.

Nothing here is a fact: whatever is built from a guess is marked as guessed, and only what runs is used.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from flake8_keras_graph.measure.worker.build.arguments import Arguments, guessed
from flake8_keras_graph.measure.worker.build.stand_ins import Configuration, values_by_key
from flake8_keras_graph.measure.worker.build.tracebacks import Raised
from flake8_keras_graph.records import Use

Make = Callable[[], Any]
"""A value, made anew for every instance, so that no two share a layer."""

_MAX_DEPTH = 4
_MAX_TEXTS = 4
# What an exception says of a value that is of the wrong kind, with the kinds that it may be instead.
_SAYS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (r"initializer", ("initializer",)),
    (r"activation", ("activation",)),
    (r"regularizer", ("regularizer",)),
    (r"must be a mapping|is not a mapping|has no attribute '(items|keys|values|get)'", ("keyed", "configuration")),
    (r"object is not callable", ("layer", "function")),
    (r"indices must be integers|not '?str|argument of type", ("keyed", "texts", "configuration")),
    (
        r"object is not iterable|has no len\(\)|not subscriptable|must be (?:a )?(?:list|tuple|sequence|iterable)"
        r"|be a tuple|be a list|not a sequence|concatenate list|cannot unpack|object is not reversible",
        ("several", "layers", "one", "keyed"),
    ),
    (r"has no attribute", ("layer", "configuration", "text")),
    (
        r"List|list|dict|interpreted as an integer|integer|'float' object|must be an? int|'str' and|and 'str'|to int",
        ("number", "fraction", "several"),
    ),
    (r"divisible|must be|should be|greater|less|smaller|larger|between", ("number", "sixteen", "fraction", "text")),
)  # fmt: skip
_ORDER = ("number", "several", "fraction", "text", "layer", "layers", "keyed", "configuration", "function", "sixteen")


@dataclasses.dataclass(frozen=True)
class GuessedArguments:
    """A value for every parameter that gets one, and which have been tried before for those that were changed."""

    values: Mapping[str, Make]
    uses: Mapping[str, Use]
    keras: Any
    where: str
    defaults: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    depth: int = 0

    def as_arguments(self) -> Arguments:
        """As they are given to the constructor. Raises what making a value raises."""
        made = guessed(lambda: {name: make() for name, make in self.values.items()}, self.where)
        return dataclasses.replace(made, corrected=self._corrected)

    def _corrected(self, error: BaseException, frames: Sequence[Raised]) -> Iterator[Arguments]:
        """Other arguments, those first that the failing statement names, each with kinds that the error asks for."""
        if self.depth >= _MAX_DEPTH:
            return
        for name in self._suspects(frames):
            for make in self._others(name, str(error)):
                changed = dataclasses.replace(self, values={**self.values, name: make}, depth=self.depth + 1)
                try:
                    yield changed.as_arguments()
                except Exception:  # a value that cannot be made is none
                    continue

    def _suspects(self, frames: Sequence[Raised]) -> list[str]:
        """The parameters that the innermost statement names which names any; else all that are guessed."""
        for frame in frames:
            named = [(name.lstrip("_"), value) for name, value in frame.values()]
            found = [name for name, _ in named if name in self.values]
            found += [name for name, value in named if value is None and name in self.defaults]
            if found:
                return list(dict.fromkeys(found))
        return list(self.values)

    def _others(self, name: str, text: str) -> Iterator[Make]:
        use = self.uses.get(name, Use(name))
        present = self.values[name]() if name in self.values else None
        for word in _texts_in(text, present):
            yield lambda word=word: word  # type: ignore[misc]
        says = next((kinds for pattern, kinds in _SAYS if re.search(pattern, text)), ())
        for kind in dict.fromkeys((*says, *_ORDER)):
            make = _KINDS[kind]
            value = make(use, self.keras)
            if type(value) is not type(present) or (isinstance(value, (int, list)) and value != present):
                yield lambda make=make: make(use, self.keras)  # type: ignore[misc]


def _texts_in(text: str, present: Any) -> list[str]:
    """The words in quotes that a message offers instead of the text that was given."""
    if not isinstance(present, str):
        return []
    found = re.findall(r"['\"`]([A-Za-z][\w-]*)['\"`]", text)
    return [word for word in dict.fromkeys(found) if word != present][:_MAX_TEXTS]


_KINDS: dict[str, Callable[[Use, Any], Any]] = {
    "number": lambda use, keras: 8,
    "sixteen": lambda use, keras: 16,
    "one": lambda use, keras: (8,),
    "several": lambda use, keras: [8] * max(use.count, 2),
    "fraction": lambda use, keras: 0.1,
    "text": lambda use, keras: "relu",
    "texts": lambda use, keras: ["a", "b"],
    "initializer": lambda use, keras: "glorot_uniform",
    "activation": lambda use, keras: "relu",
    "regularizer": lambda use, keras: "l2",
    "layer": lambda use, keras: keras.layers.Dense(16),
    "layers": lambda use, keras: [keras.layers.Dense(16) for _ in range(max(use.count, 2))],
    "function": lambda use, keras: keras.activations.relu,
    "keyed": lambda use, keras: values_by_key(use, keras) or {"a": 8, "b": 8},
    "configuration": lambda use, keras: Configuration(use, keras),
}
