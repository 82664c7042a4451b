"""What constructing the model does, as one run of statements: ``__init__`` with what it calls put in place."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence

import libcst as cst

from flake8_keras_graph.rewrite.functional.read.model import Method, ModelClass
from flake8_keras_graph.rewrite.functional.write.substitution import Substitute, parenthesised, visited
from flake8_keras_graph.rewrite.text.effects import returns
from flake8_keras_graph.rewrite.text.syntax import (
    Statement,
    code,
    dotted,
    is_docstring,
    names_bound,
    names_read,
    outer_names,
    own_attribute,
    parameters,
    self_name,
    snake,
    statements,
    super_name,
)
from flake8_keras_graph.syntax.nodes import walk

_MAX_DEPTH = 8


@dataclasses.dataclass(frozen=True, slots=True)
class Line:
    """A statement and what it calls the instance; ``owner`` is the class it stands in."""

    statement: Statement
    own: str
    owner: cst.ClassDef


@dataclasses.dataclass(slots=True)
class Construction:
    """``arguments`` are those that reach Keras's own constructor; ``refusals`` what could not be put in place.

    ``samples`` are the names of what the model is called on, to make its weights.
    """

    lines: list[Line] = dataclasses.field(default_factory=list)
    arguments: list[cst.Arg] = dataclasses.field(default_factory=list)
    refusals: list[tuple[cst.CSTNode, str]] = dataclasses.field(default_factory=list)
    samples: set[str] = dataclasses.field(default_factory=set)

    def attributes(self) -> dict[str, list[cst.BaseExpression]]:
        """Values given to each attribute, in order of first assignment; also what is appended to lists."""
        found: dict[str, list[cst.BaseExpression]] = {}
        for line in self.lines:
            for part in walk(line.statement):
                for name, value in _stores(part, line.own):
                    values = found.setdefault(name, [])
                    if value is not None:
                        values.append(value)
        return found


def read_construction(model: ModelClass) -> Construction:
    """The statements of ``__init__``, or none where the class has no constructor of its own."""
    construction = Construction()
    method = model.method("__init__")
    if method is not None:
        _Inliner(model, construction).method(method, 0)
        construction.lines = _without_samples(construction)
    return construction


def _without_samples(construction: Construction) -> list[Line]:
    """The statements but for those that only made what the model was called on to make its weights."""
    lines = construction.lines
    for name in construction.samples:
        makes = [line for line in lines if name in names_bound(line.statement)]
        reads = [line for line in lines if name in names_read(line.statement)]
        if not reads and all(_makes_a_sample(line.statement) for line in makes):
            lines = [line for line in lines if line not in makes]
    return lines


def _makes_a_sample(line: Statement) -> bool:
    """``dummy = tf.zeros((1, 4))``: one name, for the result of one call of a package."""
    small = line.body[0] if isinstance(line, cst.SimpleStatementLine) and len(line.body) == 1 else None
    if not isinstance(small, cst.Assign) or len(small.targets) != 1 or not isinstance(small.value, cst.Call):
        return False
    calls = [part for part in walk(small.value) if isinstance(part, cst.Call)]
    return isinstance(small.targets[0].target, cst.Name) and all("." in dotted(call.func) for call in calls)


def build_lines(model: ModelClass, method: Method) -> Construction:
    """The statements of ``build``, without the calls that only mark the model as built."""
    construction = Construction()
    _Inliner(model, construction).method(method, 0)
    kept = [line for line in construction.lines if not _marks_built(line)]
    return dataclasses.replace(construction, lines=kept)


@dataclasses.dataclass(slots=True)
class _Inliner:
    """Puts the constructors of base classes, and helpers that set attributes, where they are called."""

    model: ModelClass
    result: Construction
    open: bool = True
    extra: list[cst.Arg] = dataclasses.field(default_factory=list)

    def _is_open(self, argument: cst.Arg) -> bool:
        """Whether ``**kwargs`` of a base class still holds what the builder's caller gives."""
        return argument.star != "**" or self.open

    def method(self, method: Method, depth: int) -> None:
        """Put the statements of ``method`` here."""
        self.lines(self._body(method), self_name(method.node), method, depth)

    def _body(self, method: Method) -> list[Statement]:
        """The statements of ``method``, without a docstring and a last ``return``; refused where it returns before."""
        body = [line for line in statements(method.node) if not is_docstring(line)]
        if body and isinstance(body[-1], cst.SimpleStatementLine) and code(body[-1].body[0]) == "return":
            body.pop()
        early = next((line for line in body if returns(line)), None)
        if early is not None:
            self.result.refusals.append((early, f"`{method.name}` returns before its end"))
        return body

    def lines(self, lines: Sequence[Statement], own: str, method: Method, depth: int) -> None:
        for index, line in enumerate(lines):
            call = _lone_call(line)
            if call is not None and self._is_super(call, own, method):
                self._super(line, call, own, method, lines[index + 1 :], depth)
                continue
            target = self._setter(call, own) if call is not None else None
            if call is not None and target is not None:
                self._inline(line, call, target, lines[index + 1 :], depth)
                continue
            if self._only_builds(line, own):
                continue
            self._look_for_hidden(line, own)
            self.result.lines.append(Line(line, own, method.owner))

    def _only_builds(self, line: Statement, own: str) -> bool:
        """``self(tf.zeros((1, 4)))`` and the like, which make the weights of a model that a builder makes with them."""
        value = _value_alone(line)
        if not isinstance(value, cst.Call) or any(isinstance(part, cst.NamedExpr) for part in walk(value)):
            return False
        name = own_attribute(value.func, own)
        if name == "build":
            return self.model.method("build") is None
        self.result.samples |= {argument.value.value for argument in value.args if isinstance(argument.value, cst.Name)}
        return name == "call" or (isinstance(value.func, cst.Name) and value.func.value == own)

    def _is_super(self, call: cst.Call, own: str, method: Method) -> bool:
        return super_name(call) == method.name or (
            isinstance(call.func, cst.Attribute)
            and call.func.attr.value == method.name
            and bool(call.args)
            and code(call.args[0].value) == own
            and dotted(call.func.value) != own
        )

    def _super(
        self, line: Statement, call: cst.Call, own: str, method: Method, rest: Sequence[Statement], depth: int
    ) -> None:
        above = self.model.method(method.name, above=method.owner)
        explicit = super_name(call) != method.name
        given = call.with_changes(args=call.args[1:]) if explicit else call
        if above is None:
            if method.name == "__init__":
                self.result.arguments += [
                    argument for argument in given.args if argument.star != "*" and self._is_open(argument)
                ]
                self.result.arguments += self.extra
            return
        self._inline(line, given, above, rest, depth)

    def _setter(self, call: cst.Call, own: str) -> Method | None:
        """The method that ``call`` calls, where it sets attributes and so cannot be a local function."""
        name = own_attribute(call.func, own)
        method = self.model.method(name) if name else None
        if method is None or not _sets_attributes(method):
            return None
        return method

    def _inline(self, line: Statement, call: cst.Call, method: Method, rest: Sequence[Statement], depth: int) -> None:
        if depth >= _MAX_DEPTH:
            self.result.refusals.append((line, f"`{method.name}` calls itself"))
            return
        if any(isinstance(part, cst.Return) and part.value is not None for part in walk(method.node.body)):
            self.result.refusals.append((line, f"`{method.name}` sets attributes and returns a value"))
            return
        substituted, assigned = self._bound(line, call, method, rest)
        self.open = self.open and any(argument.star == "**" for argument in call.args)
        own = self_name(method.node)
        for text in assigned:
            self.result.lines.append(Line(text, own, method.owner))
        body = self._body(method)
        if substituted:
            body = [visited(inner, Substitute(substituted)) for inner in body]
        self.lines(body, own, method, depth + 1)

    def _bound(
        self, line: Statement, call: cst.Call, method: Method, rest: Sequence[Statement]
    ) -> tuple[dict[str, cst.BaseExpression], list[Statement]]:
        """Parameters replaced by what they are given, and those that need an assignment first."""
        substituted: dict[str, cst.BaseExpression] = {}
        assigned: list[Statement] = []
        rebound = outer_names(statements(method.node))
        read_after = set().union(*(names_read(other) for other in rest)) if rest else set()
        for name, value in self._arguments(line, call, method):
            if code(value) == name or name not in names_read(method.node.body):
                continue
            if name not in rebound and _stands_for_itself(name, value, method):
                substituted[name] = parenthesised(value)
                continue
            if name in read_after and name not in rebound:
                other = f"{snake(method.owner.name.value)}_{name}"
                substituted[name] = cst.Name(other)
                name = other
            elif name in read_after:
                self.result.refusals.append((line, f"`{name}` means something else in `{method.name}`"))
            assigned.append(cst.parse_statement(f"{name} = {code(value)}\n"))
        return substituted, assigned

    def _arguments(self, line: Statement, call: cst.Call, method: Method) -> Iterator[tuple[str, cst.BaseExpression]]:
        params = parameters(method.node)
        keywords = {word.keyword.value: word.value for word in call.args if word.keyword}
        positional = [word.value for word in call.args if not (word.keyword or word.star)]
        if len(positional) > len(params):
            self.result.refusals.append((line, f"`{method.name}` is given more arguments than it takes"))
        given = dict(zip((param.name.value for param in params), positional, strict=False))
        for param in params:
            name = param.name.value
            value = given[name] if name in given else keywords.pop(name, param.default)
            if value is not None:
                yield name, value
            else:
                self.result.refusals.append((line, f"`{name}` of `{method.name}` is not given"))
        if keywords and method.node.params.star_kwarg is None:
            self.result.refusals.append((line, f"`{method.name}` is given arguments that it does not take"))
        self.extra += [word for word in call.args if word.keyword and word.keyword.value in keywords]

    def _look_for_hidden(self, line: Statement, own: str) -> None:
        """Calls below ``line`` that set attributes: as parts of expressions they cannot be put in place."""
        for part in walk(line):
            if not isinstance(part, cst.Call):
                continue
            if self._setter(part, own) is not None:
                self.result.refusals.append((part, f"`{code(part.func)}` sets attributes in the middle of a statement"))
            elif code(part.func) == "super":
                self.result.refusals.append((part, f"`{code(part.func)}` hides what the constructor sets"))


def _stands_for_itself(name: str, value: cst.BaseExpression, method: Method) -> bool:
    """Whether ``value`` can be written where ``method`` reads ``name``: again and again, or in the one place."""
    if isinstance(value, (cst.Name, cst.BaseNumber, cst.SimpleString)):
        return True
    uses = sum(isinstance(part, cst.Name) and part.value == name for part in walk(method.node.body))
    return uses == 1 and not any(isinstance(part, cst.Call) for part in walk(value))


def _lone_call(line: Statement) -> cst.Call | None:
    if isinstance(line, cst.SimpleStatementLine) and len(line.body) == 1:
        small = line.body[0]
        if isinstance(small, cst.Expr) and isinstance(small.value, cst.Call):
            return small.value
    return None


def _value_alone(line: Statement) -> cst.BaseExpression | None:
    """The value of an expression that is a statement, or of one that is bound to ``_``."""
    small = line.body[0] if isinstance(line, cst.SimpleStatementLine) and len(line.body) == 1 else None
    if isinstance(small, cst.Assign) and all(code(target.target) == "_" for target in small.targets):
        return small.value
    return small.value if isinstance(small, cst.Expr) else None


def _sets_attributes(method: Method) -> bool:
    own = self_name(method.node)
    return any(name for part in walk(method.node.body) for name, _ in _assignments(part, own))


def _stores(part: cst.CSTNode, own: str) -> Iterator[tuple[str, cst.BaseExpression | None]]:
    """Attributes that ``part`` assigns or fills (``append``, item assignment), with the value where it is one."""
    yield from _assignments(part, own)
    if isinstance(part, cst.Call) and isinstance(part.func, cst.Attribute) and part.args:
        name = own_attribute(part.func.value, own)
        if name and part.func.attr.value in ("append", "extend", "insert", "add", "update"):
            yield name, part.args[-1].value
    if isinstance(part, cst.Assign):
        for target in part.targets:
            if isinstance(target.target, cst.Subscript):
                name = own_attribute(target.target.value, own)
                if name:
                    yield name, part.value


def _assignments(part: cst.CSTNode, own: str) -> Iterator[tuple[str, cst.BaseExpression | None]]:
    if isinstance(part, cst.Assign):
        for target in part.targets:
            yield from _targets(target.target, part.value, own)
    elif isinstance(part, (cst.AnnAssign, cst.AugAssign)):
        yield from _targets(part.target, part.value, own)


def _targets(
    target: cst.BaseExpression, value: cst.BaseExpression | None, own: str
) -> Iterator[tuple[str, cst.BaseExpression | None]]:
    name = own_attribute(target, own)
    if name:
        yield name, value
    elif isinstance(target, (cst.Tuple, cst.List)):
        values: Sequence[cst.BaseExpression | None] = [None] * len(target.elements)
        if isinstance(value, (cst.Tuple, cst.List)) and len(value.elements) == len(target.elements):
            values = [element.value for element in value.elements]
        for element, part in zip(target.elements, values, strict=True):
            yield from _targets(element.value, part, own)


def _marks_built(line: Line) -> bool:
    text = code(line.statement.with_changes(leading_lines=[])).strip().split("#")[0].strip()
    return text == f"{line.own}.built = True" or text == "pass"


def bound_names(lines: Sequence[Line]) -> set[str]:
    """Names that the statements bind, at any depth."""
    return set().union(*(names_bound(line.statement) for line in lines)) if lines else set()
