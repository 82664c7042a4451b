"""``[tool.keras-graph]``: what is read, where it is found, and how wrong tables are told."""

from __future__ import annotations

from pathlib import Path

import pytest

from flake8_keras_graph import config
from flake8_keras_graph.config import Config, ConfigError, Options


def written(folder: Path, text: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "pyproject.toml").write_text(text, encoding="utf-8")
    return folder


def test_every_key(tmp_path: Path) -> None:
    written(
        tmp_path,
        """
        [tool.keras-graph]
        keras = 2
        select = ["KG1", "kg3"]
        ignore = ["KG301"]
        per-file-ignores = { "tests/*" = ["KG2"] }
        exclude = ["generated"]
        model-bases = ["mylib.Base"]
        returns = { "mylib.shape_list" = "python" }
        max-iterations = 4
        steps = 50
        budget = 2
        [[tool.keras-graph.model]]
        target = "model.py:M"
        args = [1]
        """,
    )
    assert config.load(tmp_path) == Config(
        Options(
            keras="2",
            select=("KG1", "KG3"),
            ignore=("KG301",),
            model_bases=("mylib.Base",),
            returns=(("mylib.shape_list", "python"),),
            max_iterations=4,
        ),
        root=tmp_path,
        exclude=("generated",),
        per_file_ignores=(("tests/*", ("KG2",)),),
        models=({"target": "model.py:M", "args": [1]},),
        steps=50,
        budget=2.0,
    )


def test_the_nearest_that_has_the_table(tmp_path: Path) -> None:
    written(tmp_path, "[tool.keras-graph]\nmax-iterations = 3\n")
    written(tmp_path / "inner", "[tool.other]\nx = 1\n")
    own = written(tmp_path / "inner" / "own", "[tool.keras-graph]\n")
    file = tmp_path / "inner" / "deep" / "m.py"  # need not exist: an editor's buffer does not
    assert config.load(file).options.max_iterations == 3
    assert config.load(file).root == tmp_path
    assert config.load(own / "n.py") == Config(root=own)


def test_a_broken_file_of_others_is_not_ours(tmp_path: Path) -> None:
    assert config.load(written(tmp_path, "[tool.black\n")) == Config()


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ("colour = 1", "unknown key in [tool.keras-graph]: colour (known: keras,"),
        ("keras = 4", 'keras: must be "auto", "2" or "3", not 4'),
        ("keras = true", "keras: must be"),
        ("select = 'KG1'", "select: must be a list of strings"),
        ("select = ['E501']", "select: 'E501' is not a code"),
        ("select = ['KG3011']", "select: 'KG3011' is not a code"),
        ("ignore = [1]", "ignore: must be a list of strings"),
        ("per-file-ignores = ['KG1']", "per-file-ignores: must be a table"),
        ("per-file-ignores = { 'a' = ['X'] }", "per-file-ignores: 'X' is not a code"),
        ("model-bases = ['not a name']", "model-bases: 'not a name' is not a dotted name"),
        ("returns = { 'a.b' = 'number' }", 'returns: a.b must be "tensor" or "python", not \'number\''),
        ("returns = ['a.b']", "returns: must be a table"),
        ("max-iterations = 0", "max-iterations: must be a whole number from 1"),
        ("max-iterations = 1.5", "max-iterations: must be a whole number from 1"),
        ("max-iterations = true", "max-iterations: must be a whole number from 1"),
        ("budget = -1", "budget: must be a number of seconds above 0"),
        ("budget = nan", "budget: must be a number of seconds above 0"),
        ("model = 1", "model: must be tables written [[tool.keras-graph.model]]"),
    ],
)
def test_wrong_value(tmp_path: Path, table: str, told: str) -> None:
    written(tmp_path, f"[tool.keras-graph]\n{table}\n")
    with pytest.raises(ConfigError) as caught:
        config.load(tmp_path)
    assert told in str(caught.value)
    assert str(tmp_path / "pyproject.toml") in str(caught.value)


@pytest.mark.parametrize(
    "content", [b"[tool.keras-graph", b"[tool.keras-graph]\n\xff = 1\n", b"[tool]\nkeras-graph = 1\n"]
)
def test_unreadable_table(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "pyproject.toml").write_bytes(content)
    with pytest.raises(ConfigError, match=r"pyproject\.toml"):
        config.load(tmp_path)
