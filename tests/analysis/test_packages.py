"""Real packages: whatever their authors wrote, checking it ends and gives findings that point into the file."""

from __future__ import annotations

import importlib.util
import random
from pathlib import Path

import pytest

from flake8_keras_graph import engine
from flake8_keras_graph.config import Options
from flake8_keras_graph.project import files

SAMPLE = 60


def python_files(package: str) -> list[Path]:
    found = importlib.util.find_spec(package)  # imports nothing
    if found is None or found.origin is None:
        pytest.skip(f"{package} is not installed")
    paths = sorted(Path(found.origin).parent.rglob("*.py"))
    return random.Random(0).sample(paths, min(SAMPLE, len(paths)))


@pytest.mark.parametrize("package", ["keras", "keras_hub", "tf_keras"])
def test_package(package):
    session = engine.Session(Options())
    for path in python_files(package):
        text = files.read(str(path))
        lines = text.count("\n") + 1
        for finding in engine.check(engine.Source(str(path), text), Options(), session):
            assert 1 <= finding.span.line <= finding.span.end_line <= lines, path
            assert finding.message and finding.symbol is not None
