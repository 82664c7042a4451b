"""Specs from pyproject.toml, and constructions found in code."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from flake8_keras_graph.measure import specs
from flake8_keras_graph.measure.specs import SpecError

SOURCE = "class Net:\n    def __init__(self, units, depth=2):\n        pass\n\n"


def _found(tmp_path: Path, text: str, symbol: str = "Net") -> list[tuple[Any, Any]]:
    path = tmp_path / "net.py"
    path.write_text(text)
    return [(c.args, c.kwargs) for c in specs.constructions(path, text, symbol, tmp_path)]


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("model = Net(5)", [((5,), {})]),
        ("model = Net(units=5, depth=3)", [((), {"units": 5, "depth": 3})]),
        ("model = net.Net((1, 2), [3])", [(((1, 2), [3]), {})]),
        ("def f(model=Net(-1)):\n    pass", [((-1,), {})]),
        ("UNITS = 7\nmodel = Net(UNITS)", [((7,), {})]),
        ("UNITS = 7\nUNITS = 8\nmodel = Net(UNITS)", []),
        ("model = Net(load())", []),
        ("model = Net(**options)", []),
        ("model = Net(*sizes)", []),
        ("Net(1)\nNet(1)\nNet(2)", [((1,), {}), ((2,), {})]),
        ("model = Other(5)", []),
    ],
)
def test_literal_constructions(tmp_path: Path, call: str, expected: list[Any]) -> None:
    assert _found(tmp_path, f"{SOURCE}{call}\n") == expected


def test_constructions_in_the_tests_of_the_project_come_after_those_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_net.py").write_text("def test():\n    assert Net(9)\n")
    assert _found(tmp_path, f"{SOURCE}Net(1)\n") == [((1,), {}), ((9,), {})]


def test_a_test_file_that_cannot_be_read_does_not_matter(tmp_path: Path) -> None:
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_net.py").write_bytes(b"Net(1) \xff\xfe")
    (tmp_path / "tests" / "test_other.py").write_text("Net(1\n")
    assert _found(tmp_path, SOURCE) == []


def _spec(**keys: Any) -> dict[str, Any]:
    return {"target": "net.py:Net", **keys}


def test_a_spec_is_found_by_path_and_class(tmp_path: Path) -> None:
    path = tmp_path / "net.py"
    path.write_text(SOURCE)
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


def test_the_suggestion_is_a_spec_that_can_be_read(tmp_path: Path) -> None:
    tomllib = pytest.importorskip("tomllib")
    text = specs.suggestion(tmp_path / "net.py", "Net", tmp_path, ["units"], ["a", "b"])
    table = tomllib.loads(text)["tool"]["keras-graph"]["model"][0]
    found = specs.read_spec(table)
    assert (found.target, found.kwargs) == ("net.py:Net", {"units": 16})
    assert set(found.inputs) == {"a", "b"}
