"""What the tests of the analysis share: sources whose comments say what is to be found, and small packages."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from flake8_keras_graph import engine
from flake8_keras_graph.config import Options
from flake8_keras_graph.records import Finding

HEADER = """\
import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops

"""
MARK = re.compile(r"(KG\d{3})(?: (error|warning|note))?")

Lint = Callable[..., list[Finding]]
Expect = Callable[..., list[Finding]]
Package = Callable[[Mapping[str, str]], Path]


def lint_text(text: str, path: str = "module.py", **options: object) -> list[Finding]:
    options.setdefault("select", ("KG1", "KG206"))
    return engine.check(engine.Source(path, text), Options(**options))  # type: ignore[arg-type]


def marks(text: str) -> list[tuple[int, str, str]]:
    """``(line, code, level)`` for every ``# KG101 warning``; the level is "" where the comment gives none."""
    return sorted(
        (number, code, level)
        for number, line in enumerate(text.split("\n"), 1)
        if "#" in line
        for code, level in MARK.findall(line.partition("#")[2])
    )


def require(text: str, found: list[Finding]) -> list[Finding]:
    """Fails unless exactly the marked lines are reported, with the marked codes and levels."""
    wanted = marks(text)
    levels = {(line, code) for line, code, level in wanted if level}
    shown = sorted(
        (each.span.line, each.code, each.level if (each.span.line, each.code) in levels else "") for each in found
    )
    assert shown == wanted, "\n".join(f"{each.span.line}: {each.code} {each.message}" for each in found)
    return found


@pytest.fixture
def lint() -> Lint:
    """Findings of the breaking family in a whole file."""
    return lint_text


@pytest.fixture
def expect() -> Expect:
    """Check a file against its marks; ``import keras`` and the like are put in front of it."""

    def check(text: str, header: str = HEADER, **options: object) -> list[Finding]:
        whole = header + textwrap.dedent(text)
        return require(whole, lint_text(whole, **options))

    return check


@pytest.fixture
def expect_call(expect: Expect) -> Expect:
    """Check the body of a layer's ``call(self, x, y, training=None, mask=None)`` against its marks."""

    def check(body: str, setup: str = "", kind: str = "layers.Layer", **options: object) -> list[Finding]:
        lines = [
            f"class Block({kind}):",
            "    def __init__(self, count, flag=True, **kwargs):",
            "        super().__init__(**kwargs)",
            "        self.count = count",
            "        self.flag = flag",
            "        self.dense = layers.Dense(4)",
            "        self.blocks = [layers.Dense(4) for _ in range(count)]",
            textwrap.indent(textwrap.dedent(setup), " " * 8),
            "    def call(self, x, training=None, mask=None):",
            textwrap.indent(textwrap.dedent(body), " " * 8),
        ]
        return expect("\n".join(lines), **options)

    return check


@pytest.fixture
def package(tmp_path: Path) -> Package:
    """Write files below a folder of their own and give the folder."""

    def write(files: Mapping[str, str]) -> Path:
        for name, text in files.items():
            file = tmp_path / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(textwrap.dedent(text), encoding="utf-8")
        return tmp_path

    return write


@pytest.fixture
def expect_file() -> Callable[..., list[Finding]]:
    """Check a file on disk against its marks."""

    def check(file: Path, **options: object) -> list[Finding]:
        text = file.read_text(encoding="utf-8")
        return require(text, lint_text(text, str(file), **options))

    return check
