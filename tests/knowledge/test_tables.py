"""The tables as text: every line is in the language, every block is sorted, nothing is said twice. No TensorFlow."""

from __future__ import annotations

import collections
import re
import subprocess
import sys
from collections.abc import Iterator

import pytest

from flake8_keras_graph import knowledge
from flake8_keras_graph.knowledge import (
    columns,
    einops_functions,
    keras_classes,
    keras_functions,
    keras_ops,
    numpy_functions,
    python_functions,
    return_specs,
    tensor_attributes,
    tensorflow_functions,
)
from flake8_keras_graph.knowledge.columns import Table

MODULES = (
    einops_functions,
    keras_classes,
    keras_functions,
    keras_ops,
    numpy_functions,
    python_functions,
    tensorflow_functions,
)


def _tables() -> Iterator[tuple[str, Table]]:
    for module in MODULES:
        for title, value in vars(module).items():
            if title.isupper() and isinstance(value, dict) and value is not python_functions.MODULES:
                yield f"{module.__name__.rpartition('.')[2]}.{title}", value


BLOCKS = [
    (f"{title}: {namespaces}: {line}", block)
    for title, table in _tables()
    for namespaces, groups in table.items()
    for line, block in groups.items()
]


def _specs(found: knowledge.ApiRecord) -> list[str]:
    others = [*dict(found.returns_by_count).values(), *dict(found.returns_when).values()]
    return [spec for spec in (found.returns, *others) if spec is not None]


def _words(spec: knowledge.ReturnSpec) -> Iterator[knowledge.ReturnSpec]:
    yield spec
    for part in spec.parts:
        yield from _words(part)


RECORDS = [found for name in sorted(knowledge.record_names()) if (found := knowledge.record(name)) is not None]
USED = [word for found in RECORDS for spec in _specs(found) for word in _words(knowledge.parse_spec(spec))]


def test_every_line_is_read() -> None:
    assert len(RECORDS) > 2500
    assert {found.name for found in RECORDS} == knowledge.record_names()


@pytest.mark.parametrize(
    "line",
    [
        "tensr",
        "(tensor, tensr)",
        "(tensor, (static, tensor)",
        "like:",
        "instance:a b",
        "tensor; elementwse",
        "tensor; effect rndom",
        "tensor; effect",
        "batched; training sometimes",
        "batched; input pictures",
        "batched; when sparse: tensr",
        "tensor; count 1: tensr",
        "tensor; count one: tensor",
        "tensor; at axis",
        "tensor; with a b -> x",
        "tensor; backend mxnet: raises",
    ],
)
def test_unknown_words_raise(line: str) -> None:
    with pytest.raises(ValueError, match=r"unknown|unbalanced|not NAME|invalid|zip"):
        columns.read_line(line, "function")


def test_a_line_is_read_into_columns() -> None:
    found = columns.read_line(
        "tensor; reduction; boolean; count 2: (batched, static); function f@0(*as:xs, tensor); at xs@1;"
        " with x axis name -> a axis -; default axis=0; backend jax: raises; backend torch: one step at a time",
        "function",
    )
    assert found == knowledge.ApiRecord(
        "",
        "function",
        "tensor",
        returns_by_count=((2, "(batched, static)"),),
        counterpart=knowledge.Counterpart("", (("x", "a"), ("axis", "axis"), ("name", "-")), (("axis", "0"),)),
        functions=(knowledge.FunctionArgument("f", 0, ("*as:xs", "tensor")),),
        positions=(("xs", 1),),
        backends=(("jax", "raises"), ("torch", "one step at a time")),
        flags=frozenset({"reduction", "boolean"}),
    )


def test_the_languages_are_the_documented_ones() -> None:
    specs = re.findall(r"^``([\w-]+)``", return_specs.__doc__ or "", flags=re.MULTILINE)
    assert set(specs) == return_specs.WORDS
    assert {word.word for word in USED} <= return_specs.WORDS | {"tuple", "like", "instance"}


def test_every_flag_and_word_is_used() -> None:
    assert {flag for found in RECORDS for flag in found.flags} == set(columns.FLAGS)
    assert {found.input for found in RECORDS} - {None} == set(columns.INPUTS)
    assert {found.wraps for found in RECORDS} - {None} == set(columns.WRAPS)
    assert {found.xla for found in RECORDS} - {None} == set(columns.XLA)


@pytest.mark.parametrize(("title", "block"), [*BLOCKS, *tensor_attributes.ATTRIBUTES.items()])
def test_blocks_are_sorted(title: str, block: str) -> None:
    names = block.split()
    assert names == sorted(set(names)), title


def test_a_name_stands_once() -> None:
    said = [
        f"{namespace}.{word.partition('->')[0]}"
        for _, table in _tables()
        for namespaces, groups in table.items()
        for namespace in namespaces.split()
        for block in groups.values()
        for word in block.split()
    ]
    assert [name for name, times in collections.Counter(said).items() if times > 1] == []
    assert set(said) == knowledge.record_names()


def test_no_two_groups_say_the_same() -> None:
    for title, table in _tables():
        for namespaces, groups in table.items():
            read = [columns.read_line(line, "function") for line in groups]
            assert len({repr(each) for each in read}) == len(read), f"{title}: {namespaces}"


def test_every_name_is_canonical() -> None:
    aliases = {"keras.models.Model", "keras.models.Sequential"}
    assert {name for name in knowledge.record_names() if knowledge.canonical(name) != name} == aliases


def test_counterparts_are_known() -> None:
    paths = {found.counterpart.path for found in RECORDS if found.counterpart is not None}
    assert {path for path in paths if knowledge.returns(path) is None} == set()


def test_instances_have_methods() -> None:
    classes = {word.name for word in USED if word.word == "instance"}
    assert "tf.TensorArray" in classes
    for name in classes - {"keras.Variable"}:  # a variable is told by is_variable
        assert any(entry.startswith(f"{name}.") for entry in knowledge.record_names()), name


def test_names_by_column() -> None:
    assert knowledge.names_where("cell") == {f"keras.layers.{kind}Cell" for kind in ("LSTM", "GRU", "SimpleRNN")}
    assert knowledge.names_where(xla="gradient if bounded") == {"keras.ops.while_loop", "tf.while_loop"}
    assert knowledge.names_where("joins", modules=("tf",)) == {"tf.concat"}
    assert knowledge.names_where("joins", kind="layer") == frozenset()


def test_bare_names_mean_the_same_in_every_module() -> None:
    assert "argmax" in knowledge.bare_names("reduction", modules=("keras.ops",))
    assert "argmax" not in knowledge.bare_names("reduction", modules=("keras.ops", "tf"))  # axis=0 in TensorFlow


def test_loading_imports_no_library() -> None:
    program = (
        "import sys; import flake8_keras_graph.knowledge as k;"
        "assert isinstance(k.tensorflow_functions, type(sys));"
        "print([name for name in ('tensorflow', 'keras', 'numpy', 'einops', 'libcst') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
