"""The parts of the interpreter, made and handed to each other."""

from __future__ import annotations

from typing import ClassVar

from flake8_keras_graph.analysis.interpreter.calls.builtin_functions import BuiltinFunctions
from flake8_keras_graph.analysis.interpreter.calls.dispatch import Calls
from flake8_keras_graph.analysis.interpreter.calls.functions import Functions
from flake8_keras_graph.analysis.interpreter.calls.layer_calls import LayerCalls
from flake8_keras_graph.analysis.interpreter.calls.library_calls import LibraryCalls
from flake8_keras_graph.analysis.interpreter.calls.method_calls import MethodCalls
from flake8_keras_graph.analysis.interpreter.expressions.attribute_access import Attributes
from flake8_keras_graph.analysis.interpreter.expressions.comprehensions import Comprehensions
from flake8_keras_graph.analysis.interpreter.expressions.conditions import Conditions
from flake8_keras_graph.analysis.interpreter.expressions.evaluation import Expressions
from flake8_keras_graph.analysis.interpreter.expressions.item_access import ItemAccess
from flake8_keras_graph.analysis.interpreter.expressions.names import Names
from flake8_keras_graph.analysis.interpreter.expressions.operators import Operators
from flake8_keras_graph.analysis.interpreter.expressions.text_formatting import TextFormatting
from flake8_keras_graph.analysis.interpreter.recorder import Recorder
from flake8_keras_graph.analysis.interpreter.statements.assignment import Assignment
from flake8_keras_graph.analysis.interpreter.statements.execution import Statements
from flake8_keras_graph.analysis.interpreter.statements.loops import Loops
from flake8_keras_graph.config import Options
from flake8_keras_graph.project.hierarchy import Hierarchy
from flake8_keras_graph.project.project import Project


class Machine:
    """One of each part. A kind of its own, which does more, may be named for those that others build upon."""

    expressions_class: ClassVar[type[Expressions]] = Expressions
    item_access_class: ClassVar[type[ItemAccess]] = ItemAccess
    assignment_class: ClassVar[type[Assignment]] = Assignment
    functions_class: ClassVar[type[Functions]] = Functions
    calls_class: ClassVar[type[Calls]] = Calls

    def __init__(self, project: Project, options: Options) -> None:
        self.hierarchy = hierarchy = Hierarchy(project, options)
        self.recorder = recorder = Recorder()
        self.names = names = Names(project)
        self.attributes = attributes = Attributes(recorder, hierarchy)
        self.functions = functions = self.functions_class(hierarchy)
        self.items = items = self.item_access_class(recorder)
        self.targets = targets = self.assignment_class(recorder, hierarchy)
        self.calls = calls = self.calls_class(recorder, hierarchy)
        conditions, formats, loops = Conditions(), TextFormatting(recorder), Loops(recorder)
        operators, comprehensions = Operators(recorder), Comprehensions(recorder)
        layers, library = LayerCalls(recorder, hierarchy), LibraryCalls(recorder, options, hierarchy)
        builtins, methods = BuiltinFunctions(recorder), MethodCalls(recorder)
        self.expressions = expressions = self.expressions_class(recorder, operators, items, comprehensions, formats)
        self.statements = statements = Statements(recorder, targets, names, operators, loops, attributes)

        names.connect(expressions)
        attributes.connect(names, functions)
        functions.connect(expressions, statements, targets, names)
        conditions.connect(expressions, names, attributes)
        items.connect(expressions)
        formats.connect(expressions)
        operators.connect(expressions, formats)
        comprehensions.connect(expressions, conditions, targets, items)
        targets.connect(expressions, names)
        loops.connect(expressions, conditions, targets, items, statements)
        calls.connect(expressions, conditions, items, functions, layers, library, builtins, methods)
        layers.connect(names, attributes, functions, library)
        library.connect(functions, layers)
        builtins.connect(conditions, attributes, items, calls)
        methods.connect(targets, items, formats, library, layers)
        expressions.connect(names, attributes, conditions, targets, calls)
        statements.connect(expressions, conditions, calls)

    def take_apart(self) -> None:
        """Part for part forget the others, and all that they have kept: the machine is of no more use."""
        self.recorder.open_closures()
        for part in vars(self).values():
            vars(part).clear()
        vars(self).clear()
