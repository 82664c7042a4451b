"""Functions and objects that Keras or TensorFlow traces because code hands them over, read from the stdlib tree.

A loss given to ``compile``, an activation, a regularizer, a function under ``tf.function``: found at the call that
takes them, through the variables, lists and ``functools.partial`` that lead there, and losses by their shape alone.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence

from flake8_keras_graph import knowledge
from flake8_keras_graph.analysis.events import Way
from flake8_keras_graph.analysis.frozen import frozen
from flake8_keras_graph.knowledge import traced
from flake8_keras_graph.knowledge.traced import Given
from flake8_keras_graph.project.hierarchy import Hierarchy
from flake8_keras_graph.project.index import ClassInfo, FunctionInfo, Module, child_nodes, dotted_name, walk
from flake8_keras_graph.project.presence import FunctionNode

_LOSS_ARGUMENTS = {"loss", "metrics", "weighted_metrics"}
_COMPILE = ("optimizer", "loss", "metrics")
_SHAPE = ("y_true", "y_pred")
_OPAQUE = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)
_MAX_STEPS = 8
_LEAVES = frozenset({ast.Name, ast.Constant, ast.Load, ast.Store, ast.arguments, ast.arg, ast.alias})
_BINDING = frozenset({ast.Assign, ast.AnnAssign, ast.For, ast.comprehension})
# Without one of these a file hands nothing over. Texts are found much faster than patterns.
_TELLING = (".compile(", "Lambda(", "Activation(", "Wrapper(", "@function", "y_true",
            ".map(", ".filter(", ".interleave(", ".scan(")  # fmt: skip
_TELLING_PATTERNS = {
    ".function": re.compile(r"\.function\b"),
    "activation": re.compile(r"activation\s*=\s*[^\s\"'=]"),
    "regularizer": re.compile(r"regularizer\s*=\s*[^\s\"'=]"),
    "constraint": re.compile(r"constraint\s*=\s*[^\s\"'=]"),
}
"""Each with the text that it begins with."""
_UNKNOWN: Given = "unknown"
_NEST: Given = "nest"
_WEIGHT_ARGUMENTS = ("regularizer", "constraint")
_ACTIVATIONS = ("activation", "recurrent_activation")
_DATASETS = "tf.data."


@frozen(eq=False)
class TracedFunction:
    """``function`` is traced with these arguments; ``owner`` is the class whose object it is a method of.

    ``enclosing`` are the names that functions around it bind; ``way`` is as a place has it.
    """

    function: FunctionInfo
    given: tuple[Given, ...]
    owner: ClassInfo | None = None
    enclosing: frozenset[str] = frozenset()
    autograph: bool | None = None
    way: Way = "handed over"


def object_method(info: ClassInfo, hierarchy: Hierarchy) -> tuple[str, tuple[Given, ...]] | None:
    """The method that is traced of a regularizer, constraint, schedule or optimizer, and what it is given."""
    for ancestor in hierarchy.ancestors(info):
        if isinstance(ancestor, str):
            name = knowledge.canonical(ancestor)
            for prefix, found in traced.OBJECTS.items():
                if name.startswith(prefix):
                    return found
    return None


def traced_functions(module: Module, hierarchy: Hierarchy) -> list[TracedFunction]:
    """Everything that the file hands over to be traced, in file order, each function once."""
    return _Reader(module, hierarchy).read() if _tells(module.text) else []


def _tells(text: str) -> bool:
    if any(each in text for each in _TELLING):
        return True
    return any(each in text and pattern.search(text) for each, pattern in _TELLING_PATTERNS.items())


@frozen()
class _Way:
    """How something is traced: as ``TracedFunction`` says it."""

    given: tuple[Given, ...]
    autograph: bool | None = None
    way: Way = "handed over"


class _Reader:
    def __init__(self, module: Module, hierarchy: Hierarchy) -> None:
        self.module, self.hierarchy = module, hierarchy
        self.scopes: dict[ast.AST, _Scope] = {}
        self.found: dict[int, TracedFunction] = {}
        self.called: set[str] = set()

    def read(self) -> list[TracedFunction]:
        top = _Scope(self.module.tree, None, None)
        calls = self._visit(self.module.tree.body, top)
        for node, scope in calls:
            if isinstance(node, ast.Call):
                self._call(node, scope)
        for node, scope in calls:
            if isinstance(node, FunctionNode):
                self._definition(node, scope)
        return sorted(self.found.values(), key=lambda each: each.function.node.lineno)

    def _visit(self, body: Sequence[ast.AST], top: _Scope) -> list[tuple[ast.AST, _Scope]]:
        """Every call and function definition with the scope that it stands in."""
        classes = {id(info.node): info for info in self.module.classes.values()}
        found: list[tuple[ast.AST, _Scope]] = []
        stack: list[tuple[ast.AST, _Scope, ClassInfo | None]] = [(node, top, None) for node in reversed(body)]
        while stack:
            node, scope, owner = stack.pop()
            kind = type(node)
            if isinstance(node, ast.ClassDef):
                info = classes.get(id(node))
                stack += [(each, scope, info) for each in reversed(node.body)]
            elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                found.append((node, scope))
                if owner is None:
                    scope.functions[node.name] = node
                inner = self.scopes[node] = _Scope(node, scope, owner or scope.owner)
                stack += [(each, scope, None) for each in node.decorator_list]
                stack += [(each, inner, None) for each in reversed(node.body)]
            elif isinstance(node, ast.Lambda):
                inner = self.scopes[node] = _Scope(node, scope, scope.owner)
                stack.append((node.body, inner, None))
            else:
                if isinstance(node, ast.Call):
                    found.append((node, scope))
                    if isinstance(node.func, ast.Name):
                        self.called.add(node.func.id)
                elif kind in _BINDING:
                    scope.note(node)
                stack += [(each, scope, None) for each in reversed(child_nodes(node)) if type(each) not in _LEAVES]
        return found

    # -- who takes a function --------------------------------------------------------------------------------

    def _call(self, node: ast.Call, scope: _Scope) -> None:
        written = dotted_name(node.func) if isinstance(node.func, (ast.Name, ast.Attribute)) else ""
        name = knowledge.canonical(self.hierarchy.project.dotted(self.module, written)) if written else ""
        keywords = {each.arg: each.value for each in node.keywords if each.arg}
        attribute = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        if attribute == "compile" and not name.startswith("re.") and (keywords.keys() & {*_COMPILE} or node.args):
            given = {**dict(zip(_COMPILE, node.args, strict=False)), **keywords}
            for argument in _LOSS_ARGUMENTS & given.keys():
                self._hand(given[argument], scope, _Way(("tensor", "tensor")))
        if name in traced.TAKERS:
            parameter, position, what = traced.TAKERS[name]
            value = keywords.get(parameter) or (node.args[position] if position < len(node.args) else None)
            if value is not None:
                self._hand(value, scope, _Way(what))
        if knowledge.wraps_function(name) == "autograph" and node.args:
            self._hand(node.args[0], scope, _Way((), True, "own function"))
        if attribute in traced.ELEMENTS and node.args and self._is_dataset(node.func, scope):
            self._hand(node.args[0], scope, _Way((_NEST,) * 8, True, "dataset"))
        if self._makes_weights(name, attribute):
            for argument, value in keywords.items():
                if argument.endswith(_WEIGHT_ARGUMENTS) and not argument.startswith("activity"):
                    self._hand(value, scope, _Way(("variable",)))
                elif argument in _ACTIVATIONS or argument == "activity_regularizer":
                    self._hand(value, scope, _Way(("tensor",)))

    def _makes_weights(self, name: str, attribute: str) -> bool:
        if attribute in {"add_weight", "add_variable"} or knowledge.is_layer(name):
            return True
        return self._is_layer_of_project(name)

    def _is_layer_of_project(self, name: str) -> bool:
        info = self.module.classes.get(name)
        return info is not None and self.hierarchy.kind(info) == "layer"

    def _is_dataset(self, node: ast.expr, scope: _Scope) -> bool:
        """Whether the receiver is a ``tf.data.Dataset``, as far back as its making can be followed."""
        for _ in range(4 * _MAX_STEPS):
            if isinstance(node, ast.Call):
                node = node.func
            elif isinstance(node, ast.Attribute):
                name = knowledge.canonical(self.hierarchy.project.dotted(self.module, dotted_name(node) or "?"))
                if name.startswith(_DATASETS):
                    return True
                node = node.value
            elif isinstance(node, ast.Name):
                values = scope.values(node.id)
                if not values:
                    return False
                node, scope = values[0]
            else:
                return False
        return False

    # -- what is handed over ---------------------------------------------------------------------------------

    def _hand(self, node: ast.expr, scope: _Scope, how: _Way, step: int = 0) -> None:
        """Whatever functions ``node`` may stand for in ``scope`` are traced."""
        if step > _MAX_STEPS:
            return
        if isinstance(node, ast.Lambda):
            self._add(_as_function(node, self.module), scope, how)
        elif isinstance(node, ast.Name):
            definition = scope.function(node.id)
            if definition is not None:
                self._add(self._info(*definition), definition[1], how)
                return
            for value, where in scope.values(node.id):
                self._hand(value, where, how, step + 1)
        elif isinstance(node, ast.Attribute):
            self._hand_attribute(node, scope, how)
        elif isinstance(node, ast.Call):
            self._hand_call(node, scope, how, step + 1)
        for each in _alternatives(node):
            self._hand(each, scope, how, step + 1)

    def _hand_attribute(self, node: ast.Attribute, scope: _Scope, how: _Way) -> None:
        """``self.loss_of``."""
        if isinstance(node.value, ast.Name) and scope.owner is not None and node.value.id == scope.self_name():
            method = self.hierarchy.method(scope.owner, node.attr)
            if method is not None and method.module is self.module:
                self._add(method, scope.top(), how, scope.owner)

    def _hand_call(self, node: ast.Call, scope: _Scope, how: _Way, step: int) -> None:
        """``partial(f, ...)``, a factory that returns a function of its own, an object that is called."""
        written = dotted_name(node.func) if isinstance(node.func, (ast.Name, ast.Attribute)) else ""
        name = self.hierarchy.project.dotted(self.module, written) if written else ""
        if name == "functools.partial" and node.args:
            given = ((_UNKNOWN,) * (len(node.args) - 1)) + how.given
            self._hand(node.args[0], scope, _Way(given, how.autograph, how.way), step)
            return
        definition = scope.function(written) if written and "." not in written else None
        if definition is not None and definition[0] in self.scopes:
            for each in _returned(definition[0]):
                self._hand(each, self.scopes[definition[0]], how, step)
            return
        info = self.module.classes.get(written)
        if info is not None and self.hierarchy.kind(info) is None and object_method(info, self.hierarchy) is None:
            method = self.hierarchy.method(info, "__call__")
            if method is not None and method.module is self.module:
                self._add(method, scope.top(), how, info)

    def _info(self, node: ast.FunctionDef | ast.AsyncFunctionDef, scope: _Scope) -> FunctionInfo:
        known = self.module.functions.get(node.name)
        return known if known is not None and known.node is node else FunctionInfo(node.name, node, self.module)

    def _add(self, function: FunctionInfo, scope: _Scope, how: _Way, owner: ClassInfo | None = None) -> None:
        if isinstance(function.node, ast.AsyncFunctionDef):
            return
        key = id(function.node.body[0]) if function.name == "<lambda>" else id(function.node)
        if key not in self.found or (how.way != "assumed" and self.found[key].way == "assumed"):
            names = scope.bound_names()
            self.found[key] = TracedFunction(function, how.given, owner, names, how.autograph, how.way)

    # -- definitions that say themselves what they are for -----------------------------------------------------

    def _definition(self, node: ast.FunctionDef | ast.AsyncFunctionDef, scope: _Scope) -> None:
        decorators = [self._canonical(each) for each in node.decorator_list]
        owner = self.scopes[node].owner if self.scopes[node].owner is not scope.owner else None
        method = owner.methods.get(node.name) if owner is not None else None
        if any(knowledge.wraps_function(name) == "autograph" for name in decorators):
            converted = not any(_says_no_autograph(each) for each in node.decorator_list)
            if method is None or not self._is_root(owner, node.name):
                self._add(
                    method or self._info(node, scope),
                    scope,
                    _Way((), converted, "own function"),
                    owner if method else None,
                )
            return
        if method is not None or owner is not None or decorators:
            return
        names = [each.arg for each in [*node.args.posonlyargs, *node.args.args]]
        if tuple(names[:2]) == _SHAPE and node.name not in self.called and self._computes(node):
            self._add(self._info(node, scope), scope, _Way(("tensor", "tensor"), None, "assumed"))

    def _is_root(self, owner: ClassInfo | None, name: str) -> bool:
        """Methods of Keras classes that are traced anyway are looked at as such."""
        return owner is not None and self.hierarchy.kind(owner) is not None and name in {
            "call", "train_step", "test_step", "predict_step", "compute_loss", "update_state", "result",
        }  # fmt: skip

    def _canonical(self, decorator: ast.expr) -> str:
        return knowledge.canonical(self.hierarchy.project.dotted(self.module, dotted_name(decorator) or "?"))

    def _computes(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
        """Whether the function itself computes with TensorFlow or Keras, or reads one of the two with ``numpy()``."""
        for each in walk(node):
            if isinstance(each, ast.Attribute):
                if each.attr == "numpy" and isinstance(each.value, ast.Name) and each.value.id in _SHAPE:
                    return True
                name = self.hierarchy.project.dotted(self.module, dotted_name(each) or "?")
                if name.startswith(("tensorflow.", "keras.", "tf_keras.")):
                    return True
        return False


class _Scope:
    """A function, lambda or the file: what its names are bound to."""

    def __init__(self, node: ast.AST, around: _Scope | None, owner: ClassInfo | None) -> None:
        self.node, self.around, self.owner = node, around, owner
        self.bound: dict[str, list[ast.expr]] = {}
        self.functions: dict[str, ast.FunctionDef | ast.AsyncFunctionDef] = {}

    def note(self, node: ast.AST) -> None:
        """Remember what a statement binds."""
        if isinstance(node, ast.Assign):
            for target in node.targets:
                self._bind(target, node.value)
        elif isinstance(node, ast.AnnAssign) and node.value is not None:
            self._bind(node.target, node.value)
        elif isinstance(node, (ast.For, ast.comprehension)):
            items = node.iter.elts if isinstance(node.iter, (ast.List, ast.Tuple)) else ()
            for item in items:
                self._bind(node.target, item)

    def _bind(self, target: ast.expr, value: ast.expr) -> None:
        if isinstance(target, ast.Name):
            self.bound.setdefault(target.id, []).append(value)
        elif isinstance(target, (ast.Tuple, ast.List)) and isinstance(value, (ast.Tuple, ast.List)):
            for each, part in zip(target.elts, value.elts, strict=False):
                self._bind(each, part)

    def values(self, name: str) -> list[tuple[ast.expr, _Scope]]:
        """What ``name`` was assigned in the innermost scope that binds it."""
        scope: _Scope | None = self
        while scope is not None:
            if name in scope.bound:
                return [(value, scope) for value in scope.bound[name]]
            if name in scope._parameters():
                return []
            scope = scope.around
        return []

    def function(self, name: str) -> tuple[ast.FunctionDef | ast.AsyncFunctionDef, _Scope] | None:
        """The ``def`` that ``name`` stands for, with the scope that it is made in."""
        scope: _Scope | None = self
        while scope is not None:
            if name in scope.functions:
                return scope.functions[name], scope
            if name in scope.bound or name in scope._parameters():
                return None
            scope = scope.around
        return None

    def top(self) -> _Scope:
        """The file's own scope."""
        return self if self.around is None else self.around.top()

    def self_name(self) -> str:
        """What the method around calls its object."""
        scope: _Scope | None = self
        while scope is not None and scope.around is not None and scope.around.owner is scope.owner:
            scope = scope.around
        names = scope._parameters() if scope is not None else ()
        return names[0] if names else ""

    def bound_names(self) -> frozenset[str]:
        """What the functions around something in this scope bind."""
        if self.around is None:
            return frozenset()
        assigned = {
            each.id for each in walk(self.node) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)
        }
        return frozenset({*assigned, *self._parameters(), *self.functions} | self.around.bound_names())

    def _parameters(self) -> Sequence[str]:
        given = getattr(self.node, "args", None)
        if not isinstance(given, ast.arguments):
            return ()
        every = [*given.posonlyargs, *given.args, *given.kwonlyargs, given.vararg, given.kwarg]
        return [each.arg for each in every if each is not None]


def _alternatives(node: ast.expr) -> Sequence[ast.expr]:
    """What a list, dict or conditional expression may give."""
    if isinstance(node, (ast.List, ast.Tuple, ast.Set)):
        return node.elts
    if isinstance(node, ast.Dict):
        return node.values
    return (node.body, node.orelse) if isinstance(node, ast.IfExp) else ()


def _returned(node: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[ast.expr]:
    """What the function itself returns."""
    stack: list[ast.AST] = list(node.body)
    while stack:
        each = stack.pop()
        if isinstance(each, _OPAQUE):
            continue
        if isinstance(each, ast.Return) and each.value is not None:
            yield each.value
        stack += ast.iter_child_nodes(each)


def _as_function(node: ast.Lambda, module: Module) -> FunctionInfo:
    """A lambda as the ``def`` that it stands for, at its place."""
    place = {
        "lineno": node.lineno,
        "col_offset": node.col_offset,
        "end_lineno": node.end_lineno,
        "end_col_offset": node.end_col_offset,
    }
    body = ast.Return(node.body, **place)  # type: ignore[arg-type]
    made = ast.FunctionDef("<lambda>", node.args, [body], [], None, None, **place)  # type: ignore[arg-type]
    return FunctionInfo("<lambda>", made, module)


def _says_no_autograph(decorator: ast.expr) -> bool:
    return isinstance(decorator, ast.Call) and any(
        each.arg == "autograph" and isinstance(each.value, ast.Constant) and not each.value.value
        for each in decorator.keywords
    )
