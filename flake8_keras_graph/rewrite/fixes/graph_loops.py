"""KG305: ``fori_loop``, which XLA cannot train through, as a ``while_loop`` with a bound, which it can."""

from __future__ import annotations

import libcst as cst

from flake8_keras_graph.rewrite.fixes.common.fixer import fixer
from flake8_keras_graph.rewrite.fixes.common.kinds import kinds
from flake8_keras_graph.rewrite.fixes.common.predicates import is_repeatable
from flake8_keras_graph.rewrite.fixes.row_loops import is_python_number
from flake8_keras_graph.rewrite.text.call_text import Spelling, call_text, room_at
from flake8_keras_graph.rewrite.text.document import Change, Document, NotFixable
from flake8_keras_graph.rewrite.text.scopes import scope_of
from flake8_keras_graph.rewrite.text.syntax import code, names_read

_NOTE = "the bound is read again at every step, and has to be a whole number"


@fixer(cst.Call)
def fix_graph_loop(document: Document, node: cst.CSTNode) -> Change:
    """``fori_loop(0, n, body, x)`` as ``while_loop(..., maximum_iterations=n)[1]``. Raises NotFixable."""
    if not isinstance(node, cst.Call):
        raise NotFixable("it is not a call")
    path = document.imports.canonical(node.func)
    if path != "keras.ops.fori_loop":
        raise NotFixable("say how often it runs at most: XLA needs `maximum_iterations` to train through it")
    if len(node.args) != 4 or any(argument.keyword is not None or argument.star for argument in node.args):
        raise NotFixable("its arguments are not all given by place")
    lower, upper, body, start = (argument.value for argument in node.args)
    if code(lower) != "0" or not is_python_number(document, node, upper):
        raise NotFixable("it does not run from 0 to a number that is known while tracing")
    spelling = Spelling(document.imports)
    index, value, step = _step(body)
    if {index, value} & names_read(upper):
        raise NotFixable("its bound is called as its variables are")
    arguments = [
        f"lambda {index}, {value}: {index} < {code(upper)}",
        f"lambda {index}, {value}: ({index} + 1, {step})",
        f"(0, {code(start)})",
        f"maximum_iterations={code(upper)}",
    ]
    column = document.positions[node].start.column
    text = call_text(spelling.operation("while_loop"), arguments, room_at(column))
    made = cst.parse_expression(f"{text}[1]")
    note = "" if kinds(document, upper) == {"whole"} and _is_stable(document, upper, body) else _NOTE
    return Change({node: [made]}, "unsafe" if note else "safe", note, tuple(spelling.imports_needed))


def _is_stable(document: Document, upper: cst.BaseExpression, body: cst.BaseExpression) -> bool:
    """Whether the bound is the same at every step, whatever the body does."""
    if isinstance(upper, cst.Integer) or is_repeatable(body, document.imports):
        return True
    scope = scope_of(document, upper, upper.value) if isinstance(upper, cst.Name) else None
    return scope is not None and isinstance(upper, cst.Name) and upper.value not in document.declared_in(scope)


def _takes_two(params: cst.Parameters) -> bool:
    """Whether a lambda takes two parameters by place, and nothing else."""
    others = (*params.posonly_params, *params.kwonly_params)
    plain = all(param.default is None for param in params.params)
    return len(params.params) == 2 and plain and not others and not isinstance(params.star_arg, cst.Param)


def _step(body: cst.BaseExpression) -> tuple[str, str, str]:
    """Names of the index and the value, and the text of the next value."""
    if isinstance(body, cst.Lambda) and _takes_two(body.params):
        index, value = (param.name.value for param in body.params.params)
        return index, value, code(body.body)
    if isinstance(body, (cst.Name, cst.Attribute)):
        index, value = ("i", "value") if not {"i", "value"} & names_read(body) else ("index", "state")
        return index, value, f"{code(body)}({index}, {value})"
    raise NotFixable("its body is neither a function nor a lambda of two parameters")
