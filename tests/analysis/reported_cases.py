"""Small models after what people report of ``fit``: where it raises, freezes a value, or costs without a word.

Each has a function ``run`` that does what the report does, and says what comes of that on TensorFlow 2.21 and Keras 3.15:
the name of an exception, or "runs". ``# expect: CODE[,CODE]`` marks the lines to report, by any one of the codes.
"""

from __future__ import annotations

HEADER = """\
import math
import random
import time

import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops

X, Y = np.ones((16, 4), "float32"), np.ones((16, 1), "float32")


def fit(model, **given):
    model.compile("sgd", given.pop("loss", "mse"), **given)
    model.fit(X, Y, batch_size=6, verbose=0)


def dense():
    return keras.Sequential([keras.Input((4,)), layers.Dense(1)])


"""
CASES: dict[str, tuple[str, str]] = {
    "a metric of NumPy's in a Metric": (
        "NotImplementedError",
        """
class Hits(keras.metrics.Metric):
    def __init__(self):
        super().__init__()
        self.hits = self.add_weight(name="hits", initializer="zeros")

    def update_state(self, y_true, y_pred, sample_weight=None):
        found = np.asarray(y_pred) > 0.5  # expect: KG110
        self.hits.assign_add(float(found.sum()))

    def result(self):
        return self.hits

def run():
    fit(dense(), metrics=[Hits()])
""",
    ),
    "a variable for the class weights, in the loss": (
        "ValueError",
        """
def weighted(y_true, y_pred):
    weights = keras.Variable([1.0])  # expect: KG111
    return ops.mean(ops.square(y_true - y_pred) * weights)

def run():
    fit(dense(), loss=weighted)
""",
    ),
    "three outputs unpacked in a triplet loss": (
        "OperatorNotAllowedInGraphError",
        """
def triplet(y_true, y_pred):
    anchor, positive, negative = y_pred  # expect: KG112
    return ops.mean(ops.abs(anchor - positive)) - ops.mean(ops.abs(anchor - negative))

def run():
    fit(dense(), loss=triplet)
""",
    ),
    "a loss that is clipped with Python's min": (
        "OperatorNotAllowedInGraphError",
        """
def clipped(y_true, y_pred):
    return min(ops.mean(ops.square(y_true - y_pred)), 10.0)  # expect: KG105

def run():
    fit(dense(), loss=clipped)
""",
    ),
    "math on what the loss is given": (
        "TypeError",
        """
def perplexity(y_true, y_pred):
    return math.exp(ops.mean(ops.abs(y_true - y_pred)))  # expect: KG108

def run():
    fit(dense(), loss=perplexity)
""",
    ),
    "an early exit of a loss that is not finite": (
        "OperatorNotAllowedInGraphError",
        """
def safe(y_true, y_pred):
    loss = ops.mean(ops.square(y_true - y_pred))
    if tf.math.is_nan(loss):  # expect: KG101
        return tf.zeros([])
    return loss

def run():
    fit(dense(), loss=safe)
""",
    ),
    "annealing by a global that the loss counts": (
        "runs",
        """
STEP = 0

def annealed(y_true, y_pred):
    global STEP
    STEP += 1  # expect: KG203
    return min(1.0, STEP / 100) * ops.mean(ops.square(y_true - y_pred))

def run():
    fit(dense(), loss=annealed)
""",
    ),
    "a warm-up in a schedule": (
        "OperatorNotAllowedInGraphError",
        """
class Warm(keras.optimizers.schedules.LearningRateSchedule):
    def __call__(self, step):
        if step < 100:  # expect: KG101
            return 0.01
        return 0.1

def run():
    model = dense()
    model.compile(keras.optimizers.SGD(Warm()), "mse")
    model.fit(X, Y, verbose=0)
""",
    ),
    "a mean that guards against nothing counted": (
        "OperatorNotAllowedInGraphError",
        """
class Mean(keras.metrics.Metric):
    def __init__(self):
        super().__init__()
        self.total = self.add_weight(name="total", initializer="zeros")
        self.count = self.add_weight(name="count", initializer="zeros")

    def update_state(self, y_true, y_pred, sample_weight=None):
        self.total.assign_add(ops.sum(ops.abs(y_true - y_pred)))
        self.count.assign_add(ops.cast(ops.size(y_true), "float32"))

    def result(self):
        if ops.equal(self.count, 0.0):  # expect: KG101
            return 0.0
        return self.total / self.count

def run():
    fit(dense(), metrics=[Mean()])
""",
    ),
    "a metric that gives a Python number": (
        "TypeError",
        """
class Total(keras.metrics.Metric):
    def __init__(self):
        super().__init__()
        self.total = self.add_weight(name="total", initializer="zeros")

    def update_state(self, y_true, y_pred, sample_weight=None):
        self.total.assign_add(ops.sum(y_pred))

    def result(self):
        return float(ops.sqrt(self.total))  # expect: KG108

def run():
    fit(dense(), metrics=[Total()])
""",
    ),
    "a sign chosen in a Lambda": (
        "OperatorNotAllowedInGraphError",
        """
def run():
    inputs = keras.Input((4,))
    signed = layers.Lambda(lambda x: x if tf.reduce_sum(x) > 0 else -x, output_shape=(4,))  # expect: KG101
    model = keras.Model(inputs, layers.Dense(1)(signed(inputs)))
    fit(model)
""",
    ),
    "a regularizer that counts its calls": (
        "runs",
        """
class Growing(keras.regularizers.Regularizer):
    def __init__(self):
        self.calls = 0

    def __call__(self, weights):
        self.calls += 1  # expect: KG203
        return 0.01 * self.calls * ops.sum(ops.square(weights))

def run():
    fit(keras.Sequential([keras.Input((4,)), layers.Dense(1, kernel_regularizer=Growing())]))
""",
    ),
    "a constraint on the host": (
        "NotImplementedError",
        """
class Positive(keras.constraints.Constraint):
    def __call__(self, w):
        return ops.convert_to_tensor(np.maximum(w, 0.0))  # expect: KG110

def run():
    fit(keras.Sequential([keras.Input((4,)), layers.Dense(1, kernel_constraint=Positive())]))
""",
    ),
    "a mask that is asked whether it has any": (
        "OperatorNotAllowedInGraphError",
        """
class Pool(layers.Layer):
    def call(self, inputs, mask=None):
        lengths = ops.sum(ops.cast(ops.not_equal(inputs, 0.0), "int32"), axis=1)
        if ops.any(lengths == 0):  # expect: KG101
            return inputs
        return inputs / ops.cast(lengths, "float32")[:, None]

def run():
    fit(keras.Sequential([keras.Input((4,)), Pool(), layers.Dense(1)]))
""",
    ),
    "as many steps as the longest row": (
        "TypeError",
        """
class Steps(layers.Layer):
    def call(self, inputs):
        longest = ops.cast(ops.max(inputs), "int32")
        x = inputs
        for _ in range(longest):  # expect: KG104
            x = x * 0.5
        return x

def run():
    fit(keras.Sequential([keras.Input((4,)), Steps(), layers.Dense(1)]))
""",
    ),
    "an expert picked from a list by a tensor": (
        "TypeError",
        """
class Experts(keras.Model):
    def __init__(self):
        super().__init__()
        self.experts = [layers.Dense(1) for _ in range(3)]

    def call(self, x):
        best = tf.argmax(tf.reduce_mean(x, axis=0))
        return self.experts[best](x)  # expect: KG114

def run():
    fit(Experts())
""",
    ),
    "stochastic depth by Python's random": (
        "runs",
        """
class Skipped(keras.Model):
    def __init__(self):
        super().__init__()
        self.block = layers.Dense(4)
        self.head = layers.Dense(1)

    def call(self, x, training=False):
        y = self.block(x)
        if training and random.random() < 0.5:  # expect: KG201
            y = 0.0 * y
        return self.head(x + y)

def run():
    fit(Skipped())
""",
    ),
    "features shuffled with a permutation of NumPy's": (
        "runs",
        """
class Shuffled(keras.Model):
    def __init__(self):
        super().__init__()
        self.head = layers.Dense(1)

    def call(self, x):
        order = np.random.permutation(4)  # expect: KG201
        return self.head(tf.gather(x, order, axis=1))

def run():
    fit(Shuffled())
""",
    ),
    "the time of a step, taken inside": (
        "runs",
        """
class Timed(keras.Model):
    def __init__(self):
        super().__init__()
        self.head = layers.Dense(1)

    def call(self, x):
        start = time.perf_counter()  # expect: KG201
        y = self.head(x)
        return y + 0.0 * (time.perf_counter() - start)  # expect: KG201

def run():
    fit(Timed())
""",
    ),
    "a swap of rows and features by static sizes": (
        "TypeError",
        """
class Flat(keras.Model):
    def __init__(self):
        super().__init__()
        self.head = layers.Dense(1)

    def call(self, x):
        rows = x.shape[0] * 2  # expect: KG113
        return self.head(tf.reshape(tf.concat([x, x], 0), (rows, 4)))[::2]

def run():
    fit(Flat())
""",
    ),
    "the mean over rows by Python's sum": (
        "OperatorNotAllowedInGraphError",
        """
class Summed(keras.Model):
    def __init__(self):
        super().__init__()
        self.head = layers.Dense(1)

    def call(self, x):
        y = self.head(x)
        return y - 0.1 * sum(y)  # expect: KG105

def run():
    fit(Summed())
""",
    ),
    "two tensors zipped": (
        "OperatorNotAllowedInGraphError",
        """
class Zipped(keras.Model):
    def __init__(self):
        super().__init__()
        self.left = layers.Dense(1)
        self.right = layers.Dense(1)

    def call(self, x):
        a, b = self.left(x), self.right(x)
        return tf.stack([p * q for p, q in zip(a, b)])  # expect: KG103,KG107

def run():
    fit(Zipped())
""",
    ),
    "a step that checks its gradients with an assert": (
        "OperatorNotAllowedInGraphError",
        """
class Checked(keras.Model):
    def __init__(self):
        super().__init__()
        self.head = layers.Dense(1)

    def call(self, x):
        return self.head(x)

    def train_step(self, data):
        x, y = data
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.square(y - self(x, training=True)))
        assert tf.reduce_all(loss >= 0)  # expect: KG106
        gradients = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(gradients, self.trainable_variables))
        return {"loss": loss}

def run():
    fit(Checked())
""",
    ),
    "a step that goes over the rows of a batch": (
        "OperatorNotAllowedInGraphError",
        """
class ByRow(keras.Model):
    def __init__(self):
        super().__init__()
        self.head = layers.Dense(1)

    def call(self, x):
        return self.head(x)

    def train_step(self, data):
        x, y = data
        x = tf.cast(x, "float32")
        losses = []
        for row in x:  # expect: KG103
            losses.append(tf.reduce_mean(self(row[None])))
        return {"loss": tf.add_n(losses)}

def run():
    fit(ByRow())
""",
    ),
    "a step that stops by a loss it reads": (
        "AttributeError",
        """
class Stopping(keras.Model):
    def __init__(self):
        super().__init__()
        self.head = layers.Dense(1)

    def call(self, x):
        return self.head(x)

    def train_step(self, data):
        x, y = data
        loss = tf.reduce_mean(tf.square(y - self(x)))
        best = loss.numpy()  # expect: KG109
        return {"loss": loss, "best": best}

def run():
    fit(Stopping())
""",
    ),
    "the last output kept for the next step": (
        "InaccessibleTensorError",
        """
class Smoothed(keras.Model):
    def __init__(self):
        super().__init__()
        self.head = layers.Dense(1)
        self.previous = 0.0

    def call(self, x):
        y = self.head(x)
        change = tf.reduce_mean(y) - self.previous
        self.previous = tf.reduce_mean(y)  # expect: KG204
        self.add_loss(0.1 * tf.square(change))
        return y

def run():
    fit(Smoothed())
""",
    ),
    "a history of losses in a list": (
        "TypeError",
        """
class History(keras.Model):
    def __init__(self):
        super().__init__()
        self.head = layers.Dense(1)
        self.seen = []

    def call(self, x):
        return self.head(x)

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        loss = tf.reduce_mean(tf.square(y - y_pred))
        self.seen.append(loss)  # expect: KG203,KG204
        return loss

def run():
    model = History()
    fit(model)
    np.mean([float(each) for each in model.seen])
""",
    ),
    "a projection where the width is another": (
        "ValueError",
        """
class Residual(layers.Layer):
    def __init__(self, units):
        super().__init__()
        self.units = units
        self.dense = layers.Dense(units)

    def call(self, x):
        if x.shape[-1] != self.units:
            x = layers.Dense(self.units)(x)  # expect: KG111,KG116
        return x + self.dense(x)

def run():
    fit(keras.Sequential([keras.Input((4,)), Residual(3), layers.Dense(1)]))
""",
    ),
    "a cond by a setting of the layer": (
        "TypeError",
        """
class Gate(layers.Layer):
    def __init__(self, use=True):
        super().__init__()
        self.use = use

    def call(self, x):
        return tf.cond(self.use, lambda: x * 0.5, lambda: x)  # expect: KG117

def run():
    fit(keras.Sequential([keras.Input((4,)), Gate(), layers.Dense(1)]))
""",
    ),
    "an error of tracing that an except hides": (
        "runs",
        """
class Guarded(keras.Model):
    def __init__(self):
        super().__init__()
        self.head = layers.Dense(1)

    def call(self, x):
        y = self.head(x)
        try:
            scale = float(tf.reduce_max(y))  # expect: KG206
        except TypeError:
            scale = 1.0
        return y / scale

def run():
    fit(Guarded())
""",
    ),
    "a dropout of an inner layer, which is not told": (
        "runs",
        """
class Inner(layers.Layer):
    def __init__(self):
        super().__init__()
        self.dropout = layers.Dropout(0.5)

    def call(self, x, training=False):
        return self.dropout(x, training=training)

class Outer(keras.Model):
    def __init__(self):
        super().__init__()
        self.inner = layers.Dropout(0.5)
        self.head = layers.Dense(1)

    def call(self, x):  # expect: KG207
        return self.head(self.inner(x))

def run():
    fit(Outer())
""",
    ),
    "a loss through NumPy on the host": (
        "runs",
        """
def on_host(y_true, y_pred):
    weights = tf.numpy_function(lambda y: (y * 0.5).astype("float32"), [y_true], "float32")  # expect: KG304
    return tf.reduce_mean(tf.square(y_true - y_pred) * tf.reshape(weights, (-1, 1)))

def run():
    fit(dense(), loss=on_host, jit_compile=False)
""",
    ),
    "the loss of each step, printed": (
        "runs",
        """
def shown(y_true, y_pred):
    loss = ops.mean(ops.square(y_true - y_pred))
    print("loss", loss)  # expect: KG202
    return loss

def run():
    fit(dense(), loss=shown)
""",
    ),
    "augmentation by NumPy in a map": (
        "runs",
        """
def augment(x, y):
    if np.random.rand() < 0.5:  # expect: KG201
        x = -x
    return x + np.random.normal(size=(4,)).astype("float32"), y  # expect: KG201

def run():
    model = dense()
    model.compile("sgd", "mse")
    model.fit(tf.data.Dataset.from_tensor_slices((X, Y)).map(augment).batch(6), verbose=0)
""",
    ),
    "a map that reads what it maps": (
        "AttributeError",
        """
def scaled(x, y):
    return x / np.max(x.numpy()), y  # expect: KG109

def run():
    tf.data.Dataset.from_tensor_slices((X, Y)).map(scaled)
""",
    ),
    "predictions of a callback, row by row": (
        "runs",
        """
class Watch(keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None):
        for row in X:
            self.model.predict(row[None], verbose=0)  # expect: KG504

def run():
    model = dense()
    model.compile("sgd", "mse")
    model.fit(X, Y, verbose=0, callbacks=[Watch()])
""",
    ),
    "a search that builds a model for each setting": (
        "runs",
        """
def run():
    for rate in (0.1, 0.01, 0.001, 0.0001, 0.00001, 0.000001):
        model = keras.Sequential([keras.Input((4,)), layers.Dense(1)])  # expect: KG507
        model.compile(keras.optimizers.SGD(rate), "mse")
        model.fit(X, Y, verbose=0)
""",
    ),
    "a target network copied at every step": (
        "runs",
        """
def run():
    online, target = dense(), dense()
    online.compile("sgd", "mse")
    for _ in range(20):
        online.train_on_batch(X, Y)
        target.set_weights(online.get_weights())  # expect: KG506
""",
    ),
    "a step with more data each time": (
        "runs",
        """
model = dense()

@tf.function
def loss_of(x, y):
    return tf.reduce_mean(tf.square(model(x) - y))

def run():
    for n in range(1, 16):
        loss_of(X[:n], Y[:n])  # expect: KG405
""",
    ),
    "a training loop that nothing compiles": (
        "runs",
        """
def run():
    model, optimizer = dense(), keras.optimizers.SGD()
    data = tf.data.Dataset.from_tensor_slices((X, Y)).batch(4)
    for _ in range(3):
        for x, y in data:  # expect: KG503
            with tf.GradientTape() as tape:
                loss = tf.reduce_mean(tf.square(model(x, training=True) - y))
            gradients = tape.gradient(loss, model.trainable_variables)
            optimizer.apply_gradients(zip(gradients, model.trainable_variables))
""",
    ),
    "outputs gathered by a growing tensor": (
        "runs",
        """
class Rolled(keras.Model):
    def __init__(self):
        super().__init__()
        self.step = layers.Dense(4)
        self.head = layers.Dense(1)

    def call(self, x):
        outputs = x[:, None]
        for _ in range(8):
            x = self.step(x)
            outputs = tf.concat([outputs, x[:, None]], axis=1)  # expect: KG302
        return self.head(tf.reduce_mean(outputs, axis=1))

def run():
    fit(Rolled())
""",
    ),
    "debugging that was left on": (
        "runs",
        """
def run():
    model = dense()
    model.compile("sgd", "mse", run_eagerly=True)  # expect: KG501
    model.fit(X, Y, verbose=0)
""",
    ),
}
