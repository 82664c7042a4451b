"""One file as the analysis reads it: what rewrites and the checker may ask of its names, classes and values.

Whoever needs to know what a name means, which Keras holds, which base comes first, what a constructor leaves on
``self`` or what value stands at an expression asks here, and so agrees with what the linter reports.
"""

from __future__ import annotations

import ast
import dataclasses
import functools
from collections.abc import Mapping
from typing import Literal

from flake8_keras_graph import knowledge
from flake8_keras_graph.analysis.interpreter.interpreter import Interpreter
from flake8_keras_graph.analysis.interpreter.observation import Observation
from flake8_keras_graph.analysis.uses import uses_of_class
from flake8_keras_graph.analysis.values import UNKNOWN, Instance, Value, join
from flake8_keras_graph.config import Options
from flake8_keras_graph.project.backend import Backend
from flake8_keras_graph.project.hierarchy import Hierarchy, classes_in_order
from flake8_keras_graph.project.index import ClassInfo, FunctionInfo, Module, imports_of, walk
from flake8_keras_graph.project.project import Project
from flake8_keras_graph.records import ClassUse, Kind, Span
from flake8_keras_graph.syntax.source import Unplaced

BUILT_FUNCTIONALLY = "it is built with the functional API already, and has no `call` of its own"


class FileReading:
    """One file of a project, under the options that hold for it; read lazily, each question answered once."""

    def __init__(self, project: Project, module: Module, options: Options) -> None:
        self.project = project
        self.module = module
        self.options = options
        self._interpreter = Interpreter(project, options)
        self._others: dict[str, FileReading] = {}
        self._readings: dict[str, ClassReading] = {}

    @property
    def path(self) -> str:
        """The file's path as it was given."""
        return self.module.path

    @property
    def text(self) -> str:
        """The file's decoded text."""
        return self.module.text

    @property
    def hierarchy(self) -> Hierarchy:
        """Bases, kinds and Keras versions of the project's classes."""
        return self._interpreter.hierarchy

    @property
    def backend(self) -> Backend:
        """The Keras backend that holds in the file; ``tensorflow`` where nothing says."""
        return self.hierarchy.backend(self.module)

    def with_text(self, text: str) -> FileReading:
        """The file once its text is changed. Raises SyntaxError where that does not parse."""
        return FileReading(self.project, self.project.add(self.path, text), self.options)

    def of(self, module: Module) -> FileReading:
        """Another file of the project, under the same options."""
        if module is self.module:
            return self
        if module.path not in self._others:
            self._others[module.path] = FileReading(self.project, module, self.options)
        return self._others[module.path]

    @functools.cached_property
    def keras_version(self) -> Literal[2, 3]:
        """Whose semantics hold in the file outside any class, and for classes whose bases do not tell."""
        return self.hierarchy.keras_version_of_file(self.module)

    def dotted(self, written: str) -> str:
        """The absolute dotted name behind ``written`` at the top of the file, the project's re-exports undone.

        A name that the file defines itself, or does not know, keeps its form.
        """
        return self.project.dotted(self.module, written)

    def origin(self, dotted: str) -> str:
        """An absolute dotted name with the project's re-exports and aliases undone."""
        return self.project.origin(dotted, self.module)

    @functools.cached_property
    def imported(self) -> Mapping[str, str]:
        """Local names that stand for what another file or package defines, each with its absolute dotted name.

        Those that functions import, module-level aliases (``L = keras.layers``) and what a star brings are among
        them; where a function imports another thing under a name of module level, that of module level counts.
        """
        module = self.module
        found: dict[str, str] = {}
        named = {*module.imports, *module.constants}
        for node in walk(module.tree):
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                found |= {name: self.origin(target) for name, target in imports_of(module, node).items()}
            elif isinstance(node, ast.Name):
                named.add(node.id)
        for name in named:
            dotted = self.dotted(name)
            own = dotted.partition(".")[0] in module.classes.keys() | module.functions.keys()
            if name in module.imports or (dotted != name and not own):
                found[name] = dotted
        return found

    def canonical(self, written: str) -> str:
        """The name that ``knowledge`` has records under for ``written``; "" where it was not imported.

        ``layers.Dense`` is ``keras.layers.Dense`` whether ``layers`` comes from ``keras``, ``tf.keras`` or the
        project's own ``compat`` module.
        """
        root, _, rest = written.partition(".")
        target = self.imported.get(root)
        if target is None:
            return ""
        return knowledge.canonical(self.origin(f"{target}.{rest}" if rest else target))

    def find_class(self, written: str, holder: Module | None = None) -> ClassInfo | None:
        """The class of the project that ``written`` names at the top of ``holder`` (this file if not given)."""
        module = holder or self.module
        if written in module.classes:
            return module.classes[written]
        found = self.project.resolve(self.project.dotted(module, written), module)
        if found is None and "." not in written:
            found = self.project.member(module, written)
        return found if isinstance(found, ClassInfo) else None

    def classes(self) -> tuple[ClassReading, ...]:
        """The classes that the file defines, in file order, those that are no Keras classes included."""
        return tuple(self._reading_of(info) for info in classes_in_order(self.module))

    def class_named(self, symbol: str) -> ClassReading:
        """The class with this dotted symbol. Raises KeyError where the file has none."""
        return self._reading_of(self.module.classes[symbol])

    def _reading_of(self, info: ClassInfo) -> ClassReading:
        if info.symbol not in self._readings:
            self._readings[info.symbol] = ClassReading(self, info)
        return self._readings[info.symbol]

    def value_at(self, span: Span) -> Value:
        """What the expression at ``span`` may be in any run that ``fit`` traces; UNKNOWN where none gets there.

        Spans are those of the file, as findings have them: lines from 1, columns from 0, without parentheses.
        """
        return self._values.get(span, UNKNOWN)

    @functools.cached_property
    def _values(self) -> dict[Span, Value]:
        found: dict[Span, Value] = {}
        for reading in self.classes():
            if reading.kind is not None:
                for span, value in reading.values.items():
                    found[span] = join(found[span], value) if span in found else value
        return found

    def observe(self, info: ClassInfo) -> list[Observation]:
        """Interpret the methods of ``info`` that Keras traces, and give every evaluation on the way.

        None at all where that fails for a fault of ours, which ``check`` says of the same class: what is not known
        keeps a rewrite from being made, and no other class from being rewritten.
        """
        try:
            return self._interpreter.observe(info)
        except Exception:
            self._interpreter = Interpreter(self.project, self.options)  # the one at fault may be left half done
            return []

    def uses_of(self, info: ClassInfo) -> ClassUse:
        """What ``info`` does with the inputs of ``call`` and ``train_step`` and with its constructor's arguments."""
        return uses_of_class(self.project, self.options, info)

    def attributes_of(self, info: ClassInfo) -> dict[str, Value]:
        """What ``__init__`` and ``build`` leave on ``self``; what other methods change as well is not known."""
        return self._interpreter.instance_attributes(Instance(info=info))


@dataclasses.dataclass(frozen=True, eq=False)
class ClassReading:
    """One class of a file: its bases in Python's order, its methods, and what its attributes and expressions hold."""

    file: FileReading
    info: ClassInfo

    @property
    def symbol(self) -> str:
        """The class's dotted name within its file."""
        return self.info.symbol

    @functools.cached_property
    def kind(self) -> Kind | None:
        """model, layer, metric, loss, or None where it is no Keras class."""
        return self.file.hierarchy.kind(self.info)

    @functools.cached_property
    def keras_version(self) -> Literal[2, 3]:
        """Whose semantics hold for the class."""
        return self.file.hierarchy.keras_version(self.info)

    @functools.cached_property
    def lineage(self) -> tuple[ClassInfo | str, ...]:
        """The class and all it inherits from in the order of Python's ``__mro__``.

        Classes of the project as they stand in its index, all others by their absolute dotted name; ``object``
        is left out.
        """
        return self.file.hierarchy.ancestors(self.info)

    @property
    def project_lineage(self) -> tuple[ClassInfo, ...]:
        """The part of ``lineage`` that the project defines."""
        return tuple(each for each in self.lineage if isinstance(each, ClassInfo))

    def method(self, name: str, after: ClassInfo | None = None) -> FunctionInfo | None:
        """The method that ``self.name`` finds; with ``after``, what ``super()`` finds in a method of that class."""
        return self.file.hierarchy.method(self.info, name, after)

    def method_names(self) -> frozenset[str]:
        """The names of all methods that the project defines for the class, inherited ones included."""
        return frozenset(name for each in self.project_lineage for name in each.methods)

    @functools.cached_property
    def attributes(self) -> dict[str, Value]:
        """What the constructor and ``build`` leave on ``self``."""
        return self.file.attributes_of(self.info)

    @property
    def enclosing_function(self) -> str:
        """The function that makes the class when it runs, by its dotted name; empty where none does."""
        parts = self.symbol.split(".")[:-1]
        around = (".".join(parts[: count + 1]) for count in range(len(parts)))
        return next((each for each in around if each not in self.info.module.classes), "")

    @functools.cached_property
    def built_functionally(self) -> int | None:
        """The line at which the constructor gives inputs and outputs to that of ``keras.Model``.

        The line of the class where an inherited constructor does, and None where none does or there is a ``call``.
        """
        if self.kind != "model" or self.method("call") is not None:
            return None
        for owner in self.project_lineage:
            constructor = owner.methods.get("__init__")
            is_last = self.method("__init__", owner) is None
            line = None if constructor is None else _functional_line(constructor, is_last)
            if line is not None:
                return line if owner is self.info else self.info.node.lineno
        return None

    @functools.cached_property
    def uses(self) -> ClassUse:
        """What the class does with its inputs and with its constructor's arguments."""
        return self.file.uses_of(self.info)

    def call_parameters(self) -> tuple[str, ...]:
        """The names of what ``call`` takes, without ``self``; empty where there is no ``call`` in the project."""
        method = self.method("call")
        if method is None:
            return ()
        given = method.node.args
        return tuple(each.arg for each in [*given.posonlyargs, *given.args, *given.kwonlyargs][1:])

    @property
    def values(self) -> dict[Span, Value]:
        """Every expression of this file that was evaluated while the class's traced methods were interpreted.

        An expression that was evaluated several times (in a loop, in a helper that is called twice) has the join
        of its values.
        """
        return self._values_by_file.get(self.file.path, {})

    @functools.cached_property
    def _values_by_file(self) -> dict[str, dict[Span, Value]]:
        files: dict[str, dict[Span, Value]] = {}
        for seen in self.file.observe(self.info):
            found = files.setdefault(seen.source.path, {})
            try:
                span = seen.source.span(seen.node)
            except Unplaced:
                continue
            found[span] = join(found[span], seen.value) if span in found else seen.value
        return files

    def value_at(self, span: Span, module: Module | None = None) -> Value:
        """What the expression at ``span`` may be when this class is traced; UNKNOWN where it is not evaluated.

        ``module`` is the file that it stands in, where that is another one of the project.
        """
        return self._values_by_file.get((module or self.file.module).path, {}).get(span, UNKNOWN)


def _functional_line(constructor: FunctionInfo, is_last: bool) -> int | None:
    """The call of the next constructor with inputs and outputs, which Keras's own takes by position as well."""
    for node in walk(constructor.node):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "__init__":
            of_super = isinstance(node.func.value, ast.Call)
            given = len(node.args) - (0 if of_super else 1)  # ``keras.Model.__init__(self, ...)``
            named = {keyword.arg for keyword in node.keywords}
            if {"inputs", "outputs"} <= named or (given == 1 and "outputs" in named) or (is_last and given == 2):
                return node.lineno
    return None


def read_file(path: str, text: str, options: Options, project: Project | None = None) -> FileReading:
    """The reading of one file, from the text given. ``project`` holds files that were read already.

    Raises SyntaxError where the text does not parse.
    """
    project = Project() if project is None else project
    return FileReading(project, project.add(path, text), options)
