"""One file as the analysis reads it, asked as rewrites and the checker ask."""

from __future__ import annotations

import gc
import weakref
from pathlib import Path

import pytest

from flake8_keras_graph.analysis.reading import FileReading, read_file
from flake8_keras_graph.analysis.values import UNKNOWN, Static, Tensor
from flake8_keras_graph.config import Options
from flake8_keras_graph.project.hierarchy import merge_linearizations
from flake8_keras_graph.project.index import ClassInfo
from flake8_keras_graph.records import Span

MODEL = """
import keras
from keras import ops


class Gated(keras.Model):
    def __init__(self, units=4):
        super().__init__()
        self.units = units
        self.head = keras.layers.Dense(units)

    def call(self, inputs, training=None):
        x = self.head(inputs)
        for scale in (1.0, 2.0):
            x = x * scale
        return self.helper(x) + self.units

    def helper(self, x):
        return ops.mean(x)

    def unused(self, x):
        return x
"""


def reading(text: str, path: str = "model.py", **options: object) -> FileReading:
    return read_file(path, text, Options(**options))  # type: ignore[arg-type]


def span_of(text: str, code: str) -> Span:
    line, found = next((n, each) for n, each in enumerate(text.split("\n"), 1) if code in each)
    column = found.index(code)
    return Span(line, column, line, column + len(code))


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("self.head(inputs)", Tensor(True, from_data=True)),
        ("x * scale", Tensor(True, from_data=True)),
        ("ops.mean(x)", Tensor(from_data=True)),
        ("x\n", UNKNOWN),
    ],
)
def test_value_at(code: str, expected: object) -> None:
    found = (
        reading(MODEL)
        .class_named("Gated")
        .value_at(span_of(MODEL, code.strip()) if code.strip() != "x" else Span(22, 15, 22, 16))
    )
    assert found == expected


def test_a_value_in_a_loop_is_the_join_of_all() -> None:
    place = span_of(MODEL, "x * scale")
    scale = Span(place.line, place.end_column - 5, place.line, place.end_column)
    found = reading(MODEL).value_at(scale)
    assert isinstance(found, Static)
    assert found.type == "float"


def test_a_class() -> None:
    found = reading(MODEL).class_named("Gated")
    assert (found.kind, found.keras_version, found.call_parameters()) == ("model", 3, ("inputs", "training"))
    assert found.lineage == (found.info, "keras.Model")
    assert found.method_names() == {"__init__", "call", "helper", "unused"}
    assert set(found.attributes) == {"units", "head"}


@pytest.mark.parametrize(
    ("written", "expected"),
    [("keras.layers.Dense", "keras.layers.Dense"), ("ops.where", "keras.ops.where"), ("Gated", ""), ("nothing.x", "")],
)
def test_canonical(written: str, expected: str) -> None:
    assert reading(MODEL).canonical(written) == expected


def test_names_through_a_module_of_the_project(tmp_path: Path) -> None:
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "__init__.py").write_text("")
    (tmp_path / "lib" / "compat.py").write_text("import keras\nK = keras\nlayers = keras.layers\n")
    text = "from .compat import K, layers\n"
    found = reading(text, str(tmp_path / "lib" / "model.py"))
    assert [found.canonical(name) for name in ("layers.Dense", "K.ops.mean", "K.Model")] == [
        "keras.layers.Dense",
        "keras.ops.mean",
        "keras.Model",
    ]


@pytest.mark.parametrize(
    ("header", "options", "expected"),
    [
        ("", {}, 3),
        ('import os\nos.environ["TF_USE_LEGACY_KERAS"] = "1"\n', {}, 2),
        ("", {"keras": "2"}, 2),
        ('import os\nos.environ["TF_USE_LEGACY_KERAS"] = "1"\n', {"keras": "3"}, 3),
    ],
)
def test_keras_version(header: str, options: dict[str, object], expected: int) -> None:
    found = reading(header + MODEL, **options)
    assert (found.keras_version, found.class_named("Gated").keras_version) == (expected, expected)


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("import tf_keras as keras\n", 2),
        ("from tf_keras import layers\n", 2),
        ("import tf_keras\nimport keras\n", 3),
        ("import tf_keras\nfrom tensorflow.keras import layers\n", 3),
        ("import tensorflow as tf\n", 3),
    ],
)
def test_keras_version_outside_classes(header: str, expected: int) -> None:
    assert reading(header + "class Strange(nothing.Model): pass\n").keras_version == expected


def test_the_base_tells_more_than_the_imports() -> None:
    found = reading("import tf_keras\nimport tensorflow as tf\nclass Net(tf.keras.Model): pass\n")
    assert (found.keras_version, found.class_named("Net").keras_version) == (2, 3)


NAMES = """
import numpy as np
import keras
from .compat import *
from .compat import ops as o
K = keras
Alias = Own
def f():
    import tensorflow as tf
    from .compat import K as inner, np
    return tf, inner, layers
class Own: pass
"""


def test_what_local_names_stand_for(tmp_path: Path) -> None:
    (tmp_path / "__init__.py").write_text("")
    (tmp_path / "compat.py").write_text("import keras\nfrom keras import ops\nlayers = keras.layers\nK = keras\n")
    found = reading(NAMES, str(tmp_path / "model.py"))
    assert found.imported == {
        "np": "numpy", "keras": "keras", "o": "keras.ops", "K": "keras", "tf": "tensorflow", "inner": "keras",
        "layers": "keras.layers",
    }  # fmt: skip
    assert [found.canonical(name) for name in ("layers.Dense", "inner.ops.mean", "Alias", "Own")] == [
        "keras.layers.Dense",
        "keras.ops.mean",
        "",
        "",
    ]


def test_values_of_inherited_code(tmp_path: Path) -> None:
    base = tmp_path / "base.py"
    base.write_text(MODEL)
    child = "from base import Gated\nclass Net(Gated):\n    pass\n"
    found = reading(child, str(tmp_path / "model.py")).class_named("Net")
    [_, gated, *_] = found.project_lineage
    place = span_of(MODEL, "ops.mean(x)")
    assert found.value_at(place, gated.module) == Tensor(from_data=True)
    assert found.value_at(place) == UNKNOWN
    assert found.file.of(gated.module).text == MODEL


def test_a_changed_text_is_read_in_the_same_project() -> None:
    first = reading("import keras\nclass Net(keras.Model): pass\n")
    second = first.with_text("import tf_keras\nclass Net(tf_keras.Model): pass\n")
    assert second.project is first.project
    assert [each.class_named("Net").keras_version for each in (first, second)] == [3, 2]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("import keras\n", "tensorflow"),
        ('import os\nos.environ["KERAS_BACKEND"] = "jax"\n', "jax"),
        ("import os\nos.environ.setdefault('KERAS_BACKEND', 'torch')\n", "torch"),
    ],
)
def test_backend(text: str, expected: str) -> None:
    assert reading(text).backend == expected


DIAMONDS = [
    "class A: pass\nclass B(A): pass\nclass C(A): pass\nclass D(B, C): pass",
    "class A: pass\nclass B(A): pass\nclass C: pass\nclass D(B, C): pass",
    "class O: pass\nclass A(O): pass\nclass B(O): pass\nclass C(O): pass\nclass E(C, A): pass\nclass F(B, E): pass\n"
    "class D(A, B): pass\nclass Z(F, C): pass",
    "class X: pass\nclass Y: pass\nclass A(X, Y): pass\nclass B(X): pass\nclass C(B, A): pass\nclass D(C, Y): pass",
]


@pytest.mark.parametrize("text", DIAMONDS)
def test_the_order_of_bases_is_that_of_python(text: str) -> None:
    defined: dict[str, type] = {}
    exec(text, defined)
    for each in reading(text).classes():
        names = [item.symbol if isinstance(item, ClassInfo) else item for item in each.lineage]
        assert names == [cls.__name__ for cls in defined[each.symbol].__mro__[:-1]]


def test_one_class_under_two_names_has_one_place() -> None:
    text = "import keras\nimport tensorflow as tf\nclass A(tf.keras.Model): pass\nclass B(keras.Model): pass\n"
    found = reading(text + "class C(A, B): pass\n").class_named("C").lineage
    assert [getattr(item, "symbol", item) for item in found] == ["C", "A", "B", "tensorflow.keras.Model"]


def test_an_order_that_python_refuses() -> None:
    assert merge_linearizations([["A", "B"], ["B", "A"]]) is None
    text = "class A: pass\nclass B(A): pass\nclass C(A, B): pass"
    symbols = [getattr(item, "symbol", item) for item in reading(text).class_named("C").lineage]
    assert sorted(symbols) == ["A", "B", "C"]


def test_a_reading_that_nobody_needs_is_let_go() -> None:
    found = reading(MODEL)
    assert found.class_named("Gated").values
    last = weakref.ref(found)
    del found
    gc.collect()
    assert last() is None


@pytest.mark.parametrize(
    ("text", "symbol", "line"),
    [
        ("class A(keras.Model):\n    def __init__(self):\n        super().__init__(inputs=i, outputs=o)", "A", 4),
        ("class A(keras.Model):\n    def __init__(self):\n        super().__init__(i, o, name='a')", "A", 4),
        ("class A(keras.Model):\n    def __init__(self):\n        super(A, self).__init__(i, outputs=o)", "A", 4),
        ("class A(keras.Model):\n    def __init__(self):\n        keras.Model.__init__(self, i, o)", "A", 4),
        ("class A(keras.Model):\n    def __init__(self):\n        super().__init__()", "A", None),
        ("class A(keras.Model):\n    def __init__(self):\n        keras.Model.__init__(self, name)", "A", None),
        ("class A(keras.Model):\n    def __init__(self):\n        super().__init__(i, o)\n    def call(self, x): pass", "A", None),
        ("class B(keras.Model):\n    def __init__(self, a, b):\n        super().__init__(a, b)\nclass A(B): pass", "A", 5),
        ("class B(keras.Model):\n    def __init__(self, a, b):\n        super().__init__()\nclass A(B):\n"
         "    def __init__(self):\n        super().__init__(1, 2)", "A", None),
        ("class A(keras.layers.Layer):\n    def __init__(self):\n        super().__init__(i, o)", "A", None),
        ("class A(keras.Model):\n    pass", "A", None),
    ],
)  # fmt: skip
def test_models_that_are_built_functionally(text: str, symbol: str, line: int | None) -> None:
    assert read_file("a.py", f"import keras\n{text}\n", Options()).class_named(symbol).built_functionally == line


@pytest.mark.parametrize(
    ("text", "symbol", "function"),
    [
        ("class A: pass", "A", ""),
        ("class A:\n    class B: pass", "A.B", ""),
        ("def f():\n    class A: pass", "f.A", "f"),
        ("def f():\n    def g():\n        class A: pass", "f.g.A", "f"),
        ("class T:\n    def f(self):\n        class A:\n            class B: pass", "T.f.A.B", "T.f"),
    ],
)
def test_classes_that_a_function_makes(text: str, symbol: str, function: str) -> None:
    assert read_file("a.py", text, Options()).class_named(symbol).enclosing_function == function
