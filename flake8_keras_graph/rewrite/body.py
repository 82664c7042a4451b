"""Statements of ``call`` and of its helper methods as statements that build the model."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import libcst as cst

from flake8_keras_graph.rewrite import generated
from flake8_keras_graph.rewrite.context import Context, missing
from flake8_keras_graph.rewrite.dynamic import deletes_names
from flake8_keras_graph.rewrite.expressions import Expressions
from flake8_keras_graph.rewrite.kinds import SYMBOLIC, Kind, Kinds, merge
from flake8_keras_graph.rewrite.layers import IDENTITY_OUTSIDE_TRAINING, KNOW_TRAINING, Classes
from flake8_keras_graph.rewrite.model import Method
from flake8_keras_graph.rewrite.obstacles import TENSOR_TEST, Finder, Obstacle
from flake8_keras_graph.rewrite.sparsity import is_marked
from flake8_keras_graph.rewrite.syntax import (
    Statement,
    camel,
    code,
    is_docstring,
    is_static,
    names_read,
    outer_names,
    own_attribute,
    parameters,
    self_name,
    snake,
    statements,
    super_name,
    walk,
)
from flake8_keras_graph.rewrite.training import Folder, is_none_test, mentions, training_test


@dataclasses.dataclass(slots=True)
class FunctionBuilder:
    """Rewrites the statements of one method.

    ``training`` are the names that stand for the ``training`` argument, ``layer_names`` the layer classes of
    local names, ``batch_lines`` where a name got a value that depends on the batch size (``sizes`` those
    statements rewritten), ``marked`` names that Keras may take for sparse.
    """

    context: Context
    method: Method
    kinds: Kinds
    training: set[str]
    constructing: bool = False
    layer_names: dict[str, Classes | None] = dataclasses.field(default_factory=dict)
    marked: set[str] = dataclasses.field(default_factory=set)
    sizes: list[Statement] = dataclasses.field(default_factory=list)
    local_functions: dict[str, cst.FunctionDef] = dataclasses.field(default_factory=dict)
    batch_lines: dict[str, Statement] = dataclasses.field(default_factory=dict)

    def __post_init__(self) -> None:
        self.kinds.helper = self._helper_kind

    # -- statements ---------------------------------------------------------------------------------------

    def block(self, lines: Sequence[Statement], later: set[str]) -> list[Statement]:
        """``lines`` rewritten; ``later`` are the names read after them."""
        result: list[Statement] = []
        for index, line in enumerate(lines):
            rest = lines[index + 1 :]
            after = later.union(*(names_read(other) for other in rest))
            if isinstance(line, cst.If) and self._is_training(line.test):
                folded = self._fold(line, rest, after)
                if folded is not None:
                    kept, consumed = folded
                    result += kept
                    if consumed:
                        return result
                    continue
            result += self.statement(line, after)
            if _leaves(line):
                break
        return result

    def statement(self, line: Statement, later: set[str]) -> list[Statement]:
        """One statement rewritten: none, one or several."""
        if isinstance(line, cst.SimpleStatementLine):
            return self._simple(line, later)
        if isinstance(line, cst.If):
            return self._if(line, later)
        if isinstance(line, cst.For):
            return self._for(line, later)
        if isinstance(line, cst.With):
            return self._with(line, later)
        if isinstance(line, cst.While):
            return self._while(line, later)
        if isinstance(line, cst.FunctionDef):
            self.local_functions[line.name.value] = line
            self.sizes.append(self._rewritten(line))
            return [self.sizes[-1]]
        self.context.refuse(line, f"`{_keyword(line)}` in `{self.method.name}`")
        return [line]

    def _simple(self, line: cst.SimpleStatementLine, later: set[str]) -> list[Statement]:
        if is_docstring(line) or self._only_rebinds_training(line) or deletes_names(line):
            return []
        for small in line.body:
            self._refuse_state(small)
        self._bind_comprehensions(line)
        obstacle = self._obstacle(line, line)
        if obstacle is not None:
            replaced = self._with_one_call(line)
            return self._into_layer(line, obstacle, later) if replaced is None else self._simple(replaced, later)
        self._remember_batch(line)
        rewritten = self._rewritten(line)
        self._bind(line)
        bound = outer_names([line])
        if bound and all(self.kinds.names.get(name) == "batch" for name in bound):
            self.sizes.append(rewritten)
        return [rewritten]

    def _if(self, line: cst.If, later: set[str]) -> list[Statement]:
        obstacle = self._obstacle(line.test, line.test)
        if self.kinds.of(line.test) == "tensor":
            self.context.refuse(line.test, TENSOR_TEST)
            return [line]
        if obstacle is not None:
            return self._into_layer(line, obstacle, later)
        test = self._expression(line.test)
        before = dict(self.kinds.names)
        body = self.block(statements(line.body), later)
        after_body, self.kinds.names = self.kinds.names, before
        orelse: cst.If | cst.Else | None = None
        if isinstance(line.orelse, cst.Else):
            orelse = line.orelse.with_changes(body=_suite(self.block(statements(line.orelse.body), later)))
        elif isinstance(line.orelse, cst.If):
            orelse = _as_orelse(self.statement(line.orelse, later))
        self.kinds.names = merge(after_body, self.kinds.names)
        return [line.with_changes(test=test, body=_suite(body), orelse=orelse)]

    def _for(self, line: cst.For, later: set[str]) -> list[Statement]:
        if self.kinds.of(line.iter) in ("tensor", "batch", "shape"):
            self.context.refuse(line.iter, "loops over a tensor with Python: keep the loop in a layer")
            return [line]
        obstacle = self._obstacle(line.iter, line.iter)
        if obstacle is not None:
            return self._into_layer(line, obstacle, later)
        self._bind_loop(line)
        body = statements(line.body)
        self._observe(body)
        around = later.union(*(names_read(inner) for inner in body))
        rewritten = _suite(self.block(body, around))
        orelse = line.orelse
        if orelse is not None:
            orelse = orelse.with_changes(body=_suite(self.block(statements(orelse.body), later)))
        return [line.with_changes(iter=self._expression(line.iter), body=rewritten, orelse=orelse)]

    def _while(self, line: cst.While, later: set[str]) -> list[Statement]:
        body = statements(line.body)
        self._observe(body)
        if self.kinds.of(line.test) != "static":
            self.context.refuse(line.test, "loops while a tensor holds: keep the loop in a layer")
            return [line]
        around = later.union(names_read(line))
        return [line.with_changes(test=self._expression(line.test), body=_suite(self.block(body, around)))]

    def _with(self, line: cst.With, later: set[str]) -> list[Statement]:
        paths = [self.context.imports.canonical(_called(item.item)) for item in line.items]
        if not all(path in ("tensorflow.name_scope", "keras.name_scope", "keras.backend.name_scope") for path in paths):
            self.context.refuse(line, f"`with {code(line.items[0].item)}` has no meaning while building")
        inner = self.block(statements(line.body), later)
        if inner and line.leading_lines:
            inner[0] = inner[0].with_changes(leading_lines=[*line.leading_lines, *_leading(inner[0])])
        return inner

    # -- training -----------------------------------------------------------------------------------------

    def _is_training(self, test: cst.BaseExpression) -> bool:
        return mentions(test, self.training)

    def _fold(self, line: cst.If, rest: Sequence[Statement], later: set[str]) -> tuple[list[Statement], bool] | None:
        """The branch folded away, and whether the statements after it went with it; None if it cannot be."""
        if is_none_test(line.test, self.training) and self._all_rebind_training(line):
            return [], False
        test = training_test(line.test, self.training)
        if test is None or isinstance(line.orelse, cst.If):
            return None
        body = statements(line.body)
        other = statements(line.orelse.body) if line.orelse is not None else []
        consumed = False
        if not other and body and _leaves(body[-1]) and rest and _leaves(rest[-1]):
            other, consumed = list(rest), True
        yes, no = (body, other) if test.when else (other, body)
        folded = self._folder().branches(yes, no)
        if folded is None:
            return None
        if folded:
            folded[0] = folded[0].with_changes(leading_lines=[*line.leading_lines, *_leading(folded[0])])
        if test.also is not None and not consumed:
            return self.statement(_guarded(line, test.also, folded, other), later), consumed
        if test.also is not None:
            return None
        return self.block(folded, later), consumed

    def _folder(self) -> Folder:
        return Folder(self.training, self._is_identity)

    def _is_identity(self, callee: cst.BaseExpression) -> bool:
        classes = self.context.layers.of(callee, self.kinds.self_name, self.layer_names)
        return bool(classes) and classes is not None and classes <= IDENTITY_OUTSIDE_TRAINING

    def is_keras(self, callee: cst.BaseExpression) -> bool:
        """Whether ``callee`` is certainly one of Keras's own layers that know ``training``."""
        classes = self.context.layers.of(callee, self.kinds.self_name, self.layer_names)
        return bool(classes) and classes is not None and classes <= KNOW_TRAINING

    def _all_rebind_training(self, line: cst.If) -> bool:
        return line.orelse is None and all(
            isinstance(inner, cst.SimpleStatementLine) and self._only_rebinds_training(inner)
            for inner in statements(line.body)
        )

    def _only_rebinds_training(self, line: cst.SimpleStatementLine) -> bool:
        """``training = False``, or ``training = bool(training)``: the functional model has its own."""
        return all(
            isinstance(small, cst.Assign) and len(small.targets) == 1 and code(small.targets[0].target) in self.training
            for small in line.body
        )

    # -- obstacles ----------------------------------------------------------------------------------------

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
        local = frozenset(name for name, classes in self.layer_names.items() if classes is None or classes)
        methods = frozenset(self.context.model.method_names())
        context = self.context
        return Finder(
            self.kinds, methods, frozenset(context.names), local, context.functions_of_module, context.callables,
            frozenset(made.name.value for made in context.generated), self._supers(),
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
            self.context.refuse(small, f"`{_keyword(small)}` changes state outside the model")
        elif isinstance(small, cst.Assert) and self.kinds.of(small.test) == "tensor":
            self.context.refuse(small, "asserts on a tensor: write it as a check in a layer")
        for target in targets:
            for part in walk(target):
                if own_attribute(part, self.kinds.self_name):
                    self.context.refuse(
                        small, f"`{code(part)}` is changed in `{self.method.name}`: a functional model keeps no state"
                    )

    def _into_layer(self, line: Statement, obstacle: Obstacle, later: set[str]) -> list[Statement]:
        """``line`` as the call of a generated layer."""
        if self.context.held is not None:
            self.context.held.append(obstacle.node)
            return [line]
        lines = [*self._definitions(line), line]
        known = set(self.kinds.names) | self.training | set(self.layer_names)
        parts = generated.parts_of(self.context, self.kinds, lines, known, self.training)
        if parts is None:
            return [line]
        returns = any(isinstance(part, cst.Return) for part in walk(line))
        outputs = generated.outputs_of([line], later)
        if not returns and not outputs and obstacle.layer == "Loss":
            outputs = [name for name in parts.tensors if name in later]
        bound = set(outer_names(lines[:-1]))
        tensors = [name for name in parts.tensors if name not in bound]
        parts = dataclasses.replace(parts, values=tuple(name for name in parts.values if name not in bound))
        if (returns and not _leaves(line)) or (not returns and not outputs) or not tensors:
            self.context.refuse(obstacle.node, obstacle.reason)
            return [line]
        if set(parts.values) & outer_names([line]):
            self.context.refuse(obstacle.node, f"{obstacle.reason}, and counts with Python values in the same place")
            return [line]
        taken = "".join(f", {name}" for name in tensors) + (", training=None" if parts.training else "")
        body = lines if returns else generated.returning(lines, outputs)
        wanted = f"{self.context.model.name}{obstacle.layer}"
        layer = generated.write_layer(self.context, wanted, parts, self.kinds.self_name, taken, body)
        call = f"{layer.construction()}({self._dense(tensors)})"
        text = f"return {call}\n" if returns else f"{', '.join(outputs)} = {call}\n"
        made = cst.parse_statement(text)
        for name in outputs:
            self.kinds.names[name] = "tensor" if len(outputs) == 1 else "structure"
        return [made.with_changes(leading_lines=_leading(line))]

    def _with_one_call(self, line: cst.SimpleStatementLine) -> cst.SimpleStatementLine | None:
        """``line`` with the one call that a layer has to hold replaced by that layer; None where it is not one call."""
        found = [obstacle for obstacle in self._finder().outermost(line) if obstacle.layer is not None]
        if len(found) != 1 or not isinstance(found[0].node, cst.Call) or self.context.held is not None:
            return None
        node, wanted = found[0].node, found[0].layer
        if wanted == "Loss" or mentions(node, self.training):
            return None
        returned = cst.SimpleStatementLine([cst.Return(node)])
        lines = [*self._definitions(node), returned]
        parts = generated.parts_of(
            self.context, self.kinds, lines, set(self.kinds.names) | set(self.layer_names), set()
        )
        if parts is None:
            return None
        bound = outer_names(lines[:-1])
        tensors = [name for name in parts.tensors if name not in bound]
        values = tuple(name for name in parts.values if name not in bound)
        if not tensors or any(isinstance(part, (cst.CompFor, cst.NamedExpr)) for part in walk(node)):
            return None
        layer = generated.write_layer(
            self.context, f"{self.context.model.name}{wanted}", dataclasses.replace(parts, values=values),
            self.kinds.self_name, "".join(f", {name}" for name in tensors), lines,
        )  # fmt: skip
        call = cst.parse_expression(f"{layer.construction()}({self._dense(tensors)})")
        changed = line.deep_replace(node, call)
        assert isinstance(changed, cst.SimpleStatementLine)
        return changed

    def _dense(self, names: Sequence[str]) -> str:
        """``names`` as arguments of a layer that Keras runs to learn its output: none marked as sparse."""
        if self.context.imports.keras == 2 or not self.marked & set(names):
            return ", ".join(names)
        function = f"{self.context.spelling('keras.ops')}.convert_to_tensor"
        return ", ".join(f"{function}({name}, sparse=False)" if name in self.marked else name for name in names)

    def needs_dense(self, callee: cst.BaseExpression, argument: cst.Arg) -> bool:
        """Whether ``argument`` may be marked as sparse where ``callee`` is a layer that is not Keras's own."""
        attribute = own_attribute(callee, self.kinds.self_name)
        name = callee.value if isinstance(callee, cst.Name) else attribute
        if self.context.imports.keras == 2 or self.constructing or not name:
            return False
        if attribute and attribute not in self.context.names and not self._is_layer_function(attribute):
            return False
        if not attribute and name not in self.layer_names:
            return False
        classes = self.context.layers.of(callee, self.kinds.self_name, self.layer_names)
        return not classes and self._is_marked(argument.value)

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

    # -- kinds --------------------------------------------------------------------------------------------

    def _bind(self, line: cst.SimpleStatementLine) -> None:
        for small in line.body:
            if isinstance(small, cst.Assign):
                kind = self.kinds.of(small.value)
                classes = self.context.layers.of(small.value, self.kinds.self_name, self.layer_names)
                for target in small.targets:
                    self._mark(target.target, self._is_marked(small.value))
                    self.kinds.bind(target.target, kind)
                    self._bind_item(target.target, kind)
                    if isinstance(target.target, cst.Name):
                        self._name_layers(target.target.value, classes)
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

    def _name_layers(self, name: str, classes: Classes | None) -> None:
        if classes:
            self.layer_names[name] = classes
        else:
            self.layer_names.pop(name, None)

    def _bind_loop(self, line: cst.For) -> None:
        self.kinds.bind_loop(line.target, line.iter)
        self.layer_names |= self.context.layers.loop_targets(
            line.target, line.iter, self.kinds.self_name, self.layer_names
        )

    def _bind_comprehensions(self, node: cst.CSTNode) -> None:
        for part in walk(node):
            if isinstance(part, cst.CompFor):
                self.kinds.bind_loop(part.target, part.iter)
                self.layer_names |= self.context.layers.loop_targets(
                    part.target, part.iter, self.kinds.self_name, self.layer_names
                )

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
                    self._bind_loop(line)
                self._observe(statements(line.body))

    # -- construction -------------------------------------------------------------------------------------

    def own_lines(self) -> list[Statement]:
        """The statements of the method itself."""
        return [line for line in statements(self.method.node) if not is_docstring(line)]

    def constructed(self, line: Statement) -> Statement:
        """A statement of the constructor, on locals."""
        return self._rewritten(line)

    def constructed_expression(self, node: cst.BaseExpression) -> cst.BaseExpression:
        """An expression of the constructor, on locals."""
        return self._expression(node)

    # -- expressions and helpers --------------------------------------------------------------------------

    def _rewritten(self, line: cst.BaseStatement) -> Statement:
        changed = line.visit(Expressions(self.context, self.kinds, self._folder(), self))
        assert isinstance(changed, cst.BaseStatement)
        return changed

    def _expression(self, node: cst.CSTNode) -> cst.BaseExpression:
        changed = node.visit(Expressions(self.context, self.kinds, self._folder(), self))
        assert isinstance(changed, cst.BaseExpression)
        return changed

    def reference(self, node: cst.Attribute, attribute: str) -> cst.BaseExpression:
        """What ``self.<attribute>`` is called in the builder."""
        context = self.context
        if attribute == "add_weight" and self.constructing and context.imports.keras == 3:
            return node
        if attribute in context.names:
            return cst.Name(context.names[attribute])
        if attribute in context.function_names:
            return cst.Name(context.function_names[attribute])
        method = context.model.method(attribute)
        if method is not None and "property" in method.decorators:
            return self._property(node, method)
        if method is not None:
            return cst.Name(build_function(context, method, self.kinds, None, self.constructing))
        constants = context.model.constants()
        if attribute in constants:
            context.names[attribute] = context.fresh(attribute.lstrip("_") or attribute, "value")
            context.used_constants[attribute] = constants[attribute]
            return cst.Name(context.names[attribute])
        context.refuse(node, missing(code(node), attribute))
        return node

    def _property(self, node: cst.Attribute, method: Method) -> cst.BaseExpression:
        """A property that is one expression, in place."""
        lines = [line for line in statements(method.node) if not is_docstring(line)]
        small = lines[0].body[0] if len(lines) == 1 and isinstance(lines[0], cst.SimpleStatementLine) else None
        if not isinstance(small, cst.Return) or small.value is None:
            self.context.refuse(node, f"the property `{method.name}` is more than one expression")
            return node
        self.context.refuse_dynamic(small, self_name(method.node))
        kinds = Kinds(self.context.imports, self_name(method.node), {}, self.context.weights)
        value = FunctionBuilder(self.context, method, kinds, set(), self.constructing).constructed_expression(
            small.value
        )
        simple = isinstance(value, (cst.Name, cst.Attribute, cst.Call, cst.Subscript))
        return value if simple else value.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])

    def super_call(self, call: cst.Call) -> cst.BaseExpression | None:
        """The name of the local function for ``super().method``, where ``call`` calls one of the file."""
        name = super_name(call)
        method = self.context.model.method(name, above=self.method.owner) if name else None
        if method is None:
            return None
        key = f"{method.owner.name.value}.{name}"
        if key not in self.context.function_names:
            wanted = f"{snake(method.owner.name.value)}_{name}"
            build_function(self.context, method, self.kinds, call, self.constructing, (key, wanted))
        return cst.Name(self.context.function_names[key])

    def _helper_kind(self, call: cst.Call, kinds: Kinds) -> Kind | None:
        """The kind a call of one of the model's methods returns; the method is rewritten at its first call."""
        if self.super_call(call) is not None:
            return "structure" if kinds.any_symbolic(call.args) else "static"
        attribute = own_attribute(call.func, kinds.self_name)
        if not attribute or attribute in self.context.names:
            return None
        method = self.context.model.method(attribute)
        if method is None or "property" in method.decorators:
            return None
        if attribute not in self.context.function_names:
            build_function(self.context, method, kinds, call, self.constructing)
        return "structure" if kinds.any_symbolic(call.args) else "static"


def build_function(
    context: Context,
    method: Method,
    caller: Kinds,
    call: cst.Call | None,
    constructing: bool = False,
    named: tuple[str, str] | None = None,
) -> str:
    """Make a local function of a helper ``method``, as ``call`` calls it; gives its name.

    ``named`` is the key it is known by and the name it should have, where those are not the method's own.
    """
    key, wanted = named or (method.name, method.name.strip("_") or method.name)
    name = context.fresh(wanted, "step")
    context.function_names[key] = name
    context.functions[name] = []
    context.refuse_dynamic(method.node.body, self_name(method.node))
    unusual = [decorator for decorator in method.decorators if not _is_function_decorator(context, decorator)]
    if unusual:
        context.refuse(method.node, f"`{method.name}` is decorated with `{unusual[0]}`")
        return name
    names = {parameter.name.value for parameter in parameters(method.node)}
    given = {} if constructing else _argument_kinds(method, caller, call)
    kinds = Kinds(context.imports, self_name(method.node), given, context.weights)
    builder = FunctionBuilder(context, method, kinds, {"training"} & names, constructing)
    if constructing:
        context.functions[name] = [_function(method, name, [builder.constructed(line) for line in builder.own_lines()])]
        return name
    if _needs_layer(builder, method):
        context.functions[name] = [_layer_of(context, method, name)]
        return name
    body = builder.pruned(builder.block(statements(method.node), set()))
    context.functions[name] = [_function(method, name, body)]
    return name


def _is_function_decorator(context: Context, decorator: str) -> bool:
    return decorator == "staticmethod" or context.imports.canonical(decorator) == "tensorflow.function"


def _argument_kinds(method: Method, caller: Kinds, call: cst.Call | None) -> dict[str, Kind]:
    """Kinds of the parameters of ``method`` from the arguments of ``call``; structures where there is none."""
    names = [parameter.name.value for parameter in parameters(method.node)]
    if call is None:
        return dict.fromkeys(names, "structure")
    kinds: dict[str, Kind] = dict.fromkeys(names, "static")
    for position, argument in enumerate(call.args):
        keyword = argument.keyword.value if argument.keyword is not None else ""
        name = keyword or (names[position] if position < len(names) else "")
        if name in kinds:
            kinds[name] = caller.of(argument.value)
    return kinds


def _needs_layer(builder: FunctionBuilder, method: Method) -> bool:
    """Whether something in the method has to be kept in a layer, which the whole method then becomes."""
    trial = dataclasses.replace(
        builder.context,
        refusals=[], generated=[], taken=set(builder.context.taken), extra_imports={}, used_constants={},
        names=dict(builder.context.names), functions=dict(builder.context.functions),
        function_names=dict(builder.context.function_names), held=[],
    )  # fmt: skip
    kinds = dataclasses.replace(builder.kinds, names=dict(builder.kinds.names))
    FunctionBuilder(trial, method, kinds, set(builder.training)).block(statements(method.node), set())
    return bool(trial.held) and not trial.refusals


def _layer_of(context: Context, method: Method, name: str) -> Statement:
    """The method as a layer, made once: ``sample = Sample()``."""
    own = self_name(method.node)
    kinds = Kinds(context.imports, own, {}, context.weights)
    lines = statements(method.node)
    parts = generated.parts_of(context, kinds, lines, (), set())
    assert parts is not None
    layer = generated.write_layer(context, camel(method.name), parts, own, generated.method_parameters(method), lines)
    return cst.parse_statement(f"{name} = {layer.construction()}\n")


def _function(method: Method, name: str, body: list[Statement]) -> Statement:
    params = method.node.params
    docstring = [line for line in statements(method.node)[:1] if is_docstring(line)]
    bare = cst.MaybeSentinel.DEFAULT
    own = params.params[0 if is_static(method.node) else 1 :]
    kept = [param for param in own if param.name.value != "training"]
    keywords = [param for param in params.kwonly_params if param.name.value != "training"]
    if kept:
        kept[-1] = kept[-1].with_changes(comma=cst.MaybeSentinel.DEFAULT)
    return method.node.with_changes(
        name=cst.Name(name),
        params=params.with_changes(
            params=kept, kwonly_params=keywords,
            star_arg=params.star_arg if keywords or isinstance(params.star_arg, cst.Param) else bare,
        ),
        body=_suite([*docstring, *body]),
        decorators=[],
        leading_lines=[cst.EmptyLine(indent=False), *comments_above(method.node)],
    )  # fmt: skip


def comments_above(node: cst.FunctionDef) -> list[cst.EmptyLine]:
    """The comments that stand above a function."""
    return [line for line in node.leading_lines if line.comment is not None]


def _guarded(
    line: cst.If, test: cst.BaseExpression, body: Sequence[Statement], other: Sequence[Statement]
) -> Statement:
    """``if test: body`` for ``if training and test: body``."""
    orelse = cst.Else(_suite(other)) if other else None
    first = body[0].with_changes(leading_lines=[])
    return line.with_changes(test=test, body=_suite([first, *body[1:]]), orelse=orelse)


def _suite(lines: Sequence[Statement]) -> cst.IndentedBlock:
    return cst.IndentedBlock(lines or [cst.parse_statement("pass\n")])


def _as_orelse(lines: list[Statement]) -> cst.If | cst.Else | None:
    if len(lines) == 1 and isinstance(lines[0], cst.If):
        return lines[0]
    return cst.Else(_suite(lines)) if lines else None


def _leading(line: Statement) -> Sequence[cst.EmptyLine]:
    found: Sequence[cst.EmptyLine] = getattr(line, "leading_lines", ())
    return found


def _leaves(line: Statement) -> bool:
    """Whether ``line`` always returns or raises."""
    if isinstance(line, cst.SimpleStatementLine):
        return any(isinstance(small, (cst.Return, cst.Raise)) for small in line.body)
    if isinstance(line, cst.If) and line.orelse is not None:
        body = statements(line.body)
        other = [line.orelse] if isinstance(line.orelse, cst.If) else statements(line.orelse.body)
        return bool(body) and bool(other) and _leaves(body[-1]) and _leaves(other[-1])
    return False


def _called(node: cst.BaseExpression) -> cst.CSTNode:
    return node.func if isinstance(node, cst.Call) else node


def _keyword(node: cst.CSTNode) -> str:
    """The keyword a statement starts with."""
    return code(node).split(maxsplit=1)[0].rstrip(":") if code(node).strip() else type(node).__name__.lower()
