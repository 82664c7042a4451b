"""A Model subclass as a function that builds the same model with Keras's functional API.

Static: the text is read with libcst, nothing of it is executed.
"""

from __future__ import annotations

import dataclasses


@dataclasses.dataclass(frozen=True, slots=True, order=True)
class Refusal:
    """What cannot be expressed with the functional API, at its line, with the reason."""

    line: int
    reason: str


@dataclasses.dataclass(frozen=True, slots=True)
class FunctionalRewrite:
    """The builder of one class.

    ``source`` defines the function ``name`` (after the layers it needs, if any) and is to be executed in
    the namespace of the module that the class came from; it is None where there are ``refusals``.
    The function takes first ``inputs``, the tensors of ``call`` (a ``keras.Input`` each, or the tuple, list
    or dict of them that ``call`` takes), then ``parameters``, the constructor's own arguments.
    """

    source: str | None
    name: str
    inputs: tuple[str, ...] = ()
    parameters: tuple[str, ...] = ()
    refusals: tuple[Refusal, ...] = ()


def functional_builder(text: str, symbol: str) -> FunctionalRewrite:
    """The functional builder of class ``symbol`` (dotted where nested) in ``text``.

    Raises SyntaxError where the text does not parse and KeyError where it has no such class.
    """
    raise NotImplementedError
