"""Functions and objects that are traced because code hands them over, and those that only look as if they were."""

from __future__ import annotations

import pytest

REPORTED = {
    "losses and metrics": """
        import functools

        def loss_of(y_true, y_pred, alpha=1.0):
            if tf.reduce_mean(y_pred) > 0.5:  # KG101 error
                return alpha
            return y_true - y_pred

        def made(gamma):
            def inner(t, p):
                return np.mean(p) * gamma  # KG110 error
            return inner

        class Criterion:
            def __call__(self, t, p):
                return p.numpy()  # KG109 error

        class Trainer:
            def score(self, a, b):
                return int(b)  # KG108 error

            def build(self, model):
                model.compile("sgd", self.score, metrics=[made(2.0), lambda t, p: float(p)])  # KG108 error

        def build(model):
            loss = functools.partial(loss_of, alpha=2.0)
            criterion = Criterion()
            model.compile(optimizer="sgd", loss={"a": loss}, weighted_metrics=criterion)
    """,
    "what layers take": """
        def activate(x):
            return x if ops.max(x) > 0 else -x  # KG101

        def punish(w):
            return 0.1 if ops.sum(w) > 1 else 0.0  # KG101

        def build():
            activation = activate
            return keras.Sequential([
                layers.Dense(1, activation=activation, kernel_regularizer=punish),
                layers.Dense(1, bias_constraint=lambda w: np.clip(w, 0, 1)),  # KG110
                layers.Lambda(lambda x: np.mean(x)),  # KG110
                layers.Activation(lambda x: float(x)),  # KG108
            ])
    """,
    "objects": """
        class Above(keras.regularizers.Regularizer):
            def __call__(self, w):
                if ops.sum(w) > 1:  # KG101
                    return 0.1
                return 0.0

        class Capped(keras.constraints.NonNeg):
            def __call__(self, w):
                while ops.max(w) > 1:  # KG102
                    w = w / 2
                return w

        class Warm(keras.optimizers.schedules.LearningRateSchedule):
            def __call__(self, step):
                return 1.0 if step < 100 else 0.1  # KG101

        class Clipped(keras.optimizers.Optimizer):
            def update_step(self, gradient, variable, learning_rate):
                if tf.norm(gradient) > 1:  # KG101
                    gradient = gradient / 2

        class Masked(layers.Layer):
            def compute_mask(self, inputs, mask=None):
                return mask if tf.reduce_any(inputs > 0) else None  # KG101

        class Model(keras.Model):
            def compute_metrics(self, x, y, y_pred, sample_weight):
                return {"a": float(y_pred)}  # KG108

            def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None):
                return float(y_pred)  # KG108
    """,
    "datasets": """
        def parse(a, b):
            return a.numpy(), b  # KG109

        def batches():
            data = tf.data.Dataset.range(3)
            data = data.map(parse).batch(3)
            return data.filter(lambda x, y: np.any(x))  # KG110
    """,
    "one's own traced functions": """
        seen = []

        @tf.function
        def step(x):
            v = tf.Variable(1.0)  # KG111 error
            if tf.reduce_sum(x) > 0:  # KG101 note
                x = x + v
            return float(x)

        def other(x):
            return x.numpy()  # KG109 error

        class Trainer:
            @tf.function(input_signature=[])
            def step(self, x):
                return np.mean(tf.abs(x))  # KG110 error

        other = tf.function(other)
    """,
    "by the parameters alone": """
        def rate(y_true, y_pred):
            return y_true.numpy() == y_pred  # KG109 warning

        def score(y_true, y_pred):
            return np.mean(tf.round(y_pred))  # KG110 warning
    """,
}

SILENT = {
    "not with TensorFlow": """
        def accuracy(y_true, y_pred):
            return float(np.mean(y_true == y_pred))
    """,
    "called with values": """
        def accuracy(y_true, y_pred):
            return float(tf.reduce_mean(y_pred))

        print(accuracy(1, 2))
    """,
    "other receivers": """
        import re

        def parse(a):
            return float(a)

        def build(frame, pool):
            re.compile(parse)
            frame.map(parse)
            pool.map(lambda x: np.mean(x), [1])
            return dict(activation=parse, loss=parse)
    """,
    "what is not given a tensor": """
        def start(shape, dtype=None):
            return np.zeros(shape) if shape[0] > 1 else np.ones(shape)

        def build():
            return layers.Dense(1, kernel_initializer=start, activation="relu")
    """,
}


@pytest.mark.parametrize("source", REPORTED.values(), ids=REPORTED)
def test_is_reported(expect, source):
    expect(source)


@pytest.mark.parametrize("source", SILENT.values(), ids=SILENT)
def test_nothing_is_said(expect, source):
    expect(source)
