"""What the text of a file says of its model's inputs."""

from __future__ import annotations

from typing import Any

import pytest

from flake8_keras_graph.analysis.reading import FileReading, read_file
from flake8_keras_graph.config import Options
from flake8_keras_graph.measure.project.literals import batch_size, constructing_classes, literal_inputs


def _read(text: str) -> FileReading:
    return read_file("net.py", text, Options())


def _table(*shape: int, dtype: str = "float32", **limits: int) -> dict[str, Any]:
    return {"shape": list(shape), "dtype": dtype, **limits}


@pytest.mark.parametrize(
    ("use", "expected"),
    [
        ("net(tf.zeros((2, 8, 3)))", [[_table(8, 3)]]),
        ("net(np.random.rand(2, 8))", [[_table(8)]]),
        ("net.build((None, 32, 32, 3))", [[_table(32, 32, 3)]]),
        ("net.build(input_shape)", []),
        ("net.build([(None, 4), (None, 5)])", [[[_table(4), _table(5)]]]),
        ("net.predict(np.ones((1, 7)).astype('float32'))", [[_table(7)]]),
        ("x = tf.random.normal([4, 6])\nnet.fit(x, y)", [[_table(6)]]),
        ("net(np.random.randint(0, 50, (2, 9)))", [[_table(9, dtype="int32", low=0, high=50)]]),
        ("net(keras.Input((5,), dtype='int32'))", [[_table(5, dtype="int32")]]),
        ("net({'a': a, 'b': tf.ones((2, 3))})", [[{"a": None, "b": _table(3)}]]),
        ("net([a, tf.ones((2, 3))])", [[[None, _table(3)]]]),
        ("net(tf.ones((2, 3)), tf.ones((2, 4)))", [[_table(3), _table(4)]]),
        ("net(a)\nnet(tf.ones((BATCH, 3)))", [[_table(3)]]),
        ("Net()(tf.ones((2, 3)))", [[_table(3)]]),
        ("other(tf.ones((2, 3)))", []),
        ("net(load())", []),
        ("net.build(input_shape=(None, 5, 6))", [[_table(5, 6)]]),
        ("SIZE = 4\nnet.build((None, SIZE, SIZE * 2, 3))", [[_table(4, 8, 3)]]),
        ("net.build((None, None, 3))", [[{"shape": [None, 3], "dtype": "float32"}]]),
        ("net.build((None, unknown, 3))", []),
        ("x = tf.ones((2, 3))\nnet(x)\nx = tf.ones((2, 4))", [[_table(3)]]),
        ("net.call(tf.ones((2, 3)))", [[_table(3)]]),
        ("net.fit(x=np.zeros((9, 3)), y=y)", [[_table(3)]]),
        ("net.compile('adam')", []),
        ("net(tf.ones((2, 3)), training=True)\nnet(tf.ones((2, 3)))", [[_table(3)]]),
    ],
)
def test_inputs(use: str, expected: list[Any]) -> None:
    reading = _read(f"class Net:\n    pass\n\n\nnet = Net()\nother = Other()\n{use}\n")
    assert literal_inputs(reading, reading.module.classes["Net"]) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("net.fit(x, y, batch_size=64)", 64),
        ("BATCH = 16\nnet.fit(x, y, batch_size=BATCH * 2)", 32),
        ("BATCH_SIZE = 128\ndata = data.batch(BATCH_SIZE)", 128),
        ("batchsz = 16\nnet.fit(x, y, batch_size=24)", 24),
        ("net.predict(x, batch_size=2)", None),
        ("net.fit(x, y, batch_size=size)", None),
    ],
)
def test_the_batch_size_that_the_project_trains_with(text: str, expected: int | None) -> None:
    assert batch_size([_read(text + "\n")]) == expected


def test_classes_that_use_the_class() -> None:
    text = "class A:\n    pass\nclass B:\n    def f(self):\n        return A()\nclass C:\n    pass\n"
    assert [each.symbol for each in constructing_classes(_read(text).module.classes["A"])] == ["B"]
