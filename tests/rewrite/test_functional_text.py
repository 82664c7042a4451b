"""What builders look like, and what is refused: without TensorFlow."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from readings import builder_of

from flake8_keras_graph.rewrite.functional.builder import Refusal

FIXTURES = Path(__file__).parents[2] / "fixtures"

MODEL = """
import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops


class Net(keras.Model):
    def __init__(self, units=8):
        super().__init__()
        self.dense = layers.Dense(units)
        self.drop = layers.Dropout(0.5)
        self.norm = layers.BatchNormalization()
        self.blocks = [layers.Dense(units) for _ in range(2)]
        self.count = 0

    def call(self, x, training=None):
BODY
"""


def refusals(body: str) -> list[tuple[int, str]]:
    """Refusals for a ``call`` of ``body``: line in the body and reason."""
    lines = "\n".join(f"        {line}" for line in body.splitlines())
    found = builder_of(MODEL.replace("BODY", lines), "Net").refusals
    return [(refusal.line - 17, refusal.reason) for refusal in found]


def call_of(body: str) -> str:
    """The part of the builder that stands for ``call``."""
    lines = "\n".join(f"        {line}" for line in body.splitlines())
    rewrite = builder_of(MODEL.replace("BODY", lines), "Net")
    assert rewrite.source is not None, rewrite.refusals
    compile(rewrite.source, "builder.py", "exec")
    return rewrite.source.split("blocks = [layers.Dense(units) for _ in range(2)]\n")[1]


@pytest.mark.parametrize(
    ("body", "line", "part"),
    [
        ("if ops.mean(x) > 0:\n    x = self.dense(x)\nreturn x", 1, "branches on a tensor"),
        ("y = self.dense(x)\nwhile ops.any(y > 0):\n    y = y - 1\nreturn y", 2, "loops while a tensor"),
        ("y = ops.abs(x)\nfor row in y:\n    y = y + row\nreturn y", 2, "loops over a tensor"),
        ("self.count += 1\nreturn self.dense(x)", 1, "`self.count` is changed"),
        ("assert ops.all(x > 0)\nreturn x", 1, "asserts on a tensor"),
        ("return self.dense(x).numpy()", 1, "needs a value"),
        ("return np.tanh(self.dense(x))", 1, "symbolic tensor has none"),
        ("return self.missing(x)", 1, "`self.missing` is not set in the constructor"),
        ("return layers.Dense(3)(x)", 1, "creates weights in `call`"),
        ("try:\n    return self.dense(x)\nexcept ValueError:\n    return x", 1, "`try`"),
        ("return self.dense(x) + np.random.normal()", 1, "frozen in a graph"),
        ("x = self.dense(x)\nreturn None if not x else x", 2, "branches on a tensor"),
        ("with tf.GradientTape() as tape:\n    y = self.dense(x)\nreturn y", 1, "has no meaning while building"),
        ("self.dense(x)", 0, "returns nothing"),
    ],
)
def test_what_cannot_be_expressed_is_named_at_its_line(body, line, part):
    found = refusals(body)
    assert any(at == line and part in reason for at, reason in found), found


@pytest.mark.parametrize(
    ("source", "symbol", "part"),
    [
        ("import keras\nclass A(keras.layers.Layer):\n    def call(self, x): return x", "A", "is not in this file"),
        ("class A:\n    def call(self, x): return x", "A", "not a keras.Model"),
        ("import keras\nclass A(keras.Model):\n    pass", "A", "no `call`"),
        (
            "import keras\nclass A(keras.Model):\n    def __init__(self):\n        super().__init__(i, o)",
            "A",
            "functional API",
        ),
        (
            "import keras\nclass A(keras.Model):\n    def __init__(self):\n        super().__init__()\n"
            "        setattr(self, f'd{1}', 1)\n    def call(self, x): return x",
            "A",
            "`setattr` may set any attribute",
        ),
    ],
)
def test_classes_that_are_refused(source, symbol, part):
    rewrite = builder_of(source, symbol)
    assert rewrite.source is None
    assert any(part in refusal.reason for refusal in rewrite.refusals), rewrite.refusals


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        # each branch on training that only switches layers that know it themselves
        ("if training:\n    x = self.drop(x)\nreturn x", "x = drop(inputs)"),
        ("x = self.drop(x, training=training) if training else x\nreturn x", "x = drop(inputs)"),
        ("if not training:\n    return x\nreturn self.drop(x)", "outputs=drop(x)"),
        (
            "if training:\n    x = self.norm(x, training=True)\nelse:\n    x = self.norm(x, training=False)\nreturn x",
            "x = norm(inputs)",
        ),
        ("if training and self.count:\n    x = self.drop(x)\nreturn x", "if count:\n        x = drop(x)"),
        ("if training is None:\n    training = False\nreturn self.drop(x, training=training)", "outputs=drop(x)"),
        ("for b in self.blocks:\n    x = b(x)\n    if training:\n        x = self.drop(x)\nreturn x", "x = drop(x)"),
        # what differs between the two stays, in a layer
        ("if training:\n    x = self.norm(x)\nreturn x", "NetTrainingBranch(norm)(inputs)"),
        ("if training:\n    x = self.dense(x)\nreturn x", "NetTrainingBranch(dense)(inputs)"),
        ("x = self.dense(x, training)\nreturn x", "NetTrainingBranch(dense)(inputs)"),
    ],
)
def test_training_branches(body, expected):
    assert expected in call_of(body)


UNTOLD = """
import keras
from keras import layers


class Block(layers.Layer):
    def __init__(self):
        super().__init__()
        self.norm = layers.BatchNormalization()

    def call(self, x):
        return self.norm(x)


class Net(keras.Model):
    def __init__(self, rate=0.5):
        super().__init__()
        self.part = MADE

    def call(self, x):
        return self.part(x)
"""


@pytest.mark.parametrize(
    ("made", "name"),
    [
        ("layers.Dropout(0.5)", "Dropout"),
        ("keras.Sequential([layers.Dense(3), layers.BatchNormalization()])", "BatchNormalization"),
        ("layers.LSTM(3, recurrent_dropout=rate)", "LSTM"),
        ("[Block() for _ in range(2)]", "BatchNormalization"),
        ("layers.LSTM(3, dropout=0.0)", ""),
        ("layers.Dense(3)", ""),
    ],
)
def test_a_model_that_is_not_told_about_training(made, name):
    # Keras 3 fits it as in inference: a functional model, which is told, would differ.
    source = UNTOLD.replace("MADE", made)
    untold = builder_of(source, "Net")
    assert untold.source is not None
    assert ["as in inference" in note.text for note in untold.notes] == [True] * bool(name)
    assert ("training=False" in untold.source) == (name not in ("", "Dropout"))
    assert ("Dropout" in untold.source) == (name not in ("", "Dropout") and "Dropout" in source.split("class Net")[1])
    told = builder_of(source.replace("call(self, x)", "call(self, x, training=None)"), "Net")
    assert not told.refusals


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("return tf.reduce_sum(x, axis=1)", "ops.sum(x, axis=1)"),
        ("return tf.cast(x > 0, tf.float32)", 'ops.cast(x > 0, "float32")'),
        ("return x == 0", "ops.equal(x, 0)"),
        ("y = x.get_shape().as_list()[1]\nreturn x * y", "y = list(x.shape)[1]"),
        ("a = tf.constant(2.0)\nreturn x + a", "a = tf.constant(2.0)"),
    ],
)
def test_operations(body, expected):
    assert expected in call_of(body)


@pytest.mark.parametrize("path", sorted((FIXTURES / "models").glob("*.py")), ids=lambda path: path.stem)
def test_builders_keep_comments_and_parse(path):
    text = path.read_text(encoding="utf-8")
    for node in ast.parse(text).body:
        if not isinstance(node, ast.ClassDef):
            continue
        rewrite = builder_of(text, node.name)
        assert (rewrite.source is None) == bool(rewrite.refusals)
        if rewrite.source is None:
            continue
        names = [made.name for made in ast.parse(rewrite.source).body]
        assert rewrite.name in names[-2:]
        assert names[-1] == rewrite.name or names[-1].startswith("load_")
        assert "self." not in rewrite.source.split(f"def {rewrite.name}(")[1]
        assert all(line == line.rstrip() for line in rewrite.source.splitlines())


CONSTRUCTED = """
import keras
from keras import layers, ops


class Packed(layers.Layer):
    def __call__(self, x, y=None):
        return super().__call__([x, y])

    def call(self, inputs):
        return inputs[0] + inputs[1]


class Sampled(layers.Layer):
    def call(self, x, training=None):
        if training:
            return x, x
        return x


class Net(keras.Model):
    def __init__(self, network, **kwargs):
        super().__init__()
BODY
        self.dense = layers.Dense(3)

    def call(self, inputs, training=None):
        return CALL
"""


def constructed(body: str, call: str = "self.dense(inputs)"):
    """The builder of a model with ``body`` in its constructor."""
    lines = "\n".join(f"        {line}" for line in body.splitlines())
    return builder_of(CONSTRUCTED.replace("BODY", lines).replace("CALL", call), "Net")


@pytest.mark.parametrize(
    ("body", "call", "line", "reason"),
    [
        ("if kwargs:\n    return", "self.dense(inputs)", 24, "`__init__` returns before its end"),
        (
            "self.sample = Sampled()",
            "self.sample(inputs)",
            24,
            "`Sampled` gives other outputs in training than outside",
        ),
        (
            "self.other = layers.Dense(2)\nself.other(ops.ones((1, 2)))",
            "self.dense(inputs)",
            25,
            "`other` gets weights",
        ),
        ("pass", "{'a': inputs} if training else {'b': inputs}", 28, "gives other outputs in training"),
        ("pass", "(self.dense(inputs), training)", 28, "gives other outputs in training"),
    ],
)
def test_what_would_not_be_the_same_model_is_refused(body, call, line, reason):
    refusals = constructed(body, call).refusals
    assert any(refusal.line == line and reason in refusal.reason for refusal in refusals), refusals


def test_what_nothing_reads_is_left_out_and_what_is_read_is_kept():
    source = constructed(
        "self.config = {'kwargs': kwargs}\nself.scale = 2.0\nself.extra = layers.Dense(**kwargs)"
    ).source
    assert source is not None
    assert "config" not in source
    assert "scale" not in source
    assert "def build_net(inputs, network, **kwargs):" in source


@pytest.mark.parametrize(
    ("body", "call", "layer"),
    [
        ("self.packed = Packed()", "self.packed(inputs, y=inputs)", "NetPacked(packed)(inputs)"),
        ("self.network = network", "self.network(first=inputs)", "NetNetwork(network)(inputs)"),
    ],
)
def test_layers_that_are_called_in_their_own_way_are_kept_in_a_layer(body, call, layer):
    source = constructed(body, call).source
    assert source is not None
    assert layer in source


def test_long_lines_are_wrapped():
    names = [f"coefficient_of_term_number_{number}" for number in range(6)]
    body = "\n".join(f"self.{name} = len(kwargs) * {number}" for number, name in enumerate(names))
    call = f"ops.cond(ops.sum(inputs) > 0, lambda: inputs * ({' + '.join(f'self.{name}' for name in names)}), lambda: inputs)"
    source = constructed(body, call).source
    assert source is not None
    built = source.split("def build_net")[1]
    assert "        coefficient_of_term_number_0,\n" in built
    assert all(len(line) <= 100 for line in built.splitlines())


def test_annotations_over_several_lines_are_put_on_one():
    source = CONSTRUCTED.replace("BODY", "        pass").replace("CALL", "self.dense(inputs)")
    given = "units: Optional[Callable[\n        [], Tuple[\n            int,\n            int,\n        ]]] = None, **kwargs"
    built = builder_of(source.replace("**kwargs", given), "Net").source
    assert built is not None
    assert "units: Optional[Callable[[], Tuple[int, int]]] = None" in built


def test_functions_of_packages_named_like_keras_are_not_taken_for_keras():
    source = MODEL.replace("import keras\n", "import keras\nfrom keras_extra.maths import rotate\n", 1)
    rewrite = builder_of(source.replace("BODY", "        return rotate(self.dense(x))"), "Net")
    assert rewrite.source is not None
    assert "class NetRotate(layers.Layer):" in rewrite.source


def test_no_class_and_no_syntax():
    with pytest.raises(KeyError):
        builder_of("x = 1", "Net")
    with pytest.raises(SyntaxError):
        builder_of("def (", "Net")


def test_names_of_the_module_are_left_alone():
    text = (FIXTURES / "models" / "vae.py").read_text(encoding="utf-8")
    text += "\n\nclass Reparameterize:\n    pass\n\n\ndef build_vae():\n    pass\n"
    rewrite = builder_of(text, "VAE")
    assert rewrite.source is not None
    assert rewrite.name == "build_vae_functional"
    assert "class Reparameterize(" not in rewrite.source


def test_refusals_are_in_order_and_plain():
    assert Refusal(2, "b") > Refusal(1, "z")
