"""Calls of a class's constructor in the project, with the statements that compute their arguments.

Standard library only. Nothing is run here. What would read data, train, save or fetch is never among the statements:
such a call is no construction that can be repeated.
"""

from __future__ import annotations

import ast
import builtins
import copy
import dataclasses
import functools
import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from flake8_keras_graph import files
from flake8_keras_graph.measure.definitions import bound, names, unconditional
from flake8_keras_graph.measure.loading import module_name

_MARKERS = ("pyproject.toml", "setup.py", "setup.cfg", ".git")
_MAX_FILES = 4000
_MAX_FOUND = 12
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_IMPORTS = (ast.Import, ast.ImportFrom)
_BLOCKS = (ast.If, ast.With, ast.AsyncWith, ast.Try, ast.For, ast.AsyncFor, ast.While)

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


@dataclasses.dataclass(frozen=True, slots=True)
class Construction:
    """One call of the constructor: the source of ``(args, kwargs)``, and of the statements to run before it.

    They see the names of the class's own file where ``own``; else they import what they need, as part of ``package``.
    ``shown`` are the arguments as they stand there.
    """

    arguments: str
    where: str
    shown: str = ""
    setup: str = ""
    own: bool = True
    package: str = ""

    @property
    def literal(self) -> tuple[tuple[Any, ...], dict[str, Any]] | None:
        """The arguments where they are literals: no name and no call among them."""
        try:
            args, kwargs = ast.literal_eval(self.arguments)
        except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
            return None
        return tuple(args), dict(kwargs)


def constructions(path: Path, text: str, symbol: str, root: Path, others: Sequence[Path] = ()) -> list[Construction]:
    """Calls of the class: in its own file, those of literals first, then in ``others``."""
    name = symbol.rpartition(".")[2]
    found = sorted(_in_file(path, text, name, root, own=True), key=lambda one: one.literal is None)
    for file in others:
        if file != path and name in (other := _read(file)) and _means(other, name, path):
            found += _in_file(file, other, name, root, own=False)
        if len(found) >= _MAX_FOUND:
            break
    unique = {(one.arguments, one.setup): one for one in reversed(found)}
    return list(unique.values())[::-1][:_MAX_FOUND]


def project_files(path: Path, root: Path) -> list[Path]:
    """The Python files around ``path``: its project's, the tests first, as they are small and say what they construct.

    Where nothing says that ``root`` is a project, which may then be somebody's whole home, those of the same folder.
    """
    if not any((root / marker).exists() for marker in _MARKERS):
        return [*_files_of(root / "tests"), *_files_of(root / "test"), *sorted(path.parent.glob("*.py"))[:_MAX_FILES]]
    return sorted(_files_of(root), key=lambda file: file.relative_to(root).parts[0] not in ("tests", "test"))


def _files_of(folder: Path) -> list[Path]:
    try:
        return [Path(name) for name in itertools.islice(files.discover(str(folder), (), str(folder)), _MAX_FILES)]
    except OSError:
        return []


def uses_of(path: Path, name: str, others: Sequence[Path]) -> Iterator[str]:
    """The texts of the other files that import the class of ``path`` called ``name``."""
    for file in others:
        if file != path and name in (text := _read(file)) and _means(text, name, path):
            yield text


def _read(file: Path) -> str:
    try:
        status = file.stat()
    except OSError:
        return ""
    return _text(file, status.st_mtime_ns, status.st_size)


@functools.lru_cache(maxsize=2000)
def _text(file: Path, _modified: int, _size: int) -> str:
    """Every class of a project asks for the same files."""
    try:
        return files.read(str(file))
    except files.Unreadable:
        return ""


def _parsed(text: str) -> ast.Module | None:
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _means(text: str, name: str, path: Path) -> bool:
    """Whether ``name`` in another file is the class of ``path``: imported from it or a package around it."""
    tree = _parsed(text)
    if tree is None:
        return False
    around = {path.stem, *(part.name for part in path.parents)} - {""}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            parts = set((node.module or "").split("."))
            for alias in node.names:
                if alias.asname in (None, alias.name) and (
                    (alias.name == name and (node.level or parts & around)) or alias.name == path.stem
                ):
                    return True
        elif isinstance(node, ast.Import) and any(path.stem in alias.name.split(".") for alias in node.names):
            return True
    return False


# --- one file ----------------------------------------------------------------------------------------


def _in_file(path: Path, text: str, name: str, root: Path, own: bool) -> Iterator[Construction]:
    tree = _parsed(text)
    if tree is None:
        return
    module = _Module(tree, own, root, path)
    package = "" if own else module_name(path, root)[1].rpartition(".")[0]
    for call, scopes in _calls(tree, name):
        found = module.sliced(call, scopes)
        if found is not None:
            arguments, setup = found
            shown = ast.unparse(call)
            where = f"{shown} in {path.name}:{call.lineno}"
            yield Construction(arguments, where, shown[len(ast.unparse(call.func)) :], setup, own, package)


def _calls(tree: ast.Module, name: str) -> Iterator[tuple[ast.Call, list[list[ast.stmt]]]]:
    """Calls of the name, each with the statements before it: in the module, then in each function around it."""

    def visit(node: ast.AST, scopes: list[list[ast.stmt]]) -> Iterator[tuple[ast.Call, list[list[ast.stmt]]]]:
        if isinstance(node, ast.Call) and last_name(node.func) == name:
            yield node, scopes
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            for default in [*node.args.defaults, *filter(None, node.args.kw_defaults), *node.decorator_list]:
                yield from visit(default, scopes)
            yield from block(node.body, [*scopes, [*_parameters(node.args), *_first_cases(node.decorator_list)]])
            return
        if isinstance(node, ast.ClassDef):
            yield from block(node.body, [*scopes, []])
            return
        inner = scopes
        if isinstance(node, (ast.For, ast.AsyncFor)):
            inner = [*scopes[:-1], [*scopes[-1], _first_of(node)]]
        for field, value in ast.iter_fields(node):
            if isinstance(value, list) and value and isinstance(value[0], ast.stmt):
                yield from block(value, inner if field == "body" else scopes)
            else:
                for child in value if isinstance(value, list) else [value]:
                    if isinstance(child, ast.AST):
                        yield from visit(child, scopes)

    def block(body: Sequence[ast.stmt], scopes: list[list[ast.stmt]]) -> Iterator[Any]:
        for index, statement in enumerate(body):
            yield from visit(statement, [*scopes[:-1], [*scopes[-1], *body[:index]]])

    yield from block(tree.body, [[]])


def _parameters(arguments: ast.arguments) -> list[ast.stmt]:
    """The function's parameters as assignments of their defaults; those without one are assigned nothing."""
    named = [*arguments.posonlyargs, *arguments.args]
    without = len(named) - len(arguments.defaults)
    pairs: list[tuple[ast.arg, ast.expr | None]] = [(arg, None) for arg in named[:without]]
    pairs += zip(named[without:], arguments.defaults, strict=True)
    pairs += zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    pairs += [(arg, ast.Tuple([], ast.Load())) for arg in (arguments.vararg,) if arg is not None]
    pairs += [(arg, ast.Dict([], [])) for arg in (arguments.kwarg,) if arg is not None]
    unknown = ast.Name("", ast.Load())
    return [_assignment(ast.Name(arg.arg, ast.Store()), default or unknown, arg) for arg, default in pairs]


def _first_cases(decorators: Iterable[ast.expr]) -> Iterator[ast.stmt]:
    """The parameters of a test as ``pytest.mark.parametrize`` gives them first."""
    for decorator in decorators:
        if not isinstance(decorator, ast.Call) or last_name(decorator.func) != "parametrize" or len(decorator.args) < 2:
            continue
        named, cases = decorator.args[:2]
        try:
            given = ast.literal_eval(named)
        except (ValueError, TypeError, SyntaxError, RecursionError):
            continue
        given = given.split(",") if isinstance(given, str) else given
        parameters = [str(name).strip() for name in given] if isinstance(given, (list, tuple)) else []
        first = cases.elts[0] if isinstance(cases, (ast.List, ast.Tuple)) and cases.elts else None
        if isinstance(first, ast.Call) and last_name(first.func) == "param":
            alone = len(parameters) == len(first.args) == 1
            first = first.args[0] if alone else ast.Tuple(list(first.args), ast.Load())
        targets = [ast.Name(parameter, ast.Store()) for parameter in parameters]
        values = [first] if len(targets) == 1 else getattr(first, "elts", [])
        if first is not None and len(values) == len(targets):
            yield from (_assignment(t, v, decorator) for t, v in zip(targets, values, strict=True))


def _first_of(loop: ast.For | ast.AsyncFor) -> ast.stmt:
    """The loop's variable, at its first iteration."""
    first = ast.Call(ast.Name("next", ast.Load()), [ast.Call(ast.Name("iter", ast.Load()), [loop.iter], [])], [])
    return _assignment(loop.target, first, loop)


def _assignment(target: ast.expr, value: ast.expr, place: Any) -> ast.stmt:
    return ast.fix_missing_locations(ast.copy_location(ast.Assign([target], value), place))


class _Module:
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
        return text if Construction(text, "").literal is not None else None

    def _builds(self, node: ast.AST, seen: frozenset[str] = frozenset()) -> bool:
        """Whether running the node only builds things: every call in it is of something that does."""
        if isinstance(node, (*_DEFINITIONS, *_IMPORTS)) and not seen:
            return True  # defining runs nothing; what is called of it is looked at there
        return all(self._may_call(n, seen) for n in ast.walk(node) if isinstance(n, ast.Call))

    def _may_call(self, call: ast.Call, seen: frozenset[str]) -> bool:
        parts = _dotted(call.func)
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
    tree = _parsed(_read(file))
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
    parts = _dotted(statement.value.func)
    return len(parts) > 1 and parts[0] in wanted and parts[-1] in _BUILDING_STATEMENTS


def _defines(statement: ast.stmt) -> bool:
    return isinstance(statement, (*_DEFINITIONS, *_IMPORTS))


def _inner(node: ast.AST) -> set[str]:
    """Names that the node binds within itself: variables of comprehensions and parameters of lambdas."""
    stored = {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    return stored | {n.arg for n in ast.walk(node) if isinstance(n, ast.arg)}


def _is_local(package: str, root: Path) -> bool:
    return any((place / package).is_dir() or (place / f"{package}.py").is_file() for place in (root, root / "src"))


def _dotted(func: ast.expr) -> list[str]:
    parts: list[str] = []
    while isinstance(func, ast.Attribute):
        parts.insert(0, func.attr)
        func = func.value
    return [func.id, *parts] if isinstance(func, ast.Name) else parts


def last_name(func: ast.expr) -> str:
    """``f`` of ``f(...)`` and of ``a.b.f(...)``."""
    return func.attr if isinstance(func, ast.Attribute) else func.id if isinstance(func, ast.Name) else ""
