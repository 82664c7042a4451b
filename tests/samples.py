"""Files that several tests check."""

from __future__ import annotations

LOOP = """\
import keras


class Looping(keras.Model):
    def __init__(self):
        super().__init__()
        self.parts = [keras.layers.Dense(4), keras.layers.Dense(4)]

    def call(self, x):
        for part in self.parts:
            x = part(x)
        return x
"""

GATED = """\
import keras


class Gated(keras.Model):
    def call(self, x):
        if keras.ops.sum(x) > 0:
            x = -x
        return x
"""
