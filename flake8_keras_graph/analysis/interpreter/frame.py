"""The state of one function under interpretation, and the joining of name tables."""

from __future__ import annotations

import dataclasses
from typing import Final

import libcst as cst

from flake8_keras_graph.analysis.events import Place
from flake8_keras_graph.analysis.values import Value, join
from flake8_keras_graph.project.index import ClassInfo, Module

Env = dict[str, Value]
NO_TENSOR: Final = ".no tensor"
"""Key of a name table that holds only where a test has said of something that it is no tensor."""


@dataclasses.dataclass(slots=True, eq=False)
class LoopState:
    """Name tables where ``break`` and ``continue`` left the body; ``applied`` the calls of layers kept on ``self``.

    ``staged``: AutoGraph makes a loop of the graph of it, whose tensors nothing outside of it may use.
    ``slices`` of tensors and ``calls`` of layers through a name are those that the body evaluates.
    """

    breaks: list[Env] = dataclasses.field(default_factory=list)
    continues: list[Env] = dataclasses.field(default_factory=list)
    tensors: bool = False
    staged: bool = False
    applied: dict[int, cst.Call] = dataclasses.field(default_factory=dict)
    elementwise: bool = True
    node: cst.For | cst.While | None = None
    trips: int | None = None
    slices: dict[int, cst.Subscript] = dataclasses.field(default_factory=dict)
    calls: dict[int, cst.Call] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(slots=True, eq=False)
class Frame:
    """One call. ``env`` maps names, and ``self.x`` under its dotted form, to values.

    ``constructing`` is the attribute table being filled while ``__init__`` and ``build`` run.
    ``quiet`` frames give no events: constructors, constants, default values. ``guard_depth`` counts the tests and
    handlers around, and the early exits before: what decides whether a run gets here, ``first_call_depth`` those that
    only the first passes. ``changed`` are the names whose objects were changed in place. ``without_tensors``: the call
    is made only where something is no tensor. ``choices`` counts the undecided conditional expressions around.
    """

    module: Module
    place: Place | None
    env: Env
    owner: ClassInfo | None = None
    instance: Value | None = None
    self_name: str = ""
    closure: Frame | None = None
    depth: int = 0
    autograph: bool = False
    quiet: bool = False
    constructing: dict[str, Value] | None = None
    returns: list[Value] = dataclasses.field(default_factory=list)
    yields: list[Value] = dataclasses.field(default_factory=list)
    loops: list[LoopState] = dataclasses.field(default_factory=list)
    globals: set[str] = dataclasses.field(default_factory=set)
    nonlocals: set[str] = dataclasses.field(default_factory=set)
    changed: set[str] = dataclasses.field(default_factory=set)
    swallowing: int = 0
    guard_depth: int = 0
    first_call_depth: int = 0
    without_tensors: bool = False
    choices: int = 0

    @property
    def is_without_tensors(self) -> bool:
        """Whether a test around has said that something is no tensor: for NumPy and Python values, this code is."""
        return self.without_tensors or NO_TENSOR in self.env


def holder_of(frame: Frame, name: str) -> Frame | None:
    """The innermost of ``frame`` and those around it whose names include ``name``; None for a name of the module."""
    scope: Frame | None = frame
    while scope is not None and name not in scope.env:
        scope = scope.closure
    return scope


class Refined:
    """``env`` with what may be ``taken`` for granted inside a ``with``; afterwards those names are as they were.

    No generator: there is one for every ``and``, ``or`` and conditional expression.
    """

    __slots__ = ("_env", "_saved", "_taken")

    def __init__(self, env: Env, taken: Env) -> None:
        self._env, self._taken = env, taken

    def __enter__(self) -> None:
        if self._taken:
            self._saved = {name: self._env.get(name) for name in self._taken}
            self._env.update(self._taken)

    def __exit__(self, *exception: object) -> None:
        if self._taken:
            for name, value in self._saved.items():
                if value is not None:
                    self._env[name] = value
                else:
                    self._env.pop(name, None)


def forget_attributes(env: Env, name: str) -> None:
    """What was known of the attributes of ``name`` holds no longer."""
    prefix = name + "."
    if prefix in "\n".join(env):  # seldom
        for key in [key for key in env if key.startswith(prefix)]:
            del env[key]


def join_envs(tables: list[Env]) -> Env | None:
    """The name table that holds on every path; None where no path gets here.

    A name that only some paths bind keeps the value those give: on the others, using it would raise. An
    attribute that only some paths set is forgotten: on the others it is what it was before.
    """
    if not tables:
        return None
    result = dict(tables[0])
    for table in tables[1:]:
        for name in [name for name in result if "." in name and name not in table]:
            del result[name]
        for name, value in table.items():
            known = result.get(name)
            if known is None:
                if "." not in name:
                    result[name] = value
            elif known is not value:
                result[name] = join(known, value)
    return result


def leave(frame: Frame, before: Env, exits: list[Env]) -> bool:
    """Go on with what holds on every one of ``exits``, ``before`` where there is none; whether there is one."""
    joined = join_envs(exits)
    frame.env = before if joined is None else joined
    return joined is not None
