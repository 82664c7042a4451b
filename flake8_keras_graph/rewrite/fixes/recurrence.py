"""KG307: a recurrence written out, ``out, states = self.cell(x[:, t], states)`` in a loop, as ``keras.layers.RNN``."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import libcst as cst

from flake8_keras_graph.rewrite.fixes.common.cells import require_cell
from flake8_keras_graph.rewrite.fixes.common.collected_lists import all_comments, counted, list_uses, stacked_axis
from flake8_keras_graph.rewrite.fixes.common.fixer import fixer
from flake8_keras_graph.rewrite.fixes.creation import free_attribute
from flake8_keras_graph.rewrite.text.call_text import Spelling, parse_line
from flake8_keras_graph.rewrite.text.document import Change, Document, NotFixable, body_lines
from flake8_keras_graph.rewrite.text.syntax import Statement, code, names_read, own_attribute, self_name, statements
from flake8_keras_graph.syntax.nodes import walk

_NOTE = "the layer starts from the same states, and skips steps that a mask of its input hides"
_NO_CELL = (
    "it is not a loop over the steps of a tensor that applies one cell to each, `out, states = self.cell(x[:, t], "
    "states)`: write the step as a cell with a `state_size`, and give that to keras.layers.RNN"
)


@dataclasses.dataclass(frozen=True, slots=True)
class Step:
    """``output, states = self.<cell>(sequence[:, index], states)``; ``options`` are further arguments."""

    cell: str
    sequence: str
    output: str
    states: cst.BaseExpression
    options: tuple[str, ...]


@fixer(cst.For)
def fix_recurrence(document: Document, node: cst.CSTNode) -> Change:
    """The loop at ``node`` as a layer that is made in the constructor. Raises NotFixable."""
    function = document.function(node)
    owner = document.owner(node)
    if not isinstance(node, cst.For) or node.orelse is not None or function is None or owner is None:
        raise NotFixable("it is not a plain `for` in a method")
    own = self_name(function)
    lines = body_lines(node)
    step = _step(lines[0], code(node.target), own)
    require_cell(document, owner, step.cell, isinstance(step.states, cst.List) or _starts_as_list(document, node, step))
    collected = _collected(lines[1:], step.output)
    sequence = _sequence(document, node, step.sequence)
    live = document.live_after(node)
    lost = sorted((names_read(step.states) | names_read(node.target)) & live)
    if lost:
        raise NotFixable(f"`{lost[0]}` of the last step is used after the loop")
    if collected and step.output in live:
        raise NotFixable(f"`{step.output}` of the last step is used after the loop, besides the collected ones")
    spelling = Spelling(document.imports)
    constructor = _constructor(owner)
    attribute = free_attribute(owner, f"{step.cell}_rnn")
    kept = ", return_sequences=True" if collected else ""
    made = f"{self_name(constructor)}.{attribute} = {spelling.api('keras.layers.RNN')}({self_name(constructor)}"
    layer = parse_line(f"{made}.{step.cell}{kept})")
    name = collected or step.output
    options = "".join(f", {option}" for option in step.options)
    states = code(step.states)
    call = parse_line(f"{name} = {own}.{attribute}({sequence}, initial_state={states}{options})")
    replaced: dict[cst.CSTNode, Sequence[cst.CSTNode]] = {
        constructor.body: [constructor.body.with_changes(body=[*constructor.body.body, layer])],
        node: [call.with_changes(leading_lines=all_comments(node))],
    }
    if collected:
        replaced |= _whole(document, node, name, spelling)
    return Change(replaced, "unsafe", _NOTE, tuple(spelling.imports_needed))


def _step(line: Statement, index: str, own: str) -> Step:
    output, after, call = _applied(line)
    cell = own_attribute(call.func, own)
    given, states, *rest = call.args
    is_named_states = states.keyword is None or states.keyword.value == "states"
    sequence = _stepped(given.value, index) if given.keyword is None else ""
    if not cell or not sequence or not is_named_states or any(argument.star for argument in call.args):
        raise NotFixable(_NO_CELL)
    if not _is_state(states.value) or _names(states.value) != _names(after) or sequence in _names(after):
        raise NotFixable("the states that a step gives are not those that the next one takes")
    if any(argument.keyword is None or argument.keyword.value != "training" for argument in rest):
        raise NotFixable("its cell takes more than a step and the states: RNN would not hand that on")
    options = tuple(f"training={code(argument.value)}" for argument in rest)
    return Step(cell, sequence, output, states.value, options)


def _applied(line: Statement) -> tuple[str, cst.BaseExpression, cst.Call]:
    """The parts of ``output, states = call(...)``, which has two arguments at least."""
    small = line.body[0] if isinstance(line, cst.SimpleStatementLine) and len(line.body) == 1 else None
    if not isinstance(small, cst.Assign) or len(small.targets) != 1 or not isinstance(small.value, cst.Call):
        raise NotFixable(_NO_CELL)
    target, call = small.targets[0].target, small.value
    if not isinstance(target, cst.Tuple) or len(target.elements) != 2 or len(call.args) < 2:
        raise NotFixable(_NO_CELL)
    output, after = (element.value for element in target.elements)
    if not isinstance(output, cst.Name):
        raise NotFixable(_NO_CELL)
    return output.value, after, call


def _stepped(node: cst.BaseExpression, index: str) -> str:
    """``x`` of ``x[:, t]`` and ``x[:, t, :]``."""
    if not (isinstance(node, cst.Subscript) and isinstance(node.value, cst.Name) and 2 <= len(node.slice) <= 3):
        return ""
    parts = [code(element.slice).replace(" ", "") for element in node.slice]
    return node.value.value if parts in ([":", index], [":", index, ":"]) else ""


def _is_state(node: cst.BaseExpression) -> bool:
    """A name, or a list or tuple of names."""
    if isinstance(node, (cst.List, cst.Tuple)):
        return all(isinstance(element.value, cst.Name) for element in node.elements)
    return isinstance(node, cst.Name)


def _names(node: cst.CSTNode) -> list[str]:
    return [part.value for part in walk(node) if isinstance(part, cst.Name)]


def _collected(lines: Sequence[Statement], output: str) -> str:
    """The list that every output is appended to; empty where the last one is kept alone."""
    if not lines:
        return ""
    text = code(lines[0].with_changes(leading_lines=[])).split("#")[0].strip()
    name, method, argument = text.partition(".append(")
    if len(lines) != 1 or not method or not name.isidentifier() or argument != f"{output})":
        raise NotFixable(
            "each step does more than apply its cell and collect the output: do that to all outputs at once"
        )
    return name


def _sequence(document: Document, node: cst.For, name: str) -> str:
    """The steps that the loop takes: all of ``name``, or its first ones."""
    source = node.iter
    if not (isinstance(source, cst.Call) and code(source.func) == "range" and len(source.args) == 1):
        raise NotFixable("it does not take the steps from the first on")
    tensor = counted(document, source, 1)
    if tensor is not None and code(tensor) == name:
        return name
    count = source.args[0].value
    if not isinstance(count, (cst.Name, cst.Integer)) and not isinstance(count, cst.Attribute):
        raise NotFixable("it does not take the steps from the first on")
    return f"{name}[:, :{code(count)}]"


def _starts_as_list(document: Document, node: cst.For, step: Step) -> bool:
    """Whether the states start as a list, which is what RNN gives to its cell."""
    siblings, place = document.siblings(node)
    for line in reversed(siblings[: max(place, 0)]):
        if isinstance(line, cst.SimpleStatementLine):
            for small in line.body:
                if isinstance(small, cst.Assign) and code(small.targets[0].target) == code(step.states):
                    return isinstance(small.value, cst.List)
    return False


def _constructor(owner: cst.ClassDef) -> cst.FunctionDef:
    for line in statements(owner):
        if isinstance(line, cst.FunctionDef) and line.name.value == "__init__":
            if isinstance(line.body, cst.IndentedBlock):
                return line
    raise NotFixable("the class has no constructor to make the layer in")


def _whole(
    document: Document, node: cst.For, name: str, spelling: Spelling
) -> dict[cst.CSTNode, Sequence[cst.CSTNode]]:
    """What becomes of the list: it does not start empty, and it is stacked already."""
    start, stack = list_uses(document, node, name)
    axis = stacked_axis(stack)
    if axis not in (0, 1):
        raise NotFixable("the outputs are stacked on an axis that is neither the first nor the steps'")
    whole = cst.Name(name) if axis == 1 else cst.parse_expression(f"{spelling.operation('swapaxes')}({name}, 0, 1)")
    return {start: [], stack: [whole]}
