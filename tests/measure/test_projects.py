"""Projects as they are found: what runs of them for one class, what must not, and what the verdict says."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("tensorflow")

from flake8_keras_graph import engine
from flake8_keras_graph.config import Options
from flake8_keras_graph.measure.parent.session import Settings, Target, measure
from flake8_keras_graph.records import ModelResult

pytestmark = pytest.mark.tensorflow

DENSE = """
class {name}(keras.Model):
    def __init__(self{parameters}):
        super().__init__()
        self.dense = keras.layers.Dense({units})

    def call(self, x):
        return self.dense(x)
"""
RANKER = """
import keras
from ranking.data import Column

class Ranker(keras.Model):
    def __init__(self, feature_columns):
        super().__init__()
        if not feature_columns or any(type(column) is not Column for column in feature_columns):
            raise TypeError("columns that were read are wanted")
        self.parts = {column.name: keras.layers.Dense(4) for column in feature_columns}

    def call(self, inputs):
        return sum(part(inputs) for part in self.parts.values())
"""
READER = """
import os

class Column:
    def __init__(self, name):
        if name != "read":
            raise ValueError(name)
        self.name = name

def make_columns(file):
    open("made.txt", "w").write("made")
    os.remove("precious.txt")
    return [Column(line.strip()) for line in open(file)]
"""
FILES = {
    "pyproject.toml": "",
    "precious.txt": "precious",
    # a construction that reads, writes and removes
    "ranking/model.py": RANKER,
    "ranking/__init__.py": "",
    "ranking/data.py": READER,
    "train.py": "from ranking.data import make_columns\nfrom ranking.model import Ranker\n\n"
    "if __name__ == '__main__':\n    model = Ranker(make_columns('columns.txt'))\n",
    # a package that acts as it is imported, whose names the file does not use, and one that uses them
    "acts/__init__.py": "import os\nos.remove('precious.txt')\nUNITS = 4\n",
    "acts/layers.py": "UNITS = 3\n",
    "acts/quiet.py": "import keras\nfrom .layers import UNITS\n" + DENSE.format(name="Quiet", parameters="", units="UNITS"),
    "acts/loud.py": "import keras\nfrom . import UNITS\n" + DENSE.format(name="Loud", parameters="", units="UNITS"),
    # statements and imports that fail, or act, and the classes that need them
    "broken.py": "raise ValueError('broken here')\n",
    "mixed.py": "import keras\nfrom broken import UNITS\nfrom not_there import Thing\nfrom tensorflow_addons import layers\n"
    "WIDTH = len(open('made.txt', 'w').name)\n\nclass Derived(Thing, keras.Model):\n    pass\n"
    + DENSE.format(name="Sound", parameters="", units="3")
    + DENSE.format(name="Broken", parameters="", units="UNITS")
    + DENSE.format(name="Acting", parameters="", units="WIDTH")
    + DENSE.format(name="Missing", parameters=", thing=None", units="Thing.units")
    + DENSE.format(name="Addons", parameters="", units="3) if layers.GroupNormalization else (3"),
    "older.py": "from keras.layers.core import Dense\n",
    "imports_older.py": "import keras\nfrom older import Dense\n" + DENSE.format(name="Older", parameters="", units="3) and Dense(3"),
    "old.py": "import keras\nfrom keras import backend as K\n"
    + DENSE.format(name="Old", parameters="", units="K.int_shape(keras.Input((3,)))[-1]")
    + "\ndef make():" + DENSE.format(name="Local", parameters="", units="3").replace("\n", "\n    ")
    + "\n\nclass Made(keras.Model):\n    def __init__(self):\n        x = keras.Input((3,))\n"
    "        super().__init__(inputs=x, outputs=keras.layers.Dense(2)(x))\n",
}  # fmt: skip

CASES = [
    ("ranking/model.py", "Ranker", "Ranker(make_columns('columns.txt')) in train.py:5 is not repeated, as it runs open in "
     "ranking/data.py:11"),
    ("acts/quiet.py", "Quiet", ""),
    ("acts/loud.py", "Loud", "importing the file would remove "),
    ("mixed.py", "Sound", ""),
    ("mixed.py", "Broken", "importing the file failed: ValueError at line 2: broken here (in broken.py, line 1) (building it uses UNITS)"),
    ("mixed.py", "Acting", "made.txt (building it uses WIDTH)"),
    ("mixed.py", "Missing", "building it uses not_there.Thing.units, and not_there is not installed"),
    ("mixed.py", "Derived", "building it uses not_there.Thing, which Derived inherits from, and not_there is not installed"),
    ("mixed.py", "Addons", "building it uses tensorflow_addons.layers.GroupNormalization, and tensorflow_addons is not "
     "installed: Keras has keras.layers.GroupNormalization"),
    ("old.py", "Old", "building it failed at line 7: it uses keras.backend.int_shape, which Keras 3 does not have: use x.shape"),
    ("imports_older.py", "Older", "importing the file failed at line 2: it uses keras.layers.core, which Keras 3 does not have: "
     "use keras.layers (in older.py, line 1) (building it uses Dense)"),
    ("old.py", "make.Local", "it is defined inside the function make, and exists only while that runs"),
    ("old.py", "Made", "it is built with the functional API already, at line 25: it has no `call` of its own"),
]  # fmt: skip


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, ModelResult]]:
    """The project after all of its classes were run, and what became of each."""
    folder = tmp_path_factory.mktemp("project")
    for name, text in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    targets = []
    for name, symbol, _ in CASES:
        source = engine.Source(str(folder / name), FILES[name])
        found = tuple(f for f in engine.check(source, Options()) if f.symbol.startswith(symbol))
        targets.append(Target(str(folder / name), symbol, "model", 3, found))
    results = measure(targets, Settings(root=str(folder), probe_only=True))
    return folder, {result.symbol: result for result in results}


@pytest.mark.parametrize(("symbol", "reason"), [(symbol, reason) for _, symbol, reason in CASES])
def test_verdicts(project: tuple[Path, dict[str, ModelResult]], symbol: str, reason: str) -> None:
    result = project[1][symbol]
    if reason:
        assert reason in result.reason
    else:
        assert (result.status != "not_measured", result.reason) == (True, "")


def test_nothing_of_the_project_has_changed(project: tuple[Path, dict[str, ModelResult]]) -> None:
    folder = project[0]
    now = {path.relative_to(folder).as_posix(): path.read_text() for path in folder.rglob("*") if path.is_file()}
    assert now == FILES
