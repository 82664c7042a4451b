"""What Python does to a tensor in ``call``, row by row: Keras 3 raises, tf_keras stages some of it."""

from __future__ import annotations

import pytest

ROWS = {
    "if": """
        if tf.reduce_sum(x) > 0:  # KG101 error
            x = x + 1
        elif tf.reduce_max(x) > 0:  # KG101 error
            x = x - 1
        return x
    """,
    "if on a structure's comparison": """
        if x > 0:  # KG101 error
            return x
        return -x
    """,
    "ternary": "return x if tf.reduce_sum(x) > 0 else -x  # KG101 error",
    "while": """
        while tf.reduce_sum(x) > 1.0:  # KG102 error
            x = x / 2.0
        return x
    """,
    "not": "return tf.constant(not tf.reduce_any(x > 0))  # KG105 error",
    "and": "return (tf.reduce_any(x > 0)) and (tf.reduce_all(x > 1))  # KG105 error",
    "or": "return tf.reduce_any(x > 0) or tf.reduce_all(x > 1)  # KG105 error",
    "for": """
        total = 0.0
        for row in self.dense(x):  # KG103 error
            total += row
        return total
    """,
    "for over tf.range": """
        for i in tf.range(tf.shape(x)[1]):  # KG103 error
            x = x + tf.cast(i, x.dtype)
        return x
    """,
    "range of a tensor": """
        for i in range(tf.shape(x)[0]):  # KG104 error
            x = x + 1
        return x
    """,
    "range of the batch": """
        for i in range(ops.shape(x)[0]):  # KG104 error
            x = x + 1
        return x
    """,
    "range of known dimensions": """
        for i in range(ops.shape(x)[1]):
            x = x + 1
        for i in range(x.shape[1]):
            x = x + 1
        return x
    """,
    "range of the static batch": """
        for i in range(x.shape[0]):  # KG104 error
            x = x + 1
        return x
    """,
    "comparison of the static batch": """
        if x.shape[0] > 1:  # KG113 error
            x = x + 1
        return x
    """,
    "arithmetic on the static batch": "return tf.reshape(x, [x.shape[0] * 2, -1])  # KG113 error",
    "assert": """
        assert tf.reduce_all(x > 0)  # KG106 error
        return x
    """,
    "walrus": """
        if (total := tf.reduce_sum(x)) > 0:  # KG101 error
            x = x / total
        return x
    """,
    "zip": """
        for a, b in zip(self.dense(x), self.dense(x)):  # KG103 KG103
            x = x + a * b
        return x
    """,
    "max": "return max(tf.reduce_sum(x), 1.0)  # KG105 error",
    "sum": "return sum(self.dense(x))  # KG105 error",
    "comprehension": "return tf.stack([row * 2 for row in self.dense(x)])  # KG107 error",
    "comprehension with a filter": "return [i for i in range(3) if tf.reduce_sum(x) > i]  # KG107 error",
    "in": """
        if 0.0 in self.dense(x):  # KG105 error
            return x
        return -x
    """,
    "unpacked shape": """
        batch, width = tf.shape(x)  # KG112 error
        return tf.reshape(x, [batch, width])
    """,
    "unpacked ops.shape": """
        batch, width = ops.shape(x)
        return ops.reshape(x, (batch, width))
    """,
    "unstack": """
        for row in tf.unstack(x, axis=1):
            x = x + row[:, None]
        return x
    """,
    "int": "return x * int(tf.reduce_sum(x))  # KG108 error",
    "float": "return x * float(tf.reduce_sum(x))  # KG108 error",
    "bool": "return x if bool(tf.reduce_any(x > 0)) else -x  # KG108 error",
    "len": "return x * len(self.dense(x))  # KG108 error",
    "list": "return tf.stack(list(self.dense(x)))  # KG108 error",
    "list index": """
        index = tf.argmax(tf.reduce_sum(x, 0))
        return self.blocks[index](x)  # KG114 error
    """,
    "numpy method": "return x + self.dense(x).numpy()  # KG109 error",
    "numpy function": "return x + np.exp(self.dense(x))  # KG110 error",
    "break on a tensor": """
        for i in range(3):
            x = x + 1
            if tf.reduce_sum(x) > 3:  # KG101 error
                break
        return x
    """,
    "append in a tensor loop": """
        rows = []
        for row in self.dense(x):  # KG103 error
            rows.append(row)
        return tf.stack(rows)
    """,
    "variable": """
        scale = tf.Variable(1.0)  # KG111 error
        return x * scale
    """,
    "layer": "return layers.Dense(3)(x)  # KG111 error",
    "match": """
        match tf.reduce_any(x > 0):  # KG101 error
            case True:
                x = -x
        return x
    """,
    "sorted": "return ops.stack(sorted(tf.reshape(x, [-1])))  # KG103 error",
    "a list of tensors tested": "return x if any([tf.reduce_sum(x) > 0]) else -x  # KG105 error",
    "the larger of a list": "return max([tf.reduce_sum(x), tf.reduce_max(x)])  # KG105 error",
    "mathematics": """
        import math

        return x * math.sqrt(tf.reduce_sum(x))  # KG108 error
    """,
    "formatted": """
        label = f"{tf.reduce_sum(x):.2f}"  # KG108 error
        return x if label else -x
    """,
    "a size": "return x + max(x.shape[0], 3)  # KG113 error",
    "match on a value": """
        match tf.reduce_sum(x):  # KG101 error
            case None:
                x = -x
            case 1 | 2:
                x = x * 2
        return x
    """,
    "match on a class": """
        match tf.reduce_sum(x):
            case tf.Tensor():
                x = -x
        match tf.reduce_sum(x):
            case other:
                x = x * other
        return x
    """,
    "swallowed": """
        try:
            if tf.reduce_sum(x) > 0:  # KG206 warning
                x = x + 1
        except Exception:
            pass
        return x
    """,
    "known while tracing": """
        if training:
            x = x + 1
        if mask is None:
            x = x + 1
        if isinstance(x, dict):
            x = x["a"]
        if self.flag:
            x = x + 1
        if x.shape[1] > 3:
            x = x + 1
        if len(x.shape) == 2:
            x = x + 1
        return x
    """,
    "layers in a list": """
        for block in self.blocks:
            x = block(x)
        return x
    """,
}


@pytest.mark.parametrize("body", ROWS.values(), ids=ROWS)
def test_keras_3(expect_call, body):
    expect_call(body, keras="3")


# Where tf_keras differs: what AutoGraph stages is a note, a loop over the batch a warning, what raises all the same stays an error.
STAGED = {
    "if": "note",
    "if on a structure's comparison": "note",
    "ternary": "note",
    "while": "note",
    "not": "note",
    "and": "note",
    "or": "note",
    "for": "warning",
    "for over tf.range": "note",
    "range of a tensor": "warning",
    "float": "note",
    "len": "note",
    "int": "note",
    "list index": "error",
    "assert": "error",
    "max": "error",
    "sum": "error",
    "comprehension": "error",
    "comprehension with a filter": "error",
    "in": "error",
    "unpacked shape": "error",
    "numpy method": "error",
    "numpy function": "error",
    "range of the static batch": "error",
    "comparison of the static batch": "error",
    "walrus": "error",
    "variable": "error",
    "sorted": "note",
    "a list of tensors tested": "error",
    "the larger of a list": "error",
    "mathematics": "error",
    "formatted": "error",
    "a size": "error",
}


@pytest.mark.parametrize("name", STAGED)
def test_keras_2(expect_call, name):
    body = ROWS[name].replace(" error", f" {STAGED[name]}").replace("ops.", "tf.")
    expect_call(body, keras="2")


def test_the_version_follows_the_import(expect):
    text = """
        from tf_keras import layers

        class Block(layers.Layer):
            def call(self, x):
                if tf.reduce_sum(x) > 0:  # KG101 note
                    x = x + 1
                return x
    """
    expect(text, header="import tensorflow as tf\n")


def test_the_environment_asks_for_keras_2(expect):
    text = """
        import os
        os.environ["TF_USE_LEGACY_KERAS"] = "1"
        import tensorflow as tf

        class Block(tf.keras.layers.Layer):
            def call(self, x):
                if tf.reduce_sum(x) > 0:  # KG101 note
                    x = x + 1
                return x
    """
    expect(text, header="")


@pytest.mark.parametrize(("backend", "found"), [("torch", 0), ("tensorflow", 1)])
@pytest.mark.parametrize("spelling", ['environ["KERAS_BACKEND"] = "{}"', "environ.setdefault('KERAS_BACKEND', '{}')"])
def test_a_file_for_a_backend_that_traces_nothing(lint, spelling, backend, found):
    text = f"""\
import os
os.{spelling.format(backend)}
import keras


class Block(keras.layers.Layer):
    def call(self, x):
        return x if keras.ops.mean(x) > 0 else -x
"""
    assert len(lint(text)) == found
