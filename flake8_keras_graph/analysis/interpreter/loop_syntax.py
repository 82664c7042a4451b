"""What a loop's body shows by its text alone: names it carries over, slices by its variable, uses of a name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

import libcst as cst

from flake8_keras_graph import knowledge
from flake8_keras_graph.syntax.nodes import children, walk

CONCATENATIONS = knowledge.names_where("grows")
# Several of these on one input are one wider layer.
FUSABLE = knowledge.names_where("fusable")
_BINDING = {cst.AssignTarget, cst.AugAssign, cst.AnnAssign, cst.NamedExpr, cst.For, cst.CompFor}
_LEAVING = (cst.Break, cst.Return, cst.Continue, cst.If, cst.For, cst.While, cst.Try, cst.Yield)
_ASSIGNMENTS = {cst.Assign, cst.AugAssign}
_COLLECTING = {"append", "extend", "add"}
_STORING = {cst.AssignTarget, cst.AugAssign, cst.Del}
_CHANGING = _COLLECTING | {"appendleft", "clear", "discard", "insert", "pop", "popitem", "popleft", "remove", "reverse",
                           "setdefault", "sort", "update"}  # fmt: skip


def reads(node: cst.CSTNode) -> Iterator[cst.Name]:
    """Names whose value is used: neither attributes nor keywords nor targets of a plain assignment."""
    if type(node) is cst.Name:
        yield node
    elif type(node) is cst.Attribute or type(node) is cst.Arg:
        yield from reads(node.value)
    elif type(node) is cst.AssignTarget:
        if not isinstance(node.target, (cst.Name, cst.Tuple, cst.List)):
            yield from reads(node.target)
    elif type(node) is cst.NamedExpr:
        yield from reads(node.value)
    elif type(node) is cst.For or type(node) is cst.CompFor:
        for child in children(node):
            if child is not node.target:
                yield from reads(child)
    else:
        for child in children(node):
            yield from reads(child)


def assigned(node: cst.CSTNode) -> set[str]:
    """Names that are bound anywhere below ``node``."""
    names: set[str] = set()
    for child in walk(node):
        kind = type(child)
        if kind in _BINDING:
            names.update(targets(child.target))  # type: ignore[attr-defined]
        elif kind is cst.AsName:
            names.update(targets(child.name))  # type: ignore[attr-defined]
    return names


def targets(node: cst.CSTNode) -> set[str]:
    """Names that assigning to ``node`` binds."""
    if isinstance(node, cst.Name):
        return {node.value}
    if isinstance(node, (cst.Tuple, cst.List)):
        return {name for item in node.elements for name in targets(item.value)}
    return targets(node.value) if isinstance(node, cst.StarredElement) else set()


def changed_in_place(node: cst.CSTNode) -> Iterator[str]:
    """Names below ``node`` on which a method is called that changes lists or dicts, or whose items are set."""
    for child in walk(node):
        kind, holder = type(child), None
        if kind is cst.Call and type(child.func) is cst.Attribute:  # type: ignore[attr-defined]
            if child.func.attr.value in _CHANGING:  # type: ignore[attr-defined]
                holder = child.func.value  # type: ignore[attr-defined]
        elif kind in _STORING and type(child.target) is cst.Subscript:  # type: ignore[attr-defined]
            holder = child.target.value  # type: ignore[attr-defined]
        elif kind is cst.AugAssign:
            holder = child.target  # type: ignore[attr-defined]
        if type(holder) is cst.Name:
            yield holder.value


def used_elsewhere(loop: cst.CSTNode, name: str, statement: cst.CSTNode) -> bool:
    """Whether the loop reads ``name`` outside of ``statement``."""
    everywhere = Counter(read.value for read in reads(loop))[name]
    return everywhere > Counter(read.value for read in reads(statement))[name]


def element_slice(loop: cst.For, slices: Iterable[cst.Subscript]) -> cst.Subscript | None:
    """The slice of a tensor by the loop's variable, where the body is free of everything that would make the
    iterations differ in anything else or need one another."""
    if not isinstance(loop.target, cst.Name):
        return None
    name = loop.target.value
    found = [node for node in slices if _picks(node, name)]
    uses = sum(read.value == name for read in reads(loop.body))
    inside = {id(node) for node in walk(loop.body)}
    if not found or uses != len(found) or any(id(node) not in inside for node in found):
        return None
    if any(isinstance(node, _LEAVING) for node in walk(loop.body)) or _depends(loop.body):
        return None
    return found[0]


def _picks(node: cst.Subscript, name: str) -> bool:
    """``x[:, name]``: ``name`` alone is one index."""
    indices = [item.slice for item in node.slice]
    picked = [
        index for index in indices
        if isinstance(index, cst.Index) and isinstance(index.value, cst.Name) and index.value.value == name
    ]  # fmt: skip
    return len(picked) == 1


def _depends(body: cst.BaseSuite) -> bool:
    """Whether an iteration may use what an earlier one left."""
    bound: set[str] = set()
    everywhere = assigned(body)
    for line in body.body:
        parts = line.body if isinstance(line, cst.SimpleStatementLine) else [line]
        for part in parts:
            if isinstance(part, cst.CSTNode) and _statement_depends(part, everywhere, bound, body):
                return True
    return False


def _statement_depends(node: cst.CSTNode, everywhere: set[str], bound: set[str], body: cst.BaseSuite) -> bool:
    if any(isinstance(child, cst.Attribute) for child in _stored(node)):
        return True
    total = accumulated(node)
    if total:
        return used_elsewhere(body, total, node)
    collected = _collected(node)
    if collected:
        return used_elsewhere(body, collected, node)
    if any(read.value in everywhere and read.value not in bound for read in reads(node)):
        return True
    bound.update(assigned(node))
    return False


def _stored(node: cst.CSTNode) -> Iterator[cst.BaseExpression]:
    for child in walk(node):
        if isinstance(child, (cst.AssignTarget, cst.AugAssign, cst.AnnAssign)):
            yield child.target


def accumulated(node: cst.CSTNode) -> str:
    """The name in ``name += x`` and ``name = name + x``; "" for anything else."""
    if isinstance(node, cst.AugAssign) and isinstance(node.target, cst.Name):
        return node.target.value if isinstance(node.operator, cst.AddAssign) else ""
    if isinstance(node, cst.Assign) and len(node.targets) == 1 and isinstance(node.value, cst.BinaryOperation):
        target, value = node.targets[0].target, node.value
        if isinstance(target, cst.Name) and isinstance(value.operator, cst.Add):
            if any(isinstance(side, cst.Name) and side.value == target.value for side in (value.left, value.right)):
                return target.value
    return ""


def _collected(node: cst.CSTNode) -> str:
    """The name in ``name.append(x)``."""
    if isinstance(node, cst.Expr) and isinstance(node.value, cst.Call):
        function = node.value.func
        if isinstance(function, cst.Attribute) and function.attr.value in _COLLECTING:
            return function.value.value if isinstance(function.value, cst.Name) else ""
    return ""


def feeds_itself(loop: cst.For | cst.While, call: cst.Call) -> bool:
    """Whether the arguments of ``call`` depend on what an earlier iteration assigned, and a later one on its result."""
    fed = _carried(loop.body, set())
    if not _feeds(loop.body, call, set(fed)):
        return False
    found = -1
    while fed and len(fed) != found:
        found = len(fed)
        for node in walk(loop.body):
            if type(node) in _ASSIGNMENTS and any(read.value in fed for read in reads(node)):
                fed.update(assigned(node))
    return any(read.value in fed for argument in call.args for read in reads(argument.value))


def _feeds(body: cst.BaseSuite, call: cst.Call, feeding: set[str]) -> bool:
    """Whether the result of ``call`` is assigned to one of the names ``feeding``, or on to one of them."""
    assignments: list[Any] = [node for node in walk(body) if type(node) in _ASSIGNMENTS]
    found = -1
    while feeding and len(feeding) != found:
        found = len(feeding)
        for node in assignments:
            if assigned(node) & feeding:
                feeding.update(read.value for read in reads(node.value))
    return any(assigned(node) & feeding and any(each is call for each in walk(node.value)) for node in assignments)


def _carried(body: cst.BaseSuite, bound: set[str]) -> set[str]:
    """Names that the body assigns and reads before; ``bound`` collects those assigned on every path."""
    everywhere, found = assigned(body), set[str]()
    for line in body.body:
        parts = line.body if isinstance(line, cst.SimpleStatementLine) else [line]
        for part in parts:
            inner = getattr(part, "body", None)
            if isinstance(part, cst.CSTNode) and isinstance(inner, cst.BaseSuite):
                found |= _carried(inner, bound if isinstance(part, cst.With) else set(bound))
                orelse = getattr(part, "orelse", None)
                if isinstance(orelse, cst.Else):
                    found |= _carried(orelse.body, set(bound))
            elif isinstance(part, cst.CSTNode):
                found |= {read.value for read in reads(part) if read.value in everywhere - bound}
                bound |= assigned(part)
    return found


def is_applied_to_the_same(call: cst.Call, changing: set[str]) -> bool:
    """Whether the arguments of ``call`` are the same in every iteration; ``changing`` are the names that are not."""
    return bool(call.args) and not any(
        read.value in changing for argument in call.args for read in reads(argument.value)
    )


def is_read_after(function: cst.CSTNode, loop: cst.For | cst.While, name: str) -> bool:
    """Whether the function, once through the loop, mentions ``name`` again; a loop that binds it itself is none."""
    inside = {id(each) for each in walk(loop)}
    if any(type(each) is cst.Assign and _binds_name(each, name) for each in walk(loop)):
        return False
    passed = False
    for each in walk(function):
        passed = passed or each is loop
        if passed and id(each) not in inside and type(each) is cst.Name and each.value == name:
            return True
    return False


def _binds_name(node: cst.Assign, name: str) -> bool:
    return any(type(each.target) is cst.Name and each.target.value == name for each in node.targets)
