"""What cannot run on symbolic tensors, kept in a layer that is written for it, or refused."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

import libcst as cst

from flake8_keras_graph.rewrite.functional.read.kinds import SYMBOLIC
from flake8_keras_graph.rewrite.functional.read.obstacles import Finder, Obstacle
from flake8_keras_graph.rewrite.functional.write import generated_layers
from flake8_keras_graph.rewrite.functional.write.references import References
from flake8_keras_graph.rewrite.functional.write.suites import keyword_of, leading, leaves
from flake8_keras_graph.rewrite.text.fresh_names import fresh_name
from flake8_keras_graph.rewrite.text.syntax import Statement, code, outer_names, own_attribute, statement, super_name
from flake8_keras_graph.rewrite.text.training import mentions
from flake8_keras_graph.syntax.nodes import walk

# Methods of containers that change them.
_CHANGES = frozenset(
    {"add", "append", "appendleft", "clear", "extend", "insert", "pop", "popitem", "popleft", "remove", "setdefault",
     "sort", "reverse", "update"}
)  # fmt: skip


@dataclasses.dataclass(slots=True)
class Keeping(References):
    """Finds what a layer has to hold, and writes that layer."""

    def _obstacle(self, node: cst.CSTNode, where: cst.CSTNode) -> Obstacle | None:
        """The first thing in ``node`` that a layer has to hold, after noting what can only be refused."""
        found = list(self._finder().find(node))
        for obstacle in found:
            if obstacle.layer is None:
                self.context.refuse(obstacle.node, obstacle.reason)
        held = [obstacle for obstacle in found if obstacle.layer is not None]
        if held:
            return held[0]
        left = self._rewritten(node) if isinstance(node, cst.SimpleStatementLine) else self._expression(node)
        if mentions(left, self.training):
            return Obstacle(where, "branches on `training`", "TrainingBranch")
        return None

    def _finder(self) -> Finder:
        methods = frozenset(self.context.model.method_names())
        context = self.context
        return Finder(
            self.kinds, methods, frozenset(context.names), context.functions_of_module, context.callables,
            frozenset(made.name.value for made in context.generated), self._supers(), context.given,
        )  # fmt: skip

    def _supers(self) -> frozenset[str]:
        """Methods that ``super()`` finds in the file."""
        model = self.context.model
        return frozenset(name for name in model.method_names() if model.method(name, above=self.method.owner))

    def _refuse_state(self, small: cst.BaseSmallStatement) -> None:
        """Statements that change the model, or have no place while building."""
        targets: list[cst.CSTNode] = []
        if isinstance(small, cst.Assign):
            targets = [target.target for target in small.targets]
        elif isinstance(small, (cst.AugAssign, cst.AnnAssign, cst.Del)):
            targets = [small.target]
        elif isinstance(small, (cst.Global, cst.Nonlocal)):
            self.context.refuse(small, f"`{keyword_of(small)}` changes state outside the model")
        elif isinstance(small, cst.Assert) and self.kinds.of(small.test) == "tensor":
            self.context.refuse(small, "asserts on a tensor: write it as a check in a layer")
        changed = self._changed_by_call(small)
        if changed is not None:
            self.context.refuse(
                small, f"`{code(changed)}` is changed in `{self.method.name}`: a functional model keeps no state"
            )
        for target in targets:
            for part in walk(target):
                if own_attribute(part, self.kinds.self_name):
                    self.context.refuse(
                        small, f"`{code(part)}` is changed in `{self.method.name}`: a functional model keeps no state"
                    )

    def _changed_by_call(self, small: cst.BaseSmallStatement) -> cst.BaseExpression | None:
        """The attribute that ``self.seen.append(x)`` changes; None for other statements, and for metrics."""
        call = small.value if isinstance(small, cst.Expr) else None
        if not isinstance(call, cst.Call) or not isinstance(call.func, cst.Attribute):
            return None
        holder = call.func.value
        while isinstance(holder, cst.Subscript):
            holder = holder.value
        changes = call.func.attr.value in _CHANGES
        if not changes or own_attribute(holder, self.kinds.self_name) not in self.context.names:
            return None
        return call.func.value

    def _into_layer(self, line: Statement, obstacle: Obstacle, later: set[str]) -> list[Statement]:
        """``line`` as the call of a generated layer."""
        if self.context.held is not None:
            self.context.held.append(obstacle.node)
            return [line]
        lines = [*self._definitions(line), line]
        known = set(self.kinds.names) | self.training
        parts = generated_layers.parts_of(self.context, self.kinds, lines, known, self.training)
        if parts is None:
            return [line]
        returns = _holds_return(line)
        outputs = generated_layers.outputs_of([line], later)
        if obstacle.layer in ("Loss", "Metric") and not returns and not outputs:
            outputs, parts = self._passed_on(parts, later - self.context.inputs)
        parts = parts.without(outer_names(lines[:-1]))
        left_out = not parts.tensors or (not leaves(line) if returns else not outputs)
        counting = bool(set(parts.values) & outer_names([line]))
        if left_out or counting:
            more = "" if left_out else ", and counts with Python values in the same place"
            self.context.refuse(obstacle.node, obstacle.reason + more)
            return [line]
        body = lines if returns else generated_layers.returning(lines, outputs)
        made = self._layer_call(obstacle, parts, body, "return " if returns else f"{', '.join(outputs)} = ")
        for name in outputs:
            self.kinds.names[name] = "tensor" if len(outputs) == 1 else "structure"
            self.kinds.made.add(name)
        return [made.with_changes(leading_lines=leading(line))]

    def _layer_call(
        self, obstacle: Obstacle, parts: generated_layers.Parts, body: Sequence[Statement], before: str
    ) -> Statement:
        """``before`` and the call of a layer that is written for ``body``."""
        taken = "".join(f", {name}" for name in parts.tensors) + (", training=None" if parts.training else "")
        wanted = f"{self.context.model.name}{obstacle.layer}"
        layer = generated_layers.write_layer(self.context, wanted, parts, self.kinds.self_name, taken, body)
        return statement(f"{layer.call(self._dense(parts.tensors), before)}\n")

    def _passed_on(self, parts: generated_layers.Parts, later: set[str]) -> tuple[list[str], generated_layers.Parts]:
        """Tensors that a layer without outputs of its own gives back as they are, so that it is part of the model."""
        outputs = [name for name in parts.tensors if name in later] or self._passing(later)
        return outputs, dataclasses.replace(parts, tensors=tuple(dict.fromkeys((*outputs, *parts.tensors))))

    def _passing(self, later: set[str]) -> list[str]:
        """A tensor that is used later, to go through a layer that computes nothing of its own."""
        kinds = self.kinds.names
        order = ([name for name in kinds if kinds[name] == kind and name in later] for kind in ("tensor", "structure"))
        return next((names[-1:] for names in order if names), [])

    def _with_one_call(self, line: cst.SimpleStatementLine) -> cst.SimpleStatementLine | None:
        """``line`` with the one call that a layer has to hold replaced by that layer; None where it is not one call."""
        found = [obstacle for obstacle in self._finder().outermost(line) if obstacle.layer is not None]
        if len(found) != 1 or not isinstance(found[0].node, cst.Call) or self.context.held is not None:
            return None
        names, marked = dict(self.kinds.names), set(self.marked)
        try:
            return self._with_call(line, found[0].node, found[0].layer or "")
        finally:
            self.kinds.names, self.marked = names, marked

    def _with_call(self, line: cst.SimpleStatementLine, node: cst.Call, wanted: str) -> cst.SimpleStatementLine | None:
        """``line`` with a layer for ``node``."""
        call, given = self._apart(node)
        if wanted in ("Loss", "Metric") or mentions(call, self.training):
            return None
        lines = [*self._definitions(call), cst.SimpleStatementLine([cst.Return(call)])]
        known = {*self.kinds.names, *given}
        parts = generated_layers.parts_of(self.context, self.kinds, lines, known, set())
        if parts is None:
            return None
        parts = parts.without(outer_names(lines[:-1]))
        if not parts.tensors or any(isinstance(part, (cst.CompFor, cst.NamedExpr)) for part in walk(call)):
            return None
        layer = generated_layers.write_layer(
            self.context, f"{self.context.model.name}{wanted}", parts,
            self.kinds.self_name, "".join(f", {name}" for name in parts.tensors), lines,
        )  # fmt: skip
        made = cst.parse_expression(layer.call(self._dense(parts.tensors), " " * len("outputs=")).strip())
        called = _with_values(made, given)
        changed = line.deep_replace(node, called)
        assert isinstance(changed, cst.SimpleStatementLine)
        self.context.places.follow(line, changed, called)
        return changed

    def _apart(self, call: cst.Call) -> tuple[cst.Call, dict[str, cst.BaseExpression]]:
        """``call`` with names for what the model's layers and methods compute, and what those names stand for.

        A layer that holds the call is given the values, and need not hold those layers.
        """
        given: dict[str, cst.BaseExpression] = {}
        for argument in call.args:
            value = argument.value
            if argument.star or not isinstance(value, cst.Call) or self.kinds.of(value) not in SYMBOLIC:
                continue
            local = isinstance(value.func, cst.Name) and self.kinds.is_layer(value.func)
            own = own_attribute(value.func, self.kinds.self_name) or super_name(value)
            if not (local or own) or any(True for _ in self._finder().find(value)):
                continue
            name = fresh_name(self.kinds.names.keys() | given.keys(), "x", "tensor")
            given[name] = value
            self._mark(cst.Name(name), self._is_marked(value))
            self.kinds.names[name] = "tensor"
            changed = call.deep_replace(value, cst.Name(name))
            assert isinstance(changed, cst.Call)
            call = changed
        return call, given

    def _dense(self, names: Sequence[str]) -> list[str]:
        """``names`` as arguments of a layer that Keras runs to learn its output: none marked as sparse."""
        if self.context.imports.keras == 2 or not self.marked & set(names):
            return list(names)
        function = f"{self.context.spelling('keras.ops')}.convert_to_tensor"
        return [f"{function}({name}, sparse=False)" if name in self.marked else name for name in names]


def _holds_return(line: Statement) -> bool:
    return any(isinstance(part, cst.Return) for part in walk(line))


def _with_values(call: cst.BaseExpression, given: Mapping[str, cst.BaseExpression]) -> cst.BaseExpression:
    """``call`` with its arguments called by the names in ``given`` replaced by what those stand for."""
    changed = call
    for part in walk(call):
        if isinstance(part, cst.Arg) and isinstance(part.value, cst.Name) and part.value.value in given:
            replaced = changed.deep_replace(part.value, given[part.value.value])
            assert isinstance(replaced, cst.BaseExpression)
            changed = replaced
    return changed
