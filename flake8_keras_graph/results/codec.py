"""Records to what JSON can hold and back; reading checks every type, because files get damaged.

Only what the records use: nested dataclasses, tuples, literals, unions with None, plain values and objects.
"""

from __future__ import annotations

import dataclasses
import functools
import json
import math
import types
from collections.abc import Mapping
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

R = TypeVar("R")
SIGNIFICANT_DIGITS = 5


class CodecError(ValueError):
    """The data is not what the record holds; the message says where."""


def encode(record: Any) -> dict[str, Any]:
    """A record as a dict in the order of its fields, without those that hold their default."""
    out: dict[str, Any] = {}
    for field in dataclasses.fields(record):
        value = getattr(record, field.name)
        if value != _default(field):
            out[field.name] = plain(value)
    return out


def plain(value: Any) -> Any:
    """A value as JSON holds it; numbers are cut to the digits that a measurement can have."""
    if dataclasses.is_dataclass(value):
        return encode(value)
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(item) for item in value]
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, float):
        return float(f"{value:.{SIGNIFICANT_DIGITS}g}") if math.isfinite(value) else None
    return value if value is None or isinstance(value, (str, int, bool)) else str(value)


def decode(cls: type[R], data: Any) -> R:
    """A record from what ``encode`` made of it. Fields not known are passed over. Raises CodecError."""
    if not isinstance(data, dict):
        raise CodecError(f"{cls.__name__} must be an object")
    hints = _hints(cls)  # type: ignore[arg-type]
    values = {}
    for field in dataclasses.fields(cls):  # type: ignore[arg-type]
        if field.name in data:
            values[field.name] = _decode(hints[field.name], data[field.name], field.name)
        elif _default(field) is dataclasses.MISSING:
            raise CodecError(f"{cls.__name__}.{field.name} is missing")
    return cls(**values)


@functools.cache
def _hints(cls: Any) -> dict[str, Any]:
    return get_type_hints(cls)


def _default(field: dataclasses.Field[Any]) -> Any:
    if field.default_factory is not dataclasses.MISSING:
        return field.default_factory()
    return field.default


def _decode(hint: Any, value: Any, name: str) -> Any:
    origin = get_origin(hint)
    if origin in (Union, types.UnionType):
        if value is None and type(None) in get_args(hint):
            return None
        (hint,) = [choice for choice in get_args(hint) if choice is not type(None)]
        return _decode(hint, value, name)
    if origin is tuple and isinstance(value, list):
        return tuple(_decode(get_args(hint)[0], item, name) for item in value)
    if dataclasses.is_dataclass(hint):
        return decode(hint, value)  # type: ignore[arg-type]
    if not _is_of_kind(hint, origin, value):
        raise CodecError(f"{name} cannot be {str(value)[:40]!r}")
    return float(value) if hint is float else value


def _is_of_kind(hint: Any, origin: Any, value: Any) -> bool:
    """Whether a value of JSON is what the hint of a plain field asks for; a bool is no number."""
    if origin is Literal:
        return isinstance(value, (str, int)) and value in get_args(hint)
    if origin is tuple:
        return False
    if origin is dict:
        return isinstance(value, dict)
    if hint is not bool and isinstance(value, bool):
        return False
    return isinstance(value, (int, float) if hint is float else hint)


def as_text(content: Any) -> str:
    """A report as JSON for people and programs: indented, Unicode as it is. Raises ValueError for NaN."""
    return json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
