"""Calls of a constructor found in a project, and the statements that make their arguments."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from flake8_keras_graph.measure.project.constructions import Construction, constructions
from flake8_keras_graph.measure.project.project_files import ProjectFiles

SOURCE = "class Net:\n    def __init__(self, units, depth=2):\n        pass\n\n"


def _constructions(tmp_path: Path, text: str, symbol: str = "Net") -> list[Construction]:
    path = tmp_path / "net.py"
    path.write_text(text)
    (tmp_path / "pyproject.toml").write_text("")
    files = ProjectFiles(tmp_path)
    reading = files.read(path, text)
    assert reading is not None
    return constructions(files, reading.module.classes[symbol])[0]


def _found(tmp_path: Path, text: str) -> list[tuple[Any, Any] | None]:
    return [c.literal for c in _constructions(tmp_path, text)]


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("model = Net(5)", [((5,), {})]),
        ("model = Net(units=5, depth=3)", [((), {"units": 5, "depth": 3})]),
        ("import net\nmodel = net.Net((1, 2), [3])", [(((1, 2), [3]), {})]),
        ("def f(model=Net(-1)):\n    pass", [((-1,), {})]),
        ("UNITS = 7\nmodel = Net(UNITS)", [((7,), {})]),
        ("model = Net(load())", []),
        ("model = Net(unknown)", []),
        ("model = Net(**options)", []),
        ("model = Net(*sizes)", []),
        ("Net(1)\nNet(1)\nNet(2)", [((1,), {}), ((2,), {})]),
        ("model = Other(5)", []),
        (
            "@pytest.mark.parametrize('a, b', [(3, 4), (5, 6)])\ndef test(a, b):\n    Net(a, depth=b)",
            [((3,), {"depth": 4})],
        ),
        ("@pytest.mark.parametrize(['a'], [pytest.param(3, id='x')])\ndef test(a):\n    Net(a)", [((3,), {})]),
        ("@pytest.mark.parametrize('a', load())\ndef test(a):\n    Net(a)", []),
        (
            "@pytest.mark.parametrize('a', [pytest.param()])\n@parametrize(3, [1])\ndef test(a):\n    Net(a)",
            [(((),), {})],
        ),
        ("@pytest.mark.parametrize(NAMES, [1])\ndef test(a):\n    Net(a)", []),
        # Values of the function around the call: locals, defaults, and nothing for what its callers give.
        ("def make(units=6, *, depth=3):\n    return Net(units, depth)", [((6, 3), {})]),
        ("def make():\n    units = 4\n    sizes = [units, units]\n    return Net(sizes)", [(([4, 4],), {})]),
        ("def make(units):\n    return Net(units)", []),
        ("class Other:\n    def __init__(self, units):\n        self.net = Net(units)", []),
        ("with scope():\n    UNITS = 3\n    model = Net(UNITS)", [((3,), {})]),
        ("if __name__ == '__main__':\n    UNITS = 3\n    model = Net(UNITS)", [((3,), {})]),
    ],
)
def test_literal_constructions(tmp_path: Path, call: str, expected: list[Any]) -> None:
    assert _found(tmp_path, f"{SOURCE}{call}\n") == expected


@pytest.mark.parametrize(
    ("code", "arguments", "setup"),
    [
        ("config = Config(3)\nnet = Net(config)", "((config,), {})", "config = Config(3)"),
        ("net = Net(Config(width=3))", "((Config(width=3),), {})", ""),
        ("UNITS = 7\nUNITS = 8\nnet = Net(UNITS)", "((8,), {})", ""),
        (
            "for UNITS in load():\n    pass\nUNITS = 8\nUNITS += 1\nNet(UNITS)",
            "((UNITS,), {})",
            "UNITS = 8\nUNITS += 1",
        ),
        (
            "x = i = keras.Input((4,))\nx = layers.Dense(2)(x)\nm = keras.Model(i, x)\nm.summary()\nm.fit(1)\nNet(m)",
            "((m,), {})",
            "x = i = keras.Input((4,))\nx = layers.Dense(2)(x)\nm = keras.Model(i, x)",
        ),
        (
            "m = keras.Sequential()\nm.add(layers.Dense(2))\nm.fit(1)\nNet(m)\nm.add(layers.Dense(3))",
            "((m,), {})",
            "m = keras.Sequential()\nm.add(layers.Dense(2))",
        ),
        ("for width in (8, 9):\n    Net(width)", "((width,), {})", "width = next(iter((8, 9)))"),
        ("def make():\n    return layers.Dense(2)\n\nNet(make())", "((make(),), {})", ""),
        ("OPTIONS = {'depth': 3}\nNet(4, **OPTIONS)", "((4,), {**OPTIONS})", "OPTIONS = {'depth': 3}"),
        (
            "def make(units=None, *args, **kwargs):\n    if units is None:\n        units = [4]\n    return Net(units, *args, **kwargs)",
            "((units, *args), {**kwargs})",
            "units = None\nargs = ()\nkwargs = {}\nif units is None:\n    units = [4]",
        ),
        ("Net([layers.Dense(n) for n in (1, 2)])", "(([layers.Dense(n) for n in (1, 2)],), {})", ""),
    ],
)
def test_what_arguments_are_made_of(tmp_path: Path, code: str, arguments: str, setup: str) -> None:
    text = f"import keras\nfrom keras import layers\n\nclass Config:\n    pass\n\n{SOURCE}{code}\n"
    (found,) = _constructions(tmp_path, text)
    assert (found.arguments, found.setup, found.own) == (arguments, setup, True)


@pytest.mark.parametrize(
    "code",
    [
        "x, y = keras.datasets.mnist.load_data()\nNet(x)",
        "frame = pd.read_csv('train.csv')\nNet(len(frame))",
        "base = keras.applications.ResNet50()\nNet(base)",
        "m = keras.Sequential()\nNet(m.fit(1))",
        "Net(open('units').read())",
        "def make():\n    m = keras.Sequential()\n    m.fit(1)\n    return m\n\nNet(make())",
        "def make():\n    return other()\n\ndef other():\n    return keras.models.load_model('a')\n\nNet(make())",
        "Net(pd.DataFrame())",
    ],
)
def test_what_reads_trains_or_fetches_is_not_repeated(tmp_path: Path, code: str) -> None:
    assert _constructions(tmp_path, f"import keras\nimport pandas as pd\n{SOURCE}{code}\n") == []


def test_constructions_in_the_tests_of_the_project_come_after_those_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_net.py").write_text("from net import Net\n\ndef test():\n    assert Net(9)\n")
    (tmp_path / "factory.py").write_text("import net\n\ndef make(units=8):\n    return net.Net(units)\n")
    assert _found(tmp_path, f"{SOURCE}Net(1)\n") == [((1,), {}), ((9,), {}), ((8,), {})]


def test_another_class_of_that_name_says_nothing(tmp_path: Path) -> None:
    (tmp_path / "other.py").write_text(f"from elsewhere import base\n{SOURCE}Net(9)\n")
    (tmp_path / "third.py").write_text("from elsewhere import Net\nNet(9)\n")
    assert _found(tmp_path, SOURCE) == []
    (tmp_path / "alias.py").write_text("from net import Net as Other\nOther(9)\n")
    assert _found(tmp_path, SOURCE) == [((9,), {})]


def test_a_package_under_src_is_known_to_its_tests(tmp_path: Path) -> None:
    package = tmp_path / "src" / "pack"
    package.mkdir(parents=True)
    (tmp_path / "tests").mkdir()
    (tmp_path / "pyproject.toml").write_text("")
    (package / "__init__.py").write_text("from pack.net import Net\n")
    (package / "net.py").write_text(SOURCE)
    (tmp_path / "tests" / "test_net.py").write_text("import pack\n\ndef test():\n    assert pack.Net(9)\n")
    files = ProjectFiles(tmp_path)
    reading = files.read(package / "net.py")
    assert reading is not None
    assert [c.literal for c in constructions(files, reading.module.classes["Net"])[0]] == [((9,), {})]


def test_a_file_that_changed_is_read_again(tmp_path: Path) -> None:
    assert _found(tmp_path, f"{SOURCE}Net(1)\n") == [((1,), {})]
    files, path = ProjectFiles(tmp_path), tmp_path / "net.py"
    (tmp_path / "other.py").write_text("from net import Net\n\nNet(2)\n")
    for text in (f"{SOURCE}Net(3)\n", f"{SOURCE}Net(4)\n"):
        path.write_text(text)
        reading = files.read(path)
        assert reading is not None
        found, _ = constructions(files, reading.module.classes["Net"])
        assert [c.literal for c in found] == [((int(text[-3]),), {}), ((2,), {})]


def test_without_a_project_only_what_lies_beside_the_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    for file in ("net.py", "beside.py", "deep/far.py"):
        (tmp_path / file).write_text("")
    assert [f.name for f in ProjectFiles(tmp_path).around(tmp_path / "net.py")] == ["beside.py", "net.py"]
    (tmp_path / "setup.py").write_text("")
    assert len(ProjectFiles(tmp_path).around(tmp_path / "net.py")) == 4


def test_what_another_file_needs_comes_along(tmp_path: Path) -> None:
    (tmp_path / "pack").mkdir()
    (tmp_path / "pack" / "__init__.py").write_text("")
    (tmp_path / "pack" / "config.py").write_text("class Config:\n    pass\n")
    (tmp_path / "pack" / "factory.py").write_text(
        "import os\nfrom net import Net\nfrom .config import Config\n\nSIZE = os.sysconf('SC_PAGE_SIZE')\n"
        "def wide():\n    return Config(9)\n\ndef make():\n    return Net(wide())\n"
    )
    (found,) = _constructions(tmp_path, SOURCE)
    assert (found.own, found.package) == (False, "pack")
    assert found.setup == "from .config import Config\ndef wide():\n    return Config(9)"


@pytest.mark.parametrize(
    ("script", "found"),
    [
        ("WIDTH = 3\n", 1),
        ("WIDTH = 3\nif __name__ == '__main__':\n    run()\n", 1),
        ("WIDTH = 3\nmodel.fit(x)\n", 0),
        ("WIDTH = len(load_data())\n", 0),
        ("for WIDTH in range(3):\n    run(WIDTH)\n", 0),
    ],
)
def test_no_script_is_imported_for_its_values(tmp_path: Path, script: str, found: int) -> None:
    (tmp_path / "script.py").write_text(script)
    (tmp_path / "other.py").write_text("from net import Net\nfrom script import WIDTH\n\nNet(WIDTH)\n")
    assert len(_constructions(tmp_path, SOURCE)) == found


def test_a_file_that_cannot_be_read_does_not_matter(tmp_path: Path) -> None:
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_net.py").write_bytes(b"Net(1) \xff\xfe")
    (tmp_path / "tests" / "test_other.py").write_text("Net(1\n")
    assert _found(tmp_path, SOURCE) == []
