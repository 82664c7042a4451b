"""How to build and feed a model, as tables of pyproject.toml say.

Standard library only, and nothing of the project is imported: what is read here is text.
"""

from __future__ import annotations

import ast
import dataclasses
import importlib.machinery
import json
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from flake8_keras_graph.measure.tables import is_tensor_table

_KEYS = frozenset({
    "target", "factory", "args", "kwargs", "inputs", "call", "batch_size", "labels", "loss", "optimizer",
})  # fmt: skip
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_TENSOR_KEYS = frozenset({"shape", "dtype", "low", "high", "ragged", "sparse"})


class SpecError(ValueError):
    """A table in pyproject.toml that cannot be understood; the message names the table and the key."""


@dataclasses.dataclass(frozen=True, slots=True)
class Spec:
    """What pyproject.toml says of one target; None where it is silent.

    ``inputs`` is a structure (list or dict) whose leaves are tables with ``shape`` (without the batch),
    ``dtype``, ``low``, ``high``, ``ragged``, ``sparse``; or "path.py:function", called with the batch size and a seed.
    """

    target: str
    factory: str | None = None
    args: tuple[Any, ...] | None = None
    kwargs: dict[str, Any] | None = None
    inputs: Any = None
    call: dict[str, Any] = dataclasses.field(default_factory=dict)
    batch_size: int | None = None
    labels: Any = None
    loss: str | None = None
    optimizer: str = "adam"


def read_spec(table: Mapping[str, Any]) -> Spec:
    """The table of ``[[tool.keras-graph.model]]`` as a Spec. Raises SpecError."""
    target = table.get("target")
    if not isinstance(target, str) or ":" not in target:
        raise SpecError(f'[[tool.keras-graph.model]]: target must be "path.py:Class", not {target!r}')
    if unknown := sorted(set(table) - _KEYS):
        raise SpecError(f"[[tool.keras-graph.model]] {target}: unknown key {unknown[0]!r}")
    expected: dict[str, type | tuple[type, ...]] = {
        "factory": str, "args": list, "kwargs": dict, "call": dict, "batch_size": int, "loss": str,
        "optimizer": str, "inputs": (dict, list, str), "labels": (dict, list, str),
    }  # fmt: skip
    for key, kinds in expected.items():
        if key in table and not isinstance(table[key], kinds):
            raise SpecError(f"[[tool.keras-graph.model]] {target}: {key} is of the wrong type")
    if table.get("batch_size", 1) < 1:
        raise SpecError(f"[[tool.keras-graph.model]] {target}: batch_size must be at least 1")
    for key in ("inputs", "labels"):
        _check_structure(table.get(key), f"[[tool.keras-graph.model]] {target}: {key}")
    values = {**table, "args": tuple(table["args"]) if "args" in table else None}
    return Spec(**values)


def _check_structure(structure: Any, place: str) -> None:
    if is_tensor_table(structure):
        if unknown := sorted(set(structure) - _TENSOR_KEYS):
            raise SpecError(f"{place}: unknown key {unknown[0]!r} beside shape")
        if not all(isinstance(size, int) and size > 0 for size in structure["shape"]):
            raise SpecError(f"{place}: shape holds positive numbers, without the batch")
    elif isinstance(structure, dict):
        for key, part in structure.items():
            _check_structure(part, f"{place}.{key}")
    elif isinstance(structure, list):
        for index, part in enumerate(structure):
            _check_structure(part, f"{place}[{index}]")
    elif structure is not None and not isinstance(structure, (str, int, float, bool)):
        raise SpecError(f"{place}: expected a table with shape, a list or a table of such")


def find_spec(specs: Iterable[Mapping[str, Any]], path: Path, symbol: str, root: Path) -> Spec | None:
    """The last table whose target is this class. Raises SpecError for a table of this class that is wrong."""
    found = None
    for table in specs:
        target = str(table.get("target", ""))
        name = target.rpartition(":")[2]
        if name.rpartition(".")[2] == symbol.rpartition(".")[2] and locate(target, root) == (
            path.resolve(),
            symbol,
        ):
            found = read_spec(table)
    return found


def locate(target: str, root: Path) -> tuple[Path, str] | None:
    """The file and the symbol that ``target`` names, read from the sources: nothing is imported.

    ``target`` is "path.py:Class", relative to ``root``, or "package.module:Class" with the module in the
    project or installed; a name that a module imports from another is followed there.
    """
    place, _, symbol = target.rpartition(":")
    if place.endswith(".py"):
        path = (root / place).resolve()
        return (path, symbol) if path.is_file() else None
    found = _module_file(place, [str(root), str(root / "src"), *sys.path])
    return _follow(found, place, symbol, 0) if found else None


def _module_file(name: str, search: Sequence[str]) -> Path | None:
    path: Sequence[str] | None = search
    spec = None
    for part in name.split("."):  # a dotted name would have folders without __init__.py look for their parent
        spec = importlib.machinery.PathFinder.find_spec(part, path)
        if spec is None:
            return None
        path = list(spec.submodule_search_locations or [])
    return Path(spec.origin).resolve() if spec and spec.origin and spec.origin.endswith(".py") else None


def _follow(path: Path, module: str, symbol: str, depth: int) -> tuple[Path, str] | None:
    """Where ``symbol`` of ``module`` is defined, through ``from x import y`` as far as eight files."""
    head, _, rest = symbol.partition(".")
    try:
        tree = ast.parse(path.read_bytes())
    except (OSError, SyntaxError, ValueError):
        return None
    if any(isinstance(node, ast.ClassDef) and node.name == head for node in tree.body):
        return path, symbol
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and depth < 8:
            for alias in node.names:
                if (alias.asname or alias.name) == head:
                    source = _absolute(node, module, path.name == "__init__.py")
                    origin = _module_file(source, _roots(path, module))
                    renamed = f"{alias.name}.{rest}" if rest else alias.name
                    return _follow(origin, source, renamed, depth + 1) if origin else None
    return None


def _absolute(node: ast.ImportFrom, module: str, is_package: bool) -> str:
    if not node.level:
        return node.module or ""
    parts = module.split(".")
    base = parts[: len(parts) - node.level + is_package]
    return ".".join([*base, *([node.module] if node.module else [])])


def _roots(path: Path, module: str) -> list[str]:
    levels = module.count(".") + (path.name == "__init__.py")
    return [str(path.parents[levels]), *sys.path]


def suggestion(
    path: Path,
    symbol: str,
    root: Path,
    arguments: Mapping[str, Any],
    inputs: Mapping[str, Any],
    wrong: Mapping[str, Any] | None = None,
) -> str:
    """Lines for pyproject.toml that would tell how to build and feed the class, with what is known of that.

    ``arguments`` are those that the constructor requires, None where TOML has no such value; ``inputs`` is a feed.
    ``wrong`` tells which of the two ("of") was tried and raised, what that was ("tried"), and where ("line", "source"):
    the lines then name a function to write in its place, and not the guess again.
    """
    try:
        place = path.resolve().relative_to(root.resolve()).as_posix()
    except ValueError:
        place = path.resolve().as_posix()
    failed = dict(wrong or {})
    lines = ["[[tool.keras-graph.model]]", f"target = {_toml(f'{place}:{symbol}')}"]
    name = symbol.rpartition(".")[2].lower()
    if failed.get("of") == "arguments" or (arguments and any(value is None for value in arguments.values())):
        lines += _tried(failed) if failed.get("of") == "arguments" else []
        made = f"make_{name}"
        known = ", ".join(arguments)
        what = f"which constructs one with {known}" if known else "which constructs one"
        lines.append(f"factory = {_toml(f'{place}:{made}')}  # write def {made}(), {what}")
    elif arguments:
        lines.append(f"kwargs = {_toml(arguments)}")
    if failed.get("of") == "inputs":
        made, parameters = f"inputs_of_{name}", ", ".join(map(_toml, inputs))
        lines += _tried(failed)
        what = f"which returns a dict of batches for {parameters}"
        lines.append(f"inputs = {_toml(f'{place}:{made}')}  # write def {made}(batch, seed), {what}")
        return "\n".join(lines)
    tensors = list(inputs.values())
    one = tensors[0] if len(tensors) == 1 else inputs
    lines.append(f"inputs = {_toml(one or {'shape': [16], 'dtype': 'float32'})}")
    return "\n".join(lines)


def _tried(wrong: Mapping[str, Any]) -> list[str]:
    """Comments on what was tried, and at which line of the class it showed."""
    line, source = wrong.get("line"), str(wrong.get("source") or "")
    place = f"; line {line} raised with it" + (f": {source}" if source else "") if line else "; it raised"
    text = f"# tried and wrong: {wrong['tried']}{place}"
    return [" ".join(text.split())]


def _toml(value: Any) -> str:
    """A value on one line: tables inline, keys bare where they may be."""
    if isinstance(value, Mapping):
        pairs = (
            f"{key if _BARE_KEY.fullmatch(str(key)) else _toml(str(key))} = {_toml(v)}" for key, v in value.items()
        )
        return f"{{ {', '.join(pairs)} }}"
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(_toml, value))}]"
    return json.dumps(value, ensure_ascii=False)
