"""Every Keras class of the tables is built and called, in Keras 3 and in tf_keras, with each keyword that matters."""

from __future__ import annotations

import pytest

pytest.importorskip("tensorflow")

import keras
import tf_keras
from sampling import classes, entries, layer_calls, probe

from flake8_keras_graph import knowledge

pytestmark = pytest.mark.tensorflow

# Not built here: they need a model of another framework, a saved file or feature columns, or are abstract.
NOT_BUILT = {
    "AbstractRNNCell",
    "DenseFeatures",
    "FlaxLayer",
    "InputLayer",
    "JaxLayer",
    "Lambda",
    "Layer",
    "MaxNumBoundingBoxes",
    "Pipeline",
    "TFSMLayer",
    "TorchModuleWrapper",
    "Wrapper",
}
# tf_keras builds it with the InputSpec of tf.keras, which is Keras 3 by now, and refuses that.
BROKEN_IN_TF_KERAS = {"SpectralNormalization"}
LAYER_NAMES = knowledge.names_where(kind="layer", modules=("keras.layers",))


def _spec(name: str) -> knowledge.LayerReturns:
    found = knowledge.layer_returns(name)
    assert found is not None
    return found


def _check_each(namespace: str, name: str, constructor: str, call_texts: str, spec: str) -> list[str]:
    made = classes.classes(namespace, name)
    assert made or probe.is_older(), f"{name} is in neither package"
    return [
        problem
        for package, cls in made
        if not (package is tf_keras and name in BROKEN_IN_TF_KERAS)
        for call in call_texts.split(";")
        for problem in classes.check(package, cls, constructor, call.strip(), spec)
    ]


def test_every_layer_is_called() -> None:
    called = {f"keras.layers.{name}" for _, _, names in layer_calls.LAYER_CALLS for name in names.split()}
    not_built = {f"keras.layers.{name}" for name in NOT_BUILT}
    assert LAYER_NAMES - called == not_built
    assert {name for name in LAYER_NAMES if _spec(name).default == "unknown"} == not_built


@pytest.mark.parametrize("names", [row[2] for row in layer_calls.LAYER_CALLS], ids=lambda names: names.split()[0])
def test_layers(names: str) -> None:
    problems = [
        problem
        for constructor, call_texts, row in layer_calls.LAYER_CALLS
        if row == names
        for name in names.split()
        for problem in _check_each("layers", name, constructor, call_texts, _spec(f"keras.layers.{name}").default)
    ]
    assert not problems, "\n".join(problems)


@pytest.mark.parametrize("name", sorted(name.rpartition(".")[2] for name in knowledge.names_where("keeps-shape")))
def test_layers_that_keep_the_shape(name: str) -> None:
    made = [getattr(package.layers, name) for package in (keras, tf_keras) if hasattr(package.layers, name)]
    assert made
    for cls in made:
        for shape in ((2, 3), (2, 3, 4), (2, 3, 4, 5)):
            layer = cls("relu") if name == "Activation" else cls(0.1) if "Dropout" in name or "Noise" in name else cls()
            assert tuple(layer(keras.random.normal(shape)).shape) == shape


def test_image_layers_give_a_dict_back() -> None:
    problems = [
        problem
        for constructor, call, names in layer_calls.KERAS_3_CALLS
        for name in names.split()
        for problem in classes.check(keras, getattr(keras.layers, name), constructor, call, "structure")
    ]
    assert not problems, "\n".join(problems)


CONDITIONS = [
    (name, condition, spec)
    for name in sorted(LAYER_NAMES)
    for condition, spec in _spec(name).when
    if condition != "time_major"  # said to be unknown
]


@pytest.mark.parametrize(("name", "condition", "spec"), CONDITIONS)
def test_layers_with_a_keyword(name: str, condition: str, spec: str) -> None:
    short = name.rpartition(".")[2]
    constructor, call = layer_calls.CONDITION_CALLS.get((short, condition), ("", ""))
    if not constructor:
        constructor, call = next(row[:2] for row in layer_calls.LAYER_CALLS if short in row[2].split())
        if condition == "return_attention_scores":
            call = "; ".join(f"{each}, {condition}=True" for each in call.split(";"))
        else:
            constructor += f", {condition}=True"
    problems = []
    for package, cls in classes.classes("layers", short):
        traced = not (condition == "sparse" and package is keras and short in layer_calls.EAGER_SPARSE)
        for each in call.split(";"):
            problems += classes.check(package, cls, constructor, each.strip(), spec, traced)
    assert not problems, "\n".join(problems)


@pytest.mark.parametrize(
    ("namespace", "kind"), [("losses", "loss"), ("metrics", "metric"), ("initializers", "initializer")]
)
def test_losses_metrics_and_initializers(namespace: str, kind: str) -> None:
    usual = ("", "(2, 3)" if namespace == "initializers" else "x, y")
    problems = []
    known = [found for found in entries.all_records() if found.kind == kind and found.returns]
    for name in (found.name.rpartition(".")[2] for found in known):
        constructor, call = layer_calls.OTHER_CALLS.get(f"keras.{namespace}.{name}", usual)
        problems += _check_each(namespace, name, constructor, call, _spec(f"keras.{namespace}.{name}").default)
    assert not problems, "\n".join(problems)


def _public_classes(namespace: str, base: str) -> set[str]:
    found = set()
    for package in (keras, tf_keras):
        module = getattr(package, namespace)
        kind = getattr(module, base)
        found |= {
            name
            for name in dir(module)
            if isinstance(getattr(module, name), type) and issubclass(getattr(module, name), kind)
        }
    return found - {base}


@pytest.mark.parametrize(
    ("namespace", "base", "known"),
    [
        ("layers", "Layer", knowledge.is_layer),
        ("losses", "Loss", knowledge.is_loss),
        ("metrics", "Metric", knowledge.is_metric),
        ("initializers", "Initializer", knowledge.is_initializer),
        ("optimizers", "Optimizer", knowledge.is_optimizer),
    ],
)
def test_every_public_class_is_known(namespace: str, base: str, known: object) -> None:
    assert callable(known)
    names = _public_classes(namespace, base)
    assert {name for name in names if not known(f"keras.{namespace}.{name}")} == set()
    assert known(f"keras.{namespace}.{base}")


def test_applications_are_models() -> None:
    names = [name for name in dir(keras.applications) if name[0].isupper()]
    assert names
    assert all(knowledge.is_model(f"keras.applications.{name}") for name in names)
    assert not any(knowledge.is_model(f"keras.applications.{name}") for name in ("vgg16", "imagenet_utils"))
