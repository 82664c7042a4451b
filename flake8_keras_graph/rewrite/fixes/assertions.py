"""KG106: ``assert`` on a tensor, as a check that runs in the graph."""

from __future__ import annotations

import libcst as cst

from flake8_keras_graph.rewrite.fixes.common.fixer import fixer
from flake8_keras_graph.rewrite.fixes.common.predicates import predicate
from flake8_keras_graph.rewrite.text.call_text import Spelling, call_text, leading_of, parse_line, room_at
from flake8_keras_graph.rewrite.text.document import Change, Document, NotFixable
from flake8_keras_graph.rewrite.text.syntax import code

_NOTE = "raises InvalidArgumentError instead of AssertionError, also under python -O; XLA leaves the check out"


@fixer(cst.Assert)
def fix_assertion(document: Document, node: cst.CSTNode) -> Change:
    """``assert t, message`` as ``tf.debugging.Assert(t, [message])``. Raises NotFixable."""
    line = document.statement(node)
    if not isinstance(node, cst.Assert) or not isinstance(line, cst.SimpleStatementLine) or len(line.body) != 1:
        raise NotFixable("it shares its line with another statement")
    spelling = Spelling(document.imports)
    test = predicate(document, node.test, spelling)
    message = f"[{code(node.msg)}]" if node.msg is not None else f"[{_quoted(code(node.test))}]"
    column = document.positions[node].start.column
    text = call_text(spelling.tensorflow("debugging.Assert"), [test, message], room_at(column))
    made = parse_line(text).with_changes(leading_lines=leading_of(line), trailing_whitespace=line.trailing_whitespace)
    return Change({line: [made]}, "unsafe", _NOTE, tuple(spelling.imports_needed))


def _quoted(text: str) -> str:
    flat = " ".join(text.split())
    return '"' + flat.replace("\\", "\\\\").replace('"', '\\"') + '"'
