"""The model that a builder returns, in place of the outputs that ``call`` returns."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence

import libcst as cst

from flake8_keras_graph.rewrite.functional.read.construction import Construction
from flake8_keras_graph.rewrite.functional.read.kinds import Kinds
from flake8_keras_graph.rewrite.functional.read.model import Method
from flake8_keras_graph.rewrite.functional.write.body import FunctionBuilder
from flake8_keras_graph.rewrite.functional.write.context import Context
from flake8_keras_graph.rewrite.functional.write.model_class import ModelOf, free_name, set_on
from flake8_keras_graph.rewrite.text.operations import keyword_argument
from flake8_keras_graph.rewrite.text.syntax import Statement, code, snake

_LINE_LENGTH = 88


@dataclasses.dataclass(slots=True)
class Returned:
    """Writes ``keras.Model(inputs=..., outputs=..., name=...)``."""

    context: Context
    construction: Construction
    call: Method
    made_of: ModelOf

    def lines(self, lines: Sequence[Statement], names: Sequence[str]) -> list[Statement]:
        """``lines`` with the model in place of what they return."""
        held = free_name(lines, self.context) if self.made_of.attributes else ""
        after = set_on(held, self.made_of.attributes, self.context)
        transformer = _ReturnModel(lambda value: self._model(value, names), held, after)
        changed = cst.IndentedBlock(list(lines)).visit(transformer)
        assert isinstance(changed, cst.IndentedBlock)
        return [line for line in changed.body if isinstance(line, cst.BaseStatement)]

    def _model(self, outputs: cst.BaseExpression, names: Sequence[str]) -> cst.BaseExpression:
        """``keras.Model(inputs=..., outputs=..., name=...)``."""
        base = self.made_of.base
        if isinstance(outputs, cst.Tuple) and not outputs.lpar:
            outputs = outputs.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])
        inputs = names[0] if len(names) == 1 else f"[{', '.join(names)}]"
        arguments = [
            keyword_argument("inputs", cst.parse_expression(inputs)),
            keyword_argument("outputs", outputs),
            *self._model_arguments(),
        ]
        text = code(cst.Call(base, arguments))
        if "\n" in text or len(text) + 4 + len("return ") <= _LINE_LENGTH:
            return cst.Call(base, arguments)
        return _exploded_call(cst.Call(base, arguments))

    def _model_arguments(self) -> list[cst.Arg]:
        given = self.construction.arguments
        star = [argument for argument in given if argument.star == "**"]
        named = {argument.keyword.value: argument.value for argument in given if argument.keyword is not None}
        if len(star) + len(named) < len(given) or named.keys() & {"inputs", "outputs"}:
            self.context.refuse(given[0], "the constructor gives Keras inputs and outputs: it is functional already")
        unknown = [name for name in named if name not in ("name", "trainable")]
        if unknown:
            self.context.refuse(
                given[0], f"the constructor gives Keras a `{unknown[0]}`, which a functional model does not take"
            )
        kinds = Kinds(self.context.places, self.context.imports, "self", {})
        builder = FunctionBuilder(self.context, self.call, kinds, set(), constructing=True)
        made = [keyword_argument(name, builder.constructed_expression(value)) for name, value in named.items()]
        keeps = [argument.with_changes(comma=cst.MaybeSentinel.DEFAULT) for argument in star]
        if not keeps and "name" not in named:
            name = cst.SimpleString(f'"{snake(self.context.model.name)}"')
            made.append(keyword_argument("name", name))
        return made + keeps


class _ReturnModel(cst.CSTTransformer):
    """Returns the model where ``call`` returns its outputs; nested functions keep their returns."""

    def __init__(
        self, model: Callable[[cst.BaseExpression], cst.BaseExpression], held: str, after: Sequence[Statement]
    ) -> None:
        super().__init__()
        self._model = model
        self._held = held
        self._after = after

    def visit_FunctionDef(self, node: cst.FunctionDef) -> bool:
        return False

    def visit_Lambda(self, node: cst.Lambda) -> bool:
        return False

    def leave_Return(self, original_node: cst.Return, updated_node: cst.Return) -> cst.Return:
        if updated_node.value is None:
            return updated_node
        return updated_node.with_changes(
            value=self._model(updated_node.value), whitespace_after_return=cst.SimpleWhitespace(" ")
        )

    def leave_SimpleStatementLine(
        self, original_node: cst.SimpleStatementLine, updated_node: cst.SimpleStatementLine
    ) -> cst.SimpleStatementLine | cst.FlattenSentinel[Statement]:
        """What is set on the model, between its construction and its return."""
        small = updated_node.body[-1]
        if not self._after or not isinstance(small, cst.Return) or small.value is None:
            return updated_node
        made = cst.Assign([cst.AssignTarget(cst.Name(self._held))], small.value)
        first = updated_node.with_changes(body=[*updated_node.body[:-1], made])
        return cst.FlattenSentinel([first, *self._after, cst.parse_statement(f"return {self._held}\n")])


def _exploded_call(call: cst.Call) -> cst.Call:
    """The arguments of ``call`` one to a line, in a body one level deep."""
    inner = "".join(f"    {code(argument)},\n" for argument in call.args)
    wrapped = cst.parse_expression(f"{code(call.func)}(\n{inner})")
    assert isinstance(wrapped, cst.Call)
    return wrapped
