"""What code would do if it ran, its calls followed through the files of the project. Nothing is run.

Code only builds where everything that it names is followed to its end: functions, methods and classes of the project,
what imported modules do as they are imported, and callables of installed packages that ``knowledge`` knows to build.
A name counts as called, as it may be handed on and called elsewhere. What cannot be followed counts as acting.
"""

from __future__ import annotations

import ast
import builtins
import dataclasses
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NoReturn

from flake8_keras_graph import knowledge
from flake8_keras_graph.analysis.reading import FileReading
from flake8_keras_graph.measure.project.name_lookup import Constant, NameLookup
from flake8_keras_graph.measure.project.project_files import ProjectFiles
from flake8_keras_graph.measure.project.scopes import Scope, scope_of
from flake8_keras_graph.measure.statements import bound, is_main_test
from flake8_keras_graph.project.index import ClassInfo, FunctionInfo, Module, dotted_name, imports_of, path_of
from flake8_keras_graph.project.presence import header_statements

_MAX_FOLLOWED = 400
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
_IMPORTS = (ast.Import, ast.ImportFrom)
# Methods that run without being named.
_UNNAMED = frozenset({"build", "get_config"})
_BUILTINS = frozenset(dir(builtins)) | {"__file__"}


@dataclasses.dataclass(frozen=True, slots=True)
class Objection:
    """What code does besides building, or what cannot be followed: as it is written, and where."""

    written: str
    path: str
    line: int


class _Stop(Exception):
    def __init__(self, objection: Objection) -> None:
        self.objection = objection


def find_objection(
    files: ProjectFiles, reading: FileReading, nodes: Sequence[ast.AST], defining: Sequence[ast.stmt] = ()
) -> Objection | None:
    """The first thing that running ``nodes`` of the file, one scope together, would do besides building.

    ``defining`` are imports and definitions of module level that run before: what these define is not called.
    """
    try:
        _Following(files).follow(reading, nodes, defining)
    except _Stop as stop:
        return stop.objection
    return None


class _Following:
    """One search: what is still to be read, and what has been named so far."""

    def __init__(self, files: ProjectFiles) -> None:
        self._files = files
        self._pending: list[tuple[FileReading, ast.AST, Scope]] = []
        self._followed: set[int] = set()
        self._classes: dict[int, tuple[FileReading, ast.ClassDef]] = {}
        self._methods: set[str] = set()
        self._lookup = NameLookup(files)
        # Attributes by name: where one is first called or handed on, all that are looked up, and those assigned.
        self._called: dict[str, Objection] = {}
        self._handed: dict[str, Objection] = {}
        self._looked_up: set[str] = set()
        self._assigned: set[str] = set()

    def follow(self, reading: FileReading, nodes: Sequence[ast.AST], defining: Sequence[ast.stmt]) -> None:
        """Raises _Stop at the first objection."""
        self._visit_body(reading, defining, Scope())
        scope = scope_of(reading.module, nodes, Scope())
        for node in nodes:
            self._visit(reading, node, scope)
        while self._pending or self._add_methods():
            self._visit(*self._pending.pop())
        for name, place in self._called.items():
            is_value = name in self._assigned and not knowledge.is_acting_method(name)
            if not (knowledge.is_building_method(name) or name in self._methods or is_value or _is_special(name)):
                raise _Stop(place)
        for name, place in self._handed.items():
            if knowledge.is_acting_method(name) and name not in self._assigned | self._methods:
                raise _Stop(place)

    def _add_methods(self) -> bool:
        """Methods of the classes met that are named somewhere by now, or run unnamed; whether there are new ones."""
        for reading, node in [*self._classes.values()]:
            for function in _functions_of(node):
                if _is_special(function.name) or function.name in self._looked_up or function.name in _UNNAMED:
                    self._add(reading, function, Scope())
        return bool(self._pending)

    def _add(self, reading: FileReading, node: ast.AST, scope: Scope) -> None:
        if id(node) in self._followed:
            return
        if len(self._followed) > _MAX_FOLLOWED:
            self._stop(reading, node, "more than can be followed")
        self._followed.add(id(node))
        self._pending.append((reading, node, scope))

    # -- syntax -----------------------------------------------------------------------------------------

    def _visit(self, reading: FileReading, node: ast.AST, scope: Scope) -> None:
        if isinstance(node, ast.Call):
            self._visit_call(reading, node, scope)
        elif isinstance(node, (ast.Name, ast.Attribute)):
            self._visit_name(reading, node, scope, None)
        elif isinstance(node, _FUNCTIONS):
            self._visit_function(reading, node, scope)
        elif isinstance(node, ast.ClassDef):
            self._visit_class(reading, node, scope)
        elif isinstance(node, _IMPORTS):
            self._follow_import(reading, node)
        elif isinstance(node, ast.Compare) and _is_of_none(node):
            self._visit_all(reading, [each for each in (node.left,) if not dotted_name(each)], scope)
        else:
            self._visit_all(reading, _evaluated(node), scope)

    def _visit_all(self, reading: FileReading, nodes: Iterable[ast.AST], scope: Scope) -> None:
        for node in nodes:
            self._visit(reading, node, scope)

    def _visit_function(
        self, reading: FileReading, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda, scope: Scope
    ) -> None:
        self._visit_header(reading, node, scope)
        body = node.body if isinstance(node.body, list) else [node.body]
        inner = scope_of(reading.module, [node.args, *body], scope)
        self._visit_all(reading, body, inner)

    def _visit_header(
        self, reading: FileReading, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda, scope: Scope
    ) -> None:
        """What runs where the function is defined."""
        self._visit_all(reading, [*_defaults(node), *getattr(node, "decorator_list", ())], scope)

    def _visit_class(self, reading: FileReading, node: ast.ClassDef, scope: Scope) -> None:
        """A class that the code itself defines: what runs there, and its methods, which see the names around it."""
        functions = _functions_of(node)
        self._methods |= {function.name for function in functions}
        self._assigned |= _fields_of(node)
        self._visit_header_of_class(reading, node, scope)
        self._visit_values(reading, node, scope)
        self._visit_all(reading, [*node.bases, *(k.value for k in node.keywords), *functions], scope)

    def _visit_values(self, reading: FileReading, node: ast.ClassDef, scope: Scope) -> None:
        """What the class body binds its names to, which may be called under these."""
        fields = _fields_of(node)
        for statement in node.body:
            if isinstance(statement, (ast.Assign, ast.AnnAssign)) and statement.value is not None:
                values = scope.values | (fields - bound(statement))
                self._visit(reading, statement.value, Scope(scope.imports, values))

    def _visit_header_of_class(self, reading: FileReading, node: ast.ClassDef, scope: Scope) -> None:
        given = [*node.bases, *(keyword.value for keyword in node.keywords)]
        computed = [each for each in given if not _chain(each)]  # the others ``_follow_class`` looks at
        self._visit_all(reading, [*node.decorator_list, *computed], scope)
        self._visit_body(reading, node.body, scope_of(reading.module, node.body, scope))

    def _visit_body(self, reading: FileReading, body: Iterable[ast.stmt], scope: Scope) -> None:
        """What runs as a class or a module is defined: functions and classes in it are not called.

        Nor is what is only named there, until the name that it is given is followed.
        """
        for statement in body:
            if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
                given = [default for default in _defaults(statement) if not _chain(default)]
                self._visit_all(reading, [*given, *statement.decorator_list], scope)
            elif isinstance(statement, ast.If) and is_main_test(statement.test):
                self._visit_body(reading, statement.orelse, scope)
            elif isinstance(statement, (ast.If, ast.Try)):
                self._visit_all(reading, [statement.test] if isinstance(statement, ast.If) else [], scope)
                self._visit_body(reading, _blocks(statement), scope)
            elif isinstance(statement, ast.ClassDef):
                self._visit_header_of_class(reading, statement, scope)
            elif not (isinstance(statement, (ast.Assign, ast.AnnAssign)) and _chain(statement.value)):
                self._visit(reading, statement, scope)

    def _visit_call(self, reading: FileReading, call: ast.Call, scope: Scope) -> None:
        arguments: list[ast.AST] = [*call.args, *(keyword.value for keyword in call.keywords)]
        self._assigned.update(keyword.arg for keyword in call.keywords if keyword.arg)
        name = dotted_name(call.func) if isinstance(call.func, ast.Name) else ""
        if name in ("isinstance", "issubclass"):
            arguments = arguments[:1]
        elif name == "getattr" and len(call.args) > 1:
            wanted = call.args[1]
            if not isinstance(wanted, ast.Constant):
                self._stop(reading, call)
            reached = ast.copy_location(ast.Attribute(call.args[0], str(wanted.value), ast.Load()), call)
            arguments = [reached, *call.args[2:]]
        func = call.func
        if isinstance(func, (ast.Name, ast.Attribute)):
            self._visit_name(reading, func, scope, call)
        else:
            self._visit(reading, func, scope)
        self._visit_all(reading, arguments, scope)

    # -- names ------------------------------------------------------------------------------------------

    def _visit_name(
        self, reading: FileReading, node: ast.Name | ast.Attribute, scope: Scope, call: ast.Call | None
    ) -> None:
        if not isinstance(node.ctx, ast.Load):
            if isinstance(node, ast.Attribute):
                self._assigned.add(node.attr)
                self._looked_up.add(node.attr)  # a property's setter
                self._visit(reading, node.value, scope)
            return
        written = _chain(node)
        root = written[0] if written else ""
        if (root and root not in scope.values) or root in scope.imports:
            self._name(reading, node, scope, written, call)
            return
        base: ast.expr = node
        while isinstance(base, ast.Attribute):
            self._attribute(reading, base, base.attr, is_called=call is not None and base is node)
            base = base.value
        if not isinstance(base, ast.Name):
            self._visit(reading, base, scope)

    def _attribute(self, reading: FileReading, node: ast.AST, name: str, is_called: bool) -> None:
        self._looked_up.add(name)
        (self._called if is_called else self._handed).setdefault(name, self._objection(reading, node))

    def _name(
        self,
        reading: FileReading,
        node: ast.Name | ast.Attribute,
        scope: Scope,
        parts: list[str],
        call: ast.Call | None,
    ) -> None:
        """A name of the module, or of a package: what it is there, and the attributes that are looked up on that."""
        imported = scope.imports.get(parts[0])
        found, rest = self._lookup.find_longest(reading, imported, parts)
        if found is None:
            rest = self._installed(reading, node, imported, parts, call)
        elif isinstance(found, Module):
            self._stop(reading, node)
        else:
            self._follow_found(reading, found)
        for name in rest:
            self._attribute(reading, node, name, is_called=call is not None and name is rest[-1])

    def _follow_found(self, reading: FileReading, found: ClassInfo | FunctionInfo | Constant) -> None:
        holder = reading.of(found.module)
        if isinstance(found, FunctionInfo):
            self._add(holder, found.node, Scope())
        elif isinstance(found, ClassInfo):
            self._follow_class(holder, found)
        else:
            for node in found.nodes:
                self._add(holder, node, scope_of(holder.module, [node], Scope()))

    def _follow_class(self, reading: FileReading, info: ClassInfo) -> None:
        """Its methods and those that it inherits. A base that is not known to build may do anything."""
        if id(info.node) in self._classes:
            return
        for each in reading.hierarchy.ancestors(info):
            if isinstance(each, ClassInfo):
                holder = reading.of(each.module)
                self._classes[id(each.node)] = holder, each.node
                self._methods |= {function.name for function in _functions_of(each.node)}
                self._assigned |= _fields_of(each.node)
                given = [*each.node.decorator_list, *(keyword.value for keyword in each.node.keywords)]
                self._visit_all(holder, given, Scope())
                self._visit_values(holder, each.node, Scope())
            elif not (each in _BUILTINS or knowledge.only_builds(knowledge.canonical(each))):
                self._stop(reading, info.node, each)

    def _installed(
        self,
        reading: FileReading,
        node: ast.Name | ast.Attribute,
        imported: str | None,
        parts: list[str],
        call: ast.Call | None,
    ) -> list[str]:
        """What follows on the callable or value of an installed package, or of Python, that the name begins with."""
        if imported is not None:
            name = reading.origin(".".join([imported, *parts[1:]]))
        else:
            name = reading.dotted(".".join(parts))
            if name == ".".join(parts) and parts[0] not in reading.module.imports and parts[0] in _BUILTINS:
                name = f"builtins.{name}"
        name = knowledge.canonical(name)
        whole = name.split(".")
        for count in range(len(whole), 1, -1):
            start = ".".join(whole[:count])
            if knowledge.only_builds(start) or _builds_without_weights(start, call):
                return whole[count:]
        if len(parts) == 1 and name.startswith("builtins.") and _is_exception(parts[0]):
            return []
        self._stop(reading, node)

    # -- imports ----------------------------------------------------------------------------------------

    def _follow_import(self, reading: FileReading, node: ast.Import | ast.ImportFrom) -> None:
        """What the modules of the project do as they are imported."""
        names = [alias.name for alias in node.names]
        if isinstance(node, ast.ImportFrom):
            one_each = [ast.alias(name) for name in names if name != "*"] or [ast.alias("_")]
            names = [*imports_of(reading.module, ast.ImportFrom(node.module, one_each, node.level)).values()]
        for name in names:
            parts = name.split(".")
            for count in range(1, len(parts) + 1):
                module = self._lookup.find(".".join(parts[:count]), reading)
                if isinstance(module, Module) and module is not reading.module:
                    self._follow_module(reading.of(module))

    def _follow_module(self, reading: FileReading) -> None:
        tree = reading.module.tree
        if id(tree) not in self._followed:
            self._followed.add(id(tree))
            self._visit_body(reading, tree.body, Scope())

    def _objection(self, reading: FileReading, node: ast.AST, written: str = "") -> Objection:
        path, root = Path(reading.path), self._files.root
        place = path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path)
        return Objection(written or ast.unparse(node), place, getattr(node, "lineno", 0))

    def _stop(self, reading: FileReading, node: ast.AST, written: str = "") -> NoReturn:
        raise _Stop(self._objection(reading, node, written))


def _builds_without_weights(name: str, call: ast.Call | None) -> bool:
    """Whether this constructs one of ``keras.applications`` that fetches no weights."""
    if not (name.startswith("keras.applications.") and knowledge.is_model(name)):
        return name.rpartition(".")[2] == "preprocess_input" and name.startswith("keras.applications.")
    given = next((k.value for k in call.keywords if k.arg == "weights"), None) if call is not None else None
    return isinstance(given, ast.Constant) and given.value is None


def _is_exception(name: str) -> bool:
    found = getattr(builtins, name, None)
    return isinstance(found, type) and issubclass(found, BaseException)


def _defaults(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) -> list[ast.expr]:
    return [each for each in (*node.args.defaults, *node.args.kw_defaults) if each is not None]


def _chain(node: ast.expr | None) -> list[str]:
    """``["a", "b"]`` of ``a.b``; empty where there is anything but names in it."""
    path = path_of(node) if node is not None else ""
    return path.split(".") if path else []


def _evaluated(node: ast.AST) -> Iterator[ast.AST]:
    """The children that run: no annotations, no types of exceptions that are caught."""
    for field, value in ast.iter_fields(node):
        if field in ("annotation", "returns", "type_params") or (
            isinstance(node, ast.ExceptHandler) and field == "type"
        ):
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST):
                yield child


def _is_of_none(node: ast.Compare) -> bool:
    return all(isinstance(each, ast.Constant) and each.value is None for each in node.comparators)


def _blocks(statement: ast.If | ast.Try) -> list[ast.stmt]:
    handlers = [s for h in getattr(statement, "handlers", ()) for s in h.body]
    return [*statement.body, *handlers, *statement.orelse, *getattr(statement, "finalbody", ())]


def _functions_of(node: ast.ClassDef) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    return [each for each in header_statements(node.body) if isinstance(each, (ast.FunctionDef, ast.AsyncFunctionDef))]


def _fields_of(node: ast.ClassDef) -> set[str]:
    """What the class body binds or declares besides its methods."""
    declared = {s.target.id for s in node.body if isinstance(s, ast.AnnAssign) and isinstance(s.target, ast.Name)}
    return declared.union(*(bound(s) for s in node.body if isinstance(s, ast.Assign)))


def _is_special(name: str) -> bool:
    return name.startswith("__") and name.endswith("__")
