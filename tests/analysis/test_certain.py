"""A finding holds for the call that is made: defaults, guards and alternatives that rule it out are respected."""

from __future__ import annotations

import textwrap

import pytest

SILENT = {
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
    "a variable that its scope may give again": """
        class Block(layers.Layer):
            def call(self, x):
                with tf.compat.v1.variable_scope("block", reuse=tf.compat.v1.AUTO_REUSE):
                    mask = tf.compat.v1.get_variable("mask", (3,))
                return x * mask
    """,
}


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
    assert [(each.code, each.span.line) for each in lint(text, select=("KG301",))] == [("KG301", 18)]
