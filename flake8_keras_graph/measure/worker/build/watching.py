"""How a class is constructed and called while something else runs. In the worker."""

from __future__ import annotations

import contextlib
import dataclasses
import inspect
from collections.abc import Iterator
from typing import Any

from flake8_keras_graph.measure.worker.build.feeding import Feed

_PLAIN = (int, float, str, bool, bytes, type(None))


@dataclasses.dataclass(slots=True)
class Usage:
    """The first constructor arguments that are plain values, and the first eager inputs, as a feed."""

    arguments: tuple[tuple[Any, ...], dict[str, Any]] | None = None
    feed: Feed | None = None


@contextlib.contextmanager
def watching(cls: Any) -> Iterator[Usage]:
    """While the block runs, note how ``cls`` is used."""
    seen = Usage()
    construct, call = cls.__init__, cls.__call__
    own_call = "__call__" in vars(cls)

    def noting_init(self: Any, *args: Any, **kwargs: Any) -> None:
        if seen.arguments is None and is_plain(args) and is_plain(kwargs):
            seen.arguments = (args, kwargs)
        construct(self, *args, **kwargs)

    def noting_call(self: Any, *args: Any, **kwargs: Any) -> Any:
        if seen.feed is None:
            with contextlib.suppress(TypeError, ValueError):
                seen.feed = _feed(inspect.signature(self.call).bind(*args, **kwargs).arguments)
        return call(self, *args, **kwargs)

    cls.__init__, cls.__call__ = noting_init, noting_call
    try:
        yield seen
    finally:
        cls.__init__ = construct
        if own_call:
            cls.__call__ = call
        else:
            del cls.__call__


def is_plain(value: Any) -> bool:
    """Whether the value is a number, a text and so on, or holds nothing else: a configuration, too."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return all(is_plain(getattr(value, field.name, None)) for field in dataclasses.fields(value))
    if isinstance(value, dict):
        return all(is_plain(part) for part in value.values())
    if isinstance(value, (tuple, list)):
        return all(is_plain(part) for part in value)
    return isinstance(value, _PLAIN)


def _feed(arguments: dict[str, Any]) -> Feed | None:
    """Tables of the tensors among the arguments; None for symbols, whose sizes are not known."""
    feed = {name: _described(value) for name, value in arguments.items() if name not in ("training", "mask")}
    return {name: part for name, part in feed.items() if part is not None} or None


def _described(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _described(part) for key, part in value.items()}
    if isinstance(value, (tuple, list)):
        return [_described(part) for part in value]
    if hasattr(value, "numpy") and hasattr(value, "shape") and hasattr(value, "dtype"):
        return _table(value)
    return None


def _table(tensor: Any) -> dict[str, Any]:
    sizes = [int(size) for size in tensor.shape]
    dtype = getattr(tensor.dtype, "name", str(tensor.dtype))
    table: dict[str, Any] = {"shape": sizes[1:], "dtype": dtype}
    if dtype.startswith(("int", "uint")):
        highest = int(tensor.numpy().max()) if tensor.numpy().size else 1
        table |= {"low": 0, "high": highest + 1}
    return table
