"""Specs from pyproject.toml."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from flake8_keras_graph.measure.project import specs
from flake8_keras_graph.measure.project.specs import SpecError

TENSOR = {"shape": [4, 2], "dtype": "float32"}


def _spec(**keys: Any) -> dict[str, Any]:
    return {"target": "net.py:Net", **keys}


def test_a_spec_is_found_by_path_and_class(tmp_path: Path) -> None:
    path = tmp_path / "net.py"
    path.write_text("class Net:\n    pass\n")
    found = specs.find_spec([_spec(kwargs={"units": 3}, inputs={"shape": [4]})], path, "Net", tmp_path)
    assert found is not None
    assert found.kwargs == {"units": 3}
    assert specs.find_spec([_spec()], path, "Other", tmp_path) is None
    assert specs.find_spec([_spec(target="other.py:Net")], path, "Net", tmp_path) is None


def test_a_class_of_a_package_is_found_where_it_is_defined(tmp_path: Path) -> None:
    package = tmp_path / "pack"
    (package / "inner").mkdir(parents=True)
    (package / "__init__.py").write_text("from pack.inner import Net as Net\n")
    (package / "inner" / "__init__.py").write_text("from .net import Model as Net\n")
    (package / "inner" / "net.py").write_text("class Model:\n    pass\n")
    (package / "bare").mkdir()
    (package / "bare" / "net.py").write_text("class Model:\n    pass\n")
    assert specs.locate("pack.bare.net:Model", tmp_path) == ((package / "bare" / "net.py").resolve(), "Model")
    assert specs.locate("pack:Net", tmp_path) == ((package / "inner" / "net.py").resolve(), "Model")
    assert specs.locate("pack:Missing", tmp_path) is None
    assert specs.locate("nopack:Net", tmp_path) is None
    assert specs.locate("gone.py:Net", tmp_path) is None


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({"target": "Net"}, "target must be"),
        (_spec(input={}), "unknown key 'input'"),
        (_spec(args={"a": 1}), "args is of the wrong type"),
        (_spec(batch_size=0), "batch_size must be at least 1"),
        (_spec(inputs={"shape": [4], "type": "int"}), "inputs: unknown key 'type'"),
        (_spec(inputs=[{"shape": [-1]}]), r"inputs\[0\]: shape holds positive numbers"),
    ],
)
def test_a_wrong_table_is_named(table: dict[str, Any], message: str) -> None:
    with pytest.raises(SpecError, match=message):
        specs.read_spec(table)


@pytest.mark.parametrize(
    ("arguments", "inputs", "expected"),
    [
        ({"units": 16}, {"x": TENSOR}, {"kwargs": {"units": 16}, "inputs": TENSOR}),
        ({}, {"a": TENSOR, "b": [TENSOR, {"k": TENSOR}]}, {"inputs": {"a": TENSOR, "b": [TENSOR, {"k": TENSOR}]}}),
        ({"name": 'a"b', "rate": 0.1, "flag": True, "sizes": [8, 8]}, {}, {"inputs": {**TENSOR, "shape": [16]}}),
        ({"units": 16, "encoder": None}, {"x": {"a b": TENSOR}}, {"factory": "net.py:make_net"}),
        ({}, {"x": {"shape": [], "dtype": "string"}}, {"inputs": {"shape": [], "dtype": "string"}}),
    ],
)
def test_the_suggestion_is_a_spec_that_can_be_read(
    tmp_path: Path, arguments: dict[str, Any], inputs: dict[str, Any], expected: dict[str, Any]
) -> None:
    tomllib = pytest.importorskip("tomllib")
    text = specs.suggestion(tmp_path / "net.py", "Net", tmp_path, arguments, inputs)
    table = tomllib.loads(text)["tool"]["keras-graph"]["model"][0]
    found = specs.read_spec(table)
    assert found.target == "net.py:Net"
    assert {key: getattr(found, key) for key in expected} == expected
    assert found.kwargs == (arguments or None if None not in arguments.values() else None)
