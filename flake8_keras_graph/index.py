"""What a file defines and imports, read from stdlib ``ast``: Keras classes, functions, constants, base classes.

The cheap half of the analysis: most files hold no Keras class, and ``may_have_keras`` says so from the tree
that flake8 has made anyway. Classes and functions in other files of the project are found through imports,
never by importing anything.
"""

from __future__ import annotations

import ast
import builtins
import dataclasses
import hashlib
import os
import re
import sys
import tokenize
from collections.abc import Iterable, Iterator
from pathlib import Path

from flake8_keras_graph.records import Kind

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef

ROOT_METHODS = frozenset({"call", "train_step", "test_step", "predict_step", "compute_loss", "update_state", "result"})
_TELLING = ROOT_METHODS - {"result"}  # futures and queries have one as well
_BUILTINS = frozenset(dir(builtins))
KERAS_PACKAGES = frozenset({"keras", "tensorflow", "tf_keras", "keras_core", "tensorflow_core"})
_ELSEWHERE = KERAS_PACKAGES | sys.stdlib_module_names | {"numpy"}  # never the project's
_NOT_CONVERTED = (ast.NamedExpr, ast.Yield, ast.YieldFrom)
_INSTALLED = {"site-packages", "dist-packages"}
MAX_FILE_BYTES = 4_000_000
MAX_ANCESTORS = 8

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+\Z")


def split_lines(text: str) -> list[str]:
    """Lines with their endings, split where Python's tokenizer splits (unlike ``str.splitlines``)."""
    return _LINE.findall(text)


def may_have_keras(tree: ast.Module) -> bool:
    """Whether the file can hold anything for this linter; looks at imports and class headers only."""
    if not isinstance(tree, ast.Module):
        return False
    own_call = False
    stdlib: set[str] = set()
    for node in _header_statements(tree.body):
        if isinstance(node, ast.Import):
            if any(alias.name.partition(".")[0] in KERAS_PACKAGES for alias in node.names):
                return True
            stdlib.update(
                (alias.asname or alias.name).partition(".")[0]
                for alias in node.names
                if alias.name.partition(".")[0] in sys.stdlib_module_names
            )
        elif isinstance(node, ast.ImportFrom):
            package = (node.module or "").partition(".")[0]
            if not node.level and package in KERAS_PACKAGES:
                return True
            if not node.level and package in sys.stdlib_module_names:
                stdlib.update(alias.asname or alias.name for alias in node.names)
        elif isinstance(node, ast.ClassDef) and not own_call:
            own_call = _calls_itself_a_layer(node, stdlib)
    return own_call


def _calls_itself_a_layer(node: ast.ClassDef, stdlib: set[str]) -> bool:
    """A class that could inherit from Keras through another file: a base of its own, and a ``call``."""
    bases = [_root_name(base) for base in node.bases]
    if not any(base and base not in stdlib and base not in _BUILTINS for base in bases):
        return False
    return any(isinstance(item, FunctionNode) and item.name in _TELLING for item in node.body)


def _root_name(node: ast.expr) -> str | None:
    while isinstance(node, ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else None


def _header_statements(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """Module-level statements, those under ``if``, ``try`` and ``with`` included."""
    for node in body:
        yield node
        if isinstance(node, ast.If):
            yield from _header_statements(node.body)
            yield from _header_statements(node.orelse)
        elif isinstance(node, ast.Try):
            yield from _header_statements(node.body)
            for handler in node.handlers:
                yield from _header_statements(handler.body)
            yield from _header_statements(node.orelse)
            yield from _header_statements(node.finalbody)
        elif isinstance(node, ast.With):
            yield from _header_statements(node.body)


def _in_place_of_others(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """Module-level statements that are run where others before them are not, or fail: ``except`` and ``else``."""
    for node in body:
        if isinstance(node, ast.If):
            yield from _in_place_of_others(node.body)
            yield from _header_statements(node.orelse)
        elif isinstance(node, ast.Try):
            yield from _in_place_of_others(node.body)
            for handler in node.handlers:
                yield from _header_statements(handler.body)


def walk(node: ast.AST) -> Iterator[ast.AST]:
    """What ``ast.walk`` gives but operators and contexts, in another order and in a quarter of the time."""
    stack: list[ast.AST | None] = [node]
    while stack:
        found = stack.pop()
        if found is None:  # the key of a ``**`` in a dict
            continue
        yield found
        kind: type = type(found)
        names = _FIELDS.get(kind)
        if names is None:
            names = _FIELDS[kind] = _fields(kind)
        for name in names:
            value = getattr(found, name, None)
            if value.__class__ is list:
                stack += value
            elif value is not None:
                stack.append(value)


_LEAVES = {ast.Constant, ast.Global, ast.MatchSingleton, ast.Nonlocal, ast.TypeIgnore, ast.alias}
_PLAIN = {"arg", "attr", "conversion", "ctx", "id", "is_async", "kind", "kwd_attrs", "level", "module", "op", "ops",
          "rest", "simple", "str", "type_comment"}  # fmt: skip


_FIELDS: dict[type, tuple[str, ...]] = {}


def _fields(kind: type[ast.AST]) -> tuple[str, ...]:
    """The fields of a type of node that hold nodes."""
    if kind in _LEAVES:
        return ()
    names_a_string = not issubclass(kind, getattr(ast, "TypeAlias", ()))
    return tuple(name for name in kind._fields if name not in _PLAIN and (name != "name" or not names_a_string))


@dataclasses.dataclass(eq=False, slots=True)
class FunctionInfo:
    """One ``def`` of a file: where it starts (decorators included) and ends, and what class holds it."""

    name: str
    node: FunctionNode
    module: Module
    owner: ClassInfo | None = None

    @property
    def first_line(self) -> int:
        if not self.node.decorator_list:
            return self.node.lineno
        line = self.node.decorator_list[0].lineno
        lines = self.module.lines
        while line > 1 and not lines[line - 1].lstrip().startswith("@"):  # "@(" stands above what it holds
            line -= 1
        return line

    @property
    def end_line(self) -> int:
        return self.node.end_lineno or self.node.lineno

    @property
    def decorators(self) -> list[str]:
        return [name for item in self.node.decorator_list if (name := dotted_name(item))]

    @property
    def is_convertible(self) -> bool:
        """Whether AutoGraph can convert it: a walrus or a yield anywhere inside makes it run as it is."""
        return not any(isinstance(node, _NOT_CONVERTED) for node in walk(self.node))


@dataclasses.dataclass(eq=False, slots=True)
class ClassInfo:
    """One ``class`` statement; ``bases`` are the dotted names as written."""

    symbol: str
    node: ast.ClassDef
    module: Module
    bases: tuple[str, ...]
    methods: dict[str, FunctionInfo] = dataclasses.field(default_factory=dict)
    attributes: dict[str, ast.expr] = dataclasses.field(default_factory=dict)
    setters: set[str] = dataclasses.field(default_factory=set)

    @property
    def name(self) -> str:
        return self.node.name


@dataclasses.dataclass(eq=False, slots=True)
class Module:
    """One parsed file. ``imports`` maps a local name to the dotted name it stands for."""

    path: str
    name: str
    text: str
    tree: ast.Module
    is_package: bool = False
    imports: dict[str, str] = dataclasses.field(default_factory=dict)
    star_imports: list[str] = dataclasses.field(default_factory=list)
    classes: dict[str, ClassInfo] = dataclasses.field(default_factory=dict)
    functions: dict[str, FunctionInfo] = dataclasses.field(default_factory=dict)
    constants: dict[str, ast.expr] = dataclasses.field(default_factory=dict)
    lines_: list[str] | None = None

    @property
    def lines(self) -> list[str]:
        if self.lines_ is None:
            self.lines_ = split_lines(self.text)
        return self.lines_


def dotted_name(node: ast.expr) -> str:
    """``a.b.c`` as written; calls are looked through (``@tf.function(...)``); "" where it is no name."""
    if isinstance(node, ast.Call):
        node = node.func
    if isinstance(node, ast.Subscript):  # class Model(Base[int])
        node = node.value
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return ""
    parts.append(node.id)
    return ".".join(reversed(parts))


def read_module(path: str, text: str, name: str, tree: ast.Module | None = None) -> Module:
    """Index one file. Raises SyntaxError (ValueError for NUL bytes is turned into one)."""
    if tree is None:
        tree = parse(text, path)
    module = Module(path, name, text, tree, is_package=os.path.basename(path) == "__init__.py")
    package = name if module.is_package else name.rpartition(".")[0]
    for node in _header_statements(tree.body):
        _index_statement(module, node, package)
    others = [node for node in _in_place_of_others(tree.body) if isinstance(node, (ast.Import, ast.ImportFrom))]
    if others:
        _prefer_the_first(module, others, package)
    return module


def _prefer_the_first(module: Module, others: Iterable[ast.Import | ast.ImportFrom], package: str) -> None:
    """``try: import tf_keras as keras``, ``except ImportError: import keras`` is written for tf_keras.

    An import in place of another counts where that one is not of Keras and it is.
    """
    fallback = Module(module.path, module.name, "", module.tree, module.is_package)
    for node in others:
        _index_statement(fallback, node, package)
    first = Module(module.path, module.name, "", module.tree, module.is_package)
    skipped = {id(node) for node in others}
    for statement in _header_statements(module.tree.body):
        if id(statement) not in skipped and isinstance(statement, (ast.Import, ast.ImportFrom)):
            _index_statement(first, statement, package)
    for name, target in first.imports.items():
        if name in fallback.imports and (is_of_keras(target) or not is_of_keras(fallback.imports[name])):
            module.imports[name] = target


def is_of_keras(dotted: str) -> bool:
    return dotted.partition(".")[0] in KERAS_PACKAGES


def parse(text: str, path: str) -> ast.Module:
    """``ast.parse`` whose every refusal is a SyntaxError."""
    try:
        return ast.parse(text, path)
    except (ValueError, RecursionError, MemoryError) as error:
        raise SyntaxError(f"{type(error).__name__}: {error}", (path, 1, 1, "")) from error


def _index_statement(module: Module, node: ast.stmt, package: str) -> None:
    if isinstance(node, ast.Import):
        for alias in node.names:
            if alias.asname:
                module.imports[alias.asname] = alias.name
            else:
                root = alias.name.partition(".")[0]
                module.imports[root] = root
    elif isinstance(node, ast.ImportFrom):
        _index_import_from(module, node, package)
    elif isinstance(node, ast.ClassDef):
        _index_class(module, node, "")
    elif isinstance(node, FunctionNode):
        module.functions[node.name] = FunctionInfo(node.name, node, module)
        _index_nested_classes(module, node, node.name)
    elif isinstance(node, ast.Assign):
        for target in node.targets:
            if isinstance(target, ast.Name):
                module.constants[target.id] = node.value
    elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value:
        module.constants[node.target.id] = node.value


def _index_nested_classes(module: Module, function: FunctionNode, prefix: str) -> None:
    """Classes that a function makes (``def make_model(): class M(keras.Model): ...``)."""
    for node in _header_statements(function.body):
        if isinstance(node, ast.ClassDef):
            _index_class(module, node, prefix + ".")
        elif isinstance(node, FunctionNode):
            _index_nested_classes(module, node, f"{prefix}.{node.name}")
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            package = module.name if module.is_package else module.name.rpartition(".")[0]
            before = dict(module.imports)
            _index_statement(module, node, package)
            module.imports.update(before)  # what the module imports itself wins


def _index_import_from(module: Module, node: ast.ImportFrom, package: str) -> None:
    base = node.module or ""
    if node.level:
        parts = package.split(".") if package else []
        if node.level > 1:
            parts = parts[: len(parts) - (node.level - 1)] if node.level - 1 <= len(parts) else [""]
        base = ".".join([part for part in parts if part] + ([node.module] if node.module else []))
    for alias in node.names:
        if alias.name == "*":
            module.star_imports.append(base)
        else:
            module.imports[alias.asname or alias.name] = f"{base}.{alias.name}" if base else alias.name


def _index_class(module: Module, node: ast.ClassDef, prefix: str) -> None:
    info = ClassInfo(prefix + node.name, node, module, tuple(filter(None, map(dotted_name, node.bases))))
    for item in _header_statements(node.body):
        if isinstance(item, FunctionNode):
            decorators = [dotted_name(decorator) for decorator in item.decorator_list]
            if any(name.endswith((".setter", ".deleter")) for name in decorators):
                info.setters.add(item.name)
                continue
            info.methods[item.name] = FunctionInfo(item.name, item, module, info)
            _index_nested_classes(module, item, f"{info.symbol}.{item.name}")
        elif isinstance(item, ast.ClassDef):
            _index_class(module, item, f"{info.symbol}.")
        elif isinstance(item, ast.Assign):
            for target in item.targets:
                if isinstance(target, ast.Name):
                    info.attributes[target.id] = item.value
        elif isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name) and item.value:
            info.attributes[item.target.id] = item.value
    module.classes[info.symbol] = info


@dataclasses.dataclass(slots=True)
class Project:
    """The files reached from the one that is checked: read when asked for, and kept.

    No more than ``max_files`` are read on behalf of one file; beyond them a name is simply not known.
    """

    max_files: int = 400
    modules: dict[str, Module | None] = dataclasses.field(default_factory=dict)
    touched: set[str] = dataclasses.field(default_factory=set)
    found: dict[tuple[str, str], str | None] = dataclasses.field(default_factory=dict)
    roots: dict[tuple[str, int], tuple[str, ...]] = dataclasses.field(default_factory=dict)
    edges: dict[str, dict[str, str | None]] = dataclasses.field(default_factory=dict)
    kinds: dict[int, tuple[ClassInfo, Kind | None]] = dataclasses.field(default_factory=dict)

    def add(self, path: str, text: str, tree: ast.Module | None = None) -> Module:
        """Index the file that is checked, from the text given (an editor's buffer may not be on disk)."""
        key = os.path.abspath(path)
        known = self.modules.get(key)
        self.touched = {key}
        if known is not None and known.text == text:
            known.path = path
            return known
        module = read_module(path, text, module_name(path), tree)
        self.modules[key] = module
        return module

    def holds_other_text(self, path: str, text: str) -> bool:
        """Whether ``path`` was read before with another content, so that what was derived from it is stale."""
        key = os.path.abspath(path)
        if key not in self.modules:
            return False
        known = self.modules[key]
        return known is None or known.text != text

    def module_at(self, path: str) -> Module | None:
        key = os.path.abspath(path)
        if key not in self.touched:
            if len(self.touched) >= self.max_files:
                return None
            self.touched.add(key)
        if key not in self.modules:
            self.modules[key] = None  # also what an import cycle sees
            self.modules[key] = _load(key)
        return self.modules[key]

    def resolve_module(self, dotted: str, importer: Module) -> Module | None:
        """The project's module called ``dotted`` as ``importer`` would import it; None where it is not ours."""
        directory = os.path.dirname(os.path.abspath(importer.path))
        key = (directory, dotted)
        if key not in self.found:
            depth = _depth(importer)
            roots = self.roots.get((directory, depth))
            if roots is None:
                roots = self.roots[directory, depth] = tuple(_import_roots(directory, depth))
            self.found[key] = _find_file(dotted, roots, importer)
        path = self.found[key]
        self.edges.setdefault(os.path.abspath(importer.path), {})[dotted] = path
        return self.module_at(path) if path else None

    def resolve(
        self, dotted: str, importer: Module, depth: int = 0
    ) -> Module | ClassInfo | FunctionInfo | tuple[Module, ast.expr] | None:
        """What an absolute dotted name is in the project: a module, class, function or constant."""
        if depth > 8 or not dotted:
            return None
        whole = self.resolve_module(dotted, importer)
        if whole is not None:
            return whole
        head, _, last = dotted.rpartition(".")
        if not head:
            return None
        holder = self.resolve(head, importer, depth + 1)
        if isinstance(holder, Module):
            return self.member(holder, last, depth + 1)
        return None

    def member(
        self, module: Module, name: str, depth: int = 0
    ) -> Module | ClassInfo | FunctionInfo | tuple[Module, ast.expr] | None:
        """A module's attribute, re-exports followed."""
        if depth > 8:
            return None
        if name in module.classes:
            return module.classes[name]
        if name in module.functions:
            return module.functions[name]
        if name in module.constants:
            return module, module.constants[name]
        if name in module.imports:
            return self.resolve(module.imports[name], module, depth + 1)
        for star in module.star_imports:
            target = self.resolve_module(star, module)
            if target is not None and target is not module:
                found = self.member(target, name, depth + 1)
                if found is not None:
                    return found
        if module.is_package:
            return self.resolve_module(f"{module.name}.{name}" if module.name else name, module)
        return None

    def dotted(self, module: Module, written: str) -> str:
        """The absolute dotted name behind ``written`` in ``module`` ("layers.Dense" -> "keras.layers.Dense").

        A name that the module defines itself, or does not know, keeps its form.
        """
        spelled = _without_aliases(module, written)
        root, _, rest = spelled.partition(".")
        if root in module.classes or root in module.functions:
            return spelled
        target = module.imports.get(root) or self._star_origin(module, root)
        if target is None:
            return written
        return self.origin(f"{target}.{rest}" if rest else target, module)

    def origin(self, dotted: str, importer: Module) -> str:
        """An absolute name with the project's re-exports and aliases undone.

        ``pkg.compat.tf.nn.relu`` is ``tensorflow.nn.relu`` where ``pkg/compat.py`` imports tensorflow as tf.
        """
        for _ in range(8):
            if dotted.partition(".")[0] in _ELSEWHERE:
                break
            behind = self._behind(dotted, importer)
            if behind is None:
                break
            dotted = behind
        return dotted

    def _behind(self, dotted: str, importer: Module) -> str | None:
        """What the name of a module's member stands for there; None where the module defines it, or is none."""
        head, rest = dotted, ""
        module = None
        while module is None:
            head, _, last = head.rpartition(".")
            if not head:
                return None
            rest = f"{last}.{rest}" if rest else last
            module = self.resolve_module(head, importer)
        name, _, rest = rest.partition(".")
        if name in module.classes or name in module.functions:
            return None
        target = module.imports.get(name)
        if target is None:
            root, _, tail = _without_aliases(module, name).partition(".")
            target = module.imports.get(root)
            target = f"{target}.{tail}" if target and tail else target
        if target is None or target == f"{head}.{name}":
            return None
        return f"{target}.{rest}" if rest else target

    def _star_origin(self, module: Module, name: str) -> str | None:
        for star in module.star_imports:
            if star.partition(".")[0] in KERAS_PACKAGES:
                if name[:1].isupper():  # from tensorflow.keras.layers import *
                    return f"{star}.{name}"
                continue
            target = self.resolve_module(star, module)
            if target is not None and target is not module and name in target.imports:
                return target.imports[name]
        return None


def _without_aliases(module: Module, written: str) -> str:
    """``Layer.x`` as ``tf.keras.layers.Layer.x`` after ``keras = tf.keras`` and ``Layer = keras.layers.Layer``."""
    for _ in range(8):
        root, _, rest = written.partition(".")
        alias = module.constants.get(root)
        if root in module.imports or not isinstance(alias, (ast.Attribute, ast.Name)):
            break
        name = dotted_name(alias)
        if not name:
            break
        written = f"{name}.{rest}" if rest else name
    return written


def _load(path: str) -> Module | None:
    try:
        if os.path.getsize(path) > MAX_FILE_BYTES:
            return None
        with tokenize.open(path) as file:
            text = file.read()
        return read_module(path, text, module_name(path))
    except (OSError, SyntaxError, UnicodeDecodeError, LookupError):
        return None


def module_name(path: str) -> str:
    """The dotted name of a file from its package root: the first folder up that has no ``__init__.py``."""
    folder, name = os.path.split(os.path.abspath(path))
    parts = [] if name == "__init__.py" else [os.path.splitext(name)[0]]
    while os.path.isfile(os.path.join(folder, "__init__.py")):
        folder, name = os.path.split(folder)
        if not name:
            break
        parts.insert(0, name)
    return ".".join(parts)


def find_module(dotted: str, importer: str) -> str | None:
    """The project's file that ``dotted`` means in the file ``importer``, None where it is not the project's."""
    full = os.path.abspath(importer)
    is_package = os.path.basename(full) == "__init__.py"
    stand_in = Module(full, module_name(full), "", ast.Module([], []), is_package)
    return _find_file(dotted, _import_roots(os.path.dirname(full), _depth(stand_in)), stand_in)


def _find_file(dotted: str, roots: Iterable[str], importer: Module) -> str | None:
    parts = dotted.split(".")
    if not all(parts):
        return None
    relative = os.path.join(*parts)
    for root in roots:
        if os.path.basename(root) in _INSTALLED and parts[0] != importer.name.partition(".")[0]:
            continue  # beside an installed package there are others, not more of it
        base = os.path.join(root, relative)
        for candidate in (base + ".py", os.path.join(base, "__init__.py")):
            if os.path.isfile(candidate):
                return candidate
    return None


def _depth(module: Module) -> int:
    """How many folders the package root is above the file's own."""
    return module.name.count(".") + (1 if module.is_package else 0)


def _import_roots(directory: str, depth: int) -> Iterator[str]:
    """Where an absolute import of the project may start: the package root, then folders above and beside."""
    root = Path(directory)
    for _ in range(depth):
        root = root.parent
    yield str(root)
    if str(root) != directory:
        yield directory
    for count, parent in enumerate(root.parents):
        if count >= MAX_ANCESTORS or (not (root / ".git").exists() and _is_outside(root)):
            return
        if (root / ".git").exists() or (root / "pyproject.toml").exists() or (root / "setup.py").exists():
            return
        yield str(parent)
        root = parent


def _is_outside(folder: Path) -> bool:
    return folder.name in _INSTALLED or folder == folder.parent


def _spelled(node: object) -> str:
    """``node`` as every version of Python spells it; ``ast.dump`` differs in what it says of empty fields."""
    if isinstance(node, ast.AST):
        given = [(name, getattr(node, name, None)) for name in node._fields]
        if isinstance(node, ast.JoinedStr):  # 3.12 has an empty part at the end of a format
            given = [("values", [part for part in node.values if getattr(part, "value", None) != ""])]
        shown = (f"{name}={_spelled(value)}" for name, value in given if value is not None and value != [])
        return f"{type(node).__name__}({', '.join(shown)})"
    return f"[{', '.join(map(_spelled, node))}]" if isinstance(node, list) else repr(node)


def subtree_hash(nodes: Iterable[ast.AST]) -> str:
    """SHA-256 over the syntax, blind to comments, layout and positions."""
    digest = hashlib.sha256()
    for node in nodes:
        digest.update(_spelled(node).encode("utf-8", "surrogatepass"))
        digest.update(b"\0")
    return digest.hexdigest()
