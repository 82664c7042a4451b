"""What is said only to build: names that exist, and every method of the installed classes put on one side or the other."""

from __future__ import annotations

import argparse
import collections
import importlib
import logging
import pathlib
import random
import re
from typing import Any

import pytest

from flake8_keras_graph import knowledge
from flake8_keras_graph.knowledge.building import (
    _BUILDING_NAMES,
    ACTING_METHODS,
    BUILDING_METHODS,
)

keras = pytest.importorskip("keras")
np = pytest.importorskip("numpy")
tf = pytest.importorskip("tensorflow")
pytestmark = pytest.mark.tensorflow

# As the tables name them; what they hold are methods of these classes, and of none in particular for "builtins".
CLASSES: dict[str, tuple[type, ...]] = {
    "argparse.ArgumentParser": (argparse.ArgumentParser,),
    "builtins": (str, bytes, int, float, complex, list, tuple, dict, set, frozenset),
    "collections": (collections.OrderedDict, collections.Counter, collections.deque, collections.defaultdict),
    "keras.Layer": (keras.layers.Layer,),
    "keras.Model": (keras.Model, keras.Sequential),
    "keras.losses.Loss keras.metrics.Metric keras.optimizers.Optimizer": (
        keras.losses.Loss, keras.metrics.Metric, keras.metrics.Mean, keras.optimizers.Adam,
    ),
    "logging.Logger": (),
    "numpy.ndarray": (np.ndarray,),
    "numpy.random.Generator numpy.random.RandomState random.Random": (),
    "pathlib.PurePath": (pathlib.Path,),
    "re.Match re.Pattern": (re.Match, re.Pattern),
    "tf.Tensor tf.Variable": (),
    "tf.data.Dataset": (tf.data.Dataset,),
}  # fmt: skip
# Of those of which only the common ones are listed.
IN_PART: dict[str, tuple[type, ...]] = {
    "logging.Logger": (logging.Logger,),
    "numpy.random.Generator numpy.random.RandomState random.Random": (
        np.random.Generator, np.random.RandomState, random.Random,
    ),
    "tf.Tensor tf.Variable": (type(tf.constant(1)), tf.Variable, tf.TensorShape),
}  # fmt: skip


def _methods(cls: type) -> set[str]:
    return {name for name in dir(cls) if not name.startswith("_") and callable(getattr(cls, name, None))}


@pytest.mark.parametrize("title", [title for title, classes in CLASSES.items() if classes])
def test_every_method_is_on_one_side(title: str) -> None:
    said = {name for table in (BUILDING_METHODS, ACTING_METHODS) for names in table.values() for name in names.split()}
    properties = {"metrics", "losses", "weights", "variables", "path", "name", "loss"}
    missing = set().union(*map(_methods, CLASSES[title])) - said - properties
    assert missing == set()


@pytest.mark.parametrize("title", sorted(BUILDING_METHODS))
def test_methods_exist(title: str) -> None:
    there = set().union(*map(_methods, (*CLASSES[title], *IN_PART.get(title, ()))))
    of_other_versions = {
        "add_metric", "add_variable", "minimize", "ptp", "compiled_loss", "reset_states", "with_segments", "register", "add_parser",
        "quantized_build", "quantized_call", "get_quantization_layer_structure", "rematerialized_call", "to_device",
         "is_integer", "bit_count", "removeprefix", "removesuffix", "total", "with_stem", "is_relative_to",
    }  # fmt: skip
    assert set(BUILDING_METHODS[title].split()) - there - of_other_versions == set()


@pytest.mark.parametrize("title", sorted(ACTING_METHODS))
def test_acting_methods_are_none_that_build(title: str) -> None:
    assert not set(ACTING_METHODS[title].split()) & set(BUILDING_METHODS.get(title, "").split())


def _found(name: str) -> Any:
    """The object of a canonical name."""
    head, *rest = name.replace("tf.", "tensorflow.", 1).split(".") if name.startswith("tf.") else name.split(".")
    found: Any = importlib.import_module(head)
    for index, part in enumerate(rest):
        try:
            found = getattr(found, part)
        except AttributeError:
            found = importlib.import_module(".".join([head, *rest[: index + 1]]))
    return found


OF_OTHER_VERSIONS = {
    "keras.preprocessing.text.Tokenizer", "keras.utils.Sequence", "numpy.bool8", "numpy.float", "numpy.int",
    "pathlib.WindowsPath", "tf.data.experimental.AUTOTUNE",
}  # fmt: skip
NOT_REQUIRED = ("omegaconf", "scipy", "tf.feature_column", "keras.preprocessing", "builtins.__file__")


@pytest.mark.parametrize("name", sorted(_BUILDING_NAMES))
def test_names_exist(name: str) -> None:
    if name in OF_OTHER_VERSIONS or name.startswith(NOT_REQUIRED):
        pytest.skip("not in what is installed")
    _found(name)


@pytest.mark.parametrize(
    ("name", "builds"),
    [
        ("keras.layers.Dense", True),
        ("keras.Sequential", True),
        ("keras.datasets.mnist.load_data", False),
        ("keras.models.load_model", False),
        ("keras.saving.load_model", False),
        ("keras.utils.get_file", False),
        ("keras.utils.image_dataset_from_directory", False),
        ("keras.utils.plot_model", False),
        ("keras.config.enable_unsafe_deserialization", False),
        ("numpy.zeros", True),
        ("numpy.random.rand", True),
        ("numpy.load", False),
        ("numpy.loadtxt", False),
        ("numpy.genfromtxt", False),
        ("numpy.fromfile", False),
        ("numpy.memmap", False),
        ("numpy.save", False),
        ("numpy.lib.format.open_memmap", False),
        ("tf.reduce_sum", True),
        ("tf.io.read_file", False),
        ("tf.io.write_file", False),
        ("tf.io.gfile.GFile", False),
        ("tf.data.TextLineDataset", False),
        ("tf.data.Dataset.list_files", False),
        ("tf.py_function", False),
        ("tf.load_op_library", False),
        ("tf.saved_model.load", False),
        ("tf.train.Checkpoint", False),
        ("tf.config.run_functions_eagerly", False),
        ("tf.disable_eager_execution", False),
        ("tf.distribute.MirroredStrategy", False),
        ("tf.summary.create_file_writer", False),
        ("builtins.len", True),
        ("builtins.open", False),
        ("builtins.input", False),
        ("builtins.exec", False),
        ("builtins.eval", False),
        ("builtins.compile", False),
        ("builtins.__import__", False),
        ("builtins.exit", False),
        ("builtins.breakpoint", False),
        ("math.sqrt", True),
        ("os.path.join", True),
        ("os.getenv", True),
        ("os.remove", False),
        ("os.system", False),
        ("os.listdir", False),
        ("os._exit", False),
        ("shutil.rmtree", False),
        ("subprocess.run", False),
        ("json.load", False),
        ("pickle.loads", False),
        ("pandas.read_csv", False),
        ("requests.get", False),
        ("urllib.request.urlopen", False),
        ("time.sleep", False),
        ("sys.exit", False),
        ("multiprocessing.Process", False),
    ],
)
def test_only_builds(name: str, builds: bool) -> None:
    assert knowledge.only_builds(name) is builds
