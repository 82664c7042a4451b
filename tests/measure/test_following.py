"""Constructions that do more than build are not repeated, wherever in the project that happens."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from pathlib import Path

import pytest

from flake8_keras_graph.measure.project.constructions import constructions
from flake8_keras_graph.measure.project.project_files import ProjectFiles

NET = "import keras\n\nclass Net(keras.Model):\n    def __init__(self, given=None):\n        super().__init__()\n\n"
HEAD = "import functools\nimport numpy as np\nimport pandas as pd\nimport keras\nfrom pack.net import Net\n"


def _refused(tmp_path: Path, script: str, files: Iterable[tuple[str, str]] = ()) -> list[str]:
    """Why the one construction in a script of a project is not repeated; empty where it is."""
    (tmp_path / "pyproject.toml").write_text("")
    for name, text in [("pack/__init__.py", ""), ("pack/net.py", NET), *files]:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (tmp_path / "script.py").write_text(HEAD + script)
    project = ProjectFiles(tmp_path)
    reading = project.read(tmp_path / "pack" / "net.py")
    assert reading is not None
    found, refused = constructions(project, reading.module.classes["Net"])
    assert len(found) + len(refused) == 1
    return [each.why for each in refused]


DATA = """
import os
import pandas as pd

SIZES = [4, 5]


def columns(file, read=pd.read_csv):
    return SIZES


def read(file):
    return list(open(file))


def widths():
    return [size * 2 for size in SIZES]


class Config:
    units = 4

    def __init__(self, units=3):
        self.units = units

    @classmethod
    def small(cls):
        return cls(2)

    @classmethod
    def stored(cls, file):
        return cls(len(read(file)))

    @property
    def rows(self):
        return read("rows.csv")

    def wider(self):
        return Config(self.units * 2)

    def store(self):
        os.remove("columns.csv")


class Table:
    def __init__(self, file):
        self.frame = pd.read_csv(file)


class Derived(Table):
    pass


class Frame(pd.DataFrame):
    pass


class Held:
    read = read


class Meta(type):
    def __call__(cls):
        return read("a")


class Made(metaclass=Meta):
    pass


class Called:
    def __call__(self):
        return open("called")
"""

ACTING = [
    # the same file
    ("def read():\n    return open('a')\n\nNet(read())", "open in script.py:7"),
    ("def read():\n    return pd.read_csv('a')\n\nNet(read())", "pd.read_csv in script.py:7"),
    ("Net(np.load('a'))", "np.load in script.py:6"),
    ("Net(keras.applications.ResNet50())", "keras.applications.ResNet50 in script.py:6"),
    ("Net(keras.models.load_model('a'))", "keras.models.load_model in script.py:6"),
    ("m = keras.Sequential()\nNet(m.fit(1))", "m.fit in script.py:7"),
    ("def make():\n    with open('a') as f:\n        return 1\n\nclass C:\n    f = staticmethod(make)\n\nNet(C.f())",
     "open in script.py:7"),
    ("from pack.data import Held\nNet(Held.read('a'))", "open in pack/data.py:13"),
    ("from pack.data import Held\nNet(Held().read('a'))", "open in pack/data.py:13"),
    ("def f():\n    return open('a')\n\nclass C:\n    g = f\n\nNet(C.g())", "open in script.py:7"),
    ("from pack.data import Made\nNet(Made())", "open in pack/data.py:13"),
    # an imported function, by every spelling of an import
    ("from pack.data import read\nNet(read('a'))", "open in pack/data.py:13"),
    ("from pack import data\nNet(data.read('a'))", "open in pack/data.py:13"),
    ("import pack.data\nNet(pack.data.read('a'))", "open in pack/data.py:13"),
    ("import pack.data as d\nNet(d.read('a'))", "open in pack/data.py:13"),
    ("def main():\n    from pack.data import read\n    Net(read('a'))", "open in pack/data.py:13"),
    ("def make():\n    from pack.data import read\n    return read('a')\n\nNet(make())", "open in pack/data.py:13"),
    # methods, constructors and what they inherit
    ("from pack.data import Config\nNet(Config.stored('a'))", "open in pack/data.py:13"),
    ("from pack.data import Config\nNet(Config().rows)", "open in pack/data.py:13"),
    ("from pack.data import Config\nc = Config()\nNet(c.store())", "os.remove in pack/data.py:42"),
    ("from pack.data import Table\nNet(Table('a'))", "pd.read_csv in pack/data.py:47"),
    ("from pack.data import Derived\nNet(Derived('a'))", "pd.read_csv in pack/data.py:47"),
    ("from pack.data import Frame\nNet(Frame())", "pandas.DataFrame in pack/data.py:54"),
    ("from pack.data import Called\nNet(Called()())", "open in pack/data.py:73"),
    ("class Table:\n    def __init__(self):\n        self.rows = open('a')\n\nNet(Table())", "open in script.py:8"),
    # handed on: as a default, a decorator, a value, a partial, in a lambda, in a container, by its name
    ("from pack.data import columns\nNet(columns('a'))", "pd.read_csv in pack/data.py:8"),
    ("from pack.data import read\n\n@read\ndef make():\n    return 1\n\nNet(make())", "open in pack/data.py:13"),
    ("from pack.data import read\nNet(list(map(read, ['a'])))", "open in pack/data.py:13"),
    ("from pack.data import read\nNet(functools.partial(read, 'a')())", "open in pack/data.py:13"),
    ("from pack.data import read\nNet((lambda: read('a'))())", "open in pack/data.py:13"),
    ("from pack.data import read\nmakers = {'a': read}\nNet(makers['a']('a'))", "open in pack/data.py:13"),
    ("from pack.data import read\ndef apply(f):\n    return f('a')\n\nNet(apply(read))", "open in pack/data.py:13"),
    ("from pack import data\nNet(getattr(data, 'read')('a'))", "open in pack/data.py:13"),
    ("from pack import data\nNet(getattr(data, 're' + 'ad')('a'))", "getattr(data, 're' + 'ad') in script.py:7"),
    ("m = keras.Sequential()\nsave = m.save\nNet(save('a'))", "m.save in script.py:7"),
    ("def go(module):\n    return module.remove('a')\n\nimport os\nNet(go(os))", "os in script.py:10"),
    # what runs when it is imported
    ("from pack.acting import WIDTH\nNet(WIDTH)", "open in pack/acting.py:1"),
    ("from pack.late import WIDTH\nNet(WIDTH)", "open in pack/acting.py:1"),
    ("from acting_package.deep import WIDTH\nNet(WIDTH)", "open in acting_package/__init__.py:2"),
    ("from pack.loops import WIDTH\nNet(WIDTH)", "print_all in pack/loops.py:2"),
    # what cannot be followed
    ("from installed import make\nNet(make())", "make in script.py:7"),
    ("from pack.data import absent\nNet(absent())", "absent in script.py:7"),
    ("Net(pd.Series([1]))", "pd.Series in script.py:6"),
    ("Net(keras.Sequential().unheard_of())", "keras.Sequential().unheard_of in script.py:6"),
]  # fmt: skip

BUILDING = [
    "Net()",
    "Net(3)",
    "Net(keras.layers.Dense(3))",
    "Net(np.zeros((3, 4)).astype('float32').tolist())",
    "Net(keras.applications.ResNet50(weights=None))",
    "from pack.data import SIZES\nNet(SIZES)",
    "from pack.data import widths\nNet(widths())",
    "from pack.data import Config\nNet(Config(4).units)",
    "from pack.data import Config\nNet(Config.small())",
    "from pack.data import Config\nNet(Config().wider())",
    "import argparse\np = argparse.ArgumentParser()\np.add_argument('--n', default=3)\nargs = p.parse_args()\nNet(args.n)",
    "m = keras.Sequential()\nm.add(keras.layers.Dense(3))\nNet(m)",
    "def make(kind):\n    kinds = {'dense': keras.layers.Dense}\n    return kinds[kind](3)\n\nNet(make('dense'))",
    "def check(n):\n    if not isinstance(n, (int, pd.DataFrame)):\n        raise ValueError(n)\n    return n\n\nNet(check(3))",
    "class Block(keras.layers.Layer):\n    def __init__(self):\n        super().__init__()\n        self.d = keras.layers.Dense(2)\n"
    "\n    def call(self, x):\n        return self.d(x)\n\nNet(Block())",
    "class Spare:\n    def unused(self):\n        return open('a')\n\nNet(Spare())",
    "import dataclasses\n@dataclasses.dataclass\nclass C:\n    act: object = None\n\nc = C(keras.activations.relu)\nNet(c.act(1.0))",
    "from pack.loops import keep\nNet(3)",
    "from src_pack.config import make\nNet(make())",
]  # fmt: skip

FILES = [
    ("pack/data.py", DATA),
    ("pack/acting.py", "WIDTH = len(open('a').read())\n"),
    ("pack/late.py", "from pack import acting\n\nWIDTH = 3\n"),
    ("pack/loops.py", "for each in range(3):\n    print_all(each)\nWIDTH = keep = 3\n"),
    ("acting_package/__init__.py", "\nopen('a', 'w')\n"),
    ("acting_package/deep.py", "WIDTH = 3\n"),
    ("src/src_pack/config.py", "def make():\n    return 3\n"),
    ("src/src_pack/__init__.py", ""),
]


@pytest.mark.parametrize(("script", "why"), ACTING)
def test_acting(tmp_path: Path, script: str, why: str) -> None:
    assert _refused(tmp_path, script, FILES) == [why]


@pytest.mark.parametrize("script", BUILDING)
def test_building(tmp_path: Path, script: str) -> None:
    assert _refused(tmp_path, script, FILES) == []


def test_scripts_are_code() -> None:
    for script in [*BUILDING, *(script for script, _ in ACTING)]:
        ast.parse(script)


def test_what_never_ends_is_not_followed(tmp_path: Path) -> None:
    calls = "".join(f"def f{n}():\n    return f{n + 1}()\n\n" for n in range(500))
    assert _refused(tmp_path, f"{calls}def f500():\n    return 1\n\nNet(f0())")
    assert _refused(tmp_path, "def f():\n    return f()\n\nNet(f())") == []
