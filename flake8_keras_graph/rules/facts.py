"""What a rule may ask beyond its event: the options, and what holds of a whole class or of the run through it."""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Sequence

import libcst as cst

from flake8_keras_graph import knowledge
from flake8_keras_graph.analysis.attributes import changed_by, has_setters
from flake8_keras_graph.analysis.events import Branch, Create, Event, HostRead, Place, Store
from flake8_keras_graph.analysis.late_changes import starts_plain
from flake8_keras_graph.analysis.values import External, Instance, Seq, Value
from flake8_keras_graph.config import Options
from flake8_keras_graph.project.hierarchy import Hierarchy
from flake8_keras_graph.project.index import ClassInfo, Module
from flake8_keras_graph.project.parts import calls_itself, makes_layers, parts_of_classes, parts_of_models
from flake8_keras_graph.project.self_uses import TRACED
from flake8_keras_graph.rules.event_code import attributes_of_self, updates
from flake8_keras_graph.syntax.nodes import walk

# Bases of layers that work on what a dataset gives, in keras, keras_cv and keras_hub.
_PREPARING = {"BaseImageAugmentationLayer", "BaseImagePreprocessingLayer", "DataLayer", "PreprocessingLayer",
              "Preprocessor", "TFDataLayer", "Tokenizer", "VectorizedBaseImageAugmentationLayer"}  # fmt: skip

_FIXED_BATCH = re.compile(
    r"\bbatch_input_shape\s*="
    r"|\bInput(?:Layer)?\([^()]*(?:\([^()]*\)[^()]*)*\bbatch_(?:size|shape)\s*="
)
_WITHOUT_XLA = re.compile(r"\b(?:jit_compile|supports_jit)\s*=\s*False")
_IN_TRAINING = re.compile(r"\btraining\s*=\s*True")
_BATCHED = re.compile(r"\.(?:padded_)?batch\(")
_PART = re.compile(
    r"Attention|Block|Cell|Decoder|Embedding|Encoder|Feed_?Forward|FFN|Head|Highway|Layer|Module|Pool|Stack|Stem|Unit"
)
_FITS = re.compile(r"\.(?:compile|fit)\(")
_DROPPED = re.compile(r"\bdrop_remainder\s*=\s*True")


class Facts:
    """What a check may ask for beyond its event: the options, and what holds of a whole class."""

    def __init__(self, options: Options, hierarchy: Hierarchy, events: Sequence[Event]) -> None:
        self.options = options
        self._hierarchy = hierarchy
        self._events = events
        self._changed: dict[tuple[int, str], str] = {}
        self._assigned: dict[int, set[str]] = {}
        self._ran: set[tuple[int, str]] = set()
        self._host: set[tuple[int, str]] | None = None
        self._tested: set[int] | None = None
        self._branches: dict[tuple[int, str], Branch] | None = None

    def is_host_code(self, place: Place) -> bool:
        """Whether the traced method cannot be traced at all, as it reads tensors on the host: meant to run eagerly."""
        if self._host is None:
            self._host = {
                _root(event.place)
                for event in self._events
                if isinstance(event, HostRead) and event.method == "numpy" and not event.swallowed
            }
        return _root(place) in self._host

    def is_assigned_while_tracing(self, place: Place, attribute: str) -> bool:
        """Whether the traced methods of the class assign ``attribute`` anew: each trace starts afresh.

        What is made of the attribute itself is none, and what only some runs get to is not for every trace.
        """
        if not self._assigned:
            self._assigned[0] = set()
            for event in self._events:
                if isinstance(event, Store) and event.how == "assign" and not event.guarded and not updates(event):
                    self._assigned.setdefault(id(event.place.owner), set()).add(event.target)
        return attribute in self._assigned.get(id(place.owner), set())

    def declares_batch(self, place: Place) -> bool:
        """Whether the file of the class, or one that was read for its sake, says how large every batch is."""
        root = first_place(place)
        modules = self._files_of(root)
        return any(_declares_batch(module.text) for module in modules)

    def is_read_by_its_trace_alone(self, event: Store) -> bool:
        """Whether only traced methods read the attribute that an event stores, after it was stored."""
        owner, name = event.place.owner, event.target
        if owner is None:
            return False
        holders = rf"(?<!\bself)\.{re.escape(name)}\b"
        if any(re.search(holders, module.text) for module in self._files_of(first_place(event.place))):
            return False
        methods = {
            method.name: method
            for each in reversed(self._hierarchy.ancestors(owner)) if isinstance(each, ClassInfo)
            for method in each.methods.values()
        }  # fmt: skip
        uses = {known: self._hierarchy.self_uses.of(method) for known, method in methods.items()}
        traced = {*TRACED, *self._traced(owner)}
        pending = list(traced)
        while pending:  # what they call is traced with them
            known = uses.get(pending.pop())
            found = known.called - traced if known is not None else ()
            traced.update(found)
            pending += found
        readers = [method for method, use in uses.items() if name in use.read]
        if not readers:
            return name.startswith("_")  # what nobody reads, and is nobody else's to read
        if not traced.issuperset(readers):
            return False
        return not _is_read_before(event.place.source.info.node, name)

    def branch_on(self, place: Place, attribute: str) -> Branch | None:
        """A branch in traced code of the class that tests ``self.attribute``, and so is decided while tracing."""
        if self._branches is None:
            self._branches = {}
            for event in self._events:
                if isinstance(event, Branch):
                    for name in attributes_of_self(event, event.test):
                        self._branches.setdefault((id(event.place.owner), name), event)
        return self._branches.get((id(place.owner), attribute))

    def is_trained_by_fit(self, place: Place) -> bool:
        """Whether nothing says that the model whose method this is, is trained otherwise or within another model."""
        root = first_place(place)
        if root.root is None or self._hierarchy.method(root.root, "train_step") is not None:
            return False
        classes = [each for each in self._hierarchy.ancestors(root.root) if isinstance(each, ClassInfo)]
        if any(calls_itself(info) for info in classes):
            return False  # it makes a functional model of itself, which takes training
        modules = self._files_of(root)
        if any("GradientTape" in module.text and _IN_TRAINING.search(module.text) for module in modules):
            return False
        return not any(root.root.name in parts_of_models(module) for module in modules)

    def is_likely_fitted(self, root: Place) -> bool:
        """Whether the model is fitted in a file that is known, or has no name of a part of models, made elsewhere."""
        name = root.root.name if root.root is not None else ""
        return not _PART.search(name) or any(_FITS.search(module.text) for module in self._files_of(root))

    def is_part_of_a_class(self, place: Place) -> bool:
        """Whether a class makes an object of the class whose method this is, in its file or one of this check."""
        root = first_place(place)
        return root.root is not None and any(root.root.name in parts_of_classes(each) for each in self._files_of(root))

    def is_own_function(self, place: Place, but_with: Sequence[str]) -> bool:
        """Whether a ``tf.function`` of one's own is traced, in a file that gives none of these options."""
        root = first_place(place)
        return root.way == "own function" and not any(name in root.source.info.module.text for name in but_with)

    def turns_xla_off(self, place: Place) -> bool:
        """Whether the file of the class, or one that was read for its sake, compiles without XLA."""
        return any(_WITHOUT_XLA.search(module.text) for module in self._files_of(first_place(place)))

    def _files_of(self, root: Place) -> list[Module]:
        """The file of the class and those of this check: what else was read depends on the order of files."""
        return [root.source.info.module, *self._hierarchy.project.files_of_this_check()]

    def is_locked_in_fit(self, place: Place) -> bool:
        """Whether Keras 3 lets the object take no more state once it is traced: nothing of it is left to build."""
        owner = place.owner
        if owner is None:
            return False
        build = self._hierarchy.method(owner, "build")
        if build is not None:
            return True
        classes = [each for each in self._hierarchy.ancestors(owner) if isinstance(each, ClassInfo)]
        return not any("__init__" in info.methods and makes_layers(info) for info in classes)

    def prepares_input(self, place: Place) -> bool:
        """Whether the class whose traced method this is prepares data for a model: nothing trains through it."""
        place = first_place(place)
        ancestors = self._hierarchy.ancestors(place.root) if place.root is not None else ()
        names = {each.rpartition(".")[2] if isinstance(each, str) else each.name for each in ancestors}
        return not names.isdisjoint(_PREPARING)

    def are_metrics(self, value: Value) -> bool:
        """Whether ``value`` is a sequence of metrics, all of which every ``train_step`` goes over."""
        if not isinstance(value, Seq):
            return False
        items = value.items if value.items is not None else (value.element,)
        return bool(items) and all(
            knowledge.is_metric(item.name)
            if isinstance(item, External)
            else isinstance(item, Instance) and self._hierarchy.kind(item.info) == "metric"
            for item in items
        )

    def may_change(self, place: Place) -> bool:
        """Whether ``changed_by`` can name any method of the class."""
        return place.owner is not None and has_setters(place.owner, self._hierarchy)

    def changed_by(self, place: Place, attribute: str) -> str:
        """The method, not run while constructing or tracing, that changes a Python value kept as ``attribute``."""
        key = (id(place.owner), attribute)
        if key not in self._changed:
            self._changed[key] = (
                changed_by(place.owner, attribute, self._hierarchy, self._traced(place.owner)) if place.owner else ""
            )
        return self._changed[key]

    def is_tested(self, node: cst.CSTNode) -> bool:
        """Whether a branch tests the expression: that is told of the branch."""
        if self._tested is None:
            branches = [event for event in self._events if isinstance(event, Branch)]
            self._tested = {id(each) for event in branches for each in walk(event.test)}
        return id(node) in self._tested

    def makes_state(self, place: Place) -> bool:
        """Whether the method, or what it calls, makes layers or variables: its flags say whether that is done."""
        return any(isinstance(event, Create) and event.place.root is place.root for event in self._events)

    def initial(self, owner: ClassInfo, attribute: str) -> set[str] | None:
        """The literals that the constructor stores, as they are spelled; None where it stores anything else."""
        constructor = self._hierarchy.method(owner, "__init__")
        stored = () if constructor is None else self._hierarchy.self_uses.of(constructor).stored.get(attribute, ())
        known = {each for each in stored if each is not None and (each in {"True", "False"} or each.isdigit())}
        return known if stored and len(known) == len(set(stored)) else None

    def is_in_own_file(self, place: Place) -> bool:
        """Whether the code stands in the file of what is traced: other files have switches of their own."""
        path = place.source.path
        while place.called_at is not None:
            place = place.called_at[0]
        return place.source.path == path

    def starts_plain(self, owner: ClassInfo, attribute: str) -> bool:
        """Whether the constructor certainly stores a Python number, bool or text under the name."""
        constructor = self._hierarchy.method(owner, "__init__")
        if constructor is None:
            return False
        return starts_plain(constructor, self._hierarchy.self_uses.of(constructor).stored.get(attribute, ()))

    def _traced(self, owner: ClassInfo) -> set[str]:
        """The methods that ran while a traced method was followed, however it came to them."""
        if not self._ran:
            self._ran = {(id(event.place.owner), event.place.method) for event in self._events}
        return {method for known, method in self._ran if known == id(owner)}


def _root(place: Place) -> tuple[int, str]:
    """The class and the traced method on whose behalf ``place`` runs."""
    place = first_place(place)
    return id(place.root), place.method


def first_place(place: Place) -> Place:
    """The traced method on whose behalf ``place`` runs."""
    while place.called_at is not None:
        place = place.called_at[0]
    return place


def _is_read_before(method: ast.AST, name: str) -> bool:
    """Whether the method reads ``self.name`` before its first assignment of it is done."""
    stored = [
        node.end_lineno or node.lineno
        for node in ast.walk(method)
        if isinstance(node, (ast.Assign, ast.AnnAssign))
        and any(isinstance(each, ast.Attribute) and each.attr == name and isinstance(each.ctx, ast.Store)
                for each in ast.walk(node))
    ]  # fmt: skip
    return not stored or any(
        isinstance(node, ast.Attribute)
        and node.attr == name
        and isinstance(node.ctx, ast.Load)
        and node.lineno <= min(stored)
        for node in ast.walk(method)
    )


@functools.lru_cache(maxsize=256)
def _declares_batch(text: str) -> bool:
    """Whether a file gives inputs a size of the batch, or never batches without dropping the remainder."""
    if _FIXED_BATCH.search(text):
        return True
    batched = len(_BATCHED.findall(text))
    return batched > 0 and batched == len(_DROPPED.findall(text))
