"""The dependencies that one folder's files declare: requirements, setup.py, pyproject.toml, Pipfile, conda, lock files.

Only packages that are asked for are looked at. A file that cannot be read, or not as what it is, declares nothing.
"""

from __future__ import annotations

import ast
import codecs
import fnmatch
import os
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from flake8_keras_graph.project.version_ranges import normalised, requirement

Declared = Iterator[tuple[str, str]]

MAX_FILE_BYTES = 16_000_000
MAX_INCLUDED = 20
_BEGIN_SPECIFIERS = ("", "<", ">", "=", "~", "!", "^")
_ENDS = (
    ".txt", ".in", ".pip", ".toml", ".lock", ".cfg", ".yml", ".yaml", "setup.py", "pipfile", "requirements", "reqs",
)  # fmt: skip
# Patterns are not compiled before they are needed: whatever flake8 checks imports this.
_INCLUDES = r"(?m)^\s*(?:-r|-c|--requirement|--constraint)[ =]\s*(\S+)"
_LOCKED = r'(?m)^(?:- )?name(?: = |: )"?([\w.-]+)"?\s*\n\s*version(?: = |: )"?([^"\s]+)'
_LISTED = r"""\s*-\s*["']?([^"'#]+)"""
# Tables of pyproject.toml whose lists of strings and whose keys are dependencies.
_DEPENDENCY_TABLES = (
    ("project", "dependencies"),
    ("project", "optional-dependencies"),
    ("dependency-groups",),
    ("tool", "poetry"),
    ("tool", "uv"),
    ("tool", "pdm", "dev-dependencies"),
    ("tool", "pixi"),
    ("tool", "hatch", "envs"),
    ("tool", "flit", "metadata"),
)


def declared_in(folder: str, packages: frozenset[str]) -> Iterator[tuple[str, bool, list[tuple[str, str]]]]:
    """Each file of ``folder`` that declares one of ``packages``: path, whether it is a lock file, names and specifiers.

    What a requirements file includes counts as a file of the folder.
    """
    for path, read, is_lock in _files(folder):
        found = [each for each in _read(path, read) if each[0] in packages]
        if found:
            yield path, is_lock, found


def _files(folder: str) -> Iterator[tuple[str, Callable[[str], Declared], bool]]:
    try:
        names = sorted(os.listdir(folder))
    except OSError:
        return
    requirements: list[str] = []
    for name in (each for each in names if each.lower().endswith(_ENDS)):
        path = os.path.join(folder, name)
        for pattern, read, is_lock in _KINDS:
            if fnmatch.fnmatch(name.lower(), pattern):
                yield path, read, is_lock
                break
        else:
            requirements += _requirement_files(path, name.lower())
    for path in _with_included(requirements):
        yield path, _requirements, False


def _requirement_files(path: str, name: str) -> list[str]:
    """``path`` where it is a requirements file, those in it where it is a folder of them."""
    if name in ("requirements", "reqs") and os.path.isdir(path):
        try:
            names = sorted(os.listdir(path))
        except OSError:
            return []
        return [os.path.join(path, each) for each in names if each.endswith((".txt", ".in"))]
    asked = any(fnmatch.fnmatch(name, pattern) for pattern in ("*requirements*", "constraints*"))
    return [path] if asked and name.endswith((".txt", ".in", ".pip")) else []


def _with_included(paths: list[str]) -> list[str]:
    queue = list(paths)
    found: list[str] = []
    while queue and len(found) < MAX_INCLUDED + len(paths):
        path = os.path.normpath(queue.pop(0))
        if path in found:
            continue
        found.append(path)
        queue += [os.path.join(os.path.dirname(path), included) for included in re.findall(_INCLUDES, _text(path))]
    return found


def _text(path: str) -> str:
    """The file's text, "" where it cannot be had; Windows' shell writes ``pip freeze`` as UTF-16."""
    try:
        if not os.path.isfile(path) or os.path.getsize(path) > MAX_FILE_BYTES:  # a named pipe would never end
            return ""
        with open(path, "rb") as file:
            data = file.read()
    except (OSError, ValueError):
        return ""
    encoding = "utf-16" if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "utf-8-sig"
    return data.decode(encoding, errors="replace").replace("\r\n", "\n")


def _read(path: str, read: Callable[[str], Declared]) -> list[tuple[str, str]]:
    text = _text(path)
    if "tensorflow" not in text.lower() and "keras" not in text.lower():
        return []  # most files: not worth a parser
    try:
        return list(read(text))
    except (ValueError, SyntaxError, RecursionError, MemoryError, AttributeError, TypeError):
        return []


def _requirements(text: str) -> Declared:
    for line in text.splitlines():
        found = None if line.lstrip().startswith(("#", "-")) else requirement(line)
        if found is not None and found[1][:1] in _BEGIN_SPECIFIERS:
            yield found


def _setup_py(text: str) -> Declared:
    """Every string of it that reads as a requirement with a version: lists have any name, and are put together."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from (each for each in _requirements(node.value) if each[1])


def _setup_cfg(text: str) -> Declared:
    import configparser  # few projects have one, and every check of flake8 would wait for it

    parser = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string(text)
    except configparser.Error:
        return
    for section in ("options", "options.extras_require"):
        if parser.has_section(section):
            for key, value in parser.items(section):
                if section != "options" or key in ("install_requires", "tests_require", "setup_requires"):
                    yield from _requirements(value)


def _toml(text: str) -> Mapping[str, Any]:
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    found: Mapping[str, Any] = tomllib.loads(text)
    return found


def _pyproject(text: str) -> Declared:
    content = _toml(text)
    for place in _DEPENDENCY_TABLES:
        table: Any = content
        for key in place:
            table = table.get(key, {})
        yield from _in_table(table)


def _in_table(value: Any) -> Declared:
    """Requirements as strings of a list, or as keys whose value is a specifier, at any depth."""
    if isinstance(value, list):
        for item in value:
            if isinstance(item, str):
                yield from _requirements(item)
            else:
                yield from _in_table(item)
    elif isinstance(value, dict):
        for key, item in value.items():
            for specifier in _specifiers(item):
                yield normalised(key), specifier
            yield from _in_table(item)


def _specifiers(value: Any) -> Iterator[str]:
    """Those of ``"^2.10"``, ``{version = "^2.10", ...}``, and of a list of either."""
    for each in value if isinstance(value, list) else [value]:
        found = each.get("version") if isinstance(each, dict) else each
        if isinstance(found, str):
            yield found


def _pipfile(text: str) -> Declared:
    content = _toml(text)
    for section in ("packages", "dev-packages"):
        yield from _in_table(content.get(section, {}))


def _pipfile_lock(text: str) -> Declared:
    import json

    content = json.loads(text)
    for section in ("default", "develop"):
        yield from _in_table(content.get(section, {}))


def _locked(text: str) -> Declared:
    for name, version in re.findall(_LOCKED, text):
        yield normalised(name), f"=={version}"


def _conda(text: str) -> Declared:
    """The items of its lists: of conda, and of pip within them."""
    for line in text.splitlines():
        if (item := re.match(_LISTED, line)) and (found := requirement(item[1])):
            yield found


_KINDS: tuple[tuple[str, Callable[[str], Declared], bool], ...] = (
    ("poetry.lock", _locked, True),
    ("uv.lock", _locked, True),
    ("pdm.lock", _locked, True),
    ("pylock*.toml", _locked, True),
    ("conda-lock.y*ml", _locked, True),
    ("pipfile.lock", _pipfile_lock, True),
    ("pipfile", _pipfile, False),
    ("pyproject.toml", _pyproject, False),
    ("setup.py", _setup_py, False),
    ("setup.cfg", _setup_cfg, False),
    ("*environment*.y*ml", _conda, False),
    ("*conda*.y*ml", _conda, False),
    ("env*.y*ml", _conda, False),
)
