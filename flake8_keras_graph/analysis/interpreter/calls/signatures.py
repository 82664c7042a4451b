"""Arguments of Python's own functions, bound by a declared signature as Python binds them.

A signature is written as in a ``def``: ``"iterable, /, *, key=None"``. The functions themselves do not always show
theirs, and older Pythons show others.
"""

from __future__ import annotations

import ast
import functools

import libcst as cst

from flake8_keras_graph.analysis.frozen import frozen
from flake8_keras_graph.analysis.values import UNKNOWN, Arguments, Value


@frozen(eq=False, repr=False)
class Signature:
    """``positional`` parameters by name; ``named`` are those that take keywords, ``required`` those without default.

    ``rest`` and ``others``: whether there is a ``*`` and a ``**`` parameter.
    """

    positional: tuple[str, ...]
    named: frozenset[str]
    required: frozenset[str]
    rest: bool
    others: bool

    def bind(self, node: cst.Call, arguments: Arguments) -> BoundArguments | None:
        """The arguments of the call ``node`` by parameter; None where Python would raise a TypeError."""
        count = len(self.positional)
        values = dict(zip(self.positional, arguments.positional, strict=False))
        rest = arguments.positional[count:]
        if rest and not self.rest:
            return None
        others: dict[str, Value] = {}
        for name, value in arguments.keywords.items():
            if name in self.named and name not in values:
                values[name] = value
            elif self.others and name not in self.named:
                others[name] = value
            else:
                return None
        if not arguments.open and not self.required <= values.keys():
            return None
        return BoundArguments(self, node, arguments, values, rest, others)


@frozen(eq=False, repr=False)
class BoundArguments:
    """What a call gives each parameter that it gives anything, with the expressions that spell it."""

    signature: Signature
    node: cst.Call
    arguments: Arguments
    values: dict[str, Value]
    rest: tuple[Value, ...]
    others: dict[str, Value]

    @property
    def open(self) -> bool:
        """Whether there may be more arguments: a ``*`` or ``**`` of unknown content was among them."""
        return self.arguments.open

    def has(self, name: str) -> bool:
        """Whether the parameter ``name`` certainly is given."""
        return name in self.values

    def get(self, name: str, default: Value = UNKNOWN) -> Value:
        """The value given for the parameter ``name``; ``default`` where it certainly is left out."""
        return self.values.get(name, UNKNOWN if self.open else default)

    def spelled(self, name: str) -> cst.BaseExpression | None:
        """The expression that is the argument for ``name``; None where it came out of a ``*`` or ``**``."""
        for argument in self.node.args if name in self.signature.named else ():
            if argument.keyword is not None and argument.keyword.value == name:
                return argument.value
        position = self.signature.positional.index(name) if name in self.signature.positional else -1
        before = self.node.args[: position + 1]
        if position < 0 or len(before) <= position or any(each.star or each.keyword for each in before):
            return None
        return before[position].value

    def operand(self, name: str) -> cst.BaseExpression:
        """What to show as the argument for ``name``: itself, else what it came out of."""
        return self.spelled(name) or self._starred()

    def rest_operand(self, position: int) -> cst.BaseExpression:
        """What to show as the positional argument that is ``position`` places behind the named ones."""
        at = len(self.signature.positional) + position
        before = self.node.args[: at + 1]
        if len(before) > at and not any(each.star or each.keyword for each in before):
            return before[at].value
        return self._starred()

    def _starred(self) -> cst.BaseExpression:
        return next((each.value for each in self.node.args if each.star), self.node)


@functools.cache
def signature(text: str) -> Signature:
    """The signature that ``text`` writes as a ``def`` does."""
    (definition,) = ast.parse(f"def function({text}): ...").body
    assert isinstance(definition, ast.FunctionDef)
    given = definition.args
    both = [each.arg for each in given.args]
    positional = [each.arg for each in given.posonlyargs] + both
    named = [each.arg for each in given.kwonlyargs]
    required = positional[: len(positional) - len(given.defaults)]
    required += [name for name, default in zip(named, given.kw_defaults, strict=True) if default is None]
    return Signature(
        tuple(positional),
        frozenset(both + named),
        frozenset(required),
        given.vararg is not None,
        given.kwarg is not None,
    )
