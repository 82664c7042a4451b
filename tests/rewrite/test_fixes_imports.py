"""How fixed code names operations: by what is imported where it stands, and under names that are free."""

from __future__ import annotations

import pytest
from page_examples import check
from readings import reading_of

from flake8_keras_graph.rewrite.apply import fix_text

BODY = """

class Net(keras.layers.Layer):
    def call(self, x):
        if tf.reduce_mean(x) > 0:
            x = x * 2.0
        return x
"""


@pytest.mark.parametrize(
    ("head", "line", "used"),
    [
        ("import tensorflow as tf\nfrom tensorflow import keras\n", "", "keras.ops.cond("),
        ("import tensorflow as tf\nfrom keras import layers as keras\n", "", ""),
        ("import keras\nimport tensorflow as tf\n\ndef other():\n    from keras import ops\n", "", "keras.ops.cond("),
        (
            "from typing import TYPE_CHECKING\nimport keras\nimport tensorflow as tf\nif TYPE_CHECKING:\n"
            "    from keras import ops\n",
            "",
            "keras.ops.cond(",
        ),
    ],
)
def test_only_what_is_imported_there(head, line, used):
    text = fix_text(reading_of(head + BODY, "model.py"), check).text
    assert used in text
    assert line in text


LAYERS = """

class Net(layers.Layer):
    def call(self, x):
        if mean(x) > 0:
            x = x * 2.0
        return x
"""
NAMED = "from keras import layers\nfrom keras.ops import mean\n"


@pytest.mark.parametrize(
    ("head", "tail", "line", "used"),
    [
        (NAMED, "", "from keras.ops import mean\nfrom keras import ops\n", " ops.cond("),
        (f"{NAMED}from mine import ops\n", "", "from mine import ops\nfrom keras import ops as keras_ops\n", " keras_ops.cond("),
        (f"{NAMED}ops = 1\n", "", "from keras import ops as keras_ops\n", " keras_ops.cond("),
        (NAMED, "\n\nimport os\n", "from keras.ops import mean\nfrom keras import ops\n", " ops.cond("),
        (
            '"""A module."""\ntry:\n    from keras import layers\n    from keras.ops import mean\nexcept ImportError:\n    raise\n',
            "",
            '"""A module."""\nfrom keras import ops\ntry:\n',
            " ops.cond(",
        ),
    ],
)  # fmt: skip
def test_an_import_is_added_where_it_is_needed(head, tail, line, used):
    text = fix_text(reading_of(head + LAYERS + tail, "model.py"), check).text
    assert line in text
    assert used in text


def test_a_parameter_hides_an_import():
    text = "import keras\nimport tensorflow as tf\nfrom keras import ops\n" + BODY.replace(
        "(self, x)", "(self, x, ops=None)"
    )
    assert " keras.ops.cond(" in fix_text(reading_of(text, "model.py"), check).text
