"""Options of one run, frozen: from pyproject.toml, flake8's configuration and the command line.

``load`` reads the ``[tool.keras-graph]`` table of the nearest pyproject.toml that has one.
"""

from __future__ import annotations

import dataclasses
import functools
import os.path
import re
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal, get_args

KerasOption = Literal["auto", "2", "3"]
BackendOption = Literal["auto", "tensorflow", "jax", "torch"]

SECTION = "keras-graph"
CODE_PREFIX = re.compile(r"K|KG[0-9]{0,3}")
DOTTED_NAME = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*")


_forced: Config | None = None


class ConfigError(Exception):
    """The configuration cannot be used; the message names the file and the key."""


@dataclasses.dataclass(frozen=True, slots=True)
class Options:
    """What the linter's engine needs to know.

    ``backend`` is the backend of Keras 3 that the code is for.
    ``select`` and ``ignore`` hold code prefixes ("KG", "KG1", "KG301"); empty ``select`` means all.
    ``model_bases`` names extra base classes (dotted or bare) that count as Keras models.
    ``returns`` maps the dotted name of a function to "tensor" or "python".
    ``max_iterations`` is the number of applications of the same weights from which a loop is KG307.
    """

    keras: KerasOption = "auto"
    backend: BackendOption = "auto"
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    model_bases: tuple[str, ...] = ()
    returns: tuple[tuple[str, str], ...] = ()
    max_iterations: int = 16


@dataclasses.dataclass(frozen=True, slots=True)
class Config:
    """One ``[tool.keras-graph]`` table: the engine's options and what the command line adds to them.

    ``root`` is the folder of the pyproject.toml, None where there is none; ``exclude`` holds patterns
    beyond the built-in ones; ``per_file_ignores`` maps a pattern to code prefixes, both relative to
    ``root``; ``models`` holds the ``[[tool.keras-graph.model]]`` tables as written, for ``measure``.
    """

    options: Options = Options()
    root: Path | None = None
    exclude: tuple[str, ...] = ()
    respect_gitignore: bool = True
    per_file_ignores: tuple[tuple[str, tuple[str, ...]], ...] = ()
    models: tuple[dict[str, Any], ...] = ()
    steps: int | None = None
    budget: float | None = None


def use(name: str | None) -> None:
    """Let the table of one file hold for everything in this process, whatever lies beside it; None: as it was.

    Raises ConfigError where the file cannot be read or has no such table.
    """
    global _forced
    _forced = None
    if name is None:
        return
    file = Path(os.path.abspath(name))
    if not file.is_file():
        raise ConfigError(f"{name}: no such file")
    table = _table(file)
    if table is None:
        raise ConfigError(f"{name}: no table [tool.{SECTION}]")
    _forced = parse(table, file)


def load(start: Path) -> Config:
    """The configuration that holds for ``start``, a file or a folder. Raises ConfigError."""
    if _forced is not None:
        return _forced
    folder = start if start.is_dir() else start.parent
    # abspath and not resolve: a link that leads out of the project still belongs to it.
    return load_for_folder(Path(os.path.abspath(folder)))


@functools.cache
def load_for_folder(folder: Path) -> Config:
    """The configuration of the nearest folder, ``folder`` or above it, that has one; read once a process.

    Raises ConfigError.
    """
    file = folder / "pyproject.toml"
    table = _table(file) if file.is_file() else None
    if table is not None:
        return parse(table, file)
    return Config() if folder.parent == folder else load_for_folder(folder.parent)


def parse(table: Mapping[str, Any], file: Path) -> Config:
    """A Config from one table; ``file`` is named in errors. Raises ConfigError."""
    unknown = sorted(set(table) - set(_READERS))
    if unknown:
        known = ", ".join(_READERS)
        raise ConfigError(f"{file}: unknown key in [tool.{SECTION}]: {', '.join(unknown)} (known: {known})")
    values = {}
    for key, value in table.items():
        try:
            values[key] = _READERS[key](value)
        except ConfigError as error:
            raise ConfigError(f"{file}: [tool.{SECTION}] {key}: {error}") from None
    return _config(values, file.parent)


def _config(values: dict[str, Any], root: Path) -> Config:
    renamed = {key.replace("-", "_"): value for key, value in values.items()}
    names = {field.name for field in dataclasses.fields(Options)}
    options = {key: value for key, value in renamed.items() if key in names}
    rest = {key: value for key, value in renamed.items() if key not in names and key != "model"}
    return Config(Options(**options), root=root, models=values.get("model", ()), **rest)


def _table(file: Path) -> Mapping[str, Any] | None:
    """The ``[tool.keras-graph]`` table of ``file``, None where it has none. Raises ConfigError."""
    try:
        data = file.read_bytes()
    except OSError as error:
        raise ConfigError(f"{file}: {error.strerror}") from None
    if SECTION.encode() not in data:
        return None  # most files: not worth a parser
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    try:
        content = tomllib.loads(data.decode("utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{file}: {error}") from None
    tool = content.get("tool", {})
    table = tool.get(SECTION) if isinstance(tool, dict) else None
    if table is not None and not isinstance(table, dict):
        raise ConfigError(f"{file}: [tool.{SECTION}] must be a table")
    return table


def is_selected(code: str, options: Options) -> bool:
    """Whether ``select`` and ``ignore`` leave this code on; the longer prefix wins."""
    chosen = max((len(each) for each in options.select if code.startswith(each)), default=-1)
    if options.select and chosen < 0:
        return False
    dropped = max((len(each) for each in options.ignore if code.startswith(each)), default=-1)
    return dropped < 0 or chosen > dropped


def keras_option(value: Any) -> KerasOption:
    """``value`` as the ``keras`` option; the numbers 2 and 3 are taken as well. Raises ConfigError."""
    for choice in get_args(KerasOption):
        if str(value) == choice and not isinstance(value, bool):
            return choice  # type: ignore[no-any-return]
    raise ConfigError(f'must be "auto", "2" or "3", not {value!r}')


def backend_option(value: Any) -> BackendOption:
    """``value`` as the ``backend`` option. Raises ConfigError."""
    for choice in get_args(BackendOption):
        if value == choice:
            return choice  # type: ignore[no-any-return]
    raise ConfigError(f'must be "auto", "tensorflow", "jax" or "torch", not {value!r}')


def code_prefixes(value: Any) -> tuple[str, ...]:
    """Code prefixes from a list of strings. Raises ConfigError where one cannot be ours."""
    codes = tuple(code.strip().upper() for code in strings(value))
    for code in codes:
        if not CODE_PREFIX.fullmatch(code):
            raise ConfigError(f"{code!r} is not a code or the beginning of one (KG, KG1, KG301)")
    return codes


def strings(value: Any) -> tuple[str, ...]:
    """A list of strings that are not empty. Raises ConfigError."""
    if not isinstance(value, (list, tuple)) or not all(isinstance(item, str) and item for item in value):
        raise ConfigError(f"must be a list of strings, not {value!r}")
    return tuple(value)


def dotted_names(value: Any) -> tuple[str, ...]:
    """A list of dotted names. Raises ConfigError."""
    names = strings(value)
    for name in names:
        if not DOTTED_NAME.fullmatch(name):
            raise ConfigError(f"{name!r} is not a dotted name")
    return names


def returns_table(value: Any) -> tuple[tuple[str, str], ...]:
    """What functions return, from a table of dotted name to "tensor" or "python". Raises ConfigError."""
    if not isinstance(value, dict):
        raise ConfigError(f'must be a table of function = "tensor" or "python", not {value!r}')
    dotted_names(list(value))
    for name, result in value.items():
        if result not in ("tensor", "python"):
            raise ConfigError(f'{name} must be "tensor" or "python", not {result!r}')
    return tuple(sorted(value.items()))


def per_file_ignores(value: Any) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Code prefixes to leave out, by pattern of path. Raises ConfigError."""
    if not isinstance(value, dict):
        raise ConfigError(f"must be a table of pattern = [codes], not {value!r}")
    return tuple((pattern, code_prefixes(codes)) for pattern, codes in value.items())


def model_tables(value: Any) -> tuple[dict[str, Any], ...]:
    """The model tables as written: ``measure`` reads them. Raises ConfigError."""
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise ConfigError(f"must be tables written [[tool.{SECTION}.model]]")
    return tuple(value)


def boolean(value: Any) -> bool:
    """True or false. Raises ConfigError."""
    if not isinstance(value, bool):
        raise ConfigError(f"must be true or false, not {value!r}")
    return value


def at_least_one(value: Any) -> int:
    """A whole number from 1. Raises ConfigError."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ConfigError(f"must be a whole number from 1, not {value!r}")
    return value


def ratio(value: float) -> float:
    """A ratio from 1. Raises ConfigError."""
    if not 1 <= value < float("inf"):
        raise ConfigError(f"must be a ratio from 1, not {value!r}")
    return value


def seconds(value: Any) -> float:
    """A number of seconds above 0. Raises ConfigError."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value < float("inf"):
        raise ConfigError(f"must be a number of seconds above 0, not {value!r}")
    return float(value)


_READERS: dict[str, Callable[[Any], Any]] = {
    "keras": keras_option,
    "backend": backend_option,
    "select": code_prefixes,
    "ignore": code_prefixes,
    "per-file-ignores": per_file_ignores,
    "exclude": strings,
    "respect-gitignore": boolean,
    "model-bases": dotted_names,
    "returns": returns_table,
    "max-iterations": at_least_one,
    "steps": at_least_one,
    "budget": seconds,
    "model": model_tables,
}
