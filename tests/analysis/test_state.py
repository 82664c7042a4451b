"""What traced code keeps in Python objects, and what other code changes of what it reads."""

from __future__ import annotations

import pytest

STATE = ("KG2",)

REPORTED = {
    "a new value made of the old one": """
        class Counted(layers.Layer):
            def __init__(self):
                super().__init__()
                self.n, self.m = 0, 0
                self.alpha = 0.0

            def call(self, x):
                self.n = 1 + self.n  # KG203
                self.m = (self.m + 1) % 3  # KG203
                self.alpha = min(1.0, self.alpha + 0.1)  # KG203
                return x
    """,
    "a reset that only some runs reach": """
        class Counted(layers.Layer):
            def __init__(self):
                super().__init__()
                self.n = 0

            def call(self, x):
                self.n += 1  # KG203
                if self.n == 10:
                    self.n = 0
                return x
    """,
    "items of what the object keeps": """
        class Kept(layers.Layer):
            def __init__(self):
                super().__init__()
                self.maps = {}
                self.last = [None]

            def call(self, x):
                self.maps["x"] = x  # KG203
                self.last[0] = x  # KG203
                return x
    """,
    "lists, dicts and gradients": """
        class Step(keras.Model):
            def __init__(self):
                super().__init__()
                self.kept, self.i = None, 0

            def train_step(self, data):
                x, y = data
                with tf.GradientTape() as tape:
                    loss = tf.reduce_mean(self(x) - y)
                gradients = tape.gradient(loss, self.trainable_variables)
                if self.kept is None:
                    self.kept = gradients  # KG204
                self.pair = [loss, x]  # KG204
                self.table = {"loss": loss}  # KG204
                self.i += 1  # KG203
                if self.i == 3:
                    self.kept = None
                    self.i = 0
                return {"loss": loss}
    """,
    "generators of random numbers": """
        import random

        RANDOM = np.random.default_rng(1)

        class Noisy(layers.Layer):
            def __init__(self):
                super().__init__()
                self.generator = random.Random(2)
                self.old = np.random.RandomState(3)

            def call(self, x):
                a = RANDOM.normal()  # KG201
                b = self.generator.gauss(0, 1)  # KG201
                return x + a + b + self.old.rand()  # KG201
    """,
    "changed between two runs": """
        WARM = True

        class Weighted(keras.Model):
            def __init__(self, alpha=1.0):
                super().__init__()
                self.alpha = alpha
                self.noisy = True

            def call(self, x):
                if self.noisy:  # KG205
                    x = x + 1.0
                if WARM:  # KG205
                    x = x * 0.5
                return x * self.alpha  # KG205

        def main():
            global WARM
            model = Weighted()
            for epoch in range(3):
                model.alpha = 0.1 * epoch
                model.fit(1, 2)
            setattr(model, "noisy", False)
            WARM = False
            model.predict(1)
    """,
    "changed by a callback": """
        class Scaled(layers.Layer):
            def __init__(self, ratio=0.5, rate=1.0, bias=0.0):
                super().__init__()
                self.ratio, self.rate = ratio, rate
                self.bias = bias

            def call(self, x):
                k = int(x.shape[-1] * self.rate)
                return x[:, :k] * self.bias  # KG205

        class Other(layers.Layer):
            def __init__(self, ratio=0.5, rate=1.0):
                super().__init__()
                self.ratio = ratio
                self.rate = rate

            def call(self, x):
                return x * scaled(self.ratio) * self.rate  # KG205  # KG205

        def scaled(value):
            return value * 2

        class Anneal(keras.callbacks.Callback):
            def on_epoch_end(self, epoch, logs=None):
                for layer in self.model.layers:
                    layer.ratio = layer.ratio * 0.5

        def lower(epoch, logs):
            model.rate *= 0.5

        anneal = keras.callbacks.LambdaCallback(
            on_epoch_end=lower, on_epoch_begin=lambda epoch, logs: setattr(layer, "bias", 0.1)
        )
    """,
    "a flag of the first run": """
        class First(layers.Layer):
            def __init__(self):
                super().__init__()
                self.first = True

            def call(self, x):
                if self.first:
                    x = x * 2
                    self.first = False  # KG203
                return x
    """,
    "a list that a staged loop fills": """
        @tf.function
        def rows(x):
            kept, left, fresh = [], [], {}
            for i in tf.range(3):
                kept.append(x[i])  # KG204 error
                left.append(x[i])
                fresh["i"] = x[i]
            for i in range(3):
                kept.append(x[i])
            return tf.stack(kept), fresh

        @tf.function
        def steps(x):
            kept = []
            while tf.reduce_sum(x) > 0:
                x = tf.abs(x) - 1
                kept.append(x)  # KG204 error
            return kept
    """,
    "changed by a method": """
        class Scaled(layers.Layer):
            def __init__(self, ratio=0.5):
                super().__init__()
                self.ratio = ratio

            def set_ratio(self, value):
                self.ratio = value

            def call(self, x):
                return x * self.ratio  # KG205
    """,
}

SILENT = {
    "assigned anew": """
        class Clean(layers.Layer):
            def __init__(self):
                super().__init__()
                self.n, self.outs = 0, []

            def call(self, x):
                self.n = 0
                self.outs = []
                for i in range(3):
                    self.n = self.n + 1
                    self.outs.append(x * i)
                y = tf.add_n(self.outs)
                self.outs = []
                return y
    """,
    "put back": """
        class Clean(layers.Layer):
            def call(self, x):
                self.table = {"x": x}
                self.pair = [x, x]
                y = self.table["x"] + self.pair[0]
                self.table = self.pair = None
                return y
    """,
    "a flag for what is made once": """
        class Lazy(layers.Layer):
            def __init__(self):
                super().__init__()
                self.ready = False

            def call(self, x):
                if not self.ready:
                    self.w = self.add_weight(shape=(3,))
                    self.ready = True
                return x * self.w
    """,
    "compiled again": """
        class Weighted(keras.Model):
            def __init__(self, alpha=1.0):
                super().__init__()
                self.alpha = alpha

            def call(self, x):
                return x * self.alpha

        model = Weighted()
        model.alpha = 2.0
        model.fit(1, 2)
        model.alpha = 3.0
        model.compile("sgd")
        model.fit(1, 2)
        model.alpha = 4.0
    """,
    "a variable": """
        class Weighted(keras.Model):
            def __init__(self):
                super().__init__()
                self.alpha = tf.Variable(1.0)

            def call(self, x):
                return x * self.alpha

        class Anneal(keras.callbacks.Callback):
            def on_epoch_end(self, epoch, logs=None):
                self.model.alpha.assign(0.5)
                self.alpha = 3
    """,
    "traces counted": """
        traces = []

        @tf.function
        def step(x):
            traces.append(1)
            return x
    """,
}


@pytest.mark.parametrize("source", REPORTED.values(), ids=REPORTED)
def test_is_reported(expect, source):
    expect(source, select=STATE)


@pytest.mark.parametrize("source", SILENT.values(), ids=SILENT)
def test_nothing_is_said(expect, source):
    expect(source, select=STATE)
