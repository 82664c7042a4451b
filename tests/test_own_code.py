"""What asks for the code of the package itself finds all of it, wherever the module that asks lies."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

import flake8_keras_graph
from flake8_keras_graph.measure.parent import host
from flake8_keras_graph.measure.parent.cluster import remote
from flake8_keras_graph.results import cache

PACKAGE = Path(flake8_keras_graph.__file__).resolve().parent


@pytest.mark.parametrize("identified", [remote.identity, cache._version.__wrapped__], ids=["cluster", "cache"])
def test_a_change_anywhere_makes_other_code(identified: Callable[[], str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Results of other code are not taken for ours: rules, records and all else count."""
    read: set[Path] = set()
    rglob, own_files = Path.rglob, cache._own_files

    def globbed(folder: Path, pattern: str) -> list[Path]:
        found = list(rglob(folder, pattern))
        read.update(found)
        return found

    def listed(folder: str) -> list[tuple[str, int, int]]:
        found = list(own_files(folder))
        read.update(Path(path) for path, _, _ in found)
        return found

    monkeypatch.setattr(Path, "rglob", globbed)
    monkeypatch.setattr(cache, "_own_files", listed)
    identified()
    assert {file.resolve() for file in read} == set(rglob(PACKAGE, "*.py"))


def test_a_worker_finds_the_package_where_it_is_not_installed() -> None:
    assert PACKAGE.parent == host._PACKAGE_ROOT
