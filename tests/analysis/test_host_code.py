"""Code around models: which calls in which loops are told of, and the twins of each that are left alone."""

from __future__ import annotations

import textwrap

import pytest

from flake8_keras_graph import engine
from flake8_keras_graph.config import Options

HEADER = """\
import keras
import numpy as np
import tensorflow as tf

model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(4)])
target = keras.models.clone_model(model)
rows = np.ones((64, 4), "float32")
"""


def found(code: str, path: str = "script.py") -> list[str]:
    """``LINE CODE`` of what is found below the header, lines counted from there."""
    source = engine.Source(path, HEADER + textwrap.dedent(code).lstrip("\n"))
    start = HEADER.count("\n")
    findings = engine.check(source, Options(select=("KG404", "KG405", "KG5")))
    return [f"{each.span.line - start} {each.code}" for each in findings]


def messages(code: str) -> list[str]:
    source = engine.Source("script.py", HEADER + textwrap.dedent(code).lstrip("\n"))
    return [each.message for each in engine.check(source, Options(select=("KG5",)))]


STEP_BY_STEP = {
    "a row of an array": """
        for row in rows:
            model.predict(row[None])
    """,
    "in a comprehension": """
        results = 1; results = [
        model.predict(rows[i : i + 1]) for i in range(len(rows))]
    """,
    "a batch by its slice": """
        for start in range(0, 64, 8):
            model.predict(rows[start : start + 8])
    """,
    "a batch of a dataset": """
        for batch in tf.data.Dataset.from_tensor_slices(rows).batch(8):
            model.predict(batch)
    """,
    "an image of a file": """
        for path in open("list"):
            model.predict(np.expand_dims(np.load(path), axis=0))
    """,
    "through names": """
        for row in rows: image = np.expand_dims(row, 0); scaled = image / 255.0; \\
            result = model.predict(scaled)
    """,
    "fit on a batch": """
        for start in range(0, 64, 8):
            model.fit(rows[start : start + 8], rows[start : start + 8], verbose=0)
    """,
    "a row spelled out": """
        for x, y in points:
            model.predict([[x, y, 0.0, 1.0]])
    """,
    "a batch of what is called a dataset": """
        def score(test_ds):
            for images, labels in test_ds.take(100): yield (
            model.predict(images))
    """,
    "a batch of noise at each step": """
        for step in range(10000): noise = np.random.normal(0, 1, (32, 4)); (
        model.predict(noise))
    """,
    "text": """
        def classify(text):
            tokens = pad_sequences(tokenizer.texts_to_sequences([text])); return (
            model.predict(tokens)[0])

        for text in texts:
            classify(text)
    """,
    "a model by its use alone": """
        def score(net, items):
            net.load_weights("w.h5"); return [
            net.predict(item[None]) for item in items]
    """,
    "a model by its keywords alone": """
        def score(net, items):
            return [
            net.predict(item[None], verbose=0) for item in items]
    """,
}


@pytest.mark.parametrize("code", STEP_BY_STEP.values(), ids=STEP_BY_STEP)
def test_step_by_step(code: str) -> None:
    lines = textwrap.dedent(code).strip("\n").split("\n")
    expected = next(number for number, line in enumerate(lines, 1) if ".predict(" in line or ".fit(" in line)
    assert found(code) == [f"{expected} KG504"]


LEFT_ALONE = {
    "all rows at each epoch": """
        for epoch in range(50):
            model.fit(rows, rows)
            model.evaluate(rows, rows)
    """,
    "folds": """
        for train, held_out in splits:
            keras.utils.clear_session()
            net = keras.Sequential([keras.layers.Dense(1)])
            net.compile("adam", "mse")
            net.fit(rows[train], rows[train], epochs=10)
            net.evaluate(rows[held_out], rows[held_out])
    """,
    "hyperparameters": """
        for rate in rates:
            net = build(rate)
            net.fit(rows, rows, verbose=0)
    """,
    "alternation": """
        for step in range(1000):
            target.train_on_batch(rows, rows)
            model.train_on_batch(rows, rows)
    """,
    "several models": """
        for net in (model, target):
            net.predict(rows[:1])
    """,
    "models of a list": """
        nets = [keras.models.load_model(path) for path in paths]
        for net in nets:
            net.predict(rows[:1], verbose=0)
    """,
    "few iterations": """
        for i in range(3):
            model.predict(rows[i : i + 1])
    """,
    "now and then": """
        for step in range(1000):
            if step % 100 == 0:
                model.predict(rows[step : step + 1])
    """,
    "another library's": """
        from sklearn.svm import SVC
        machine = SVC()
        for row in rows:
            machine.predict(row[None])
    """,
    "at a keyboard's pace": """
        while True:
            model.predict(np.array([encode(input())]))
    """,
    "one call": """
        model.predict(rows)
        model(rows)
    """,
    "a method of its own": """
        class Own(keras.Model):
            def predict(self, x):
                return x

        own = Own()
        for row in rows:
            own.predict(row[None])
    """,
    "a functional model of models": """
        def ensemble(count):
            inputs = keras.Input((4,))
            outputs = []
            for start in range(count):
                outputs.append(model(inputs[:, start : start + 4]))
            return keras.Model(inputs, outputs)
    """,
    "under tf.function": """
        forward = tf.function(model)
        for start in range(0, 64, 8):
            forward(rows[start : start + 8])
    """,
    "a call that is compiled": """
        model.call = tf.function(model.call)
        for start in range(0, 64, 8):
            model(rows[start : start + 8])
    """,
    "a predict of two inputs, which is not that of Keras": """
        def run(net, items, others):
            net.trainable_variables
            for item in items:
                net.predict(item[None], others[None])
    """,
    "a loss that a tape is around": """
        def loss_of(x):
            return tf.reduce_mean(model(np.expand_dims(x, 0)))

        for row in rows:
            with tf.GradientTape() as tape:
                loss = loss_of(row)
    """,
    "in a traced function": """
        @tf.function
        def scores(batches):
            for batch in batches:
                model(batch)
    """,
    "in a method that is traced": """
        class Rolled(keras.Model):
            def call(self, batches):
                return [model(batches[i : i + 1]) for i in range(64)]
    """,
}


@pytest.mark.parametrize("code", LEFT_ALONE.values(), ids=LEFT_ALONE)
def test_not_step_by_step(code: str) -> None:
    assert found(code) == []


DEPENDENT = {
    "generation": """
        def generate(tokens, count):
            for _ in range(count):
                logits = model.predict(np.array([tokens]), verbose=0)
                tokens = tokens + [int(logits[0].argmax())]
            return tokens
    """,
    "an environment": """
        state = env.reset()
        while not done:
            action = model.predict(state[None], verbose=0).argmax()
            state, reward, done, _ = env.step(action)
    """,
    "an environment behind a method": """
        for _ in range(100):
            action = model.predict(env.state()[None], verbose=0).argmax()
            env.step(action)
    """,
    "a search that ends": """
        for row in rows:
            if model.predict(row[None], verbose=0) > 0.5:
                break
    """,
    "a model that learns meanwhile": """
        for row in rows:
            target.predict(row[None], verbose=0)
            target.train_on_batch(row[None], row[None])
    """,
}


@pytest.mark.parametrize("code", DEPENDENT.values(), ids=DEPENDENT)
def test_what_depends_on_a_result_is_not_one_call(code: str) -> None:
    [told] = messages(code)
    assert "in one call" not in told
    assert "predict_on_batch" in told


def test_what_depends_on_nothing_may_be_one_call() -> None:
    [told] = messages("for row in rows:\n    print(model.predict(row[None]))\n")
    assert "in one call" in told


OTHERS = {
    "a model called": (["2 KG505"], "for start in range(0, 64, 8):\n    model(rows[start : start + 8])\n"),
    "a model called by a function that a loop calls": (
        ["2 KG505"],
        """
        def act(state):
            return model(np.expand_dims(state, 0))

        while True:
            state = env.step(act(state))
        """,
    ),
    "a model told to be one": (
        ["4 KG505"],
        """
        def check(net, test_ds):
            net.load_weights("w.h5")
            for images, labels in test_ds:
                net(images, training=False)
        """,
    ),
    "a training loop in a method": (
        ["3 KG503"],
        """
        class Trainer:
            def train(self, data):
                for batch in data:
                    self.step(batch)

            def step(self, batch):
                with tf.GradientTape() as tape:
                    loss = tf.reduce_mean(model(batch))
                optimizer.apply_gradients(zip(tape.gradient(loss, model.trainable_variables), model.trainable_variables))
        """,
    ),
    "a training loop that the program is": (
        ["4 KG503"],
        """
        from absl import app

        def main(argv):
            for batch in read(argv):
                with tf.GradientTape() as tape:
                    loss = tf.reduce_mean(model(batch))
                tape.gradient(loss, model.trainable_variables)

        app.run(main)
        """,
    ),
    "a training loop whose function is called as a module is": (
        ["5 KG503"],
        """
        checkpoint = tf.train.Checkpoint

        def train(data):
            pass
            for batch in data:
                with tf.GradientTape() as tape:
                    loss = tf.reduce_mean(model(batch))
                tape.gradient(loss, model.trainable_variables)
        """,
    ),
    "a training loop in a method, compiled": (
        [],
        """
        class Trainer:
            def __init__(self):
                self.step = tf.function(self.step)

            def train(self, data):
                for batch in data:
                    self.step(batch)

            def step(self, batch):
                with tf.GradientTape() as tape:
                    loss = tf.reduce_mean(model(batch))
                optimizer.apply_gradients(zip(tape.gradient(loss, model.trainable_variables), model.trainable_variables))
        """,
    ),
    "a step of a trainer of another package": (
        [],
        """
        import orbit

        class Trainer(orbit.StandardTrainer):
            def train_step(self, iterator):
                for batch in iterator:
                    with tf.GradientTape() as tape:
                        loss = tf.reduce_mean(model(batch))
                    tape.gradient(loss, model.trainable_variables)
        """,
    ),
    "a train_step of Keras": (
        [],
        """
        class Own(keras.Model):
            def train_step(self, data):
                for _ in range(8):
                    with tf.GradientTape() as tape:
                        loss = tf.reduce_mean(self(data))
                    tape.gradient(loss, self.trainable_variables)
        """,
    ),
    "weights mixed at each step": (
        ["3 KG506"],
        """
        for step in range(1000):
            model.train_on_batch(rows, rows)
            for slow, fast in zip(target.weights, model.weights):
                slow.assign(0.9 * slow + 0.1 * fast)
        """,
    ),
    "weights copied at each step": (
        ["3 KG506"],
        """
        for step in range(1000):
            model.train_on_batch(rows, rows)
            target.set_weights(model.get_weights())
        """,
    ),
    "weights copied now and then": (
        [],
        """
        for step in range(1000):
            model.train_on_batch(rows, rows)
            if step % 100 == 0:
                target.set_weights(model.get_weights())
        """,
    ),
    "weights copied once an episode": (
        [],
        """
        for episode in range(1000):
            while not done:
                model.train_on_batch(rows, rows)
            target.set_weights(model.get_weights())
        """,
    ),
    "weights as they were before the loop": (
        [],
        """
        initial = model.get_weights()
        for seed in range(50):
            model.set_weights(initial)
            model.fit(rows, rows, epochs=100)
        """,
    ),
    "weights copied layer by layer": (
        [],
        """
        for ours, theirs in zip(target.layers, model.layers):
            ours.set_weights(theirs.get_weights())
        """,
    ),
    "weights copied where a test says so": (
        [],
        """
        for step in range(1000):
            model.train_on_batch(rows, rows)
            if improved:
                target.set_weights(model.get_weights())
        """,
    ),
    "compiled at each iteration": (
        ["2 KG507"],
        """
        for epoch in range(50):
            model.compile("adam", "mse")
            model.fit(rows, rows)
        """,
    ),
    "compiled with what changes": (
        [],
        """
        for rate in rates:
            model.compile(keras.optimizers.Adam(rate), "mse")
            model.fit(rows, rows)
        """,
    ),
    "a model of each iteration": (
        ["2 KG507"],
        """
        for seed in range(50):
            net = keras.Sequential([keras.layers.Dense(1)])
            net.compile("adam", "mse")
            net.fit(rows, rows)
        """,
    ),
    "a model of each iteration, cleared": (
        [],
        """
        for seed in range(50):
            keras.utils.clear_session()
            net = keras.Sequential([keras.layers.Dense(1)])
            net.compile("adam", "mse")
            net.fit(rows, rows)
        """,
    ),
    "models that are loaded": (
        [],
        """
        for path in paths:
            net = keras.models.load_model(path)
            net.fit(rows, rows)
        """,
    ),
    "an optimizer at each step": (
        ["2 KG507"],
        """
        for step in range(50):
            optimizer = keras.optimizers.Adam(0.1)
            optimizer.apply_gradients(zip(gradients, variables))
        """,
    ),
    "an optimizer for each epoch": (
        [],
        """
        for epoch in range(50):
            optimizer = keras.optimizers.Adam(0.1)
            for batch in data:
                optimizer.apply_gradients(zip(gradients, variables))
        """,
    ),
    "map before batch": (
        ["1 KG508"],
        "data = tf.data.Dataset.from_tensor_slices(rows).map(lambda x: x / 255.0).shuffle(64).batch(8)\n",
    ),
    "map that looks at the row as a whole": (
        [],
        "data = tf.data.Dataset.from_tensor_slices(rows).map(lambda x: x - tf.reduce_mean(x)).batch(8)\n",
    ),
    "map that works": (
        ["1 KG508"],
        "data = tf.data.Dataset.from_tensor_slices(rows).map(lambda x: tf.image.resize(x, (2, 2))).batch(8)\n",
    ),
    "map that calls Python": (
        ["5 KG508"],
        """
        def load(path):
            return tf.numpy_function(np.load, [path], tf.float32)


        data = tf.data.Dataset.from_tensor_slices(rows).map(load)
        """,
    ),
    "map that works in parallel": (
        [],
        """
        data = tf.data.Dataset.from_tensor_slices(rows)
        data = data.map(lambda x: tf.image.resize(x, (2, 2)), num_parallel_calls=4).batch(8)
        """,
    ),
    "map that works ahead": (
        [],
        "data = tf.data.Dataset.from_tensor_slices(rows).map(lambda x: tf.io.decode_png(x)).batch(8).prefetch(1)\n",
    ),
    "map of something else": ([], "data = frame.map(lambda x: tf.io.decode_png(x))\n"),
    "map after batch": ([], "data = tf.data.Dataset.from_tensor_slices(rows).batch(8).map(lambda x: x / 255.0)\n"),
}


@pytest.mark.parametrize(("expected", "code"), OTHERS.values(), ids=OTHERS)
def test_others(expected: list[str], code: str) -> None:
    assert found(code) == expected


MADE = {
    "in a loop": (
        ["2 KG404"],
        """
        for row in rows:
            step = tf.function(model)
            step(row[None])
        """,
    ),
    "called at once": (["2 KG404"], "for row in rows:\n    tf.function(model)(row[None])\n"),
    "in a function that a loop calls": (
        ["2 KG404"],
        """
        def score(x):
            @tf.function
            def step(x):
                return model(x)

            return step(x)

        for row in rows:
            score(row[None])
        """,
    ),
    "two calls away": (
        ["2 KG404"],
        """
        def score(x):
            @tf.function(jit_compile=True)
            def step(x):
                return model(x)

            return step(x)

        def report(x):
            print(score(x))

        for row in rows:
            report(row[None])
        """,
    ),
    "in a method that another calls": (
        ["6 KG404"],
        """
        class Agent:
            def act(self, state):
                return self._scores(state)

            def _scores(self, state):
                @tf.function
                def step(x):
                    return model(x)

                return step(state)
        """,
    ),
    "in a method that a constructor calls": (
        [],
        """
        class Agent:
            def __init__(self, state):
                self.first = self._scores(state)

            def _scores(self, state):
                @tf.function
                def step(x):
                    return model(x)

                return step(state)
        """,
    ),
    "at module level": (
        [],
        "@tf.function\ndef step(x):\n    return model(x)\n\nfor row in rows:\n    step(row[None])\n",
    ),
    "in a constructor": (
        [],
        """
        class Runner:
            def __init__(self):
                self.step = tf.function(self.forward)

            def forward(self, x):
                return model(x)

        runner = Runner()
        for row in rows:
            runner.step(row[None])
        """,
    ),
    "kept in a dict": (
        [],
        """
        steps = {}

        def score(name, x):
            if name not in steps:
                steps[name] = tf.function(model)
            return steps[name](x)

        for row in rows:
            score("a", row[None])
        """,
    ),
    "kept on self when first needed": (
        [],
        """
        class Runner:
            step = None

            def score(self, x):
                if self.step is None:
                    @tf.function
                    def step(x):
                        return model(x)

                    self.step = step
                return self.step(x)

        runner = Runner()
        for row in rows:
            runner.score(row[None])
        """,
    ),
    "for a loop inside": (
        [],
        """
        def train(data):
            @tf.function
            def step(x):
                return model(x)

            for batch in data:
                step(batch)

        for data in datasets:
            train(data)
        """,
    ),
    "for a loop of its own": (
        [],
        """
        def sample(x):
            @tf.function
            def chain(x):
                for _ in tf.range(1000):
                    x = model(x)
                return x

            return chain(x)

        for row in rows:
            sample(row[None])
        """,
    ),
    "returned": (
        [],
        """
        def make(net):
            @tf.function
            def step(x):
                return net(x)

            return step

        steps = [make(net) for net in nets]
        """,
    ),
    "run once": (
        [],
        """
        def main():
            @tf.function
            def step(x):
                return model(x)

            step(rows)

        main()
        """,
    ),
}


@pytest.mark.parametrize(("expected", "code"), MADE.values(), ids=MADE)
def test_functions_made_per_call(expected: list[str], code: str) -> None:
    assert [each for each in found(code) if each.endswith("KG404")] == expected


STEP = "@tf.function\ndef step(x, n):\n    return x * n\n\n"
SIGNED = (
    "@tf.function(input_signature=[tf.TensorSpec([None, 4]), tf.TensorSpec([])])\ndef step(x, n):\n    return x\n\n"
)
VALUES = {
    "of range": (1, STEP + "for i in range(100):\n    step(rows, i)\n"),
    "of enumerate": (1, STEP + "for i, batch in enumerate(data):\n    step(batch, i)\n"),
    "arithmetic on one": (1, STEP + "for i in range(100):\n    step(rows, 0.1 * i)\n"),
    "a counter": (1, STEP + "n = 0\nfor batch in data:\n    step(batch, n)\n    n += 1\n"),
    "an epoch's number": (1, STEP + "for epoch in range(100):\n    for batch in data:\n        step(batch, epoch)\n"),
    "a length": (1, STEP + "for i in range(100):\n    step(rows[:i], 1.0)\n"),
    "a tensor": (0, STEP + "for i in tf.range(100):\n    step(rows, i)\n"),
    "a tensor made of it": (0, STEP + "for i in range(100):\n    step(rows, tf.constant(i))\n"),
    "a comparison": (0, STEP + "for i in range(100):\n    step(rows, i == 0)\n"),
    "a signature": (0, SIGNED + "for i in range(100):\n    step(rows, i)\n"),
    "few values": (0, STEP + "for i in range(4):\n    step(rows, i)\n"),
    "a plain function": (0, "def step(x, n):\n    return x * n\n\nfor i in range(100):\n    step(rows, i)\n"),
    "slices of one length": (0, STEP + "for i in range(0, 64, 8):\n    step(rows[i : i + 8], 1.0)\n"),
}


@pytest.mark.parametrize(("count", "code"), VALUES.values(), ids=VALUES)
def test_python_values(count: int, code: str) -> None:
    assert [each[-5:] for each in found(code)] == ["KG405"] * count


@pytest.mark.parametrize("path", ["test_script.py", "script_test.py", "tests/script.py", "conftest.py"])
def test_nothing_in_tests(path: str) -> None:
    assert found(STEP_BY_STEP["a row of an array"], path) == []


CALL = """
class Own(keras.Model):
    @tf.function
    def call(self, x):
        return x
"""
ON_CALL = {
    "fitted": (["3 warning"], CALL + "\nown = Own()\nown.compile('sgd', 'mse')\nown.fit(rows, rows)\n"),
    "defined": (["3 note"], CALL),
    "made and called": ([], CALL + "\nown = Own()\nown(rows)\n"),
    "with a step of its own": (["3 warning"], CALL + "\n    def train_step(self, data):\n        tf.GradientTape()\n"),
    "trained with a tape": ([], CALL + "\nwith tf.GradientTape() as tape:\n    pass\n"),
    "given an Input": (["3 error"], CALL + "\n    def __init__(self):\n        self.call(keras.Input((4,)))\n"),
    "given an Input by name": (
        ["3 error"],
        CALL + "\n    def __init__(self):\n        x = keras.Input((4,))\n        self.call(x)\n",
    ),
    "an Input through Keras": (["3 note"], CALL + "\n    def __init__(self):\n        self(keras.Input((4,)))\n"),
}


@pytest.mark.parametrize(("expected", "code"), ON_CALL.values(), ids=ON_CALL)
def test_functions_on_call(expected: list[str], code: str) -> None:
    source = engine.Source("script.py", HEADER + code)
    start = HEADER.count("\n")
    findings = engine.check(source, Options(select=("KG502",)))
    assert [f"{each.span.line - start} {each.level}" for each in findings] == expected


def test_nothing_where_another_backend_is_chosen() -> None:
    chosen = 'import os\nos.environ["KERAS_BACKEND"] = "torch"\n'
    code = "for start in range(0, 64, 8):\n    model(rows[start : start + 8])\n"
    assert found(code) != []
    assert found(chosen + code) == []
