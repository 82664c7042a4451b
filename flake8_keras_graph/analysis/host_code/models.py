"""Which expressions of host code are Keras models: read off what names are bound to, else off how they are used."""

from __future__ import annotations

import ast
import collections
import functools
from collections.abc import Iterator
from typing import Literal

from flake8_keras_graph import knowledge
from flake8_keras_graph.analysis.host_code.scopes import HostCode, Scope
from flake8_keras_graph.project.index import ClassInfo, FunctionInfo, dotted_name, path_of

MAX_DEPTH = 6
Certainty = Literal["made", "used", ""]
"""Known from where it was made, from what is done with it elsewhere, or not known."""

_MAKERS = frozenset({
    "keras.models.load_model", "keras.saving.load_model", "keras.models.clone_model", "keras.models.model_from_json",
    "keras.models.model_from_yaml", "keras.models.model_from_config",
})  # fmt: skip
# Attributes and methods that a Keras model has, and other estimators have not.
_TELLING = frozenset({
    "predict_on_batch", "train_on_batch", "test_on_batch", "load_weights", "save_weights", "trainable_variables",
    "trainable_weights", "get_layer", "get_weights", "set_weights", "fit_generator", "predict_generator",
    "evaluate_generator", "summary", "stop_training", "metrics_names", "output_shape", "input_shape", "layers",
})  # fmt: skip
# Keywords of fit, predict and evaluate that other estimators do not take.
_KERAS_KEYWORDS = {
    "batch_size",
    "epochs",
    "steps",
    "steps_per_epoch",
    "validation_data",
    "callbacks",
    "use_multiprocessing",
}


class Models:
    """Answers which expressions of a file are Keras models."""

    def __init__(self, code: HostCode) -> None:
        self.code = code
        self._known: dict[tuple[Scope, str], bool] = {}

    def certainty(self, node: ast.expr, scope: Scope) -> Certainty:
        """How it is known that ``node`` is a Keras model in ``scope``; "" where it may be anything."""
        if self.made(node, scope):
            return "made"
        path = path_of(node)
        return "used" if path and self._is_used_as_one(path, scope) else ""

    def is_called_as_one(self, call: ast.Call, scope: Scope) -> bool:
        """Whether ``x.predict(...)`` and the like are those of Keras."""
        if not isinstance(call.func, ast.Attribute):
            return False
        info = self.class_of(call.func.value, scope)
        if info is not None and self.code.hierarchy.method(info, call.func.attr) is not None:
            return False  # the class's own
        if call.func.attr == "predict" and not all(_is_number(each) for each in call.args[1:]):
            return False  # Keras takes a batch size and the like there
        if self.certainty(call.func.value, scope):
            return True
        given = {each.arg for each in call.keywords}
        verbose = next((each.value for each in call.keywords if each.arg == "verbose"), None)
        if info is not None:
            return False
        return bool(given & _KERAS_KEYWORDS) or (isinstance(verbose, ast.Constant) and call.func.attr != "fit")

    def made(self, node: ast.expr, scope: Scope, depth: int = 0) -> bool:
        """Whether ``node`` was made as a Keras model."""
        path = path_of(node) if depth == 0 else ""
        if not path:
            return self._made(node, scope, depth)
        if (scope, path) not in self._known:
            self._known[scope, path] = self._made(node, scope, depth)
        return self._known[scope, path]

    def _made(self, node: ast.expr, scope: Scope, depth: int) -> bool:
        return depth < MAX_DEPTH and any(self._is_maker(value, at) for value, at in self.values(node, scope, depth))

    def class_of(self, node: ast.expr, scope: Scope, depth: int = 0) -> ClassInfo | None:
        """The project's class whose object ``node`` is."""
        if depth >= MAX_DEPTH:
            return None
        if isinstance(node, ast.Name) and (held := self.code.holder_class(scope)) and held[1].self_name == node.id:
            return held[0]
        for value, at in self.values(node, scope, depth):
            if isinstance(value, ast.Call) and (info := self._class_named(value.func, at)) is not None:
                return info
            if isinstance(value, ast.Name) and (held := self.code.holder_class(at)) and held[1].self_name == value.id:
                return held[0]
        return None

    def values(self, node: ast.expr, scope: Scope, depth: int = 0) -> Iterator[tuple[ast.expr, Scope]]:
        """The expressions that ``node`` may stand for, names and functions of the file followed."""
        if depth >= MAX_DEPTH:
            return
        if isinstance(node, ast.IfExp):
            yield from self.values(node.body, scope, depth + 1)
            yield from self.values(node.orelse, scope, depth + 1)
        elif isinstance(node, (ast.Name, ast.Attribute)):
            bound = list(self._bound(node, scope))
            for value, path, at in bound:
                for found, where in self.values(value, at, depth + 1):
                    yield from _items(found, path, where)
            if not bound:
                yield node, scope
        elif isinstance(node, ast.Call):
            returned = list(self._returned(node, scope))
            for value, at in returned:
                yield from self.values(value, at, depth + 1)
            if not returned:
                yield node, scope
        else:
            yield node, scope

    def _bound(self, node: ast.expr, scope: Scope) -> Iterator[tuple[ast.expr, tuple[int, ...], Scope]]:
        path = path_of(node)
        if not path:
            return
        root, _, rest = path.partition(".")
        at: Scope | None = scope
        while at is not None:
            if at.self_name == root and rest and "." not in rest:
                yield from self._set_on_self(rest, at)
                return
            found = self.code.bindings.get((at, path), ())
            if found or self.code.is_bound(at, root):
                yield from ((value, items, at) for value, items in found)
                return
            at = at.outer
        # agent.model, where agent = Agent() and Agent sets self.model
        if rest and isinstance(node, ast.Attribute):
            info = self.class_of(node.value, scope, MAX_DEPTH - 2)
            if info is not None and info.module is self.code.module:
                yield from self._set_by(info, node.attr)

    def _set_on_self(self, attribute: str, method: Scope) -> Iterator[tuple[ast.expr, tuple[int, ...], Scope]]:
        if method.owner is not None:
            yield from self._set_by(method.owner, attribute)

    def _set_by(self, info: ClassInfo, attribute: str) -> Iterator[tuple[ast.expr, tuple[int, ...], Scope]]:
        for ancestor in self.code.hierarchy.ancestors(info):
            if not isinstance(ancestor, ClassInfo) or ancestor.module is not self.code.module:
                continue
            for function in ancestor.methods.values():
                method = self.code.scopes.get(function.node)
                if method is not None:
                    found = self.code.bindings.get((method, f"{method.self_name}.{attribute}"), ())
                    yield from ((value, items, method) for value, items in found)

    def _returned(self, call: ast.Call, scope: Scope) -> Iterator[tuple[ast.expr, Scope]]:
        """What a function of the file, called by name or on ``self``, returns."""
        function = call.func
        candidates: list[Scope] = []
        if isinstance(function, ast.Name):
            candidates = [each for each in self.code.called_scopes(call) if each.owner is None]
        elif isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name):
            held = self.code.holder_class(scope)
            if held is not None and function.value.id == held[1].self_name:
                method = self.code.hierarchy.method(held[0], function.attr)
                found = self.code.scopes.get(method.node) if method is not None else None
                candidates = [found] if found is not None else []
        for each in candidates:
            for value in self._returns.get(each, ()):
                yield value, each

    @functools.cached_property
    def _returns(self) -> dict[Scope, list[ast.expr]]:
        found: dict[Scope, list[ast.expr]] = collections.defaultdict(list)
        for node in self.code.nodes[ast.Return]:
            if node.value is not None:
                found[self.code.scope_of(node)].append(node.value)
        return found

    def _class_named(self, function: ast.expr, scope: Scope) -> ClassInfo | None:
        name = dotted_name(function) if not isinstance(function, ast.Call) else ""
        if not name:
            return None
        module = self.code.module
        at: Scope | None = scope
        symbol = []
        while at is not None:
            if at.name:
                symbol.append(at.name)
            at = at.outer
        for depth in range(len(symbol), -1, -1):  # classes that a function makes
            nested = ".".join([*reversed(symbol[len(symbol) - depth :]), name])
            if nested in module.classes:
                return module.classes[nested]
        found = self.code.project.resolve(self.code.project.dotted(module, name), module)
        return found if isinstance(found, ClassInfo) else None

    def _is_maker(self, value: ast.expr, scope: Scope) -> bool:
        """Whether the call ``value`` gives a Keras model."""
        if isinstance(value, ast.Name):
            held = self.code.holder_class(scope)
            is_self = held is not None and held[1].self_name == value.id
            return held is not None and is_self and self.code.hierarchy.kind(held[0]) == "model"
        if not isinstance(value, ast.Call):
            return False
        name = self.code.canonical(value.func)
        if is_model_maker(name):
            return True
        info = self._class_named(value.func, scope)
        if info is not None:
            return self.code.hierarchy.kind(info) == "model"
        found = self.code.project.resolve(
            self.code.project.dotted(self.code.module, dotted_name(value.func)), self.code.module
        )
        return isinstance(found, FunctionInfo) and self._other_file_returns_a_model(found)

    def _other_file_returns_a_model(self, function: FunctionInfo) -> bool:
        """Whether a function of another file returns what it made by a constructor in it."""
        module, project = function.module, self.code.project
        made: dict[str, bool] = {}

        def is_one(node: ast.expr) -> bool:
            if isinstance(node, ast.Name):
                return made.get(node.id, False)
            if not isinstance(node, ast.Call) or not (name := dotted_name(node.func)):
                return False
            dotted = project.dotted(module, name)
            if is_model_maker(knowledge.canonical(dotted)):
                return True
            found = project.resolve(dotted, module) or project.member(module, name)
            return isinstance(found, ClassInfo) and self.code.hierarchy.kind(found) == "model"

        for node in ast.walk(function.node):
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                made[node.targets[0].id] = is_one(node.value)
        return any(
            node.value is not None and is_one(node.value)
            for node in ast.walk(function.node)
            if isinstance(node, ast.Return)
        )

    def _is_used_as_one(self, path: str, scope: Scope) -> bool:
        """Whether what only a Keras model has is asked of ``path``, in its function or on the same ``self``."""
        root = path.partition(".")[0]
        held = self.code.holder_class(scope)
        if held is not None and root == held[1].self_name:
            return (held[0].symbol, path.partition(".")[2]) in self._used
        at: Scope | None = scope
        while at is not None:
            if (at, path) in self._used:
                return True
            if self.code.is_bound(at, root):
                return False
            at = at.outer
        return False

    @functools.cached_property
    def _used(self) -> set[tuple[Scope | str, str]]:
        found: set[tuple[Scope | str, str]] = set()
        for node in self.code.nodes[ast.Attribute]:
            if node.attr in _TELLING or self._is_compile(node):
                path = path_of(node.value)
                if not path:
                    continue
                scope = self.code.scope_of(node)
                root, _, rest = path.partition(".")
                held = self.code.holder_class(scope)
                if held is not None and root == held[1].self_name:
                    found.add((held[0].symbol, rest))
                    continue
                at: Scope | None = scope
                while at is not None and not self.code.is_bound(at, root) and at.outer is not None:
                    at = at.outer
                found.add((at or scope, path))
        return found

    def _is_compile(self, node: ast.Attribute) -> bool:
        call = self.code.parents.get(node)
        return (
            node.attr == "compile"
            and isinstance(call, ast.Call)
            and any(each.arg in {"loss", "optimizer", "metrics"} for each in call.keywords)
        )


def _is_number(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) or "batch" in ast.unparse(node).lower()


def is_model_maker(name: str) -> bool:
    """Whether what the canonical ``name`` names makes a Keras model when it is called."""
    if knowledge.is_model(name) or name in _MAKERS:
        return True
    return name.startswith(("keras.applications.", "tf.keras.applications.")) and name.rpartition(".")[2][:1].isupper()


def _items(value: ast.expr, path: tuple[int, ...], scope: Scope) -> Iterator[tuple[ast.expr, Scope]]:
    """The item of a spelled tuple that ``path`` leads to."""
    for place in path:
        if not isinstance(value, (ast.Tuple, ast.List)) or not 0 <= place < len(value.elts):
            return
        value = value.elts[place]
    yield value, scope
