"""The names of one method while it is rewritten: what kinds of values they stand for."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import libcst as cst

from flake8_keras_graph.rewrite.functional.read.kinds import SYMBOLIC, Kind, Kinds
from flake8_keras_graph.rewrite.functional.read.model import Method
from flake8_keras_graph.rewrite.functional.read.sparsity import is_marked
from flake8_keras_graph.rewrite.functional.write.context import Context
from flake8_keras_graph.rewrite.text.syntax import Statement, code, names_read, outer_names, own_attribute, statements
from flake8_keras_graph.syntax.nodes import walk


@dataclasses.dataclass(slots=True)
class Bindings:
    """What is known of the names of one method, statement by statement.

    ``training`` are the names that stand for the ``training`` argument, ``batch_lines`` where a name got a value
    that depends on the batch size (``sizes`` those statements rewritten), ``marked`` names that Keras may take for
    sparse; ``nested`` counts the statements around the one at hand that may run it never, or again.
    """

    context: Context
    method: Method
    kinds: Kinds
    training: set[str]
    constructing: bool = False
    nested: int = 0
    marked: set[str] = dataclasses.field(default_factory=set)
    sizes: list[Statement] = dataclasses.field(default_factory=list)
    local_functions: dict[str, cst.FunctionDef] = dataclasses.field(default_factory=dict)
    batch_lines: dict[str, Statement] = dataclasses.field(default_factory=dict)

    def _bind(self, line: cst.SimpleStatementLine) -> None:
        for small in line.body:
            if isinstance(small, cst.Assign):
                kind = self.kinds.of(small.value)
                for target in small.targets:
                    self._mark(target.target, self._is_marked(small.value))
                    self.kinds.bind(target.target, kind)
                    self._bind_item(target.target, kind)
                    if self._is_written(small.value) and isinstance(target.target, cst.Name):
                        self.kinds.made.add(target.target.value)
            elif isinstance(small, cst.AnnAssign) and small.value is not None:
                self.kinds.bind(small.target, self.kinds.of(small.value))
            elif isinstance(small, cst.AugAssign):
                times = isinstance(small.operator, cst.MultiplyAssign)
                self._mark(small.target, times and self.kinds.of(small.target) in SYMBOLIC)
                if self.kinds.of(small.value) in SYMBOLIC and self.kinds.of(small.target) not in SYMBOLIC:
                    self.kinds.bind(small.target, self.kinds.of(small.value))
            elif isinstance(small, cst.Expr):
                self._bind_mutation(small.value)
            elif isinstance(small, (cst.Import, cst.ImportFrom)):
                continue

    def _is_written(self, node: cst.BaseExpression) -> bool:
        """Whether ``node`` calls a layer that was written for the builder: ``NetShape()(x)``."""
        made = {each.name.value for each in self.context.generated}
        return isinstance(node, cst.Call) and isinstance(node.func, cst.Call) and code(node.func.func) in made

    def _mark(self, target: cst.BaseExpression, marked: bool) -> None:
        """Note whether a name may be marked as sparse from here on."""
        if isinstance(target, cst.Name):
            (self.marked.add if marked else self.marked.discard)(target.value)

    def _bind_item(self, target: cst.BaseAssignTargetExpression, kind: Kind) -> None:
        """``outputs["a"] = x`` makes a dict a structure of tensors."""
        if isinstance(target, cst.Subscript) and isinstance(target.value, cst.Name) and kind in SYMBOLIC:
            self.kinds.names[target.value.value] = "structure"

    def _bind_mutation(self, node: cst.BaseExpression) -> None:
        """``states.append(x)`` makes a list a structure of tensors."""
        if (
            isinstance(node, cst.Call)
            and isinstance(node.func, cst.Attribute)
            and isinstance(node.func.value, cst.Name)
            and self.kinds.any_symbolic(node.args)
        ):
            self.kinds.names[node.func.value.value] = "structure"

    def _bind_comprehensions(self, node: cst.CSTNode) -> None:
        for part in walk(node):
            if isinstance(part, cst.CompFor):
                self.kinds.bind_loop(part.target, part.iter)

    def _observe(self, lines: Sequence[Statement]) -> None:
        """Kinds that the body of a loop gives, so that its start knows them too."""
        for line in lines:
            if isinstance(line, cst.SimpleStatementLine):
                self._bind_comprehensions(line)
                self._bind(line)
            elif isinstance(line, cst.If):
                self._observe(statements(line.body))
                if line.orelse is not None:
                    orelse = [line.orelse] if isinstance(line.orelse, cst.If) else statements(line.orelse.body)
                    self._observe(orelse)
            elif isinstance(line, (cst.For, cst.While, cst.With)):
                if isinstance(line, cst.For):
                    self.kinds.bind_loop(line.target, line.iter)
                self._observe(statements(line.body))

    def _remember_batch(self, line: cst.SimpleStatementLine) -> None:
        for small in line.body:
            if isinstance(small, cst.Assign) and self.kinds.of(small.value) in ("batch", "shape"):
                for name in outer_names([line]):
                    self.batch_lines[name] = line

    def _definitions(self, line: cst.CSTNode) -> list[Statement]:
        """Statements that define the batch sizes and local functions ``line`` reads, to go into the layer with it."""
        found: list[Statement] = []
        for name in sorted(names_read(line)):
            defined = self.batch_lines.get(name) or self.local_functions.get(name)
            if defined is line:
                continue
            if name in self.local_functions or (defined and self.kinds.names.get(name) in ("batch", "shape")):
                assert defined is not None
                found += [inner for inner in (*self._definitions(defined), defined) if inner not in found]
        return found

    def pruned(self, body: list[Statement]) -> list[Statement]:
        """``body`` without batch sizes and functions that only generated layers use: they hold their own copy."""
        kept = list(body)
        for line in self.sizes:
            others = [other for other in kept if other is not line]
            if len(others) < len(kept) and not any(names_read(other) & outer_names([line]) for other in others):
                kept = others
        return kept

    def _is_marked(self, node: cst.BaseExpression) -> bool:
        """Whether ``node`` may be marked as sparse; a helper that multiplies may give such a tensor."""
        attribute = own_attribute(node.func, self.kinds.self_name) if isinstance(node, cst.Call) else ""
        method = self.context.model.method(attribute) if attribute and attribute not in self.context.names else None
        if method is None:
            return is_marked(node, self.kinds, self.marked)
        return "*" in code(method.node.body) and not self._is_layer_function(attribute)

    def _is_layer_function(self, method: str) -> bool:
        """Whether a method became a layer."""
        made = self.context.functions.get(self.context.function_names.get(method, ""), [])
        return bool(made) and not isinstance(made[0], cst.FunctionDef)
