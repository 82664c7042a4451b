"""KG202 leaves alone what tells only shapes and dtypes."""

from __future__ import annotations

import pytest

LAYER = """
import keras
import logging

class Block(keras.layers.Layer):
    def call(self, x):
        {code}  {mark}
        return x
"""
SHAPES = (
    "print(x.shape)",
    "print('in', x.shape, x.dtype)",
    "print(f'in {x.shape} {x.dtype.name}')",
    "print('in %s of %s' % (x.shape, x.dtype))",
    "print('in {}'.format(x.shape[1:]))",
    "print('in ' + str(x.shape))",
    "print(len(x.shape), x.get_shape().as_list())",
    "logging.info('in %s', x.shape)",
    "logging.debug(f'in {x.shape}')",
)
MORE = (
    "print(x)",
    "print('here')",
    "print(x.shape, x)",
    "print(f'{x.shape} {x}')",
    "logging.info('in %s', x)",
    "print()",
)


@pytest.mark.parametrize("code", SHAPES)
def test_left_alone(expect, code):
    expect(LAYER.format(code=code, mark=""), select=("KG202",))


@pytest.mark.parametrize("code", MORE)
def test_reported(expect, code):
    expect(LAYER.format(code=code, mark="# KG202 warning"), select=("KG202",))
