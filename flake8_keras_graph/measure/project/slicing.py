"""The statements that a call's arguments need, and whether those only build. Standard library only; nothing is run."""

from __future__ import annotations

import ast
import builtins
import copy
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from flake8_keras_graph.measure.project.sources import dotted, last_name, literal_arguments, parsed, read
from flake8_keras_graph.measure.statements import bound, names, unconditional

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

    def __init__(self, tree: ast.Module, own: bool, root: Path, path: Path) -> None:
        self._own, self._root, self._path = own, root, path
        self._body = tree.body
        self._imports = {
            (alias.asname or alias.name).partition(".")[0]: (node.module or "").partition(".")[0]
            if isinstance(node, ast.ImportFrom) and not node.level
            else "" if isinstance(node, ast.ImportFrom) else alias.name.partition(".")[0]
            for node in ast.walk(tree)
            if isinstance(node, _IMPORTS)
            for alias in node.names
        }  # fmt: skip
        self._present = {id(node) for node in tree.body if isinstance(node, (*_DEFINITIONS, *_IMPORTS))}
        self._definitions = {node.name: node for node in tree.body if isinstance(node, _DEFINITIONS)}

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
        if isinstance(statement, ast.ImportFrom) and statement.level:
            places = [self._path.parents[min(statement.level, len(self._path.parents)) - 1]]
        else:
            places = [self._root, self._root / "src", self._path.parent]
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

    def _may_call(self, call: ast.Call, seen: frozenset[str]) -> bool:
        parts = dotted(call.func)
        if last_name(call.func) in _ACTING or "datasets" in parts or (seen and len(seen) > 8):
            return False
        if "applications" in parts and not any(
            k.arg == "weights" and isinstance(k.value, ast.Constant) and k.value.value is None for k in call.keywords
        ):
            return False  # it would fetch the weights
        first = parts[0] if parts else ""
        if first in self._imports:
            origin = self._imports[first]
            return origin in _BUILDING or not origin or _is_local(origin, self._root)
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
    tree = parsed(read(file))
    return tree is not None and any(map(_is_action, unconditional(tree.body)))


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
    parts = dotted(statement.value.func)
    return len(parts) > 1 and parts[0] in wanted and parts[-1] in _BUILDING_STATEMENTS


def _defines(statement: ast.stmt) -> bool:
    return isinstance(statement, (*_DEFINITIONS, *_IMPORTS))


def _inner(node: ast.AST) -> set[str]:
    """Names that the node binds within itself: variables of comprehensions and parameters of lambdas."""
    stored = {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    return stored | {n.arg for n in ast.walk(node) if isinstance(n, ast.arg)}


def _is_local(package: str, root: Path) -> bool:
    return any((place / package).is_dir() or (place / f"{package}.py").is_file() for place in (root, root / "src"))
