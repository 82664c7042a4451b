"""What one file's check leaves for the next: files read and indexed, functions parsed, constructors interpreted."""

from __future__ import annotations

import ast
import atexit
import contextlib
import dataclasses
import functools
import gc
import os
from collections.abc import Iterator

from flake8_keras_graph.analysis.events import Event
from flake8_keras_graph.analysis.handed_over import TracedFunction
from flake8_keras_graph.analysis.interpreter.interpreter import Interpreter, Root
from flake8_keras_graph.config import Options
from flake8_keras_graph.engine.fingerprint import fingerprint_of
from flake8_keras_graph.project.hierarchy import Hierarchy, classes_in_order
from flake8_keras_graph.project.index import ClassInfo, Module, parse
from flake8_keras_graph.project.project import Project
from flake8_keras_graph.records import KerasClass

MAX_MODULES = 400
MAX_CHARACTERS = 4_000_000
"""From so many files, or so much text, on, a session starts afresh: memory stays bounded."""


@dataclasses.dataclass(frozen=True, slots=True)
class Source:
    """One file: ``path`` as it is to be shown and from which imports resolve, and its decoded text.

    ``tree`` may hold its syntax tree where the caller has one already.
    """

    path: str
    text: str
    tree: ast.Module | None = dataclasses.field(default=None, compare=False, repr=False)


@dataclasses.dataclass(frozen=True, slots=True)
class Fault:
    """An exception that nobody expected, raised while a class was interpreted, or what code hands over."""

    info: ClassInfo | None
    error: Exception


@dataclasses.dataclass(frozen=True, slots=True)
class Interpreted:
    """What interpreting a file's classes gave: events in order, and what went wrong in us."""

    module: Module
    hierarchy: Hierarchy
    events: list[Event]
    faults: list[Fault]


class Session:
    """Answers every question about a file from one parse of it.

    Meant for one run over many files; an imported file that changes on disk meanwhile may be seen as it was.
    ``owns_process`` says that the process does nothing else: then the garbage collector never looks at what a file
    left.
    """

    def __init__(self, options: Options, owns_process: bool = False) -> None:
        self.options = options
        self.owns_process = owns_process
        self.project = Project()
        self.interpreter = Interpreter(self.project, options)

    def renew(self) -> None:
        """Forget everything: what is known has changed, is too much, or was left half done by an exception."""
        self.project = Project()
        self.interpreter = Interpreter(self.project, self.options)
        if self.owns_process:
            gc.unfreeze()
        gc.collect()  # trees and what was made of them refer to one another

    def take_apart(self) -> None:
        """Let go of everything for good. Measured, the collector takes ten times as long to find it all at exit."""
        self.project.take_apart()
        self.interpreter.machine.take_apart()

    @contextlib.contextmanager
    def renewed_after_an_exception(self) -> Iterator[None]:
        """What is raised inside leaves nothing behind that a later question could trip over."""
        try:
            yield
        except SyntaxError:  # said of the text; nothing was begun
            raise
        except BaseException:
            self.renew()
            raise

    def tree_of(self, source: Source) -> ast.Module:
        """The syntax tree of a file, parsed only if nothing has parsed it before. Raises SyntaxError."""
        known = self._known(source)
        return source.tree or (known.tree if known is not None else parse(source.text, source.path))

    def module_of(self, source: Source) -> Module:
        """The file's index, made when first asked for. Raises SyntaxError."""
        if self._known(source) is None and (self._is_full() or self._holds_other_text(source)):
            self.renew()
        with self.renewed_after_an_exception():
            return self.project.add(source.path, source.text, source.tree)

    def keras_classes(self, source: Source) -> list[KerasClass]:
        """The Keras classes that a file defines, in file order. Raises SyntaxError."""
        module = self.module_of(source)
        with self.renewed_after_an_exception():
            return list(_keras_classes(module, self.interpreter.hierarchy))

    def fingerprint(self, source: Source, symbol: str) -> str:
        """A hash of the code that decides how ``symbol`` behaves: its class and all it reaches in the project.

        Comments and layout do not change it. Raises KeyError where there is no such class, SyntaxError where
        the text does not parse.
        """
        info = self.module_of(source).classes[symbol]
        with self.renewed_after_an_exception():
            return fingerprint_of(info, self.project)

    def interpret(self, source: Source, tree: ast.Module) -> Interpreted:
        """Index and interpret one file. What goes wrong in one class costs the others nothing.

        After a fault the rest of the file has an interpreter of its own: the one at fault may have left values
        that it was still working out. The caller renews the session when it is done with the file.
        """
        if self._is_full() or self.interpreter.exhausted or self._holds_other_text(source):
            self.renew()
        module = self.project.add(source.path, source.text, tree)
        self.interpreter.forget_events()
        faults: list[Fault] = []
        events: list[Event] = []
        for info in classes_in_order(module):
            roots: list[Root] = []
            with self._isolated(info, faults, events):
                roots = self.interpreter.roots_of(info)
            for root in roots:
                with self._isolated(info, faults, events):
                    self.interpreter.run(root)
        self._run_functions(module, faults, events)
        return Interpreted(module, self.interpreter.hierarchy, [*events, *self.interpreter.events], faults)

    def _run_functions(self, module: Module, faults: list[Fault], events: list[Event]) -> None:
        functions: list[TracedFunction] = []
        with self._isolated(None, faults, events):
            functions = self.interpreter.functions_of(module)
        for function in functions:
            with self._isolated(function.owner, faults, events):
                self.interpreter.run_function(function)

    @contextlib.contextmanager
    def _isolated(self, info: ClassInfo | None, faults: list[Fault], events: list[Event]) -> Iterator[None]:
        """Whatever is raised inside, it is no reason to say nothing of other classes."""
        try:
            yield
        except Exception as error:
            faults.append(Fault(info, error))
            events += self.interpreter.events  # what was seen until then stands
            self.interpreter = Interpreter(self.project, self.options)

    def _known(self, source: Source) -> Module | None:
        """The file as a question before has led to it, unless that was another text."""
        module = self.project.modules.get(os.path.abspath(source.path))
        return module if module is not None and module.text == source.text else None

    def _holds_other_text(self, source: Source) -> bool:
        return self.project.holds_other_text(source.path, source.text)

    def _is_full(self) -> bool:
        return len(self.project.modules) > MAX_MODULES or self.project.characters > MAX_CHARACTERS


def _keras_classes(module: Module, hierarchy: Hierarchy) -> Iterator[KerasClass]:
    for info in classes_in_order(module):
        kind = hierarchy.kind(info)
        if kind is not None:
            first, last = info.node.lineno, info.node.end_lineno or info.node.lineno
            yield KerasClass(module.path, info.symbol, kind, hierarchy.keras_version(info), first, last, info.bases)


@functools.lru_cache(maxsize=2)
def shared_session(options: Options, owns_process: bool = False) -> Session:
    """The session of this process for these options."""
    session = Session(options, owns_process)
    if not owns_process:  # else what a file left is frozen, and never looked at
        atexit.register(session.take_apart)
    return session
