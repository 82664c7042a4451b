"""What the parent read of classes, as the worker is told it: records to JSON and back."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Any

from flake8_keras_graph.records import ClassUse, Given, Use


def as_message(uses: Iterable[ClassUse]) -> list[dict[str, Any]]:
    """The records as JSON has them."""
    return [dataclasses.asdict(use) for use in uses]


def from_message(message: Iterable[Mapping[str, Any]]) -> dict[str, ClassUse]:
    """The records by the classes' symbols."""
    return {each["symbol"]: _class_use(each) for each in message}


def symbol_of(cls: type) -> str:
    """A class's name as the parent has it."""
    return cls.__qualname__.replace(".<locals>", "")


def _class_use(message: Mapping[str, Any]) -> ClassUse:
    inputs = tuple((name, tuple(map(_use, uses))) for name, uses in message["inputs"])
    return ClassUse(message["symbol"], inputs, tuple(map(_use, message["parameters"])))


def _use(message: Mapping[str, Any]) -> Use:
    read = {
        "keys_at": tuple(message["keys_at"]),
        "items": tuple((key, _use(item)) for key, item in message["items"]),
        "attributes": tuple(map(_use, message["attributes"])),
        "given": tuple(Given(**{**each, "place": tuple(each["place"])}) for each in message["given"]),
    }
    return Use(**{**message, **read})
