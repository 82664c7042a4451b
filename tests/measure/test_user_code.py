"""Models as people write them: configurations, parts built beforehand, steps of their own, lookups, ragged inputs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("tensorflow")

from flake8_keras_graph import engine
from flake8_keras_graph.config import Options
from flake8_keras_graph.measure.parent.session import Settings, Target, measure
from flake8_keras_graph.records import ModelResult
from flake8_keras_graph.report.measured.view import spec_text, uncompiled

pytestmark = pytest.mark.tensorflow

MODELS = """
import dataclasses

import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops

(x_train, y_train), _ = keras.datasets.mnist.load_data()
for epoch in range(3):
    for x, y in x_train:
        print(x, y)


@dataclasses.dataclass
class Config:
    widths: list[int]
    classes: int = 3


class Configured(keras.Model):
    def __init__(self, config: Config):
        super().__init__()
        self.parts = [layers.Dense(width) for width in config.widths]
        self.head = layers.Dense(config.classes)

    def call(self, x):
        for part in self.parts:
            x = part(x)
        return self.head(x)


def main():
    config = Config(widths=[4, 5])
    net = Configured(config)
    net.fit(x_train, y_train)


class Annotated(keras.Model):
    def __init__(self, config: Config):
        super().__init__()
        self.parts = [layers.Dense(width) for width in config.widths]

    def call(self, x):
        for part in self.parts:
            x = part(x)
        return x


class Free(keras.Model):
    def __init__(self, cfg, sizes):
        super().__init__()
        self.heads = cfg["num_heads"]
        self.parts = [layers.Dense(size) for size in sizes]

    def call(self, x):
        for part in self.parts:
            x = part(x)
        return x


class Sampling(layers.Layer):
    def call(self, inputs):
        mean, spread = inputs
        return mean + spread * keras.random.normal(ops.shape(mean))


inputs = keras.Input((12, 12, 1))
x = layers.Flatten()(inputs)
z = Sampling()([layers.Dense(2)(x), layers.Dense(2)(x)])
encoder = keras.Model(inputs, [z, x])
encoder.summary()
decoder = keras.Sequential()
decoder.add(keras.Input((2,)))
decoder.add(layers.Dense(144))


class VAE(keras.Model):
    def __init__(self, encoder, decoder):
        super().__init__()
        self.encoder, self.decoder = encoder, decoder
        self.tracker = keras.metrics.Mean(name="loss")

    def train_step(self, images):
        batch = ops.shape(images)[0]
        noise = keras.random.normal((batch, 2))
        with tf.GradientTape() as tape:
            code, flat = self.encoder(images)
            loss = ops.mean((self.decoder(code + noise) - flat) ** 2)
        print("step")
        gradients = tape.gradient(loss, self.trainable_weights)
        self.optimizer.apply_gradients(zip(gradients, self.trainable_weights))
        self.tracker.update_state(loss)
        return {"loss": self.tracker.result()}


vae = VAE(encoder, decoder)
vae.compile(optimizer="adam")
vae.fit(x_train, epochs=30)


class Adversary(keras.Model):
    def __init__(self, judge, forger):
        super().__init__()
        self.judge, self.forger = judge, forger

    def compile(self, d_optimizer, loss_fn):
        super().compile()
        self.d_optimizer, self.loss_fn = d_optimizer, loss_fn

    def train_step(self, real):
        count = tf.shape(real)[0]
        fake = self.forger(tf.random.normal((count, 4)))
        both = tf.concat([fake, real], axis=0)
        with tf.GradientTape() as tape:
            score = self.judge(both)
            loss = self.loss_fn(tf.ones_like(score), score)
        if loss > 100.0:
            loss = loss * 2.0
        gradients = tape.gradient(loss, self.judge.trainable_weights)
        self.d_optimizer.apply_gradients(zip(gradients, self.judge.trainable_weights))
        return {"loss": loss}


adversary = Adversary(
    judge=keras.Sequential([keras.Input((6,)), layers.Dense(1)]),
    forger=keras.Sequential([keras.Input((4,)), layers.Dense(6)]),
)


class Towers(keras.Model):
    def __init__(self, vocabulary=("a", "b")):
        super().__init__()
        self.tower = keras.Sequential([layers.StringLookup(vocabulary=list(vocabulary)), layers.Embedding(3, 4)])

    def call(self, features):
        return self.tower(features["user"]) * self.tower(features["item"])


words = layers.TextVectorization(max_tokens=20, output_sequence_length=4)
words.adapt(x_train)


class Texts(keras.Model):
    def __init__(self):
        super().__init__()
        self.words = words
        self.embedding = layers.Embedding(20, 4)

    def call(self, texts):
        return tf.reduce_mean(self.embedding(self.words(texts)), axis=1)


class Bag(keras.Model):
    def __init__(self):
        super().__init__()
        self.embedding = layers.Embedding(50, 4)

    def call(self, ids):
        return tf.reduce_mean(self.embedding(ids.to_tensor()), axis=1)


class Sparse(keras.Model):
    def __init__(self):
        super().__init__()
        self.w = self.add_weight(shape=(16, 3), name="w")

    def call(self, x: tf.SparseTensor):
        return tf.sparse.sparse_dense_matmul(x, self.w)


def drawn(batch, seed):
    return tf.sparse.from_dense(np.eye(batch, 16, dtype="float32"))


class Graph(keras.Model):
    def __init__(self):
        super().__init__()
        self.dense = layers.Dense(5)

    def call(self, inputs):
        nodes, adjacency = inputs
        return tf.matmul(adjacency, self.dense(nodes))
"""

SYMBOLS = ("Configured", "Annotated", "Free", "VAE", "Adversary", "Towers", "Texts", "Bag", "Sparse", "Graph")


def _measured(
    folder: Path, text: str, symbols: tuple[str, ...], kinds: dict[str, Any] | None = None, **settings: Any
) -> dict[str, ModelResult]:
    path = folder / "models.py"
    path.write_text(text)
    found = engine.check(engine.Source(str(path), text), Options())
    targets = [
        Target(
            str(path), s, (kinds or {}).get(s, "model"), 3, tuple(f for f in found if f.symbol.partition(".")[0] == s)
        )
        for s in symbols
    ]
    results = measure(targets, Settings(root=str(folder), **settings))
    return {result.symbol: result for result in results}


@pytest.fixture(scope="module")
def fed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, ModelResult]:
    return _measured(tmp_path_factory.mktemp("user"), MODELS, SYMBOLS, probe_only=True)


@pytest.mark.parametrize(
    ("symbol", "told"),
    [
        ("Configured", "built by Configured(config) in models.py:"),
        ("Annotated", "built with (config=Config(widths=[8, 8], classes=3)), guessed"),
        ("Free", "built with (cfg=<every entry guessed by its name>, sizes=[8, 8]), guessed"),
        ("VAE", "built by VAE(encoder, decoder) in models.py:"),
        ("Adversary", "inputs (6,) float32"),
        ("Towers", "inputs () string, () string"),
        ("Texts", "inputs () string"),
        ("Bag", "inputs (8,) ragged int32"),
        ("Sparse", "inputs (16,) sparse float32"),
        ("Graph", "inputs (16, 8) float32, (16, 16) float32"),
    ],
)
def test_it_is_built_and_fed(fed: dict[str, ModelResult], symbol: str, told: str) -> None:
    result = fed[symbol]
    assert result.status != "not_measured", result.reason
    assert result.spec is not None
    assert told in spec_text(result.spec)


def test_a_model_without_call_is_probed_where_fit_runs_it(fed: dict[str, ModelResult]) -> None:
    (printed,) = (f for f in fed["VAE"].findings if f.code == "KG202")
    assert printed.status == "not_confirmed"  # it ran: how often in each of many steps was not seen
    assert "in fit, evaluate and predict without labels (guessed)" in printed.detail


SEVERAL = """
import keras
import tensorflow as tf


class Noisy(keras.Model):
    def __init__(self):
        super().__init__()
        self.dense = keras.layers.Dense(4)

    def call(self, x, training=False):
        x = self.dense(x)
        return x + keras.random.normal(keras.ops.shape(x)) if training else x


class Shared(keras.Model):
    def __init__(self, part, count=2):
        super().__init__()
        self.part, self.count = part, count

    def call(self, x, training=None):
        for _ in range(self.count):
            x = self.part(x, training=training)
        return x


shared = Shared(keras.Sequential([keras.Input((8,)), keras.layers.Dense(8)]))


class Breaks(keras.Model):
    def __init__(self):
        super().__init__()
        self.parts = [keras.layers.Dense(8) for _ in range(2)]

    def call(self, x):
        for part in self.parts:
            x = part(x)
        if tf.reduce_sum(x) > 0:
            x = x * 2.0
        return x

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        loss = tf.reduce_mean((y - y_pred) ** 2)
        if loss > 1e9:
            loss = loss * 2.0
        return loss


class Untold(keras.Model):
    def call(self, x):
        return untraceable(x)


def untraceable(x):
    return x * int(sum(v for v in x[0]) * 0 + 1)


class Twice(keras.Model):
    def __init__(self):
        super().__init__()
        self.dense = keras.layers.Dense(4)

    def call(self, inputs):
        features = inputs["features"]
        if len(tf.shape(features)) == 3 and tf.shape(features)[1] == 1:
            features = features[:, 0]
        return self.dense(features)


class Prints(keras.Model):
    def __init__(self):
        super().__init__()
        self.dense = keras.layers.Dense(4)

    def train_step(self, x):
        print("step")
        return {"loss": tf.reduce_mean(self.dense(x))}
"""


@pytest.fixture(scope="module")
def several(tmp_path_factory: pytest.TempPathFactory) -> dict[str, ModelResult]:
    symbols = ("Noisy", "Shared", "Breaks", "Untold", "Twice", "Prints")
    return _measured(tmp_path_factory.mktemp("several"), SEVERAL, symbols, comparison_seconds=0.2)


def test_random_numbers_without_a_seed_can_be_compared(several: dict[str, ModelResult]) -> None:
    result = several["Noisy"]
    assert {(c.step, c.verdict) for c in result.comparisons if c.rewrite == "functional"} >= {("forward", "same graph")}
    assert not any("nothing can be proved" in refusal for refusal in result.refusals)


def test_every_instance_has_parts_of_its_own(several: dict[str, ModelResult]) -> None:
    result = several["Shared"]
    proofs = {c.step: c.verdict for c in result.comparisons if c.rewrite == "functional"}
    assert proofs == {"forward": "same graph", "train": "same graph"}, result.refusals


def test_what_eager_costs_is_not_put_down_to_a_loop(several: dict[str, ModelResult]) -> None:
    result = several["Breaks"]
    rewrites = {f.code: f.rewrite for f in result.findings if f.code in ("KG301", "KG101") and f.ordinal == 0}
    assert rewrites["KG301"] == ""
    assert rewrites["KG101"].startswith("fixed KG101")


def test_a_fix_that_no_run_came_to_proves_nothing(several: dict[str, ModelResult]) -> None:
    result = several["Breaks"]
    (loss,) = (f for f in result.findings if f.code == "KG101" and f.ordinal == 1)
    assert (loss.status, loss.rewrite) == ("confirmed", "")
    assert f"fixed KG101:{loss.line}: not compared: no run of call came to that line" in result.refusals


def test_that_fit_raises_is_said_where_no_finding_says_it(several: dict[str, ModelResult]) -> None:
    (said,) = uncompiled(several["Untold"])
    assert said.startswith("compiled as fit compiles, it raises")
    assert f"at line {SEVERAL[: SEVERAL.index('return x * int')].count(chr(10)) + 1}:" in said
    assert uncompiled(several["Breaks"]) == []


def test_prints_are_counted_over_the_steps_of_fit(several: dict[str, ModelResult]) -> None:
    (printed,) = several["Prints"].findings
    assert printed.status == "confirmed"
    assert "compiled, it ran 2 times in 21 steps, run eagerly 21 times" in printed.detail
    assert several["Prints"].compiled["fit"]["train"]["works"]


def test_what_raises_confirms_the_finding_that_was_seen_to(several: dict[str, ModelResult]) -> None:
    statuses = {f.code: f.status for f in several["Twice"].findings}
    assert statuses == {"KG101": "not_reached", "KG108": "confirmed"}


LEGACY = """
import tensorflow as tf
from tensorflow.keras.layers import Dense


class Legacy(tf.keras.Model):
    def __init__(self):
        super().__init__()
        self.dense = Dense(4, name="block/dense")

    def call(self, x):
        return self.dense(x)
"""


def test_what_tensorflow_imports_is_the_keras_that_was_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "legacy.py"
    path.write_text(LEGACY)
    settings = Settings(root=str(tmp_path), probe_only=True)
    (result,) = measure([Target(str(path), "Legacy", "model", 2, ())], settings)
    assert result.status != "not_measured", result.reason


FAILING = """
import keras


class Base(keras.Model):
    def trunk(self, x):
        return x


def make():
    class Local(keras.Model):
        def call(self, x):
            return x

    return Local()


class Reads(keras.Model):
    def __init__(self, num_heads, name_of_file):
        super().__init__()
        open(name_of_file)

    def call(self, query, value):
        return query


class Wants(keras.Model):
    def __init__(self, encoder):
        super().__init__()
        self.encoder = encoder.get_layer("no such layer")

    def call(self, x):
        return x


class Keyed(keras.Model):
    def __init__(self):
        super().__init__()
        self.dense = keras.layers.Dense(4)

    def call(self, inputs):
        return self.dense(inputs["a"]) + unknown(inputs["b"])
"""


def test_what_is_suggested_names_what_the_class_takes(tmp_path: Path) -> None:
    results = _measured(tmp_path, FAILING, ("Base", "make.Local", "Reads", "Wants", "Keyed"), probe_only=True)
    reasons = {symbol: result.reason for symbol, result in results.items()}
    assert reasons["Base"] == "it has no `call` of its own to run"
    assert reasons["make.Local"] == "it is defined inside the function make, and exists only while that runs"
    vector = '{ shape = [16], dtype = "float32" }'
    assert 'kwargs = { num_heads = 2, name_of_file = "guessed" }' in reasons["Reads"]
    assert f"inputs = {{ query = {vector}, value = {vector} }}" in reasons["Reads"]
    assert 'factory = "models.py:make_wants"' in reasons["Wants"]
    assert f"inputs = {{ a = {vector}, b = {vector} }}" in reasons["Keyed"]


SCORE = """
import keras
import tensorflow as tf


class Ranked(keras.losses.Loss):
    def call(self, target, output):
        if tf.reduce_max(target) > 1:
            target = target / 2
        return tf.reduce_mean(tf.ensure_shape(target, (None, 3, 16)) * output, axis=[1, 2])
"""


def test_a_loss_is_fed_as_suggested(tmp_path: Path) -> None:
    tomllib = pytest.importorskip("tomllib")
    result = _measured(tmp_path, SCORE, ("Ranked",), kinds={"Ranked": "loss"})["Ranked"]
    assert result.status == "not_measured"
    pasted = result.reason.partition("\n[[")[2].replace("shape = [16]", "shape = [3, 16]")
    tables = tomllib.loads("[[" + pasted)["tool"]["keras-graph"]["model"]
    told = _measured(tmp_path, SCORE, ("Ranked",), kinds={"Ranked": "loss"}, specs=tuple(tables))["Ranked"]
    assert (told.status, told.reason, told.refusals) == ("probed", "", ())
    assert told.spec is not None
    assert not told.spec["guessed"]
    assert [(f.code, f.status) for f in told.findings] == [("KG101", "confirmed")]


def test_sparse_inputs_by_a_function(tmp_path: Path) -> None:
    specs = ({"target": "models.py:Sparse", "inputs": "models.py:drawn"},)
    result = _measured(tmp_path, MODELS, ("Sparse",), specs=specs, probe_only=True)["Sparse"]
    assert result.status != "not_measured", result.reason


def test_what_another_file_of_the_project_lacks_is_said_with_its_place(tmp_path: Path) -> None:
    (tmp_path / "plots.py").write_text("import keras\n\nimport json.no_such_package\n")
    text = "import keras\nfrom plots import Base\n\n\nclass Net(Base, keras.Model):\n    pass\n"
    result = _measured(tmp_path, text, ("Net",))["Net"]
    missing = "ModuleNotFoundError at line 2: No module named 'json.no_such_package'"
    uses = "(building it uses Base, which Net inherits from)"
    assert result.reason == f"importing the file failed: {missing} (in plots.py, line 3) {uses}"


HELPER = """
import keras


def halved(x):
    if keras.ops.mean(x) > 0:
        return x / 2.0, 2
    return x, 1
"""

HELPED = """
import keras

from helper import halved


class Helped(keras.Model):
    def call(self, x):
        y, times = halved(x)
        return y * times
"""


def test_what_breaks_in_another_file_is_told_by_compiling(tmp_path: Path) -> None:
    """Run eagerly the call gives a tuple, which says nothing of what is tested in it."""
    (tmp_path / "pyproject.toml").write_text("")
    (tmp_path / "helper.py").write_text(HELPER)
    (found,) = _measured(tmp_path, HELPED, ("Helped",), comparison_seconds=0.2)["Helped"].findings
    assert (found.code, found.line, found.status) == ("KG101", 9, "confirmed")
    assert found.detail.startswith("compiled as fit compiles, it raises OperatorNotAllowedInGraphError at line 9")
    assert found.detail.endswith("runs, up to code that is not watched")
