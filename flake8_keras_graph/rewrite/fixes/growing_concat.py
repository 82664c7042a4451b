"""KG302: a tensor that grows by concatenation in a loop, as one concatenation after it."""

from __future__ import annotations

import libcst as cst

from flake8_keras_graph import knowledge
from flake8_keras_graph.analysis.values import Range, Seq
from flake8_keras_graph.rewrite.fixes.common.fixer import fixer
from flake8_keras_graph.rewrite.fixes.common.kinds import TENSOR, kinds
from flake8_keras_graph.rewrite.text.call_text import leading_of, parse_line
from flake8_keras_graph.rewrite.text.document import Change, Document, NotFixable
from flake8_keras_graph.rewrite.text.fresh_names import fresh_name
from flake8_keras_graph.rewrite.text.syntax import code, names_bound, names_read, outer_names, statements
from flake8_keras_graph.syntax.nodes import walk

_CONCATS = knowledge.names_where("joins")


@fixer(cst.Call, cst.Assign, cst.SimpleStatementLine)
def fix_growing(document: Document, node: cst.CSTNode) -> Change:
    """``out = concat([out, y])`` in a loop: collect, then concatenate once. Raises NotFixable."""
    line = document.statement(node)
    small = line.body[0] if isinstance(line, cst.SimpleStatementLine) and len(line.body) == 1 else None
    loop = document.parents.get(document.parents[line]) if line is not None and line in document.parents else None
    if not isinstance(small, cst.Assign) or not isinstance(loop, (cst.For, cst.While)):
        raise NotFixable("it is not one assignment in the body of a loop")
    assert isinstance(line, cst.SimpleStatementLine)
    name, item = _grown(document, small)
    function = document.function(loop)
    _, place = document.siblings(loop)
    if function is None or place < 0:
        raise NotFixable("the loop is not in a function")
    _require_only_grown(document, loop, line, name, item)
    call = small.value
    assert isinstance(call, cst.Call)
    if set().union(*map(names_read, call.args[1:])) & outer_names([loop]):
        raise NotFixable("how it is joined changes from step to step")
    parts = fresh_name(names_read(function) | names_bound(function), f"{name}_parts")
    joined = call.with_changes(args=[call.args[0].with_changes(value=cst.Name(parts)), *call.args[1:]])
    before = parse_line(f"{parts} = [{name}]").with_changes(leading_lines=leading_of(loop))
    append = parse_line(f"{parts}.append({code(item)})").with_changes(
        leading_lines=leading_of(line), trailing_whitespace=line.trailing_whitespace
    )
    after = parse_line(f"{name} = {code(joined)}")
    body = loop.body.with_changes(body=[append if inner is line else inner for inner in loop.body.body])
    changed = loop.with_changes(body=body, leading_lines=[])
    note = _note(document, loop, call, name, item)
    return Change({loop: [before, changed, after]}, "unsafe" if note else "safe", note)


def _note(document: Document, loop: cst.For | cst.While, call: cst.Call, name: str, item: cst.BaseExpression) -> str:
    """What may come out otherwise: what is collected has to be what it is until the end. Empty where nothing may."""
    if kinds(document, item) != TENSOR:
        return f"`{code(item)}` may change before the parts are joined"
    if kinds(document, cst.Name(name), loop) != TENSOR:
        return f"`{name}` may be no tensor where the loop runs not at all"
    if not all(isinstance(part.value, (cst.Integer, cst.UnaryOperation)) for part in call.args[1:]):
        return "how it is joined may change from step to step"
    if document.imports.keras == 2 and not _is_unrolled(document, loop):
        return "AutoGraph may stage the loop, which keeps no list"
    return ""


def _is_unrolled(document: Document, loop: cst.For | cst.While) -> bool:
    """Whether Python runs the loop."""
    return isinstance(loop, cst.For) and isinstance(document.value(loop.iter), (Range, Seq))


def _require_only_grown(
    document: Document, loop: cst.For | cst.While, line: cst.SimpleStatementLine, name: str, item: cst.BaseExpression
) -> None:
    """Raise NotFixable unless nobody sees ``name`` grow, and each ``item`` stays what it is until the end."""
    reads = sum(isinstance(part, cst.Name) and part.value == name for part in walk(loop))
    if reads != 2 or name in names_read(item):
        raise NotFixable(f"`{name}` is read in the loop besides growing")
    if any(isinstance(part, (cst.NamedExpr, cst.Yield, cst.Await)) for part in walk(item)):
        raise NotFixable("what is put behind it binds a name or waits")
    if document.is_interruptible(loop):
        raise NotFixable("what raises in the loop may be caught, and what was joined until then is used")
    if name in document.declared_outside(loop):
        raise NotFixable(f"`{name}` is not the function's own")
    if "variable" in kinds(document, item):
        raise NotFixable(f"`{code(item)}` is a variable, which may change before the parts are joined")
    if name in document.captured_before(loop):
        raise NotFixable(f"`{name}` is read by a function that is made before the loop")
    if name not in document.bound_before(loop):
        raise NotFixable(f"`{name}` has no value before the loop")
    if name in outer_names([statement for statement in statements(loop.body) if statement is not line]):
        raise NotFixable(f"`{name}` is bound in the loop besides growing")


def _grown(document: Document, small: cst.Assign) -> tuple[str, cst.BaseExpression]:
    """The name that grows and what is put behind it."""
    call = small.value
    if (
        not isinstance(call, cst.Call)
        or knowledge.canonical(document.imports.canonical(call.func)) not in _CONCATS
        or not call.args
        or len(small.targets) != 1
        or not isinstance(small.targets[0].target, cst.Name)
    ):
        raise NotFixable("it is not a concatenation assigned to one name")
    items = call.args[0].value
    name = small.targets[0].target.value
    starred = isinstance(items, (cst.List, cst.Tuple)) and any(
        isinstance(element, cst.StarredElement) for element in items.elements
    )
    if starred or not isinstance(items, (cst.List, cst.Tuple)) or len(items.elements) != 2:
        raise NotFixable("it does not put one tensor behind another")
    first, second = (element.value for element in items.elements)
    if not (isinstance(first, cst.Name) and first.value == name):
        raise NotFixable(f"it does not put the new part behind `{name}`")
    return name, second
