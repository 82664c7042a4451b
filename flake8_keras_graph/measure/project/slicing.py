"""The statements that a call's arguments need, and whether those only build. Standard library only; nothing is run."""

from __future__ import annotations

import ast
import builtins
import copy
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from flake8_keras_graph.analysis.reading import FileReading
from flake8_keras_graph.measure.project.project_files import read_text
from flake8_keras_graph.measure.statements import bound, names, unconditional
from flake8_keras_graph.project.index import parse, walk

_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_IMPORTS = (ast.Import, ast.ImportFrom)
# Packages whose functions build things; what else is installed may do anything.
_BUILDING = frozenset({
    "keras", "tensorflow", "tf_keras", "keras_hub", "keras_nlp", "keras_cv", "tensorflow_probability",
    "tensorflow_addons", "numpy", "math", "dataclasses", "types", "typing", "collections", "functools", "itertools",
    "argparse", "copy", "enum", "operator", "ml_collections", "easydict", "box", "attr", "attrs", "pydantic",
})  # fmt: skip
# Calls that read, train, write, fetch or end something, by their last name, whoever's they are.
_ACTING = frozenset({
    "fit", "train", "fit_generator", "evaluate", "predict", "train_on_batch", "load", "load_data", "load_model",
    "load_weights", "load_dataset", "restore", "save", "save_weights", "savefig", "show", "read_csv", "read", "write",
    "open", "get_file", "download", "system", "run", "main", "from_pretrained", "from_preset", "makedirs", "mkdir",
    "remove", "rmtree", "unlink", "input", "exec", "eval", "sleep", "exit", "quit", "_exit", "abort", "kill", "Popen",
    "urlopen", "urlretrieve", "loadtxt", "genfromtxt", "fromfile", "imread", "image_dataset_from_directory",
    "text_dataset_from_directory", "from_generator", "list_files", "listdir", "glob", "read_file",
    "experimental_connect_to_cluster", "initialize_tpu_system", "MirroredStrategy", "TPUStrategy",
    "set_start_method", "Process", "Thread", "Pool",
})  # fmt: skip
# Methods called for what they do to their object, which a repeated construction needs.
_BUILDING_STATEMENTS = frozenset({
    "add", "add_argument", "set_defaults", "append", "extend", "update", "insert", "setdefault", "build",
})  # fmt: skip


class Slicer:
    """One file: which of its statements a call's arguments need, and whether those only build."""

    def __init__(self, reading: FileReading, own: bool, root: Path) -> None:
        self._reading, self._own, self._root = reading, own, root
        self._body, self._imports = reading.module.tree.body, reading.module.imports
        self._present = {id(node) for node in self._body if isinstance(node, (*_DEFINITIONS, *_IMPORTS))}
        imported = (alias for node in walk(reading.module.tree) if isinstance(node, _IMPORTS) for alias in node.names)
        self._unplaced = {(each.asname or each.name).partition(".")[0] for each in imported} - set(self._imports)
        self._definitions = {node.name: node for node in self._body if isinstance(node, _DEFINITIONS)}

    def sliced(self, call: ast.Call, scopes: list[list[ast.stmt]]) -> tuple[str, str] | None:
        """The source of the arguments and of the statements they need; None where that is not all known to build."""
        keys: list[ast.expr | None] = [None if k.arg is None else ast.Constant(k.arg) for k in call.keywords]
        keywords = ast.Dict(keys, [k.value for k in call.keywords])
        arguments = ast.Tuple([ast.Tuple(list(call.args), ast.Load()), keywords], ast.Load())
        statements = self._needed(names(arguments), scopes)
        known = self._known(statements)
        if not all(map(self._builds, [*statements, arguments])) or names(arguments) - known - _inner(arguments):
            return None
        if any(names(statement) - known - _inner(statement) for statement in statements if not _defines(statement)):
            return None
        kept = [s for s in statements if not (self._own and id(s) in self._present)]
        if any(_acts(file) for s in kept for file in self._imported_files(s)):
            return None
        simple = self._inlined(arguments, kept)
        if simple is not None:
            return simple, ""
        return ast.unparse(arguments), "\n".join(ast.unparse(s) for s in kept)

    def _imported_files(self, statement: ast.stmt) -> Iterator[Path]:
        """Files of the project that an import runs, as far as they can be told."""
        path = Path(self._reading.path)
        if isinstance(statement, ast.ImportFrom) and statement.level:
            places = [path.parents[min(statement.level, len(path.parents)) - 1]]
        else:
            places = [self._root, self._root / "src", path.parent]
        for name in _modules(statement):
            for place in places:
                stem = place.joinpath(*name.split(".")) if name else place
                yield from (file for file in (stem.with_suffix(".py"), stem / "__init__.py") if file.is_file())

    def _needed(self, wanted: set[str], scopes: list[list[ast.stmt]]) -> list[ast.stmt]:
        """The statements that bind what is wanted, the innermost scope first searched, in the order of running."""
        found: list[list[ast.stmt]] = []
        for depth in range(len(scopes) - 1, -1, -1):
            body = scopes[depth] if depth else _before(scopes[0], self._body)
            kept, wanted = _sliced(list(_flattened(body)), wanted)
            found.insert(0, kept)
        return [statement for kept in found for statement in kept]

    def _known(self, statements: Sequence[ast.stmt]) -> set[str]:
        stored = set().union(*map(bound, statements))
        own = set(self._definitions) | set(self._imports) if self._own else set()
        return stored | own | set(dir(builtins))

    def _inlined(self, arguments: ast.expr, statements: Sequence[ast.stmt]) -> str | None:
        """The arguments with names of literals replaced by these, where that leaves a literal."""
        values: dict[str, ast.expr] = {}
        for statement in statements:
            target = statement.targets[0] if isinstance(statement, ast.Assign) else None
            if not isinstance(target, ast.Name) or target.id in values or not isinstance(statement, ast.Assign):
                return None
            values[target.id] = statement.value
        text = ast.unparse(_Substituted(values).visit(ast.parse(ast.unparse(arguments), mode="eval")))
        return text if literal_arguments(text) is not None else None

    def _builds(self, node: ast.AST, seen: frozenset[str] = frozenset()) -> bool:
        """Whether running the node only builds things: every call in it is of something that does."""
        if isinstance(node, (*_DEFINITIONS, *_IMPORTS)) and not seen:
            return True  # defining runs nothing; what is called of it is looked at there
        return all(self._may_call(n, seen) for n in ast.walk(node) if isinstance(n, ast.Call))

    def _is_local(self, dotted: str) -> bool:
        """Whether the name is the project's own: found from the file, or in a folder that is put on the path."""
        package = dotted.partition(".")[0]
        if self._reading.project.resolve(dotted, self._reading.module) is not None:
            return True
        places = (self._root, self._root / "src")
        return any((place / package).is_dir() or (place / f"{package}.py").is_file() for place in places)

    def _may_call(self, call: ast.Call, seen: frozenset[str]) -> bool:
        parts = _parts_of_name(call.func)
        if last_name(call.func) in _ACTING or "datasets" in parts or (seen and len(seen) > 8):
            return False
        if "applications" in parts and not any(
            k.arg == "weights" and isinstance(k.value, ast.Constant) and k.value.value is None for k in call.keywords
        ):
            return False  # it would fetch the weights
        first = parts[0] if parts else ""
        if first in self._unplaced:
            return False
        if first in self._imports:
            return self._imports[first].partition(".")[0] in _BUILDING or self._is_local(self._imports[first])
        if first in self._definitions and first not in seen:
            definition = self._definitions[first]
            return isinstance(definition, ast.ClassDef) or self._builds(definition, seen | {first})
        return True


def _modules(statement: ast.stmt) -> list[str]:
    """Dotted names of the modules that an import may run."""
    if isinstance(statement, ast.Import):
        return [alias.name for alias in statement.names]
    if not isinstance(statement, ast.ImportFrom):
        return []
    prefix = statement.module or ""
    return [prefix, *(f"{prefix}.{alias.name}".lstrip(".") for alias in statement.names if alias.name != "*")]


def _acts(file: Path) -> bool:
    """Whether a file does something when it is imported, beyond defining and computing: a script."""
    try:
        tree = parse(read_text(file), str(file))
    except SyntaxError:
        return False
    return any(map(_is_action, unconditional(tree.body)))


def may_act(node: ast.AST) -> bool:
    """Whether something is called in the node, by its name, that reads, trains, writes or fetches."""
    return any(last_name(call.func) in _ACTING for call in ast.walk(node) if isinstance(call, ast.Call))


def _is_action(statement: ast.stmt) -> bool:
    if isinstance(statement, (ast.For, ast.While)):
        return True
    if isinstance(statement, ast.Expr):
        return not isinstance(statement.value, ast.Constant)
    calls = (n for n in ast.walk(statement) if isinstance(n, ast.Call))
    return not _defines(statement) and any(last_name(call.func) in _ACTING for call in calls)


class _Substituted(ast.NodeTransformer):
    def __init__(self, values: Mapping[str, ast.expr]) -> None:
        self._values = values

    def visit_Name(self, node: ast.Name) -> ast.expr:
        value = self._values.get(node.id)
        return node if value is None else self.visit(copy.deepcopy(value))


def _before(statements: Sequence[ast.stmt], body: Sequence[ast.stmt]) -> Sequence[ast.stmt]:
    """A module's statements as far as they stand before the call; all definitions, which calls see anyway."""
    known = set(map(id, statements))
    return [s for s in body if id(s) in known or isinstance(s, (*_DEFINITIONS, *_IMPORTS))] + [
        s for s in statements if id(s) not in set(map(id, body))
    ]


def _sliced(body: Sequence[ast.stmt], wanted: set[str]) -> tuple[list[ast.stmt], set[str]]:
    """Of one scope's statements those that what is wanted afterwards needs, and what it needs from outside."""
    definitions = {name: s for s in body if _defines(s) for name in bound(s)}
    kept: set[int] = set()
    open_names: set[str] = set()

    def want(names_: set[str]) -> None:
        for name in names_ - open_names:
            open_names.add(name)
            if name in definitions and id(definitions[name]) not in kept:
                kept.add(id(definitions[name]))
                want(names(definitions[name]))

    want(wanted)
    for statement in reversed(body):
        here = bound(statement)
        if _defines(statement) or not (here & open_names or _builds_on(statement, open_names)):
            continue
        kept.add(id(statement))
        if isinstance(statement, (ast.Assign, ast.AnnAssign)):  # what was bound before does not matter
            open_names -= here
        want(names(statement))
    return [s for s in body if id(s) in kept], open_names - set(definitions)


def _flattened(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements, those under ``with`` and ``if __name__ == ...`` among them."""
    for statement in body:
        if isinstance(statement, (ast.With, ast.AsyncWith)):
            yield from _flattened(statement.body)
        else:
            yield statement


def _builds_on(statement: ast.stmt, wanted: set[str]) -> bool:
    """A method called for its effect on something wanted: ``parser.add_argument(...)``, ``model.add(...)``."""
    if not isinstance(statement, ast.Expr) or not isinstance(statement.value, ast.Call):
        return False
    parts = _parts_of_name(statement.value.func)
    return len(parts) > 1 and parts[0] in wanted and parts[-1] in _BUILDING_STATEMENTS


def _defines(statement: ast.stmt) -> bool:
    return isinstance(statement, (*_DEFINITIONS, *_IMPORTS))


def _inner(node: ast.AST) -> set[str]:
    """Names that the node binds within itself: variables of comprehensions and parameters of lambdas."""
    stored = {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    return stored | {n.arg for n in ast.walk(node) if isinstance(n, ast.arg)}


def last_name(func: ast.expr) -> str:
    """``f`` of ``f(...)`` and of ``a.b.f(...)``."""
    return func.attr if isinstance(func, ast.Attribute) else func.id if isinstance(func, ast.Name) else ""


def _parts_of_name(func: ast.expr) -> list[str]:
    """``["a", "b", "f"]`` of ``a.b.f(...)``; of ``g().f(...)`` what follows the call."""
    parts: list[str] = []
    while isinstance(func, ast.Attribute):
        parts.insert(0, func.attr)
        func = func.value
    return [func.id, *parts] if isinstance(func, ast.Name) else parts


def literal_arguments(text: str) -> tuple[tuple[Any, ...], dict[str, Any]] | None:
    """``(args, kwargs)`` where the source of both holds literals only: no name and no call."""
    try:
        args, kwargs = ast.literal_eval(text)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return None
    return tuple(args), dict(kwargs)
