"""The inputs that a class makes for itself: its method is run until it calls the model. Runs in the worker."""

from __future__ import annotations

import ast
import contextlib
import inspect
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from flake8_keras_graph.measure.worker.build.feeding import Feed
from flake8_keras_graph.measure.worker.build.layer_inputs import table_of_symbol

_OF_KERAS = ("training", "mask")


class _Called(BaseException):
    """The model was called with these arguments; no exception, so that no handler of the method takes it."""

    def __init__(self, arguments: Mapping[str, Any]) -> None:
        super().__init__("called")
        self.arguments = arguments


def inputs_made_by(instance: Any, found: Iterable[Mapping[str, str]]) -> Iterator[Feed]:
    """A feed with the shapes of what each method gives to the model, None for sizes that it leaves open.

    ``found`` names the methods, with the arguments to call them with.
    """
    for each in found:
        feed = None
        with contextlib.suppress(Exception):
            args, kwargs = ast.literal_eval(each["arguments"])
            feed = _run(instance, each["method"], args, kwargs)
        if feed is not None:
            yield feed


def _run(instance: Any, method: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Feed | None:
    cls = type(instance)
    signature = inspect.signature(cls.call)

    def stop(self: Any, *args: Any, **kwargs: Any) -> Any:
        if self is not instance:
            return calls["__call__"](self, *args, **kwargs)
        raise _Called(signature.bind(self, *args, **kwargs).arguments)

    own = {name: vars(cls)[name] for name in ("call", "__call__") if name in vars(cls)}
    calls = {name: getattr(cls, name) for name in ("call", "__call__")}
    cls.call = cls.__call__ = stop
    try:
        getattr(instance, method)(*args, **kwargs)
    except _Called as called:
        given = list(called.arguments.items())[1:]
        return {name: part for name, value in given if name not in _OF_KERAS and (part := _tables(value)) is not None}
    finally:
        for name in ("call", "__call__"):
            if name in own:
                setattr(cls, name, own[name])
            else:
                delattr(cls, name)
    return None


def _tables(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _tables(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_tables(part) for part in value]
    return table_of_symbol(value) if hasattr(value, "shape") and hasattr(value, "dtype") else None
