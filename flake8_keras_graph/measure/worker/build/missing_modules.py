"""Stand-ins for what a file lacks, modules that are not installed and names whose statement failed: to use one raises.

One import of a package that most classes of a file never use would otherwise cost all of them. Runs in the worker.
"""

from __future__ import annotations

import ast
import importlib.abc
import importlib.machinery
import os
import sys
import types
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn

from flake8_keras_graph.measure.worker.causes import causes

_STANDS_IN = "_stands_in_for_a_base"
_INSTALLED = frozenset({"site-packages", "dist-packages"})
_CAUGHT = frozenset({"ImportError", "ModuleNotFoundError", "Exception", "BaseException"})


class UsedMissing(ImportError):
    """Something of a module that is not installed was used; ``module`` is its name, ``used`` what was used of it."""

    def __init__(self, module: str, used: str) -> None:
        super().__init__(f"{used} is used, and {module} is not installed")
        self.module = module
        self.used = used


class UsedFailed(RuntimeError):
    """A name was used whose statement had raised, which is the cause of this; ``used`` is the name."""

    def __init__(self, used: str) -> None:
        super().__init__(f"{used} is used, whose statement failed")
        self.used = used


_Raise = Callable[[str], NoReturn]
"""Says of something, as it is spelled, that it is used."""


class MissingModules(importlib.abc.MetaPathFinder):
    """Finds, last of all, what nothing else finds and a file of the project imports.

    While a file of the project is imported, stand-ins can be named, subclassed, and called: as decorators they give
    back what they decorate. After ``forbid_use`` whatever else is done with them raises UsedMissing. Copies of such a
    file are in the folder ``scratch``.
    """

    active: MissingModules | None = None
    """The one of this process, once it is installed."""

    def __init__(self, root: Path, scratch: Path | None = None) -> None:
        self._root = os.path.realpath(root)
        self._scratch = self._root if scratch is None else os.path.realpath(scratch)
        self.names: list[str] = []
        self._forbidden = False

    def install(self) -> None:
        """Begin to stand in, for good."""
        sys.meta_path.append(self)
        MissingModules.active = self

    def forbid_use(self) -> None:
        """From here on what is called or read of a stand-in is used."""
        self._forbidden = True

    def is_use(self) -> bool:
        """Whether what happens now is a use: not while a file of the project is being imported."""
        return self._forbidden and not self._is_importing()

    def _is_importing(self) -> bool:
        frame: types.FrameType | None = sys._getframe(2)
        while frame is not None:
            if frame.f_code.co_name == "<module>" and (self._is_of_project(frame) or self._is_copy(frame)):
                return True
            frame = frame.f_back
        return False

    def _is_copy(self, frame: types.FrameType) -> bool:
        name = frame.f_code.co_filename
        return not name.startswith("<") and os.path.realpath(name).startswith(self._scratch + os.sep)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: types.ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        parent = sys.modules.get(fullname.rpartition(".")[0])
        if not isinstance(parent, _StandInModule):
            frame = _importing_frame()
            if parent is not None or frame is None or not self._is_of_project(frame) or _is_attempt(frame):
                return None
        if fullname not in self.names:
            self.names.append(fullname)
        return importlib.machinery.ModuleSpec(fullname, _Loader(self), is_package=True)

    def _is_of_project(self, frame: types.FrameType) -> bool:
        if frame.f_code.co_filename.startswith("<"):  # code of no file, as of `python -c`
            return False
        file = os.path.realpath(frame.f_code.co_filename)
        return file.startswith(self._root + os.sep) and not _INSTALLED & set(Path(file).parts)


class _Loader(importlib.abc.Loader):
    def __init__(self, finder: MissingModules) -> None:
        self._finder = finder

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> types.ModuleType:
        return _StandInModule(spec.name, self._finder)

    def exec_module(self, module: types.ModuleType) -> None:
        """There is nothing to run."""


class _StandInModule(types.ModuleType):
    def __init__(self, name: str, finder: MissingModules) -> None:
        super().__init__(name, f"Stands in for {name}, which is not installed.")
        self.__path__: list[str] = []
        self.__dict__["_finder"] = finder

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        finder: MissingModules = self.__dict__["_finder"]
        module = self.__name__.partition(".")[0]

        def refuse(used: str) -> NoReturn:
            raise UsedMissing(module, used)

        if finder.is_use():
            refuse(f"{self.__name__}.{name}")
        return _StandIn(f"{self.__name__}.{name}", refuse, finder.is_use)


_FAILED: dict[str, UsedFailed] = {}
"""Names at the top of the file under measurement whose statements raised: what to say where one is used."""


def bind_failed(namespace: dict[str, Any], names: Sequence[str], error: BaseException) -> None:
    """Bind the names of a statement that raised ``error`` to what can be named further on."""
    finder = MissingModules.active
    is_use = finder.is_use if finder is not None else lambda: True

    def refuse(used: str) -> NoReturn:
        raise UsedFailed(used) from error

    for name in names:
        if not isinstance(namespace.get(name), types.ModuleType):  # ``import a.b`` fails, and there is an ``a``
            namespace[name] = _StandIn(name, refuse, is_use)


def unbind_failed(namespace: dict[str, Any]) -> None:
    """Once a file is imported, the names of statements that failed are not defined: to look one up raises."""
    for name, value in [*namespace.items()]:
        if isinstance(value, _StandIn):
            try:
                iter(value)  # which it never allows
            except UsedFailed as error:
                _FAILED[name] = error
                del namespace[name]
            except UsedMissing:
                pass


def require_bases(cls: type) -> None:
    """Raises what constructing ``cls`` would raise where it inherits from what is lacking."""
    for base in cls.__mro__:
        if (refuse := vars(base).get(_STANDS_IN)) is not None:
            refuse(cls)


def failure_behind(error: BaseException) -> tuple[str, BaseException] | None:
    """What was used of a statement that failed, and what that statement raised; None where this is not behind it."""
    found: tuple[str, BaseException] | None = None
    for each in causes(error):
        failed = _FAILED.get(str(each.name)) if isinstance(each, NameError) else each
        if isinstance(failed, UsedFailed) and failed.__cause__ is not None:
            deeper = failure_behind(failed.__cause__)
            found = found or (failed.used, failed.__cause__ if deeper is None else deeper[1])
    return found


class _StandIn:
    """Whatever is lacking: a class, a function, a constant. No class itself: any class can be beside it."""

    def __init__(self, place: str, refuse: _Raise, is_use: Callable[[], bool]) -> None:
        self.__place, self.__refuse, self.__is_use = place, refuse, is_use
        self.__doc__ = f"Stands in for {place}, which is not there."

    def __use(self, used: str) -> None:
        if self.__is_use():
            self.__refuse(used)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        self.__use(f"{self.__place}.{name}")
        return _StandIn(f"{self.__place}.{name}", self.__refuse, self.__is_use)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        self.__use(self.__place)
        if len(args) == 1 and not kwargs and isinstance(args[0], (type, types.FunctionType)):
            return args[0]  # it decorates
        return _StandIn(f"{self.__place}()", self.__refuse, self.__is_use)

    def __mro_entries__(self, bases: tuple[Any, ...]) -> tuple[type]:
        """A base that can be inherited from; what inherits from it cannot be constructed."""
        refuse_use, place = self.__refuse, self.__place

        def refuse(cls: type, *args: Any, **kwargs: Any) -> NoReturn:
            refuse_use(f"{place}, which {cls.__name__} inherits from")

        module, _, name = place.rpartition(".")
        return (type(name, (), {"__new__": refuse, "__module__": module, _STANDS_IN: refuse}),)

    def __getitem__(self, item: Any) -> Any:
        self.__use(self.__place)
        return self

    def __or__(self, other: Any) -> Any:
        return self

    __ror__ = __or__

    def __refuse_always(self, *others: Any) -> NoReturn:
        self.__refuse(self.__place)

    __iter__ = __len__ = __float__ = __int__ = __index__ = __neg__ = __enter__ = __refuse_always
    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = __refuse_always
    __floordiv__ = __rfloordiv__ = __mod__ = __rmod__ = __pow__ = __rpow__ = __matmul__ = __refuse_always
    __lt__ = __le__ = __gt__ = __ge__ = __contains__ = __refuse_always

    def __instancecheck__(self, instance: Any) -> bool:
        return False

    def __subclasscheck__(self, subclass: type) -> bool:
        return False


def _importing_frame() -> types.FrameType | None:
    """The code that an import statement stands in; None where something merely asks whether a module is there."""
    frame: types.FrameType | None = sys._getframe(2)
    while frame is not None:
        asked_by = frame.f_globals.get("__name__")
        if asked_by == "importlib.util":
            return None
        if asked_by == "importlib" or frame.f_code.co_filename.startswith("<frozen importlib"):
            frame = frame.f_back
        else:
            return frame
    return None


def _is_attempt(frame: types.FrameType) -> bool:
    """Whether the import is in a ``try`` that goes on without the module."""
    try:
        tree = ast.parse(Path(frame.f_code.co_filename).read_bytes())
    except (OSError, SyntaxError, ValueError):
        return True
    return any(
        node.body[0].lineno <= frame.f_lineno <= (node.body[-1].end_lineno or node.body[-1].lineno)
        and any(map(_catches_missing, node.handlers))
        for node in ast.walk(tree)
        if isinstance(node, ast.Try)
    )


def _catches_missing(handler: ast.ExceptHandler) -> bool:
    named = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(each is None or (isinstance(each, ast.Name) and each.id in _CAUGHT) for each in named)
