"""What a file defines and imports, read from stdlib ``ast``: classes with their bases, functions, constants."""

from __future__ import annotations

import ast
import dataclasses
import hashlib
import os
from collections.abc import Iterable, Iterator

from flake8_keras_graph.project.files import split_lines
from flake8_keras_graph.project.presence import FunctionNode, header_statements, is_of_keras

_NOT_CONVERTED = (ast.NamedExpr, ast.Yield, ast.YieldFrom)


def _in_place_of_others(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """Module-level statements that are run where others before them are not, or fail: ``except`` and ``else``."""
    for node in body:
        if isinstance(node, ast.If):
            yield from _in_place_of_others(node.body)
            yield from header_statements(node.orelse)
        elif isinstance(node, ast.Try):
            yield from _in_place_of_others(node.body)
            for handler in node.handlers:
                yield from header_statements(handler.body)


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


def breadth_first(tree: ast.AST) -> list[ast.AST]:
    """What ``ast.walk`` gives but operators and contexts, in its order and in a quarter of the time."""
    found: list[ast.AST] = [tree]
    for node in found:  # it grows meanwhile
        found += child_nodes(node)
    return found


def child_nodes(node: ast.AST) -> list[ast.AST]:
    """What ``ast.iter_child_nodes`` gives but operators and contexts, in its order."""
    found: list[ast.AST] = []
    kind = type(node)
    names = _FIELDS.get(kind)
    for name in node_fields(kind) if names is None else names:
        value = getattr(node, name, None)
        if value.__class__ is list:
            found += value
        elif value is not None:
            found.append(value)
    return [each for each in found if each is not None] if kind in _WITH_GAPS else found


_WITH_GAPS = {ast.Dict, ast.arguments}
"""A ``**`` in a dict has no key, a keyword that has to be given no default."""
_LEAVES = {ast.Constant, ast.Global, ast.MatchSingleton, ast.Nonlocal, ast.TypeIgnore, ast.alias}
_PLAIN = {"arg", "attr", "conversion", "ctx", "id", "is_async", "kind", "kwd_attrs", "level", "module", "op", "ops",
          "rest", "simple", "str", "type_comment"}  # fmt: skip


_FIELDS: dict[type, tuple[str, ...]] = {}


def node_fields(kind: type[ast.AST]) -> tuple[str, ...]:
    """The fields of a type of node that hold what ``walk`` gives; the items of a list may be None."""
    names = _FIELDS.get(kind)
    if names is None:
        names = _FIELDS[kind] = _fields(kind)
    return names


def _fields(kind: type[ast.AST]) -> tuple[str, ...]:
    """The fields of a type of node that hold nodes."""
    if kind in _LEAVES:
        return ()
    names_a_string = not issubclass(kind, getattr(ast, "TypeAlias", ()))
    return tuple(name for name in kind._fields if name not in _PLAIN and (name != "name" or not names_a_string))


@dataclasses.dataclass(eq=False, slots=True, repr=False)
class FunctionInfo:
    """One ``def`` of a file: where it starts (decorators included) and ends, and what class holds it."""

    name: str
    node: FunctionNode
    module: Module
    owner: ClassInfo | None = None

    def __repr__(self) -> str:
        return f"FunctionInfo({self.name!r}, {self.module.path}:{self.node.lineno})"

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


@dataclasses.dataclass(eq=False, slots=True, repr=False)
class ClassInfo:
    """One ``class`` statement; ``bases`` are the dotted names as written."""

    symbol: str
    node: ast.ClassDef
    module: Module
    bases: tuple[str, ...]
    methods: dict[str, FunctionInfo] = dataclasses.field(default_factory=dict)
    attributes: dict[str, ast.expr] = dataclasses.field(default_factory=dict)
    setters: set[str] = dataclasses.field(default_factory=set)

    def __repr__(self) -> str:
        return f"ClassInfo({self.symbol!r}, {self.module.path}:{self.node.lineno})"

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
    return path_of(node)


def path_of(node: ast.expr) -> str:
    """``a.b.c`` as written; "" where it is anything else than names and attributes."""
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
    for node in header_statements(tree.body):
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
    for statement in header_statements(module.tree.body):
        if id(statement) not in skipped and isinstance(statement, (ast.Import, ast.ImportFrom)):
            _index_statement(first, statement, package)
    for name, target in first.imports.items():
        if name in fallback.imports and (is_of_keras(target) or not is_of_keras(fallback.imports[name])):
            module.imports[name] = target


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


def imports_of(module: Module, node: ast.Import | ast.ImportFrom) -> dict[str, str]:
    """Local names that an import statement anywhere in ``module`` binds, each with the absolute name behind it."""
    alone = Module(module.path, module.name, "", module.tree, module.is_package)
    _index_statement(alone, node, module.name if module.is_package else module.name.rpartition(".")[0])
    return alone.imports


def _index_nested_classes(module: Module, function: FunctionNode, prefix: str) -> None:
    """Classes that a function makes (``def make_model(): class M(keras.Model): ...``)."""
    for node in header_statements(function.body):
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
    for item in header_statements(node.body):
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
