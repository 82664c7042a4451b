"""Generated projects: bases, names, Keras and values are the same for whoever asks, and what Python makes of them."""

from __future__ import annotations

import dataclasses
import sys
import tempfile
import types
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st

from flake8_keras_graph import engine
from flake8_keras_graph.analysis.reading import FileReading, read_file
from flake8_keras_graph.config import Options
from flake8_keras_graph.project.index import ClassInfo
from flake8_keras_graph.rewrite.functional.builder import functional_builder
from flake8_keras_graph.rewrite.text.imports import read_imports

# How a file comes to its names: lines at its top, the model class and the layers as it writes them, and whether
# these are of tf_keras, or of tensorflow.keras, which may be either.
SPELLINGS = {
    "keras": ("import keras\n", "keras.Model", "keras.layers"),
    "alias": ("import keras\nL = keras.layers\n", "keras.Model", "L"),
    "named": ("from keras import Model as M, layers\n", "M", "layers"),
    "tf": ("import tensorflow as tf\n", "tf.keras.Model", "tf.keras.layers"),
    "tf alias": ("import tensorflow as tf\nkeras = tf.keras\nlayers = keras.layers\n", "keras.Model", "layers"),
    "tf_keras": ("import tf_keras as keras\n", "keras.Model", "keras.layers"),
    "compat": ("from compat import K, layers\n", "K.Model", "layers"),
    "compat module": ("import compat\nlayers = compat.layers\n", "compat.K.Model", "layers"),
}
COMPAT = "import keras\nK = keras\nlayers = K.layers\n"
LEGACY = 'import os\nos.environ["TF_USE_LEGACY_KERAS"] = "1"\n'


@dataclasses.dataclass(frozen=True)
class Method:
    """``kind``: "constant" computes, "super" asks the next class, "self" asks another method."""

    kind: str
    number: float


@dataclasses.dataclass(frozen=True)
class Class:
    bases: tuple[int, ...]
    is_model: bool
    methods: tuple[tuple[str, Method], ...]


@dataclasses.dataclass(frozen=True)
class Generated:
    """``cut``: so many classes stand in base.py; ``nested``: the last stands in another class."""

    classes: tuple[Class, ...]
    cut: int
    spellings: tuple[str, str]
    nested: bool
    legacy: bool
    option: str

    def symbol(self) -> str:
        return f"{'Outer.' * self.nested}C{len(self.classes) - 1}"

    def text(self, part: int) -> str:
        header, model, layers = SPELLINGS[self.spellings[part]]
        lines = [(LEGACY if self.legacy else "") + header]
        if part == 1 and self.cut:
            lines.append(f"import base\nfrom base import {', '.join(f'C{i}' for i in range(0, self.cut, 2))}\n")
        for index, each in enumerate(self.classes):
            if (index < self.cut) == (part == 0):
                lines += self._class(index, each, model, layers)
        return "\n".join(lines) + "\n"

    def _class(self, index: int, each: Class, model: str, layers: str) -> list[str]:
        here = index >= self.cut
        bases = [f"base.C{i}" if here and i < self.cut and i % 2 else f"C{i}" for i in each.bases]
        bases += [model] if each.is_model else []
        last = index == len(self.classes) - 1
        lines = [f"class C{index}({', '.join(bases)}):"]
        for name, method in each.methods:
            value = {
                "constant": f"x * {method.number}",
                "super": f"super().{name}(x) + {method.number}",
                "self": f"self.m1(x) - {method.number}",
            }[method.kind]
            lines += [f"    def {name}(self, x):", f"        return {value}"]
        if last:
            lines += ["    def __init__(self):", "        super().__init__()", f"        self.head = {layers}.Dense(1)"]
            lines += ["    def call(self, x):", "        return self.m0(self.head(x)) + 0.5"]
        lines += [] if each.methods or last else ["    pass"]
        return ["class Outer:", *(f"    {line}" for line in lines)] if last and self.nested else lines


@st.composite
def generated(draw: st.DrawFn) -> Generated:
    count = draw(st.integers(2, 5))
    classes = []
    for index in range(count):
        bases = draw(st.lists(st.integers(0, index - 1), unique=True, max_size=2)) if index else []
        methods = []
        for name in ("m0", "m1"):
            kinds = ["constant", "super"] + (["self"] if name == "m0" else [])
            kind = draw(st.sampled_from([*kinds, "", ""]))
            if kind or (name == "m0" and not index):
                methods.append((name, Method(kind or "constant", float(draw(st.integers(1, 9))))))
        classes.append(Class(tuple(bases), draw(st.booleans()) if index else True, tuple(methods)))
    if not classes[-1].bases:
        classes[-1] = dataclasses.replace(classes[-1], bases=(0,), is_model=False)
    spelling = st.sampled_from(sorted(SPELLINGS))
    return Generated(
        tuple(classes), draw(st.integers(0, count - 1)), (draw(spelling), draw(spelling)),
        draw(st.booleans()), draw(st.booleans()), draw(st.sampled_from(["auto", "auto", "2", "3"])),
    )  # fmt: skip


class _Model:
    def __init__(self, **given: Any) -> None:
        self.outputs = given.get("outputs")


class _Dense:
    def __init__(self, units: int) -> None:
        self.units = units

    def __call__(self, x: float) -> float:
        return x * 7.0


@contextmanager
def stand_ins(folder: Path) -> Iterator[None]:
    """Libraries whose models and layers are plain Python: what the classes do is done with numbers."""
    made = {}
    for name in ("keras", "tf_keras"):
        made[name] = types.ModuleType(name)
        made[name].Model = type("Model", (_Model,), {"__module__": name})  # type: ignore[attr-defined]
        made[name].layers = types.SimpleNamespace(Dense=_Dense, Layer=object)  # type: ignore[attr-defined]
    made["tensorflow"] = types.ModuleType("tensorflow")
    made["tensorflow"].keras = made["keras"]  # type: ignore[attr-defined]
    ours = [*made, "base", "compat", "model"]
    before = {name: sys.modules.pop(name) for name in ours if name in sys.modules}
    sys.modules |= made
    sys.path.insert(0, str(folder))
    try:
        yield
    finally:
        sys.path.remove(str(folder))
        for name in ours:
            sys.modules.pop(name, None)
        sys.modules |= before


def loaded(folder: Path, name: str) -> dict[str, Any]:
    module = types.ModuleType(name)
    sys.modules[name] = module
    exec(compile((folder / f"{name}.py").read_text(), name, "exec"), module.__dict__)
    return module.__dict__


def made_class(namespace: dict[str, Any], symbol: str) -> type:
    outer, _, name = symbol.rpartition(".")
    return getattr(namespace[outer], name) if outer else namespace[name]


def named(lineage: Sequence[ClassInfo | str]) -> list[str]:
    return [each.name if isinstance(each, ClassInfo) else each.rpartition(".")[2] for each in lineage]


@given(project=generated(), number=st.floats(0.5, 4.0))
@settings(
    max_examples=25, deadline=None, phases=[Phase.explicit, Phase.generate], database=None,
    suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow],
)  # fmt: skip
def test_one_reading(project: Generated, number: float) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for part, file in enumerate(("base", "model")):
            (folder / f"{file}.py").write_text(project.text(part))
        (folder / "compat.py").write_text(COMPAT)
        path, options = str(folder / "model.py"), Options(keras=project.option)  # type: ignore[arg-type]
        reading = read_file(path, project.text(1), options)
        with stand_ins(folder):
            namespace = as_python_runs_it(folder)
            real = made_class(namespace, project.symbol())
            computed = result_of(real, number)
            lineage_is_that_of(real, reading, project.symbol())
            builder_computes(computed, namespace, reading, project.symbol(), number)
        the_same_for_all(reading, project.symbol())


def as_python_runs_it(folder: Path) -> dict[str, Any]:
    """The module of the model; no example where Python refuses a class, for its bases have no order."""
    try:
        loaded(folder, "compat")
        loaded(folder, "base")
        return loaded(folder, "model")
    except TypeError:
        assume(False)
        raise


def result_of(real: Any, number: float) -> float:
    """What the model computes; no example where ``super()`` finds nothing, or no method is there."""
    try:
        return float(real().call(number))
    except (AttributeError, RecursionError):
        assume(False)
        raise


def lineage_is_that_of(real: type, reading: FileReading, symbol: str) -> None:
    mro = [each for each in real.__mro__ if each not in (object, _Model)]
    cls = reading.class_named(symbol)
    assert named(cls.lineage) == [each.__name__ for each in mro]
    for name in ("m0", "m1", "call"):
        owners = [each.__name__ for each in mro if name in vars(each)]
        found = [cls.method(name)]
        while (last := found[-1]) is not None:
            found.append(cls.method(name, last.owner))
        assert [each.owner.name for each in found if each is not None and each.owner is not None] == owners


def builder_computes(
    expected: float, namespace: dict[str, Any], reading: FileReading, symbol: str, number: float
) -> None:
    built = functional_builder(reading, symbol)
    if built.source is None:  # two Kerases at once: nothing that one function could build
        assert "for the Keras it uses" in built.refusals[0].reason, built.refusals
        return
    exec(built.source, namespace)
    outputs = namespace[built.name](number).outputs
    assert outputs == expected, built.source


def the_same_for_all(reading: FileReading, symbol: str) -> None:
    """What check and measure are told, and another reading after the engine's, is what a first reading says."""
    source = engine.Source(reading.path, reading.text)
    cls = reading.class_named(symbol)
    [target] = [each for each in engine.keras_classes(source, reading.options) if each.symbol == symbol]
    assert (target.kind, target.keras) == ("model", cls.keras_version)
    session = engine.Session(reading.options)
    engine.check(source, reading.options, session)
    again = read_file(reading.path, reading.text, reading.options, session.project)
    other = again.class_named(symbol)
    assert list(map(repr, other.values.items())) == list(map(repr, cls.values.items()))
    assert other.keras_version == cls.keras_version
    assert named(other.lineage) == named(cls.lineage)
    assert read_imports(again).names == read_imports(reading).names == reading.imported
    dense = dense_as_written(reading)
    assert reading.canonical(dense) == read_imports(reading).canonical(dense) == "keras.layers.Dense"


def dense_as_written(reading: FileReading) -> str:
    line = next(line for line in reading.text.splitlines() if ".Dense(" in line)
    return line.split(" = ")[1].partition("(")[0]
