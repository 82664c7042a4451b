"""A package's ``__init__`` runs where its names are used, and only there."""

from __future__ import annotations

import ast
import builtins
import importlib
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from flake8_keras_graph.measure.worker.build.packages import QuietPackages

FILES = {
    "pack/__init__.py": "from pack.deep import *\nfrom pack.other import deep\nVERSION = 7\n",
    "pack/other.py": "deep = 'a value'\n",
    "pack/layers.py": "X = 3\n",
    "pack/uses.py": "from . import VERSION\n",
    "pack/deep/__init__.py": "from . import inner\nfrom .inner import Y as y\nstar = 1\n",
    "pack/deep/inner.py": "Y = 4\n",
    "pack/plain/inner.py": "Y = 5\n",
    "pack/raises/__init__.py": "raise ValueError('never')\n",
    "pack/raises/inner.py": "Y = 6\n",
    "pack/lazy/__init__.py": "def __getattr__(name):\n    return name\n",
    "pack/lazy/inner.py": "Y = 7\n",
}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    before, finders = set(sys.modules), list(sys.meta_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(builtins, "RAN", [], raising=False)
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"RAN.append({path.relative_to(tmp_path).as_posix()!r})\n{text}")
    importlib.invalidate_caches()
    yield tmp_path
    sys.meta_path[:] = finders
    for name in set(sys.modules) - before:
        del sys.modules[name]


def _imported(project: Path, text: str, name: str = "pack.target") -> tuple[Mapping[str, object], list[str]]:
    """What a target of this text binds, and which files of the project ran for it."""
    path = project.joinpath(*name.split("."))
    path = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    path.write_text(text)
    importlib.invalidate_caches()
    QuietPackages(project, name).install(name, path.stem == "__init__", ast.parse(text))
    module = importlib.import_module(name)
    return vars(module), builtins.RAN  # type: ignore[attr-defined]


CASES = [
    ("found = 1", 1, []),
    ("from .layers import X as found", 3, ["pack/layers.py"]),
    ("from . import layers\nfound = layers.X", 3, ["pack/layers.py"]),
    ("import pack.layers\nfound = pack.layers.X", 3, ["pack/layers.py"]),
    ("import pack.layers as l\nfound = l.X", 3, ["pack/layers.py"]),
    ("from pack import layers as l\nfound = l.X", 3, ["pack/layers.py"]),
    ("from .deep.inner import Y as found", 4, ["pack/deep/inner.py"]),
    ("from .deep import inner\nfound = inner.Y", 4, ["pack/deep/inner.py"]),
    ("from .raises.inner import Y as found", 6, ["pack/raises/inner.py"]),
    ("from .plain.inner import Y as found", 5, ["pack/plain/inner.py"]),
    ("from .plain import inner\nfound = inner.Y", 5, ["pack/plain/inner.py"]),
    # Names of the package: it runs, in Python's order.
    ("from .deep import star as found", 1, ["pack/deep/__init__.py", "pack/deep/inner.py"]),
    ("from .deep import y as found", 4, ["pack/deep/__init__.py", "pack/deep/inner.py"]),
    ("from .deep import *\nfound = star", 1, ["pack/deep/__init__.py", "pack/deep/inner.py"]),
    ("import pack.deep as d\nfound = d.star", 1, ["pack/deep/__init__.py", "pack/deep/inner.py"]),
    ("from .lazy import anything as found", "anything", ["pack/lazy/__init__.py"]),
    ("from pack import VERSION as found", 7, ["pack/__init__.py", "pack/deep/__init__.py", "pack/deep/inner.py", "pack/other.py"]),
    ("from pack import star as found", 1, ["pack/__init__.py", "pack/deep/__init__.py", "pack/deep/inner.py", "pack/other.py"]),
    ("from .uses import VERSION as found", 7, ["pack/__init__.py", "pack/deep/__init__.py", "pack/deep/inner.py", "pack/other.py", "pack/uses.py"]),
    # A name of the package hides its module of that name.
    ("from pack import deep as found", "a value", ["pack/__init__.py", "pack/deep/__init__.py", "pack/deep/inner.py", "pack/other.py"]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "value", "ran"), CASES)
def test_what_runs(project: Path, text: str, value: object, ran: list[str]) -> None:
    names, files = _imported(project, text)
    assert (names["found"], files) == (value, ran)


def test_a_name_that_is_asked_for_later_runs_it_then(project: Path) -> None:
    names, files = _imported(project, "def late():\n    from pack import VERSION\n    return VERSION\n")
    assert files == []
    assert names["late"]() == 7  # type: ignore[operator]
    assert files[0] == "pack/__init__.py"
    assert files.count("pack/__init__.py") == 1


def test_a_package_under_measurement_is_run_itself(project: Path) -> None:
    names, files = _imported(project, "from .inner import Y as found\nfrom ..layers import X\n", "pack.deep")
    assert names["found"] == 4
    assert files == ["pack/deep/inner.py", "pack/layers.py"]


def test_an_unknown_name_is_an_import_error(project: Path) -> None:
    with pytest.raises(ImportError, match="absent"):
        _imported(project, "from .deep import absent\n")


def test_other_packages_run_as_ever(project: Path) -> None:
    names, _ = _imported(project, "import email.mime, json\nfound = json.dumps(1)\n")
    assert names["found"] == "1"
    assert type(sys.modules["json"]).__name__ == "module"
