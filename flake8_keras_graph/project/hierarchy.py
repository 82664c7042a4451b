"""What kind of Keras class a class is, found through its bases, across files."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from typing import Literal

from flake8_keras_graph import knowledge
from flake8_keras_graph.config import Options
from flake8_keras_graph.project.backend import Backend, chosen_backend
from flake8_keras_graph.project.index import ClassInfo, FunctionInfo, Module
from flake8_keras_graph.project.presence import KERAS_PACKAGES, is_of_keras
from flake8_keras_graph.project.project import Project
from flake8_keras_graph.project.self_uses import CONSTRUCTING, TRACED, SelfUses
from flake8_keras_graph.records import Kind

_KERAS_2_PREFIXES = ("tf_keras", "tensorflow.python.keras", "tensorflow_core", "tensorflow.compat.v1.keras")

# Packages whose public classes are Keras classes under these names.
_KNOWN_BASES: dict[str, Kind] = {
    "tensorflow_recommenders.Model": "model",
    "tensorflow_recommenders.models.Model": "model",
    "keras_hub.models.Backbone": "model",
    "keras_hub.models.Task": "model",
    "keras_hub.layers.PreprocessingLayer": "layer",
    "keras_hub.models.Preprocessor": "layer",
    "keras_hub.tokenizers.Tokenizer": "layer",
    "keras_nlp.models.Backbone": "model",
}

_INTERNAL_BASES: dict[str, Kind] = {
    "Functional": "model",
    "Layer": "layer",
    "Loss": "loss",
    "Metric": "metric",
    "Model": "model",
    "Sequential": "model",
}


MAX_INHERITANCE = 100
Ancestor = ClassInfo | str
_ONLY_IN_KERAS_3 = ("keras.ops", "keras.random", "keras_core", "tensorflow.keras.ops", "tensorflow.keras.random")


class Hierarchy:
    """Ancestors and kinds of the project's classes; remembers what it has found."""

    def __init__(self, project: Project, options: Options) -> None:
        self.project = project
        self.model_bases = frozenset(options.model_bases)
        self.option: str = options.keras
        self.self_uses = SelfUses()
        self._ancestors: dict[ClassInfo, tuple[ClassInfo | str, ...]] = {}
        self._kinds: dict[ClassInfo, Kind | None] = {}
        self._late_setters: dict[ClassInfo, bool] = {}
        self._methods: dict[tuple[ClassInfo, str], FunctionInfo | None] = {}
        self._legacy: dict[Module, bool] = {}
        self._backend_option = options.backend
        self._backends: dict[Module, Backend] = {}

    def ancestors(self, info: ClassInfo, depth: int = 0) -> tuple[ClassInfo | str, ...]:
        """``info`` and all it inherits from, nearest first; a class outside the project by dotted name."""
        known = self._ancestors.get(info)
        if known is None:
            self._ancestors[info] = (info,)  # what an inheritance cycle sees
            known = self._ancestors[info] = self._linearise(info, depth)
        return known

    def _linearise(self, info: ClassInfo, depth: int) -> tuple[ClassInfo | str, ...]:
        """The order of Python's ``__mro__``; where Python would refuse the class, depth first."""
        chains: list[tuple[ClassInfo | str, ...]] = []
        for base in info.bases:
            target = self.resolve_base(info, base)
            chain: tuple[ClassInfo | str, ...] = (target,)
            if isinstance(target, ClassInfo):
                chain = self.ancestors(target, depth + 1) if depth < MAX_INHERITANCE else (target,)
            chains.append(tuple(item for item in chain if item is not info))
        alike = _with_one_name_each(chains)
        return (info, *(merge_linearizations(alike) or _depth_first(alike)))

    def resolve_base(self, info: ClassInfo, written: str) -> ClassInfo | str:
        module = info.module
        outer = info.symbol.rpartition(".")[0]
        while True:  # names of the enclosing class or function, innermost first
            candidate = module.classes.get(f"{outer}.{written}" if outer else written)
            if candidate is not None and candidate is not info:
                return candidate
            if not outer:
                break
            outer = outer.rpartition(".")[0]
        dotted = self.project.dotted(module, written)
        name = knowledge.canonical(dotted)
        if self._kind_of_name(name) is not None:
            return dotted
        if dotted.partition(".")[0] in KERAS_PACKAGES and module.name.partition(".")[0] not in KERAS_PACKAGES:
            return dotted
        found = self.project.resolve(dotted, module)
        if found is None and "." not in dotted:
            found = self.project.member(module, dotted)
        if isinstance(found, ClassInfo) and found is not info:
            return found
        return dotted

    def _kind_of_name(self, name: str) -> Kind | None:
        if name in self.model_bases or name.rpartition(".")[2] in self.model_bases:
            return "model"
        if name in _KNOWN_BASES:
            return _KNOWN_BASES[name]
        if knowledge.is_model(name):
            return "model"
        if knowledge.is_layer(name):
            return "layer"
        if knowledge.is_metric(name):
            return "metric"
        if knowledge.is_loss(name):
            return "loss"
        if name.partition(".")[0] == "keras":  # keras.engine.base_layer.Layer and other private homes
            return _INTERNAL_BASES.get(name.rpartition(".")[2])
        return None

    def kind(self, info: ClassInfo) -> Kind | None:
        """model, layer, metric, loss, or None where it is no Keras class."""
        if info not in self._kinds:
            self._kinds[info] = self._find_kind(info)
        return self._kinds[info]

    def _find_kind(self, info: ClassInfo) -> Kind | None:
        if info.name in self.model_bases or f"{info.module.name}.{info.symbol}" in self.model_bases:
            return "model"
        found = None
        for ancestor in self.ancestors(info):
            if isinstance(ancestor, str):
                kind = self._kind_of_name(knowledge.canonical(ancestor))
            else:
                kind = "model" if ancestor.name in self.model_bases else None
            if kind == "model":
                return "model"
            found = found or kind
        return found

    def keras_version(self, info: ClassInfo) -> Literal[2, 3]:
        """Whose semantics hold: the option, or the base class's package in the versions that the project allows."""
        if self.option in ("2", "3"):
            return 2 if self.option == "2" else 3
        for ancestor in self.ancestors(info):
            if isinstance(ancestor, str) and ancestor.startswith(_KERAS_2_PREFIXES):
                return 2
            if isinstance(ancestor, ClassInfo) and ancestor.module.name.partition(".")[0] == "tf_keras":
                return 2
        package = next(
            (_package(each) for each in self.ancestors(info) if isinstance(each, str) and is_of_keras(each)), ""
        )
        if not package:
            return self.keras_version_of_file(info.module)
        return 2 if self._asks_for_legacy_keras(info.module) else self.behind(package, info.module)

    def keras_version_of_file(self, module: Module) -> Literal[2, 3]:
        """Whose semantics hold in ``module`` for all that no base class decides."""
        if self.option in ("2", "3"):
            return 2 if self.option == "2" else 3
        if self._asks_for_legacy_keras(module) or imports_keras_2_alone(module):
            return 2
        return self.behind("keras" if _imports_keras(module) else "tensorflow", module)

    def behind(self, package: str, module: Module) -> Literal[2, 3]:
        """The Keras that ``package`` is, or brings along, in the project of ``module``: 3 where nothing says."""
        if package == "keras_core" or needs_keras_3(module):
            return 3
        return self.project.pins_of(module).version_of(package) or 3

    def _asks_for_legacy_keras(self, module: Module) -> bool:
        known = self._legacy.get(module)
        if known is None:
            known = self._legacy[module] = asks_for_legacy_keras(module)
        return known

    def backend(self, module: Module) -> Backend:
        """The backend of Keras 3 that holds in the file: the option, or what it chooses itself."""
        if self._backend_option != "auto":
            return self._backend_option
        known = self._backends.get(module)
        if known is None:
            known = self._backends[module] = chosen_backend(module)
        return known

    def method(self, info: ClassInfo, name: str, after: ClassInfo | None = None) -> FunctionInfo | None:
        """The method an instance of ``info`` has under ``name``; with ``after``, what ``super()`` finds."""
        if after is not None:
            return self._find_method(info, name, after)
        key = info, name
        if key not in self._methods:
            self._methods[key] = self._find_method(info, name)
        return self._methods[key]

    def _find_method(self, info: ClassInfo, name: str, after: ClassInfo | None = None) -> FunctionInfo | None:
        skipping = after is not None
        for ancestor in self.ancestors(info):
            if skipping:
                skipping = ancestor is not after
                continue
            if isinstance(ancestor, ClassInfo) and name in ancestor.methods:
                return ancestor.methods[name]
        return None

    def has_late_setters(self, info: ClassInfo) -> bool:
        """Whether methods that are run neither to construct the object nor while tracing set attributes at all."""
        known = self._late_setters.get(info)
        if known is None:
            known = self._late_setters[info] = any(
                self.self_uses.bound_by(method)
                for each in self.ancestors(info) if isinstance(each, ClassInfo)
                for name, method in each.methods.items() if name not in TRACED and name not in CONSTRUCTING
            )  # fmt: skip
        return known

    def class_attribute(self, info: ClassInfo, name: str) -> tuple[ClassInfo, ast.expr] | None:
        for ancestor in self.ancestors(info):
            if isinstance(ancestor, ClassInfo) and name in ancestor.attributes:
                return ancestor, ancestor.attributes[name]
        return None


def _with_one_name_each(chains: Sequence[Sequence[Ancestor]]) -> list[list[Ancestor]]:
    """``chains`` with the first name of each class for all others: tensorflow.keras.Model is keras.Model."""
    first: dict[Ancestor, Ancestor] = {}
    return [
        [first.setdefault(knowledge.canonical(item) if isinstance(item, str) else item, item) for item in chain]
        for chain in chains
    ]


def merge_linearizations(chains: Sequence[Sequence[Ancestor]]) -> list[Ancestor] | None:
    """The C3 merge of the linearizations of a class's bases, in the order of the bases; None where there is none.

    Source: "The Python 2.3 Method Resolution Order", python.org/download/releases/2.3/mro.
    """
    if len(chains) == 1:
        return list(chains[0])
    pending = [list(chain) for chain in (*chains, [chain[0] for chain in chains if chain])]
    merged: list[Ancestor] = []
    while pending := [chain for chain in pending if chain]:
        heads = (chain[0] for chain in pending)
        following = next((head for head in heads if not any(head in chain[1:] for chain in pending)), None)
        if following is None:
            return None
        merged.append(following)
        for chain in pending:
            if chain[0] == following:
                del chain[0]
    return merged


def _depth_first(chains: Sequence[Sequence[Ancestor]]) -> list[Ancestor]:
    """Every ancestor once, where it was last mentioned."""
    order: list[Ancestor] = []
    for chain in chains:
        order = [item for item in order if item not in chain]
        order.extend(chain)
    return order


def needs_keras_3(module: Module) -> bool:
    """Whether the file uses what only Keras 3 has, or chooses its backend, whatever its project allows."""
    if any(name.startswith(_ONLY_IN_KERAS_3) for name in module.imports.values()):
        return True
    return any(each in module.text for each in ("keras.ops.", "keras.random.", "KERAS_BACKEND"))


def _imports_keras(module: Module) -> bool:
    return any(f"{name}.".startswith("keras.") for name in (*module.imports.values(), *module.star_imports))


def _package(dotted: str) -> str:
    return dotted.partition(".")[0]


def imports_keras_2_alone(module: Module) -> bool:
    """Whether the file imports tf_keras, and Keras from nowhere else."""
    named = [f"{target}." for target in (*module.imports.values(), *module.star_imports)]
    both = any(name.startswith(("keras.", "keras_core.", "tensorflow.keras.")) for name in named)
    return not both and any(name.startswith("tf_keras.") for name in named)


def asks_for_legacy_keras(module: Module) -> bool:
    """``os.environ["TF_USE_LEGACY_KERAS"] = "1"`` in the file makes ``tf.keras`` mean tf_keras."""
    return "TF_USE_LEGACY_KERAS" in module.text and any(_sets_legacy(node) for node in module.tree.body)


def _sets_legacy(node: ast.stmt) -> bool:
    if not isinstance(node, ast.Assign) or not isinstance(node.targets[0], ast.Subscript):
        return False
    key, value = node.targets[0].slice, node.value
    return (
        isinstance(key, ast.Constant)
        and key.value == "TF_USE_LEGACY_KERAS"
        and isinstance(value, ast.Constant)
        and value.value in ("1", "true", "True")
    )


def classes_in_order(module: Module) -> Iterator[ClassInfo]:
    yield from sorted(module.classes.values(), key=lambda info: info.node.lineno)
