"""KG504: ``predict`` on each row of an array in a loop that collects what it gives, as one call on the array."""

from __future__ import annotations

import libcst as cst

from flake8_keras_graph.rewrite.fixes.common.fixer import fixer
from flake8_keras_graph.rewrite.text.document import Change, Document, NotFixable
from flake8_keras_graph.rewrite.text.syntax import code, dotted, expression, names_read, statements
from flake8_keras_graph.syntax.nodes import walk

_NOTE = "all rows are in memory at once, and a model that looks at the whole batch gives something else"


@fixer(cst.Call)
def fix_step_calls(document: Document, node: cst.CSTNode) -> Change:
    """``[model.predict(row[None])[0] for row in rows]`` as ``list(model.predict(rows))``. Raises NotFixable."""
    if not isinstance(node, cst.Call) or not isinstance(node.func, cst.Attribute) or node.func.attr.value != "predict":
        raise NotFixable("only predict gives for all rows at once what it gives for each")
    taken = document.parents[node]
    if not isinstance(taken, cst.Subscript) or taken.value is not node or code(taken).rpartition("[")[2] != "0]":
        raise NotFixable("what it gives is not the one row that is taken of it")
    holder = document.parents[taken]
    if isinstance(holder, cst.ListComp):
        loop = holder.for_in
        if holder.elt is not taken or loop.ifs or loop.inner_for_in is not None or loop.asynchronous is not None:
            raise NotFixable("the comprehension does something else as well")
        made = expression(f"list({_one_call(document, node, loop.target, loop.iter)})")
        return Change({holder: [made]}, "unsafe", _NOTE)
    return _appended(document, node, taken)


def _appended(document: Document, node: cst.Call, taken: cst.Subscript) -> Change:
    """``for row in rows: out.append(model.predict(row[None])[0])`` as ``out.extend(model.predict(rows))``."""
    argument = document.parents[taken]
    append = document.parents.get(argument)
    line = document.statement(taken)
    loop = document.parents.get(document.parents[line]) if line is not None else None
    if (
        not isinstance(append, cst.Call)
        or not isinstance(append.func, cst.Attribute)
        or append.func.attr.value != "append"
        or len(append.args) != 1
        or not isinstance(loop, cst.For)
        or not isinstance(line, cst.SimpleStatementLine)
        or statements(loop.body) != [line]
        or len(line.body) != 1
        or not isinstance(line.body[0], cst.Expr)
        or line.body[0].value is not append
        or loop.orelse is not None
    ):
        raise NotFixable("the loop does something else than collect what predict gives")
    if names_read(append.func) & names_read(loop.target):
        raise NotFixable("where it is collected changes with the loop")
    one = _one_call(document, node, loop.target, loop.iter)
    call = append.with_changes(
        func=append.func.with_changes(attr=cst.Name("extend")),
        args=[append.args[0].with_changes(value=expression(one))],
    )
    statement = line.with_changes(body=[line.body[0].with_changes(value=call)], leading_lines=loop.leading_lines)
    return Change({loop: [statement]}, "unsafe", _NOTE)


def _one_call(
    document: Document, call: cst.Call, target: cst.BaseAssignTargetExpression, rows: cst.BaseExpression
) -> str:
    """The call with all rows in place of one. Raises NotFixable."""
    if not isinstance(target, cst.Name):
        raise NotFixable("the loop is not over rows alone")
    row = target.value
    first, *others = call.args
    whole = _whole(document, first.value, row, rows)
    if first.keyword is not None or first.star or any(row in names_read(each) for each in others):
        raise NotFixable(f"`{row}` decides how predict is called")
    if row in names_read(call.func):
        raise NotFixable("it is another model at each iteration")
    arguments = [whole, *(code(each.with_changes(comma=cst.MaybeSentinel.DEFAULT)) for each in others)]
    return f"{code(call.func)}({', '.join(arguments)})"


def _whole(document: Document, given: cst.BaseExpression, row: str, rows: cst.BaseExpression) -> str:
    """The array that ``given`` is a row of, with a batch axis of its own."""
    spelled = code(given).replace(" ", "")
    text = code(rows)
    if spelled in {f"{row}[None]", f"{row}[None,...]", f"{row}[None,:]"} or _is_expanded(document, given, row):
        array = text
    elif isinstance(given, cst.Subscript) and _is_row_of(given, row, rows):
        array = code(given.value)
    else:
        raise NotFixable("what predict is given is not simply the loop's row with a batch axis before it")
    if not _is_array(document, array):
        raise NotFixable(f"`{array}` is not known to be an array: hand predict all rows as one")
    return array


def _is_expanded(document: Document, given: cst.BaseExpression, row: str) -> bool:
    """``row[np.newaxis]``, ``np.expand_dims(row, axis=0)``."""
    names = {local for local, target in document.imports.names.items() if target == "numpy"}
    spelled = code(given).replace(" ", "")
    forms = {f"{row}[{name}.newaxis{rest}]" for name in names for rest in ("", ",...", ",:")}
    forms |= {f"{name}.expand_dims({row},{axis}0)" for name in names for axis in ("", "axis=")}
    return spelled in forms


def _is_row_of(given: cst.Subscript, row: str, rows: cst.BaseExpression) -> bool:
    """``x[i : i + 1]`` while ``i`` goes over ``range(len(x))``."""
    inside = code(given).replace(" ", "")
    array = code(given.value).replace(" ", "")
    counted = code(rows).replace(" ", "")
    return inside == f"{array}[{row}:{row}+1]" and counted in {f"range(len({array}))", f"range({array}.shape[0])"}


def _is_array(document: Document, name: str) -> bool:
    """Whether every assignment to ``name`` in the file gives it what a function of NumPy gives."""
    values = [
        part.value
        for part in _assignments(document.module)
        if any(code(target.target) == name for target in part.targets)
    ]
    names = {local for local, target in document.imports.names.items() if target == "numpy"}
    return bool(values) and all(
        isinstance(value, cst.Call) and dotted(value.func).partition(".")[0] in names for value in values
    )


def _assignments(module: cst.Module) -> list[cst.Assign]:
    return [part for part in walk(module) if isinstance(part, cst.Assign)]
