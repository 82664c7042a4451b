"""A finding holds for the call that is made: defaults, guards and alternatives that rule it out are respected."""

from __future__ import annotations

import textwrap

import pytest

SILENT = {
    "lists and dicts that a function changes": """
        def fill(items, value):
            items.append(value)

        def put(value, table):
            put_in(table, value)

        def put_in(table, value):
            table["a"] = value

        class Block(layers.Layer):
            def call(self, x):
                def drop(items):
                    items.pop()

                items, table, rest = [ops.mean(x)], {"a": ops.mean(x)}, [3, ops.mean(x)]
                fill(items, 3)
                put(3, table=table)
                drop(rest)
                if items[-1] > 2 or table["a"] > 2 or rest[-1] > 2:
                    return x
                return x
    """,
    "lists and dicts under two names": """
        class Block(layers.Layer):
            def call(self, x):
                a = [ops.mean(x)]
                b = a
                b[0] = 3
                c = {"k": ops.mean(x)}
                d = c
                d["k"] = 3
                e = [ops.mean(x)]
                f = e
                f.append(2)
                if a[0] > 2 or c["k"] > 2 or e[-1] > 2:
                    return x
                return x
    """,
    "what is inside of a list changes": """
        class Block(layers.Layer):
            def call(self, x):
                rows = [[ops.mean(x)], [ops.mean(x)]]
                rows[0][0] = 3
                table = {"a": [ops.mean(x)]}
                table["a"].insert(0, 3)
                if rows[0][0] > 2 or table["a"][0] > 2:
                    return x
                return x
    """,
    "items deleted": """
        class Block(layers.Layer):
            def call(self, x):
                items = [ops.mean(x), 3]
                del items[0]
                table = {"a": ops.mean(x), "b": 3}
                del table["a"]
                if items[0] > 2 or any(value > 2 for value in table.values()):
                    return x
                return x
    """,
    "names that a nested function sets": """
        class Block(layers.Layer):
            def call(self, x):
                def settle():
                    nonlocal v
                    v = 3
                    state["v"] = 3

                v, state = ops.mean(x), {"v": ops.mean(x)}
                settle()
                if v > 2 or state["v"] > 2:
                    return x
                return x
    """,
    "attributes set by another way": """
        def reset(layer):
            layer.value = 3

        class Block(layers.Layer):
            @property
            def level(self):
                return 3

            @level.setter
            def level(self, value):
                pass

            def call(self, x):
                self.value = ops.mean(x)
                reset(self)
                if self.value > 2:
                    return x
                self.value = ops.mean(x)
                setattr(self, "value", 3)
                if self.value > 2:
                    return x
                self.value = ops.mean(x)
                this = self
                this.value = 3
                if self.value > 2:
                    return x
                self.level = ops.mean(x)
                if self.level > 2:
                    return x
                return x
    """,
    "rows, which have no batch": """
        class Block(layers.Layer):
            def call(self, x):
                def row(r):
                    return r * r.shape[0] if r.shape[0] > 2 else r + tf.zeros(r.shape)

                y = tf.map_fn(row, x) + tf.vectorized_map(row, x) + ops.vectorized_map(row, x)
                return y + tf.foldl(lambda total, r: total + tf.zeros(r.shape), x, tf.zeros(3))
    """,
    "sizes that all are known": """
        class Block(layers.Layer):
            def call(self, x):
                return x + tf.zeros(x.shape) if all(x.shape) else x
    """,
    "losses, of which there may be none": """
        class Block(layers.Layer):
            def call(self, x):
                if sum(self.losses) == 0 or np.sum(self.losses) > 0:
                    return x
                return x
    """,
    "a default that the caller leaves": """
        def loudness(audio, use_tf=True):
            return audio if use_tf else np.array(audio)

        class Block(layers.Layer):
            def call(self, x):
                return loudness(ops.abs(x))
    """,
    "a layer made with its default": """
        class Positions(layers.Layer):
            def __init__(self, size, custom_ids=False):
                super().__init__()
                self.size = size
                self.custom_ids = custom_ids

            def call(self, inputs):
                if self.custom_ids:
                    inputs, ids = inputs
                return inputs * self.size

        class Block(layers.Layer):
            def __init__(self):
                super().__init__()
                self.positions = Positions(8)

            def call(self, x):
                return self.positions(ops.abs(x)) + Positions(4)(ops.abs(x))
    """,
    "one of two layers, each given what it takes": """
        class Plain(layers.Layer):
            def call(self, inputs):
                return inputs * 2

        class Conditional(layers.Layer):
            def call(self, inputs):
                x, z = inputs
                return x * z

        def get_norm(conditional):
            return Conditional() if conditional else Plain()

        class Block(layers.Layer):
            def __init__(self, conditional):
                super().__init__()
                self.conditional = conditional
                self.norm = get_norm(conditional)

            def call(self, x, z):
                x = ops.abs(x)
                return self.norm((x, z)) if self.conditional else self.norm(x)
    """,
    "values for people who run it eagerly": """
        class Model(keras.Model):
            def __init__(self, encoder):
                super().__init__()
                self.encoder = encoder

            def call(self, inputs):
                if hasattr(inputs, "numpy"):
                    print(tf.reduce_min(inputs).numpy())
                x = self.encoder(inputs)
                if hasattr(x, "numpy"):
                    print(tf.reduce_min(x).numpy())
                return x
    """,
    "a processor that Keras never calls": """
        class Base(layers.Layer):
            def __call__(self, image):
                return self.call(image)

        class Processor(Base):
            def call(self, image):
                image = ops.convert_to_tensor(image)
                return ops.convert_to_numpy(image)
    """,
    "a variable that its scope may give again": """
        class Block(layers.Layer):
            def call(self, x):
                with tf.compat.v1.variable_scope("block", reuse=tf.compat.v1.AUTO_REUSE):
                    mask = tf.compat.v1.get_variable("mask", (3,))
                return x * mask
    """,
}


# What makes sure, in a layer's ``call``, that the batch is known before it is counted with.
KNOWN_BATCH = {
    "as_list": """
        if x.shape.as_list()[0]:
            return [x[i] for i in range(x.shape.as_list()[0])]
    """,
    "as_list, named": """
        shape = x.get_shape().as_list()
        if shape[0]:
            return [x[i] for i in range(shape[0])]
    """,
    "get_shape": """
        if x.get_shape()[0] is None:
            return x
        return x * (x.get_shape()[0] * 2)
    """,
    "one way and another": """
        if x.shape[0] is not None:
            return x * (x.get_shape().as_list()[0] * 2)
    """,
    "a name for the shape": """
        shape = x.shape
        if shape[0] is not None:
            return x * (shape[0] * 2)
    """,
    "a name for the dimension": """
        shape = x.shape.as_list()
        batch = shape[0] if shape[0] is not None else tf.shape(x)[0]
        return tf.reshape(x, [batch * 2])
    """,
    "or": """
        batch = x.shape[0] or tf.shape(x)[0]
        return tf.reshape(x, [batch * 2])
    """,
    "None in it": """
        shape = x.shape
        if None in shape:
            return x
        return x * (shape[0] * 2)
    """,
    "None not in it": """
        if None not in x.shape:
            return x * (x.shape[0] * 2)
    """,
    "is_fully_defined": """
        if not x.shape.is_fully_defined():
            return x
        return x * (x.shape[0] * 2)
    """,
    "all": """
        if all(size is not None for size in x.shape):
            return x * (x.shape[0] * 2)
    """,
    "any": """
        if any(size is None for size in x.shape):
            return x
        return x * (x.shape[0] * 2)
    """,
    "isinstance": """
        size = x.shape[0]
        if isinstance(size, int) and size > 2:
            return x * (size * 2)
    """,
    "assert": """
        assert x.shape[0] is not None
        return x * (x.shape.as_list()[0] * 2)
    """,
}


@pytest.mark.parametrize("body", KNOWN_BATCH.values(), ids=KNOWN_BATCH)
def test_a_batch_that_is_known(expect_call, body):
    expect_call(body)


UNKNOWN_BATCH = {
    "another tensor's": """
        if x.shape[0] is not None:
            y = ops.abs(x)
            return y * (y.shape.as_list()[0] * 2)  # KG113
    """,
    "another dimension": """
        shape = x.shape
        if shape[1] is not None:
            return x * (shape[0] * 2)  # KG113
    """,
    "one that may be unknown": """
        if any(size is not None for size in x.shape):
            return x * (x.shape[0] * 2)  # KG113
    """,
}


@pytest.mark.parametrize("body", UNKNOWN_BATCH.values(), ids=UNKNOWN_BATCH)
def test_a_batch_that_is_not_known(expect_call, body):
    expect_call(body)


@pytest.mark.parametrize("source", SILENT.values(), ids=SILENT)
def test_nothing_is_said(expect, source):
    assert "# KG" not in source
    expect(source)


REPORTED = {
    "the same default, given otherwise": """
        def loudness(audio, use_tf=True):
            return audio if use_tf else np.array(audio)  # KG110

        class Block(layers.Layer):
            def call(self, x):
                return loudness(ops.abs(x), use_tf=False)
    """,
    "a switch that nobody knows": """
        class Block(layers.Layer):
            def __init__(self, use_tf=True):
                super().__init__()
                self.use_tf = use_tf

            def call(self, x):
                x = ops.abs(x)
                return x if self.use_tf else np.array(x)  # KG110
    """,
    "one of two layers, whatever it takes": """
        class Plain(layers.Layer):
            def call(self, inputs, limit):
                if limit > 0:  # KG101
                    return inputs
                return inputs * 2

        class Other(layers.Layer):
            def call(self, inputs, limit):
                return inputs * 3 if ops.any(inputs) else inputs  # KG101

        class Block(layers.Layer):
            def __init__(self, plain):
                super().__init__()
                self.norm = Plain() if plain else Other()

            def call(self, x):
                x = ops.abs(x)
                return self.norm(x, ops.max(x))
    """,
    "a call of its own that hands over to Keras": """
        class Processor(layers.Layer):
            def __call__(self, image):
                return self._prepared(image)

            def _prepared(self, image):
                return super().__call__(image)

            def call(self, image):
                image = ops.convert_to_tensor(image)
                return ops.convert_to_numpy(image)  # KG109
    """,
    "a layer of that sort used in another": """
        class Reader(layers.Layer):
            def __call__(self, x):
                return self.call(x)

            def call(self, x):
                return ops.convert_to_numpy(ops.abs(x))  # KG109

        class Block(layers.Layer):
            def __init__(self):
                super().__init__()
                self.reader = Reader()

            def call(self, x):
                return self.reader(x)
    """,
    "a switch of its own method: the other way is written for some run of the same class": """
        class Block(layers.Layer):
            def call(self, x):
                return self.interest(ops.abs(x))

            def interest(self, x, hashed=True):
                if hashed:
                    return x
                return [x * each for each in x]  # KG107
    """,
    "a default that a star may replace": """
        def loudness(audio, use_tf=True):
            return audio if use_tf else np.array(audio)  # KG110

        class Block(layers.Layer):
            def call(self, x, **options):
                return loudness(ops.abs(x), **options)
    """,
}


@pytest.mark.parametrize("source", REPORTED.values(), ids=REPORTED)
def test_what_the_call_does_reach_is_reported(expect, source):
    expect(source)


PUT_BACK = """
    class Standardized(layers.Layer):
        def build(self, shape):
            self.kernel = self.add_weight(shape=(shape[-1], 4))

        def call(self, x):
            original = self.kernel
            self.kernel = ops.abs(original)
            x = ops.matmul(x, self.kernel)
            self.kernel = original
            return x

    class Cleared(layers.Layer):
        def call(self, x):
            self.mean = ops.mean(x)
            x = x - self.mean
            self.mean = None
            return x

    class Kept(layers.Layer):
        def call(self, x, training=None):
            if training:
                self.mean = ops.mean(x)  # KG204
            else:
                self.mean = None
            self.last = ops.max(x)  # KG204
            self.last = self.last + 1  # KG204
            return x
"""


def test_an_attribute_that_is_put_back_keeps_no_tensor(expect):
    expect(PUT_BACK, select=("KG204",))


DONE_ONCE = """
    class Lazy(keras.Model):
        def __init__(self):
            super().__init__()
            self.prepared = False
            self.merged = False

        def prepare(self):
            self.prepared = True

        def merge(self):
            self.merged = True

        def predict_step(self, data):
            if not self.prepared:
                self.prepared = True
            return data

        def call(self, x):
            if self.merged:  # KG205
                return x
            return x + 1
"""


def test_what_every_trace_sets_as_others_do_is_not_stale(expect):
    expect(DONE_ONCE, select=("KG205",))


def test_a_loop_over_layers_with_two_outputs_is_unrolled(lint):
    text = textwrap.dedent(
        """
        import keras
        from keras import layers, ops

        class Coupling(layers.Layer):
            def call(self, x, reverse=False):
                y = ops.abs(x)
                return y if reverse else (y, ops.sum(y))

        class Flow(keras.Model):
            def __init__(self, count):
                super().__init__()
                self.couplings = [Coupling() for _ in range(count)]
                self.count = count

            def call(self, x):
                logs = []
                for i in range(self.count):
                    x, log = self.couplings[i](x)
                    logs.append(log)
                return x
        """
    )
    assert [(each.code, each.span.line) for each in lint(text, select=("KG301", "KG307"))] == [("KG301", 18)]
