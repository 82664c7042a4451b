"""What check knows of a file holds for its fixes: which Keras it is, and what names mean, however they are imported."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

import pytest
from page_examples import bad_examples
from readings import reading_of

from flake8_keras_graph import engine
from flake8_keras_graph.config import Options
from flake8_keras_graph.rewrite.apply import fix_text

MODEL = """

class Gated(BASE):
    def __init__(self):
        super().__init__()
        self.head = DENSE(1)

    def call(self, inputs):
        x = self.head(inputs)
        if MEAN(x) > 0.0:
            x = x * 0.5
        return x
"""
LEGACY = 'import os\n\nos.environ["TF_USE_LEGACY_KERAS"] = "1"\n'
COMPAT = {
    "__init__.py": "",
    "compat.py": "import keras\nimport tensorflow as tf\nK = keras\nlayers = keras.layers\nops = keras.ops\n",
    "old.py": "import tf_keras\nK = tf_keras\nfrom tf_keras import layers\n",
}

# Imports, the base class, a layer and the mean as they are written with them, and what the fix writes.
HEADS = [
    ("import keras", "keras.Model", "keras.layers.Dense", "keras.ops.mean", "keras.ops.where"),
    ("import keras as k", "k.Model", "k.layers.Dense", "k.ops.mean", "k.ops.where"),
    ("import keras\nfrom keras import ops", "keras.Model", "keras.layers.Dense", "ops.mean", "ops.where"),
    ("from keras import layers, ops as o", "layers.Layer", "layers.Dense", "o.mean", "o.where"),
    ("from keras.models import *\nfrom keras import layers, ops", "Model", "layers.Dense", "ops.mean", "ops.where"),
    ("import keras\nL = keras.layers", "keras.Model", "L.Dense", "keras.ops.mean", "keras.ops.where"),
    ("import tensorflow as tf", "tf.keras.Model", "tf.keras.layers.Dense", "tf.reduce_mean", "tf.keras.ops.where"),
    ("import tensorflow as tf\nfrom tensorflow import keras", "keras.Model", "keras.layers.Dense", "tf.reduce_mean",
     "keras.ops.where"),
    ("from tensorflow import keras as tfk", "tfk.Model", "tfk.layers.Dense", "tfk.ops.mean", "tfk.ops.where"),
    ("import tensorflow.keras as K", "K.Model", "K.layers.Dense", "K.ops.mean", "K.ops.where"),
    ("try:\n    import keras\nexcept ImportError:\n    from tensorflow import keras", "keras.Model",
     "keras.layers.Dense", "keras.ops.mean", "keras.ops.where"),
    ("if True:\n    import keras", "keras.Model", "keras.layers.Dense", "keras.ops.mean", "keras.ops.where"),
    ("from .compat import K, layers", "K.Model", "layers.Dense", "K.ops.mean", "K.ops.where"),
    ("from .compat import K as backend, ops", "backend.Model", "backend.layers.Dense", "ops.mean", "ops.where"),
    ("from .compat import *", "tf.keras.Model", "tf.keras.layers.Dense", "tf.reduce_mean", "tf.keras.ops.where"),
]  # fmt: skip
KERAS_2 = [
    ("import tf_keras", "tf_keras.Model", "tf_keras.layers.Dense"),
    ("import tf_keras as keras", "keras.Model", "keras.layers.Dense"),
    ("from tf_keras import layers", "layers.Layer", "layers.Dense"),
    (f"{LEGACY}from tensorflow import keras", "keras.Model", "keras.layers.Dense"),
    (f"{LEGACY}from tensorflow.keras import layers as L", "L.Layer", "L.Dense"),
    ("from .old import K, layers", "K.Model", "layers.Dense"),
    ("from . import old", "old.K.Model", "old.layers.Dense"),
]


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("project") / "pkg"
    folder.mkdir()
    for name, text in COMPAT.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def written(head: str, base: str, dense: str, mean: str) -> str:
    return f"{head}\n" + MODEL.replace("BASE", base).replace("DENSE", dense).replace("MEAN", mean)


def fixed_lines(package: Path, text: str, options: Options) -> tuple[list[str], str]:
    """Lines that a fix without ``--unsafe`` adds, and all of the text."""

    def check(path: str, content: str) -> list[engine.Finding]:
        return engine.check(engine.Source(path, content), options)

    fixed = fix_text(reading_of(text, str(package / "model.py"), options), check).text
    compile(fixed, "model.py", "exec")
    old = text.splitlines()
    return [line.strip() for line in fixed.splitlines() if line not in old], fixed


@pytest.mark.parametrize(("head", "base", "dense", "mean", "where"), HEADS)
def test_the_fix_is_safe_and_in_the_spelling_of_the_file(package, head, base, dense, mean, where):
    added, _ = fixed_lines(package, written(head, base, dense, mean), Options())
    assert added == [f"x = {where}({mean}(x) > 0.0, x * 0.5, x)"]


@pytest.mark.parametrize(("head", "base", "dense"), KERAS_2)
def test_keras_2_has_no_operations_of_its_own(package, head, base, dense):
    text = written(f"{head}\nimport tensorflow as tf", base, dense, "tf.reduce_mean")
    added, _ = fixed_lines(package, text, Options())
    assert added == ["x = tf.where(tf.reduce_mean(x) > 0.0, x * 0.5, x)"]


@pytest.mark.parametrize(("head", "base", "dense", "mean", "where"), HEADS)
def test_the_option_says_which_keras_it_is(package, head, base, dense, mean, where):
    """Whatever is imported, as for check."""
    text = written(f"{head}\nimport tensorflow as tf", base, dense, "tf.reduce_mean")
    for version, operation in (("2", "tf.where"), ("3", where)):
        added, _ = fixed_lines(package, text, Options(keras=version))
        assert added == [f"x = {operation}(tf.reduce_mean(x) > 0.0, x * 0.5, x)"]


@pytest.mark.parametrize("head", ["from . import compat", "from pkg import compat"])
def test_an_import_is_added_where_the_file_names_a_module_of_the_project(package, head):
    text = written(head, "compat.K.Model", "compat.layers.Dense", "compat.ops.mean")
    added, _ = fixed_lines(package, text, Options())
    assert added == ["from keras import ops", "x = ops.where(compat.ops.mean(x) > 0.0, x * 0.5, x)"]


@pytest.mark.parametrize(("backend", "added"), [("tensorflow", True), ("jax", False)])
def test_operations_of_tensorflow_are_for_its_own_graphs(package, backend, added):
    head = f"import os\nos.environ['KERAS_BACKEND'] = '{backend}'\nimport keras"
    text = written(head, "keras.Model", "keras.layers.Dense", "keras.ops.mean").replace(
        "if keras.ops.mean(x) > 0.0:\n            x = x * 0.5", "assert keras.ops.mean(x) > 0.0"
    )
    check = lambda path, content: engine.check(engine.Source(path, content), Options())  # noqa: E731
    fixed = fix_text(reading_of(text, "model.py"), check, unsafe=True)
    assert ("tf.debugging.Assert(" in fixed.text) == added
    assert check("model.py", text)


def test_two_classes_of_two_kerases():
    head = "import keras\nimport tensorflow as tf\nimport tf_keras"
    text = written(head, "keras.Model", "keras.layers.Dense", "tf.reduce_mean")
    text += (
        MODEL.replace("BASE", "tf_keras.Model")
        .replace("DENSE", "tf_keras.layers.Dense")
        .replace("MEAN", "tf.reduce_mean")
        .replace("Gated", "Old")
    )
    added, fixed = fixed_lines(Path(), text, Options())
    assert sorted(added) == [
        "x = keras.ops.where(tf.reduce_mean(x) > 0.0, x * 0.5, x)",
        "x = tf.where(tf.reduce_mean(x) > 0.0, x * 0.5, x)",
    ]
    assert fixed.index("keras.ops.where") < fixed.index(" tf.where")


@pytest.mark.parametrize(("code", "source"), bad_examples())
def test_no_fix_writes_what_keras_2_lacks(code, source):
    """Every bad example, were the file on Keras 2: what check says of it there, a fix can mend with TensorFlow alone."""
    options = Options(keras="2")

    def check(path, text):
        return engine.check(engine.Source(path, text), options)

    fixed = fix_text(reading_of(source, "model.py", options), check, unsafe=True).text
    known = set(re.findall(r"\b(?:keras\.)?(?:ops|random)\.\w+", source))
    assert set(re.findall(r"\b(?:keras\.)?(?:ops|random)\.\w+", fixed)) <= known


def test_every_spelling_has_the_same_fix_for_every_rule(package):
    """The bad examples of all rules with ``keras`` and its parts from the project's own module: as safe, as many."""
    heads = {
        "import keras\n": "from .compat import K as keras\n",
        "from keras import ops\n": "from .compat import ops\n",
    }
    for (code, source), spellings in itertools.product(bad_examples(), [heads]):
        text = source
        for old, new in spellings.items():
            text = text.replace(old, new)
        if text == source:
            continue
        counts = []
        for each in (source, text):
            path = str(package / "model.py")
            check = lambda where, content: engine.check(engine.Source(where, content), Options())  # noqa: E731
            fixed = fix_text(reading_of(each, path), check, unsafe=True)
            counts.append([(made.finding.code, made.fix.safety, made.fix.note) for made in fixed.applied])
        assert counts[0] == counts[1], code
