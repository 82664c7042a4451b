"""What Keras hands to `call`, used directly; tests that say what is no tensor; methods reached by a computed name."""

from __future__ import annotations

import pytest

REPORTED = {
    "a structure raises as a tensor does": """
        import math

        class Block(layers.Layer):
            def call(self, inputs):
                a = np.mean(inputs)  # KG110
                b = float(inputs)  # KG108
                c = ops.convert_to_numpy(inputs[0])  # KG109
                d = math.sqrt(inputs)  # KG108
                e = inputs.item()  # KG109
                return np.stack([inputs, 1])  # KG110
    """,
    "an annotation": """
        class Block(layers.Layer):
            def call(self, inputs: "tf.Tensor", training=None):
                for row in inputs:  # KG103
                    pass
                if inputs:  # KG101
                    return len(inputs)  # KG108
    """,
    "another use": """
        class Shaped(layers.Layer):
            def call(self, inputs):
                n = inputs.shape[1]
                return len(inputs) * n  # KG108

        class Sliced(layers.Layer):
            def call(self, inputs):
                head = inputs[:, 0]
                return [row for row in inputs] + [head]  # KG107
    """,
    "arithmetic": """
        class Divided(layers.Layer):
            def call(self, inputs):
                y = inputs / 2
                return y if inputs else -y  # KG101

        class Scaled(layers.Layer):
            def call(self, inputs):
                y = 2.0 * inputs
                return [row for row in inputs] + [y]  # KG107

        class Negated(layers.Layer):
            def call(self, inputs):
                y = -inputs
                return y if inputs else y * 2  # KG101

        class Repeated(layers.Layer):
            def call(self, inputs):
                y = inputs * 2  # of a list as well
                return y if inputs else None
    """,
    "numpy sized by a tensor": """
        class Block(layers.Layer):
            def call(self, inputs):
                n = tf.shape(inputs)[-1]
                a = np.eye(n)  # KG110
                b = np.zeros((n, 3))  # KG110
                c = np.ones(shape=tf.shape(inputs))  # KG110
                return np.zeros((3, 4)) + np.eye(inputs.shape[-1])
    """,
    "a computed name": """
        class Named(layers.Layer):
            def __init__(self, kind="a"):
                super().__init__()
                self.kind = kind
                self.chosen = getattr(self, f"_{kind}_3")

            def call(self, x):
                name = "_" + self.kind + "_1"
                table = {1: "_c", 2: "_d"}
                y = getattr(self, name)(x) + getattr(self, "_%s_2" % self.kind)(x) + self.chosen(x)
                return y + getattr(self, "_{}_4".format(self.kind), None)(x) + getattr(self, table[self.kind])(x)

            def _a_1(self, x):
                return float(x)  # KG108

            def _a_2(self, x):
                return float(x)  # KG108

            def _a_3(self, x):
                return float(x)  # KG108

            def _a_4(self, x):
                return float(x)  # KG108

            def _c(self, x):
                return float(x)  # KG108

            def _e(self, x):
                return float(x)
    """,
    "what a layer gives that the constructor was handed": """
        class Encoded(layers.Layer):
            def __init__(self, encoder, head):
                super().__init__()
                self.encoder = encoder
                self.head = head

            def call(self, ids):
                out = self.encoder(ids)
                a = out.last_hidden_state.numpy()  # KG109
                for part in self.head(out):
                    part.numpy()  # KG109
                return out[0].numpy()  # KG109
    """,
    "guards": """
        def host(x):
            return np.mean(x)  # KG110

        class Block(layers.Layer):
            def call(self, inputs):
                if isinstance(inputs, tf.Tensor):
                    return np.mean(inputs)  # KG110
                else:
                    return np.mean(inputs)

        class Other(layers.Layer):
            def call(self, inputs):
                if not tf.is_tensor(inputs):
                    return host(inputs)
                return inputs + host(inputs)

        class Third(layers.Layer):
            def call(self, inputs):
                scale = not tf.is_tensor(inputs) and float(inputs)
                if tf.reduce_sum(inputs) > 0:  # KG101
                    return inputs
                return inputs * scale
    """,
    "a dropout with a rate": """
        class Block(layers.Layer):
            def __init__(self, rate=0.1):
                super().__init__()
                self.rate = rate

            def call(self, inputs):
                return layers.Dropout(self.rate)(layers.Dropout(0.5)(inputs))  # KG111  # KG111
    """,
}

SILENT = {
    "a structure": """
        class Block(layers.Layer):
            def call(self, inputs):
                if inputs:
                    return inputs[0] * len(inputs)
                return [each for each in inputs]
    """,
    "annotated as one, and taken apart": """
        class Unpacked(layers.Layer):
            def call(self, inputs: tf.Tensor):
                x, y = inputs
                return x + y + len(inputs)

        class Asked(layers.Layer):
            def call(self, inputs: tf.Tensor):
                if isinstance(inputs, (list, tuple)):
                    return len(inputs)
                return inputs

        class Keyed(layers.Layer):
            def call(self, inputs: tf.Tensor):
                return inputs["a"] * len(inputs)

        class Late(layers.Layer):
            def call(self, inputs):
                if len(inputs) > 1:
                    return inputs[0]
                return inputs.shape[1]
    """,
    "not a tensor": """
        class A(layers.Layer):
            def call(self, inputs):
                u = inputs * 2
                if tf.is_tensor(inputs):
                    return u
                return float(u) + u.numpy()

        class B(layers.Layer):
            def call(self, inputs):
                return inputs if ops.is_tensor(inputs) else float(inputs)

        class C(layers.Layer):
            def call(self, inputs):
                u = inputs * 2
                if not isinstance(inputs, tf.Tensor) and np.mean(inputs) > 2:
                    u = np.mean(u)
                return u

        class D(layers.Layer):
            def call(self, inputs):
                if isinstance(inputs, np.ndarray):
                    return np.mean(inputs)
                if hasattr(inputs, "numpy"):
                    return inputs.numpy()
                return inputs
    """,
    "eager tensors": """
        from tensorflow.python.framework.ops import EagerTensor

        class Block(layers.Layer):
            def call(self, inputs):
                u = inputs * 2
                if isinstance(u, EagerTensor):
                    u = u.numpy()
                return u
    """,
    "two objects with one flag": """
        class Inner(layers.Layer):
            def __init__(self, pair=False):
                super().__init__()
                self.pair = pair

            def call(self, inputs):
                if self.pair:
                    a, b = inputs
                else:
                    a, b = inputs, 0.0
                return a + b

        class Outer(layers.Layer):
            def __init__(self, pair=False):
                super().__init__()
                self.pair = pair
                self.inner = Inner(pair=pair)

            def call(self, x):
                y = tf.abs(x)
                return self.inner([y, y]) if self.pair else self.inner(y)
    """,
    "a dropout that drops nothing": """
        class Block(layers.Layer):
            def __init__(self, rate=0.0):
                super().__init__()
                self.rate = rate

            def call(self, inputs):
                return layers.Dropout(self.rate)(layers.Dropout(rate=0)(inputs))
    """,
}


@pytest.mark.parametrize("source", REPORTED.values(), ids=REPORTED)
def test_is_reported(expect, source):
    expect(source)


@pytest.mark.parametrize("source", SILENT.values(), ids=SILENT)
def test_nothing_is_said(expect, source):
    expect(source)
