"""Python values kept on ``self`` that methods change after the graph was built: read from the stdlib tree."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from flake8_keras_graph.project.hierarchy import Hierarchy
from flake8_keras_graph.project.index import ClassInfo, FunctionInfo
from flake8_keras_graph.project.self_uses import CONSTRUCTING, TRACED, Uses


def changed_by(info: ClassInfo, attribute: str, hierarchy: Hierarchy, traced: Collection[str] = ()) -> str:
    """The method that sets ``attribute`` to another Python constant than the constructor; "" where none does.

    Methods that are run to construct the object, or while tracing, do not count. Where one of ``traced`` sets it,
    which a traced method was seen to call in one way or another, every trace does so anew.
    """
    methods = _methods_in_order(info, hierarchy)
    setting = {name for name, method in methods.items() if attribute in hierarchy.self_uses.bound_by(method)}
    if setting <= TRACED | CONSTRUCTING or not (setting - TRACED).isdisjoint(traced):
        return ""
    uses = {name: hierarchy.self_uses.of(method) for name, method in methods.items()}
    initial = _stored(attribute, _reached({"__init__"}, uses), uses)
    if not initial or None in initial:
        return ""
    settled = _stored(attribute, TRACED & uses.keys(), uses)
    early = _reached(TRACED | CONSTRUCTING, uses)
    for name, method in methods.items():
        if name in early or any(decorator != "staticmethod" for decorator in method.decorators):
            continue
        later = _stored(attribute, {name}, uses)
        if later and later != initial and not later <= settled:  # else every trace leaves it as that does
            return name
    return ""


def _methods_in_order(info: ClassInfo, hierarchy: Hierarchy) -> dict[str, FunctionInfo]:
    """The methods that instances have of the project's classes, by name."""
    methods: dict[str, FunctionInfo] = {}
    for ancestor in hierarchy.ancestors(info):
        if isinstance(ancestor, ClassInfo):
            for name, method in ancestor.methods.items():
                methods.setdefault(name, method)
    return methods


def _stored(attribute: str, names: Collection[str], uses: Mapping[str, Uses]) -> set[str | None]:
    """The constants that the methods of these names set ``attribute`` to; None is among them for what is none."""
    return {value for name in names for value in uses[name].stored.get(attribute, ())}


def has_setters(info: ClassInfo, hierarchy: Hierarchy) -> bool:
    """Whether methods that are run neither to construct the object nor while tracing set attributes at all."""
    return hierarchy.has_late_setters(info)


def assigned_attributes(info: ClassInfo, hierarchy: Hierarchy) -> frozenset[str]:
    """Names stored on ``self`` outside of ``__init__`` and what it calls by name."""
    constructors = {"__init__", "build", "__new__"}
    bound = {
        name: hierarchy.self_uses.bound_by(method) for name, method in info.methods.items() if name not in constructors
    }
    if not any(bound.values()):
        return frozenset()
    queue = [name for name in constructors if name in info.methods]
    while queue:  # helpers that the constructor calls construct too
        for name in hierarchy.self_uses.of(info.methods[queue.pop()]).called:
            if name in info.methods and name not in constructors and name not in ("call", "__call__"):
                constructors.add(name)
                queue.append(name)
    return frozenset(name for method, names in bound.items() if method not in constructors for name in names)


def _reached(roots: set[str], uses: dict[str, Uses]) -> set[str]:
    """``roots`` and the methods they name on ``self``: called, or read as a property."""
    found = {name for name in roots if name in uses}
    queue = list(found)
    while queue:
        for name in uses[queue.pop()].read:
            if name in uses and name not in found:
                found.add(name)
                queue.append(name)
    return found
