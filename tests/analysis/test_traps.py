"""What real code does that looks like a tensor test and is none, or the other way round."""

from __future__ import annotations

import pytest

HEADER = """
import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops
"""
BASE = """
class Base(layers.Layer):
    def __init__(self):
        super().__init__()
        self.dense = layers.Dense(3)

"""

TRAPS = {
    "shape_list mixes ints and tensors": """
        def shape_list(tensor):
            static = tensor.shape.as_list()
            dynamic = tf.shape(tensor)
            return [dynamic[i] if s is None else s for i, s in enumerate(static)]

        class Block(layers.Layer):
            def call(self, x):
                batch, length, width = shape_list(x)
                if length > 512:
                    x = x[:, :512]
                if width % 2 == 0:
                    x = x + 1
                for i in range(width):
                    x = x + i
                return tf.reshape(x, [batch, length, width])
    """,
    "shape list as keras writes it": """
        def get_shape_list(tensor, expected_rank=None, name=None):
            shape = tensor.shape.as_list()
            non_static_indexes = []
            for index, dim in enumerate(shape):
                if dim is None:
                    non_static_indexes.append(index)
            if not non_static_indexes:
                return shape
            dyn_shape = tf.shape(tensor)
            for index in non_static_indexes:
                shape[index] = dyn_shape[index]
            return shape

        class Block(layers.Layer):
            def call(self, x):
                shape = get_shape_list(x)
                if shape[1] > 3:
                    x = x + 1
                if len(shape) == 3:
                    x = x[0]
                return tf.reshape(x, [shape[0], shape[1]])
    """,
    "rank tests": """
        class Block(layers.Layer):
            def call(self, x):
                if len(x.shape) == 3:
                    x = x[:, 0]
                if x.shape.rank == 2:
                    x = x[:, None]
                if x.shape.ndims != 3:
                    raise ValueError(x.shape)
                if keras.ops.ndim(x) == 3:
                    x = x + 1
                if keras.backend.ndim(x) == 3:
                    x = x + 1
                if len(ops.shape(x)) == 3:
                    x = x + 1
                while len(x.shape) < 4:
                    x = tf.expand_dims(x, -1)
                if tf.rank(x) == 3:  # KG101
                    x = x + 1
                if len(tf.shape(x)) == 3:  # KG108
                    x = x + 1
                return x
    """,
    "lists of tensors from split and unstack": """
        class Block(layers.Layer):
            def call(self, x):
                parts = tf.split(x, 3, axis=-1)
                rows = tf.unstack(x, axis=1)
                if parts:
                    x = parts[0]
                for row in rows:
                    x = x + row
                for part in parts:
                    x = x + part
                a, b, c = parts
                if len(rows) > 2:
                    x = x + a + b + c
                for one, other in zip(rows, ops.unstack(x, axis=1)):
                    x = x + one * other
                first, *rest = ops.split(x, 3)
                for each in rest:
                    first += each
                return x + first
    """,
    "a name rebound from tensor to list": """
        class Block(Base):
            def call(self, x):
                states = self.dense(x)
                states = [states, states]
                if states:
                    x = states[0]
                for state in states:
                    x = x + state
                states = []
                if not states:
                    states.append(x)
                return x
    """,
    "truth of a list or a dict of tensors": """
        class Block(layers.Layer):
            def call(self, x, cache=None):
                cache = {"k": tf.zeros_like(x)}
                if cache:
                    x = x + cache["k"]
                found = [x, x]
                first = found[0] if found else None
                if "k" in cache:
                    x = x + 1
                outputs = {}
                for name, value in cache.items():
                    outputs[name] = value
                if not outputs or len(outputs) > 1:
                    x = x + 1
                return first
    """,
    "a list of masks": """
        class Block(layers.Layer):
            def compute_mask(self, x, mask=None):
                return mask[0] if mask else None

            def call(self, x, mask=None):
                mask = mask[0] if mask else None
                if mask is not None:
                    x = x + tf.cast(mask, x.dtype)
                return x
    """,
    "a mask that is a bool": """
        class Attention(layers.Layer):
            def call(self, q, k, mask=False):
                scores = tf.matmul(q, k)
                if mask:
                    scores = scores - 1e9
                return scores

        class Block(layers.Layer):
            def __init__(self):
                super().__init__()
                self.attention = Attention()

            def call(self, x):
                return self.attention(x, x, mask=True)
    """,
    "annotated int, given a tensor": """
        class Block(layers.Layer):
            def pool(self, x, size: int):
                if size > 2:  # KG101
                    x = x[:, :size]
                return x

            def call(self, x):
                return self.pool(x, tf.shape(x)[1] - 1)
    """,
    "annotated int, given an int": """
        class Block(layers.Layer):
            def pool(self, x, size: int):
                if size > 2:
                    x = x[:, :size]
                return x

            def call(self, x):
                return self.pool(x, 3)
    """,
    "guarded by is_tensor": """
        class Block(layers.Layer):
            def step(self, i, x):
                if not tf.is_tensor(i) and i == 1:
                    return x
                if tf.is_tensor(i) or i > 3:
                    return -x
                return x * 2

            def call(self, x):
                x = self.step(1, x)
                return self.step(tf.shape(x)[1], x)
    """,
    "tensorflow functions that return Python values": """
        class Block(layers.Layer):
            def call(self, x):
                if tf.compat.dimension_value(x.shape[-1]) == 3:
                    x = x + 1
                if tf.executing_eagerly():
                    x = x + 1
                known = tf.get_static_value(tf.shape(x)[1])
                if known is not None and known > 3:
                    x = x + 1
                if tf.config.list_physical_devices("GPU"):
                    x = x + 1
                if x.dtype == tf.float16:
                    x = tf.cast(x, tf.float32)
                if x.dtype.is_integer:
                    x = tf.cast(x, tf.float32)
                if x.shape.is_fully_defined():
                    x = x + 1
                if tf.is_tensor(x):
                    x = x + 1
                if tf.nest.flatten(x):
                    x = x + 1
                if isinstance(x, (tf.RaggedTensor, tf.SparseTensor)):
                    x = x.to_tensor()
                if keras.backend.floatx() == "float16":
                    x = x + 1
                if keras.backend.backend() == "jax":
                    x = x + 1
                return x
    """,
    "iterating a dict argument": """
        class Block(Base):
            def call(self, inputs):
                total = 0.0
                for name in inputs:
                    total += self.dense(inputs[name])
                for key, value in inputs.items():
                    total += value
                if "mask" in inputs:
                    total += 1
                if inputs:
                    total += 1
                if len(inputs) > 2:
                    total += 1
                return total
    """,
    "a structure as input": """
        class Block(layers.Layer):
            def call(self, inputs):
                a, b = inputs
                if isinstance(inputs, (list, tuple)) and len(inputs) == 2:
                    a = b
                for each in inputs:
                    a = a + each
                if not inputs:
                    return None
                return a
    """,
    "a body that runs on the host": """
        class Block(layers.Layer):
            def host(self, x):
                if x > 0:
                    return x.numpy()
                return np.exp(x)

            def call(self, x):
                y = tf.py_function(self.host, [x], tf.float32)
                z = tf.numpy_function(lambda v: np.sum(v) if v.any() else v, [x], tf.float32)
                return x + y + z
    """,
    "a processor that is fed strings": """
        import keras_hub

        class Tokens(keras_hub.layers.PreprocessingLayer):
            def call(self, inputs):
                if inputs > 3:
                    return inputs
                return [len(line) for line in inputs]
    """,
    "a property's setter": """
        class Block(layers.Layer):
            @property
            def scale(self):
                return self._scale

            @scale.setter
            def scale(self, value):
                if tf.reduce_any(value > 0):
                    raise ValueError
                self._scale = value

            def call(self, x):
                return x * self.scale
    """,
    "growing rank": """
        class Block(layers.Layer):
            def call(self, x, weights):
                weights = tf.convert_to_tensor(weights)
                while len(weights.shape) < 3:
                    weights = tf.expand_dims(weights, -1)
                return x * weights
    """,
    "identity tests": """
        class Block(Base):
            def call(self, x, memory=None):
                y = self.dense(x)
                if y is None or x is y:
                    return x
                if memory is not None:
                    y = y + memory
                return y
    """,
    "tensors as keys of refs and in sets": """
        class Block(layers.Layer):
            def call(self, x):
                table = {id(x): x, x.ref(): x}
                if x.ref() in table:
                    x = x + 1
                return x
    """,
    "shapes compared": """
        class Block(layers.Layer):
            def call(self, x, y):
                if x.shape == y.shape:
                    x = x + 1
                if x.shape[1:] != (3, 4):
                    x = x + 1
                if None in x.shape:
                    x = x + 1
                if x.shape[0] is None or x.shape[0] == 2:
                    x = x + 1
                if any(d is None for d in x.shape):
                    x = x + 1
                return x
    """,
    "numpy on what is known while tracing": """
        class Block(layers.Layer):
            def call(self, x):
                width = int(np.prod(x.shape[1:]))
                if width > 3:
                    x = tf.reshape(x, [-1, width])
                scale = 1.0 / np.sqrt(float(width))
                for i in np.arange(3):
                    x = x + i
                return x * scale
    """,
    "an attribute that is None or a layer": """
        class Block(layers.Layer):
            def __init__(self, norm=False):
                super().__init__()
                self.norm = layers.LayerNormalization() if norm else None
                self.rate = 0.5

            def call(self, x, training=None):
                if self.norm:
                    x = self.norm(x)
                if self.rate > 0 and training:
                    x = x + 1
                return x
    """,
    "a dimension that is not None": """
        class Block(layers.Layer):
            def call(self, x):
                batch, width = x.shape
                if batch is not None:
                    if batch > 8:
                        x = x[:8]
                if x.shape[0] is not None and x.shape[0] > 3:
                    x = x + x.shape[0] * 2
                if x.shape[0]:
                    x = x + x.shape[0] * 2
                rows = x.shape[0] * 2 if x.shape[0] is not None else -1
                if batch is None or batch < 3:
                    x = x + 1
                if x.shape[0] is None:
                    return x
                return x * x.shape[0] / width
    """,
    "a dimension that may be None": """
        class Block(layers.Layer):
            def call(self, x):
                if x.shape[0] is not None:
                    x = x + 1
                y = x + x.shape[0] * 2  # KG113
                x = tf.concat([x, x], 0)
                return x + y
    """,
    "other kinds of tensors and arrays": """
        class Block(Base):
            def call(self, x):
                y = self.dense(x)
                if isinstance(y, np.ndarray):
                    return np.exp(y)
                if isinstance(x, (np.ndarray, np.generic)):
                    return np.exp(x)
                if isinstance(y, tf.RaggedTensor):
                    return y.numpy()
                return y
    """,
    "code for when nothing is traced": """
        def import_tensorflow():
            try:
                import tensorflow as module
            except ImportError:
                return None
            if not hasattr(module, "executing_eagerly"):
                return None
            return module

        backend = import_tensorflow()

        def in_graph():
            if backend is None:
                return False
            return not backend.executing_eagerly()

        class Block(Base):
            def call(self, x):
                y = self.dense(x)
                if not in_graph():
                    return int(tf.reduce_sum(y))
                symbolic = hasattr(y, "graph") and hasattr(y.graph, "as_graph_def")
                if symbolic and keras.config.backend() != "torch":
                    y = y + 1
                else:
                    y = y.numpy()
                if hasattr(y, "numpy"):
                    y = y.numpy()
                other = self.unknown(x)
                if not hasattr(other, "graph"):
                    y = y.numpy()
                return y
    """,
    "structures mapped": """
        class Block(Base):
            def call(self, x):
                y = self.dense(x)
                first, second = tf.nest.map_structure(lambda t: tf.sin(t), [y, {"a": y}])
                third = tf.nest.map_structure(lambda t: t if t > 0 else -t, [1, 2])
                table = keras.tree.map_structure(lambda t: t + 1, {"a": y})
                if table["a"] > 0:  # KG101
                    y = y + 1
                if second:
                    y = y + 1
                return tf.nest.map_structure(lambda t: t if t > 0 else -t, y)  # KG101
    """,
    "config dictionaries": """
        class Block(layers.Layer):
            def __init__(self, config):
                super().__init__()
                self.config = config

            def call(self, x):
                if self.config["scale"] > 1:
                    x = x + 1
                if self.config.use_bias and not self.config.get("skip", False):
                    x = x + 1
                for i in range(self.config.layers):
                    x = x + i
                return x
    """,
}


@pytest.mark.parametrize("source", TRAPS.values(), ids=TRAPS)
def test_trap(expect, source):
    expect(source, header=HEADER + BASE, keras="3")


def test_a_local_module_called_ops(package, expect_file):
    root = package(
        {
            "model.py": """
                import keras
                import ops
                from nn import ops as other

                class Block(keras.layers.Layer):
                    def call(self, x):
                        if ops.shape(x):
                            x = x + 1
                        if ops.any(x):
                            x = x + 1
                        if other.greater(x, 1):
                            x = x + 1
                        return x
            """,
            "ops.py": """
                def shape(x):
                    return [1, 2]

                def any(x):
                    return True
            """,
            "nn/ops.py": """
                def greater(x, y):
                    return y > 0
            """,
        }
    )
    expect_file(root / "model.py", keras="3")


def test_a_batch_that_is_not_the_first_dimension(expect):
    expect(
        """
        class TimeMajor(layers.Layer):
            def call(self, x):
                bsz = tf.shape(x)[1]
                length = x.shape[0]
                return tf.range(length * 2), bsz

        class BatchMajor(layers.Layer):
            def call(self, x):
                bsz = tf.shape(x)[0]
                length = x.shape[0]
                return tf.range(length * 2), bsz  # KG113
        """
    )


def test_no_gradient_flows_through_what_prepares_data(expect):
    expect(
        """
        def repeated(x):
            return tf.while_loop(lambda y: True, lambda y: y + 1, [x])

        class Augmentation(layers.Layer):
            def call(self, x):
                return repeated(x) and tf.while_loop(lambda y: True, lambda y: y + 1, [x])  # KG305

        class BaseImageAugmentationLayer(layers.Layer):
            pass

        class Blur(BaseImageAugmentationLayer):
            def call(self, x):
                return tf.while_loop(lambda y: True, lambda y: y + 1, [x])
        """,
        select=("KG305",),
    )
