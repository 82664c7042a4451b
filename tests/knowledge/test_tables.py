"""The tables as text: every spec is in the language, every block is sorted, nothing is said twice. No TensorFlow."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from types import ModuleType

import pytest

from flake8_keras_graph import knowledge
from flake8_keras_graph.knowledge import (
    effects,
    einops_functions,
    keras_functions,
    keras_layers,
    keras_ops,
    numpy_functions,
    tensor_attributes,
    tensorflow_functions,
)

WORDS = re.findall(r"^``([\w-]+)``", knowledge.__doc__ or "", flags=re.MULTILINE)
SPEC = re.compile(rf"{'|'.join(map(re.escape, WORDS))}|like:\w+|instance:[\w.]+")
TABLES = [
    einops_functions.RETURNS,
    keras_functions.RETURNS,
    keras_ops.RETURNS,
    numpy_functions.RETURNS,
    tensorflow_functions.RETURNS,
    tensorflow_functions.RETURNS_VERSION_1,
]


def _parts(spec: str) -> list[str]:
    return [part.strip() for part in re.split(r"[(),]", spec) if part.strip()]


def _blocks() -> Iterator[tuple[str, str]]:
    for table in TABLES:
        for namespace, groups in table.items():
            for spec, block in groups.items():
                yield f"{namespace}: {spec}", block
    for groups in (tensor_attributes.ATTRIBUTES, effects.EFFECTS, keras_layers.LAYERS):
        yield from groups.items()
    for name in ("INITIALIZERS", "LOSSES", "METRICS", "OPTIMIZERS"):
        yield name, getattr(keras_layers, name)


def test_the_language_is_the_documented_one() -> None:
    assert {"tensor", "batched", "tensors", "static", "none", "numpy", "host"} <= set(WORDS)


def test_every_spec_is_in_the_language() -> None:
    layers = [spec for found in knowledge.LAYERS.values() for spec in (found.default, *dict(found.when).values())]
    methods = [spec.removeprefix("call:") for spec in tensor_attributes.ATTRIBUTES]
    specs = {*knowledge.TABLE.values(), *knowledge.BY_COUNT.values(), *layers, *methods}
    assert {part for spec in specs for part in _parts(spec) if not SPEC.fullmatch(part)} == set()


@pytest.mark.parametrize(("title", "block"), list(_blocks()))
def test_blocks_are_sorted(title: str, block: str) -> None:
    names = block.split()
    assert names == sorted(set(names)), title


def test_nothing_is_said_twice() -> None:
    said = [
        f"{namespace}.{name}"
        for table in TABLES
        for namespace, groups in table.items()
        for block in groups.values()
        for name in block.split()
    ]
    assert sorted({name for name in said if said.count(name) > 1}) == []
    layers = [name for block in keras_layers.LAYERS.values() for name in block.split()]
    layers += keras_layers.LAYERS_BY_KEYWORD
    assert len(layers) == len(set(layers))


def test_every_name_is_canonical() -> None:
    named = [*knowledge.TABLE, *knowledge.LAYERS]
    assert {name for name in named if knowledge.canonical(name) != name} == set()


def test_instances_have_methods() -> None:
    parts = {part for spec in knowledge.TABLE.values() for part in _parts(spec)}
    classes = {part.removeprefix("instance:") for part in parts if part.startswith("instance:")}
    assert "tf.TensorArray" in classes
    for name in classes - {"keras.Variable"}:  # a variable is told by is_variable
        assert any(entry.startswith(f"{name}.") for entry in knowledge.TABLE), name


def test_loading_imports_no_library() -> None:
    program = (
        "import sys; import flake8_keras_graph.knowledge as k;"
        "assert isinstance(k.tensorflow_functions, type(sys));"
        "print([name for name in ('tensorflow', 'keras', 'numpy', 'einops', 'libcst') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_modules_are_data() -> None:
    for module in (
        tensor_attributes,
        effects,
        einops_functions,
        keras_functions,
        numpy_functions,
        tensorflow_functions,
    ):
        assert isinstance(module, ModuleType)
        own = [value for value in vars(module).values() if getattr(value, "__module__", "") == module.__name__]
        assert own == []
