"""How values flow through statements and expressions of one function."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from flake8_keras_graph import engine
from flake8_keras_graph.config import Options

BODIES = {
    "both sides are tensors": """
        y = x + 1 if training else x * 2
        if y > 0:  # KG101
            return y
        return -y
    """,
    "one side is no tensor": """
        y = tf.reduce_sum(x) if training else 0
        if y > 0:
            return x
        return -x
    """,
    "joined after a branch": """
        if training:
            y = tf.reduce_sum(x)
        else:
            y = tf.reduce_max(x)
        if y > 0:  # KG101
            return x
        return -x
    """,
    "an early return leaves the other side": """
        y = 1
        if not training:
            return x
        else:
            y = tf.reduce_sum(x)
        if y > 0:  # KG101
            return x
        return -x
    """,
    "raise leaves the other side": """
        y = None
        if mask is None:
            raise ValueError
        else:
            y = tf.reduce_sum(x)
        if y > 0:  # KG101
            return x
        return -x
    """,
    "None on one side, then tested": """
        y = None
        if self.flag:
            y = tf.reduce_sum(x)
        if y is not None:
            if y > 0:  # KG101
                x = x + 1
        if y is not None and y > 0:  # KG101
            x = x + 1
        if y is None:
            return x
        return -x if y > 0 else x  # KG101
    """,
    "what can never be reached": """
        y = None
        if y is not None:
            if tf.reduce_sum(x) > 0:
                x = x + 1
        if False:
            if tf.reduce_sum(x) > 0:
                x = x + 1
        return x
        if tf.reduce_sum(x) > 0:
            x = x + 1
    """,
    "carried round a loop": """
        y = 0.0
        for block in self.blocks:
            y = y + tf.reduce_sum(block(x))
        if y > 0:
            x = x + 1
        z = x
        for block in self.blocks:
            z = block(z)
        if z > 0:  # KG101
            x = x + 1
        return x
    """,
    "a fixpoint two iterations deep": """
        a = b = c = tf.zeros(())
        for _ in range(3):
            a, b, c = b, c, 0
        if a > 0:
            x = x + 1
        return x
    """,
    "found in the second iteration": """
        last = None
        for block in self.blocks:
            if last is not None and last > 0:  # KG101
                x = x + 1
            last = tf.reduce_sum(x)
        return x
    """,
    "break and continue": """
        y = 0
        for i in range(3):
            if i == 1:
                y = tf.reduce_sum(x)
                break
            if i == 2:
                continue
        else:
            y = tf.reduce_max(x)
        if y > 0:  # KG101
            x = x + 1
        return x
    """,
    "while True": """
        i = 0
        while True:
            x = x + 1
            i += 1
            if i > self.count:
                break
        if x > 0:  # KG101
            return x
        return -x
    """,
    "while with an else": """
        i = 0
        while i < 3:
            i += 1
        else:
            x = tf.reduce_sum(x)
        return x if x > 0 else -x  # KG101
    """,
    "try": """
        try:
            y = tf.reduce_sum(x)
        except KeyError:
            y = tf.reduce_max(x)
        else:
            y = y + 1
        finally:
            z = y
        if y > 0:  # KG101
            x = x + 1
        return x
    """,
    "try with a handler that gives up": """
        try:
            y = self.lookup(x)
        except KeyError as error:
            raise ValueError from error
        if error:
            return x
        return y
    """,
    "a handler that raises again hides nothing": """
        try:
            if tf.reduce_sum(x) > 0:  # KG101
                x = x + 1
        except Exception as error:
            raise ValueError("no") from error
        return x
    """,
    "with": """
        with tf.name_scope("a"), tf.GradientTape() as tape:
            tape.watch(x)
            y = self.dense(x)
        grads = tape.gradient(y, x)
        if y > 0:  # KG101
            x = x + 1
        return x
    """,
    "match with captures": """
        y = tf.reduce_sum(x)
        match [y, 1]:
            case [first, 1]:
                if y > 0:  # KG101
                    x = x + 1
                if first:
                    x = x + 1
            case {"a": second, **rest}:
                x = x + 1
            case _ if y > 0:
                x = x - 1
        match training:
            case True:
                x = x + 1
        return x
    """,
    "comprehensions": """
        rows = [tf.reduce_sum(x) * i for i in range(3)]
        if rows[0] > 0:  # KG101
            x = x + 1
        table = {i: tf.reduce_sum(x) for i in range(3)}
        if table[0] > 0:  # KG101
            x = x + 1
        nested = [[v for v in row] for row in self.dense(x)]  # KG107 KG107
        first = next(tf.reduce_sum(x) for i in range(3))
        if first > 0:  # KG101
            x = x + 1
        total = sum(tf.reduce_sum(x) for i in range(3))
        if total > 0:  # KG101
            x = x + 1
        if any(row > 0 for row in rows):  # KG105
            x = x + 1
        return x
    """,
    "a comprehension has its own names": """
        y = 0
        rows = [y for y in tf.unstack(x)]
        if y:
            x = x + 1
        return x
    """,
    "lambdas and closures": """
        scale = tf.reduce_sum(x)
        positive = lambda v: v > 0
        if positive(scale):  # KG101
            x = x + 1
        def above(limit=0):
            return scale > limit
        if above():  # KG101
            x = x + 1
        def outer():
            def inner():
                return scale
            return inner
        if outer()() > 0:  # KG101
            x = x + 1
        return x
    """,
    "a closure sees later assignments": """
        y = 1
        def now():
            return y
        y = tf.reduce_sum(x)
        if now() > 0:  # KG101
            x = x + 1
        return x
    """,
    "a function given to an API": """
        y = tf.cond(tf.reduce_sum(x) > 0, lambda: x, lambda: -x)
        if y > 0:  # KG101
            x = x + 1
        def body(row):
            if row > 0:  # KG101
                return row
            return -row
        z = tf.map_fn(body, x)
        z = ops.vectorized_map(lambda row: row if row > 0 else -row, x)  # KG101
        return z
    """,
    "walrus": """
        if (y := tf.reduce_sum(x)) is not None and y > 0:  # KG101
            x = x + 1
        while (n := self.count) > 3:
            break
        rows = [last := tf.reduce_sum(x) for _ in range(2)]
        return x if y > 0 else -x  # KG101
    """,
    "star arguments": """
        def pick(a, b, *rest, scale=1, **others):
            if b > 0:  # KG101
                return a
            if rest[0] > 0:  # KG101
                return a
            if others["k"] > 0:  # KG101
                return a
            if scale:
                return a
            return b
        parts = [x, tf.reduce_sum(x), tf.reduce_max(x)]
        return pick(*parts, **{"k": x})
    """,
    "augmented assignment": """
        y = 0
        y += tf.reduce_sum(x)
        if y > 0:  # KG101
            x = x + 1
        rows = []
        rows += [x]
        if rows:
            x = x + 1
        return x
    """,
    "tuple targets": """
        (a, [b, c]), *rest = (1, [tf.reduce_sum(x), 2]), x, x
        if a:
            x = x + 1
        if b > 0:  # KG101
            x = x + 1
        if c:
            x = x + 1
        first, *_ = rest
        if first > 0:  # KG101
            x = x + 1
        a, b = b, a
        if a > 0:  # KG101
            x = x + 1
        return x
    """,
    "swapped names": """
        a = b = tf.reduce_sum(x)
        a = 1
        if a:
            x = x + 1
        if b > 0:  # KG101
            x = x + 1
        return x
    """,
    "containers keep their items apart": """
        parts = {"sum": tf.reduce_sum(x), "count": 3}
        if parts["count"] > 2:
            x = x + 1
        if parts["sum"] > 2:  # KG101
            x = x + 1
        if parts.get("sum") > 2:  # KG101
            x = x + 1
        pair = (tf.reduce_sum(x), 3)
        if pair[1] > 2:
            x = x + 1
        if pair[0] > 2:  # KG101
            x = x + 1
        if pair[-1] > 2:
            x = x + 1
        rows = []
        for i in range(3):
            rows.append(tf.reduce_sum(x))
        if rows[-1] > 0:  # KG101
            x = x + 1
        parts["new"] = tf.reduce_sum(x)
        if parts["new"] > 0:  # KG101
            x = x + 1
        return x
    """,
    "chained comparison": "return x if 0 < tf.reduce_sum(x) < 1 else -x  # KG101 KG105",
    "not and parentheses": """
        if not (tf.reduce_sum(x) > 0):  # KG101
            x = x + 1
        if self.flag and (tf.reduce_sum(x) > 0 or training):  # KG101
            x = x + 1
        return x
    """,
    "arithmetic of a structure and a number": """
        if (x * 2) > 0:  # KG101
            x = -x
        y = -x
        if y > 0:  # KG101
            x = -x
        if abs(y) > 0:  # KG101
            x = -x
        return x
    """,
    "deleted": """
        y = tf.reduce_sum(x)
        del y
        y = 3
        if y:
            x = x + 1
        return x
    """,
    "global": """
        global STEPS
        STEPS = 1
        if STEPS:
            x = x + 1
        return x
    """,
    "a nested function of the same name as a parameter": """
        def x(): return 3
        if x():
            return 1
        return 2
    """,
    "tensors of tensors": """
        y = x.shape
        if y[1] > 3 and tf.shape(x)[1] > 3:  # KG101
            x = x + 1
        z = tf.shape(x)[1:]
        if z[0] > 3:  # KG101
            x = x + 1
        return x
    """,
    "a dimension from a static shape, or else from the graph": """
        batch = x.shape[0] or tf.shape(x)[0]
        if batch is None:
            batch = 1
        length = x.shape[1]
        if length is None:
            length = tf.shape(x)[1]
        for i in range(length):
            x = x + 1
        return x
    """,
    "changed in place, and still certain": """
        a = [1]
        a.append(tf.reduce_sum(x))
        b = a
        if b[1] > 0:  # KG101
            return x
        c = {"k": 1}
        c["k"] = tf.reduce_sum(x)
        if c["k"] > 0:  # KG101
            return x

        def fill(items):
            return items[0]

        d = [tf.reduce_sum(x)]
        if fill(d) > 0 or d[0] > 0:  # KG101
            return x
        return x
    """,
    "a name that a nested function sets to a tensor": """
        def settle():
            nonlocal v
            v = tf.reduce_sum(x)

        v = 3
        settle()
        if v > 0:  # KG101
            return x
        return x
    """,
    "suppressed": """
        import contextlib

        with contextlib.suppress(ValueError):
            if tf.reduce_sum(x) > 0:  # KG101
                x = x + 1
        with contextlib.suppress(Exception):
            if tf.reduce_sum(x) > 0:  # KG206
                x = x + 1
        return x
    """,
    "a loop that certainly runs leaves what its body sets": """
        y = None
        for _ in range(3):
            y = tf.reduce_sum(x)
        z = None
        for factor in (1.0, 2.0):
            z = x * factor
        if y > 0:  # KG101
            return x
        if z[0, 0] > 0:  # KG101
            return x
        return y
    """,
    "a loop that may not run, or leaves early": """
        y = None
        for _ in range(self.count):
            y = tf.reduce_sum(x)
        z = 1
        for _ in range(3):
            if self.flag:
                break
            z = tf.reduce_sum(x)
        w = 1
        for _ in range(3):
            if self.flag:
                continue
            w = tf.reduce_sum(x)
        if y or z > 0 or w > 0:
            return x
        return y
    """,
    "a loop that never ends without a return": """
        for factor in (1, 2):
            return x * factor
        if tf.reduce_sum(x) > 0:
            return x
    """,
    "a loop over nothing that has an else": """
        y = 1
        for _ in range(2):
            y = tf.reduce_sum(x)
        else:
            y = y + 1
        if y > 0:  # KG101
            return x
        return y
    """,
    "arguments gathered": """
        def first(*args, **kwargs):
            return args[0] if args else kwargs["value"]

        y = tf.reduce_sum(x)
        if first(y) > 0:  # KG101
            return x
        if first(value=y) > 0:  # KG101
            return x
        return y
    """,
    "lists changed in place": """
        y = tf.reduce_sum(x)
        items = [1]
        items.extend([y, 2])
        if items[1] > 0:  # KG101
            return x
        if items[2] > 3 or items[0] > 3:
            return x
        items.insert(0, y)
        if items[0] > 0:  # KG101
            return x
        if items[1] > 1:
            return x
        last, before = items.pop(), items.pop()
        if last > 3:
            return x
        if before > 0:  # KG101
            return x
        return x
    """,
    "an attribute asked for by name": """
        self.last = tf.reduce_sum(x)
        if getattr(self, "last") > 0:  # KG101
            return x
        return x
    """,
    "dicts joined": """
        table = {"a": 1, "b": 1} | {"b": tf.reduce_sum(x)}
        if table["b"] > 0:  # KG101
            return x
        if table["a"] > 0:
            return x
        return x
    """,
    "a tensor looked for": """
        y = tf.reduce_sum(x)
        if y in [None] or y not in (None,):
            x = x + 1
        if y in [None, 1]:  # KG105
            x = x + 1
        return x
    """,
    "a weight has items": """
        w = self.add_weight(shape=(2,))  # KG111
        y = next(iter(w))
        for a, b in zip([1.0, 2.0], w):
            x = x + a * b
        for a in w:  # KG103
            x = x + a
        return x + y
    """,
}


@pytest.mark.parametrize("name", BODIES)
def test_flow(expect_call, name):
    expect_call(BODIES[name], keras="3")


CLASSES = {
    "state set in the constructor": """
        class Block(layers.Layer):
            def __init__(self, **kwargs):
                super().__init__(**kwargs)
                self.scale = tf.Variable(1.0)
                self.limit = 3
                self.table = {"a": tf.Variable(1.0), "b": 2}
                self.dense, self.other = layers.Dense(3), layers.Dense(4)

            def build(self, shape):
                self.kernel = self.add_weight(shape=(3,))
                self.width = shape[-1]

            def call(self, x):
                if self.scale > 0:  # KG101
                    x = x + 1
                if self.kernel[0] > 0:  # KG101
                    x = x + 1
                if self.table["a"] > 0:  # KG101
                    x = x + 1
                if self.limit > 0 or self.table["b"] > 0 or self.width > 3:
                    x = x + 1
                if self.other(x) > 0:  # KG101
                    x = x + 1
                return x
    """,
    "names of the module": """
        LIMIT = 3
        TABLE = {"a": 1, "b": tf.constant(1.0)}
        SCALE = tf.constant(2.0)

        class Block(layers.Layer):
            def call(self, x):
                if LIMIT > 3 or TABLE["a"]:
                    x = x + 1
                if SCALE > 1 and TABLE["b"] > 1:  # KG101
                    x = x + 1
                return x
    """,
    "state set in call": """
        class Block(layers.Layer):
            def call(self, x):
                self.total = tf.reduce_sum(x)
                if self.total > 0:  # KG101
                    x = x + 1
                self.total = 3
                if self.total > 0:
                    x = x + 1
                return x
    """,
    "a base called by its name": """
        class Base(layers.Layer):
            def __init__(self, limit, **kwargs):
                super().__init__(**kwargs)
                self.limit = limit
                self.scale = self.add_weight(shape=())

            def call(self, x):
                return x * self.scale

            @staticmethod
            def is_large(layer, x):
                return layer.limit > x

        class Block(Base):
            def __init__(self, limit):
                Base.__init__(self, limit, name="block")

            def call(self, x):
                x = Base.call(self, x)
                if self.limit:
                    x = x + 1
                if self.scale > 0:  # KG101
                    x = x + 1
                if Base.is_large(self, x):  # KG101
                    x = x + 1
                return x
    """,
    "state that another method changes": """
        class Block(layers.Layer):
            def __init__(self):
                super().__init__()
                self.scale = tf.Variable(1.0)

            def freeze(self):
                self.scale = 1.0

            def call(self, x):
                if self.scale > 0:
                    x = x + 1
                return x
    """,
    "class attributes and properties": """
        class Block(layers.Layer):
            limit = 3
            names = ("a", "b")

            @property
            def threshold(self):
                return tf.constant(0.5)

            @property
            def wide(self):
                return self.limit > 2

            @staticmethod
            def positive(v):
                return v > 0

            @classmethod
            def negative(cls, v):
                return v < 0

            def call(self, x):
                if self.limit > 2 and self.wide and Block.limit:
                    x = x + 1
                if self.threshold > 0:  # KG101
                    x = x + 1
                if self.positive(x):  # KG101
                    x = x + 1
                if Block.positive(x):  # KG101
                    x = x + 1
                if self.negative(x):  # KG101
                    x = x + 1
                for name in self.names:
                    x = x + len(name)
                return x
    """,
    "decorators": """
        import functools

        def logged(function):
            @functools.wraps(function)
            def wrapper(*args, **kwargs):
                return function(*args, **kwargs)
            return wrapper

        @keras.saving.register_keras_serializable(package="x")
        class Block(layers.Layer):
            @tf.Module.with_name_scope
            def call(self, x):
                if tf.reduce_sum(x) > 0:  # KG101
                    x = x + 1
                if self.helper(x):
                    x = x + 1
                return x

            @logged
            def helper(self, x):
                return True
    """,
    "helpers": """
        def positive(v):
            return tf.reduce_sum(v) > 0

        def length(v):
            return len(v.shape)

        class Block(layers.Layer):
            def call(self, x):
                if positive(x):  # KG101
                    x = x + 1
                if length(x) > 2:
                    x = x + 1
                return self._finish(x)

            def _finish(self, x, flag=True):
                if flag:
                    x = x + 1
                if x > 0:  # KG101
                    return x
                return -x
    """,
    "a helper that branches": """
        def flip(v, limit=0):
            if v > limit:  # KG101
                return v
            return -v

        class Block(layers.Layer):
            def call(self, x):
                return flip(x) + flip(x, limit=1)
    """,
    "a helper called with Python values": """
        def flip(v, limit=0):
            if v > limit:
                return v
            return -v

        class Block(layers.Layer):
            def call(self, x):
                return x * flip(3)
    """,
    "recursion": """
        def flatten(v):
            if isinstance(v, (list, tuple)):
                return [item for each in v for item in flatten(each)]
            return [v]

        def even(n):
            return n == 0 or odd(n - 1)

        def odd(n):
            return n != 0 and even(n - 1)

        class Block(layers.Layer):
            def call(self, x):
                if even(4):
                    x = x + 1
                for each in flatten([x, [x]]):
                    x = x + each
                return x
    """,
    "base classes and mixins": """
        class Positive:
            def positive(self, v):
                return v > 0

        class Base(layers.Layer):
            def __init__(self):
                super().__init__()
                self.scale = self.make()

            def make(self):
                return tf.Variable(1.0)

            def call(self, x):
                if self.positive(x):  # KG101
                    x = x + 1
                return self.finish(x)

            def finish(self, x):
                return x

        class Block(Positive, Base):
            def finish(self, x):
                if self.scale > 0:  # KG101
                    x = x * self.scale
                return super().finish(x)
    """,
    "aliases of classes": """
        Root = layers.Layer
        Layer = Root

        class First(Layer):
            def call(self, x):
                return x if x > 0 else -x  # KG101

        Parent = First

        class Second(Parent):
            def call(self, x):
                return super().call(x) if x > 1 else x  # KG101
    """,
    "super's call": """
        class Scaled(layers.Dense):
            def call(self, x):
                y = super().call(x)
                if y > 0:  # KG101
                    return y
                return -y
    """,
    "three layers deep, in a tuple": """
        class Inner(layers.Layer):
            def call(self, x, pair, flag=False):
                state, count = pair
                if flag:
                    state = state + 1
                if count > 2:
                    state = state + 1
                if state > 0:  # KG101
                    return state
                return -state

        class Middle(layers.Layer):
            def __init__(self):
                super().__init__()
                self.inner = Inner()

            def call(self, state, extra):
                return self.inner(state, (state, extra[1]), flag=True)

        class Outer(keras.Model):
            def __init__(self):
                super().__init__()
                self.middle = Middle()
                self.dense = layers.Dense(3)

            def call(self, x):
                return self.middle(self.dense(x), (self.dense(x), 3))
    """,
    "layers given to the constructor": """
        class Wrapped(layers.Layer):
            def __init__(self, inner, act="relu"):
                super().__init__()
                self.inner = inner
                self.act = keras.activations.get(act)

            def call(self, x):
                y = self.inner(x)
                if y > 0:  # KG101
                    return y
                if self.act(y) > 0:  # KG101
                    return y
                return -y

        class Unused(layers.Layer):
            def __init__(self, inner):
                super().__init__()
                self.inner = inner

            def call(self, x):
                return x if self.inner(x) > 0 else -x

        class Model(keras.Model):
            def __init__(self):
                super().__init__()
                self.wrapped = Wrapped(layers.Dense(3))
                self.head = keras.Sequential([layers.Dense(3), Wrapped(layers.Dense(1))])

            def call(self, x):
                x = self.wrapped(x)
                return self.head(x)
    """,
    "layers with several outputs": """
        class Block(keras.Model):
            def __init__(self):
                super().__init__()
                self.lstm = layers.LSTM(3, return_state=True)
                self.gru = layers.GRU(3, return_sequences=True)
                self.attention = layers.MultiHeadAttention(2, 3)

            def call(self, x):
                y, h, c = self.lstm(x)
                if h > 0:  # KG101
                    y = y + c
                if self.gru(x) > 0:  # KG101
                    y = y + 1
                out, scores = self.attention(x, x, return_attention_scores=True)
                if scores > 0:  # KG101
                    y = y + 1
                if self.attention(x, x) > 0:  # KG101
                    y = y + 1
                return y
    """,
    "steps, losses and metrics": """
        class Model(keras.Model):
            def train_step(self, data):
                x, y = data
                with tf.GradientTape() as tape:
                    predicted = self(x, training=True)
                    loss = self.compute_loss(y=y, y_pred=predicted)
                if loss > 3:  # KG101
                    loss = loss * 0
                for variable in self.trainable_variables:
                    loss = loss + tf.reduce_sum(variable)
                grads = tape.gradient(loss, self.trainable_variables)
                self.optimizer.apply_gradients(zip(grads, self.trainable_variables))
                if len(data) == 3:
                    loss = loss + 1
                for metric in self.metrics:
                    metric.update_state(y, predicted)
                return {"loss": loss}

            def test_step(self, data):
                x, y = data
                if tf.reduce_any(tf.math.is_nan(x)):  # KG101
                    return {}
                return {m.name: m.result() for m in self.metrics}

            def predict_step(self, data):
                return int(tf.reduce_sum(data))  # KG108

            def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None):
                loss = tf.reduce_mean(y - y_pred)
                if sample_weight is not None:
                    loss = loss * sample_weight
                if tf.reduce_sum(y) > 0:  # KG101
                    loss = loss + 1
                return loss

        class Score(keras.metrics.Metric):
            def __init__(self):
                super().__init__()
                self.total = self.add_weight(name="total")

            def update_state(self, y_true, y_pred, sample_weight=None):
                if sample_weight is not None:
                    y_pred = y_pred * sample_weight
                if y_true > 0:  # KG101
                    self.total.assign_add(1)

            def result(self):
                return self.total if self.total > 0 else 0.0  # KG101

        class Error(keras.losses.Loss):
            def __init__(self, delta=1.0):
                super().__init__()
                self.delta = delta

            def call(self, y_true, y_pred):
                error = y_true - y_pred
                if self.delta > 1:
                    error = error * 2
                if tf.reduce_max(error) > self.delta:  # KG101
                    error = error / 2
                return error
    """,
    "AutoGraph contexts": """
        @tf.function
        def staged(v):
            if v > 0:  # KG101 note
                v = v + 1
            return inner(v)

        def inner(v):
            if v > 1:  # KG101 note
                v = v + 1
            return plain(v)

        @tf.autograph.experimental.do_not_convert
        def plain(v):
            if v > 2:  # KG101 error
                v = v + 1
            return v

        def converted(v):
            if v > 3:  # KG101 note
                v = v + 1
            return v

        class Inner(layers.Layer):
            def call(self, v):
                if v > 4:  # KG101 error
                    v = v + 1
                return v

        class Block(layers.Layer):
            def __init__(self):
                super().__init__()
                self.inner = Inner()

            @tf.function(jit_compile=True)
            def helper(self, v):
                if v > 5:  # KG101 note
                    v = v + 1
                return self.inner(v)

            def call(self, x):
                x = staged(x)
                x = self.helper(x)
                graph = tf.autograph.to_graph(converted)
                x = graph(x)

                @tf.function
                def local(v):
                    if v > 6:  # KG101 note
                        v = v + 1
                    return v
                x = local(x)
                compiled = tf.function(lambda v: v if v > 7 else -v)  # KG101 note
                return compiled(x)
    """,
    "call under tf.function": """
        class Block(layers.Layer):
            @tf.function
            def call(self, x):
                if tf.reduce_sum(x) > 0:  # KG101 note
                    x = x + 1
                return x
    """,
    "methods that Keras does not trace": """
        class Model(keras.Model):
            def call(self, x):
                return x

            def summarize(self, x):
                x = tf.constant(x)
                if x > 0:
                    return x.numpy()
                return int(x)

        class Callback(keras.callbacks.Callback):
            def on_epoch_end(self, epoch, logs=None):
                if tf.reduce_sum(self.model.weights[0]) > 0:
                    return

        def main(x):
            x = tf.constant(x)
            if x > 0:
                return int(x)
    """,
    "nested classes": """
        class Outer(keras.Model):
            class Inner(layers.Layer):
                def call(self, x):
                    if tf.reduce_sum(x) > 0:  # KG101
                        x = x + 1
                    return x

            def __init__(self):
                super().__init__()
                self.inner = Outer.Inner()

            def call(self, x):
                return self.inner(x)

        def make():
            class Local(layers.Layer):
                def call(self, x):
                    return x if tf.reduce_sum(x) > 0 else -x  # KG101
            return Local()
    """,
    "one-line definitions": """
        class A(layers.Layer):
            def call(self, x): return x if tf.reduce_sum(x) > 0 else -x  # KG101

        class B(layers.Layer): call = lambda self, x: x
    """,
    "generators": """
        class Block(layers.Layer):
            def parts(self, x):
                yield tf.reduce_sum(x)
                yield tf.reduce_max(x)

            def call(self, x):
                for part in self.parts(x):
                    if part > 0:  # KG101
                        x = x + 1
                return x
    """,
    "functools.partial": """
        import functools

        def flip(scale, v):
            if v > 0:
                return v * scale
            return -v

        class Block(layers.Layer):
            def __init__(self):
                super().__init__()
                self.flip = functools.partial(flip, 3)

            def call(self, x):
                return self.flip(x)
    """,
}


@pytest.mark.parametrize("source", CLASSES.values(), ids=CLASSES)
def test_classes(expect, source):
    expect(source, keras="auto")


@pytest.mark.parametrize("wrap", ["tf.autograph.experimental.do_not_convert({})", "tf.function({})", "{}"])
def test_a_function_given_to_a_wrapper(expect, wrap):
    """AutoGraph converts what tf_keras calls, unless it is told not to."""
    level = "error" if "do_not" in wrap else "note"
    expect(
        f"""
        class Wrapped(tf_keras.Model):
            def call(self, x):
                return {wrap.format("self._switch")}(x)

            def _switch(self, x):
                if tf.reduce_sum(x) > 0:  # KG101 {level}
                    return x
                return -x
        """,
        header="import tensorflow as tf\nimport tf_keras\n\n",
    )


def test_alternatives_are_looked_at_in_the_same_order_in_every_run(tmp_path):
    """Each raises at the same call: what is said there must not depend on which a set gives first."""
    helpers = "".join(f"def f{n}(x):\n    if x > {n}:\n        return x\n    return -x\n\n" for n in range(5))
    (tmp_path / "helpers.py").write_text(helpers)
    model = tmp_path / "model.py"
    model.write_text(
        "import keras\nfrom helpers import f0, f1, f2, f3, f4\n\n"
        "class A(keras.Model):\n    def __init__(self, a):\n        super().__init__()\n"
        "        self.first = f0 if a == 0 else f1 if a == 1 else f2 if a == 2 else f3 if a == 3 else f4\n\n"
        "    def call(self, inputs):\n        return self.first(keras.ops.relu(inputs))\n"
    )
    program = (
        "import sys\nfrom flake8_keras_graph import engine\nfrom flake8_keras_graph.config import Options\n"
        "print(engine.check(engine.Source(sys.argv[1], open(sys.argv[1]).read()), Options())[0].message)"
    )
    root = Path(__file__).resolve().parents[2]
    found = {
        subprocess.run(
            [sys.executable, "-c", program, str(model)],
            env={**os.environ, "PYTHONHASHSEED": str(seed), "PYTHONPATH": str(root)},
            capture_output=True, text=True, check=True,
        ).stdout
        for seed in range(5)
    }  # fmt: skip
    assert len(found) == 1 and "in `f0` (helpers.py:2)" in found.pop()


def test_steps_of_tf_keras_are_not_converted(expect):
    """AutoGraph is let into ``call``, losses and metrics; the steps around them are traced as they stand."""
    expect(
        """
        def helper(loss):
            return loss * 2.0 if loss > 100.0 else loss  # KG101 error

        @tf.function
        def converted(loss):
            return loss * 2.0 if loss > 100.0 else loss  # KG101 note

        class Model(tf_keras.Model):
            def call(self, inputs):
                if tf.reduce_mean(inputs) > 0:  # KG101 note
                    inputs = inputs * 2.0
                return inputs

            def train_step(self, data):
                loss = tf.reduce_mean(self(data))
                if loss > 100.0:  # KG101 error
                    loss = loss * 2.0
                return {"loss": helper(loss) + converted(loss)}

            def predict_step(self, data):
                return self(data) * 2.0 if tf.reduce_mean(data) > 0 else self(data)  # KG101 error

            def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None):
                loss = tf.reduce_mean(y_pred)
                assert loss > 0  # KG106 error
                return loss

        class Loss(tf_keras.losses.Loss):
            def call(self, y_true, y_pred):
                loss = tf.reduce_mean(y_pred)
                return loss if loss > 0 else -loss  # KG101 note
        """,
        header="import tensorflow as tf\nimport tf_keras\n\n",
    )


def test_a_re_exported_keras_that_is_tf_keras_where_there_is_one(tmp_path):
    """As transformers has it: its models import ``keras`` from a module that prefers tf_keras."""
    (tmp_path / "utils.py").write_text(
        "try:\n    import tf_keras as keras\nexcept (ModuleNotFoundError, ImportError):\n    import keras\n"
    )
    text = (
        "import tensorflow as tf\nfrom utils import keras\n\n"
        "class A(keras.layers.Layer):\n    def call(self, x):\n"
        "        if tf.reduce_sum(x) > 0:\n            x = -x\n"
        "        if tf.reduce_sum(x) > 0:\n            pass\n        else:\n            raise ValueError(x)\n"
        "        return x\n"
    )
    found = engine.check(engine.Source(str(tmp_path / "a.py"), text), Options())
    assert [(each.code, each.span.line, each.level) for each in found] == [
        ("KG101", 6, "note"),
        ("KG101", 8, "error"),  # AutoGraph runs the ``raise`` in any case
    ]


def test_what_a_method_sets_that_runs_while_tracing_is_not_stale(expect):
    """However ``call`` comes to it."""
    expect(
        """
        import time

        def run(layer, x):
            time.sleep(0)  # KG202
            layer.prepare()
            return layer.step(x)

        class Block(layers.Layer):
            def __init__(self):
                super().__init__()
                self.ready = self.wide = False

            def prepare(self):
                if not self.ready:
                    self.ready = True

            def widen(self):
                self.wide = True

            def step(self, x):
                if self.wide:  # KG205
                    x = x + 1
                return x

            def call(self, x):
                return run(self, x)
    """,
        select=("KG2",),
    )


def test_loops_over_metrics_are_no_news(expect):
    expect(
        """
        class Share(keras.metrics.Metric):
            def update_state(self, y_true, y_pred, sample_weight=None):
                pass

            def result(self):
                return ops.zeros(())

        class Net(keras.Model):
            def __init__(self):
                super().__init__()
                self.mean, self.share = keras.metrics.Mean(), Share()
                self.parts = [layers.Dense(4), self.mean]

            @property
            def metrics(self):
                return [self.mean, self.share]

            def train_step(self, data):
                for metric in self.metrics:
                    metric.update_state(tf.reduce_sum(data))
                for part in self.parts:  # KG301
                    data = tf.nn.relu(data)
                return {metric.name: metric.result() for metric in self.metrics}
        """,
        select=("KG301",),
    )
