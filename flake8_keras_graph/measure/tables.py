"""Tables of pyproject.toml as parent and worker hand them to each other: a tensor's description, values TOML has."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def is_tensor_table(structure: Any) -> bool:
    """Whether the structure is one tensor's description rather than a dict of inputs."""
    return isinstance(structure, dict) and isinstance(structure.get("shape"), (list, tuple))


def is_toml(value: Any) -> bool:
    """Whether TOML has such a value."""
    if isinstance(value, Mapping):
        return all(isinstance(key, str) and is_toml(part) for key, part in value.items())
    if isinstance(value, (list, tuple)):
        return all(map(is_toml, value))
    return isinstance(value, (str, int, float, bool))
