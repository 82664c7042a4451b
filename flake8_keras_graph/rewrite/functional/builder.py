"""A Model subclass as a function that builds the same model with Keras's functional API.

Static: the text is read with libcst, nothing of it is executed.
"""

from __future__ import annotations

import dataclasses

import libcst as cst

from flake8_keras_graph.analysis.reading import BUILT_FUNCTIONALLY, FileReading
from flake8_keras_graph.rewrite.functional.read.bases import elsewhere
from flake8_keras_graph.rewrite.functional.read.dynamic_names import spelled_out
from flake8_keras_graph.rewrite.functional.read.model import NotAtTop, read_model
from flake8_keras_graph.rewrite.functional.read.places import Places
from flake8_keras_graph.rewrite.functional.write.assembly import assemble
from flake8_keras_graph.rewrite.functional.write.context import Note, Refusal
from flake8_keras_graph.rewrite.text.fresh_names import fresh_name
from flake8_keras_graph.rewrite.text.imports import read_imports
from flake8_keras_graph.rewrite.text.syntax import outer_names, snake
from flake8_keras_graph.syntax.source import positions

__all__ = ["FunctionalRewrite", "Note", "Refusal", "functional_builder"]


@dataclasses.dataclass(frozen=True, slots=True)
class FunctionalRewrite:
    """The builder of one class.

    ``source`` defines the function ``name`` (after the layers it needs, if any) and is to be executed in
    the namespace of the module that the class came from; it is None where there are ``refusals``.
    The function takes first ``inputs``, the tensors of ``call`` (a ``keras.Input`` each, or the tuple, list
    or dict of them that ``call`` takes), then ``parameters``, the constructor's own arguments. Other
    arguments of ``call`` follow, keyword-only, with the defaults they have there. ``notes`` say where the model does
    what somebody who reads the builder may not expect.
    """

    source: str | None
    name: str
    inputs: tuple[str, ...] = ()
    parameters: tuple[str, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    notes: tuple[Note, ...] = ()


def functional_builder(reading: FileReading, symbol: str, *, with_training: bool = False) -> FunctionalRewrite:
    """The functional builder of class ``symbol`` (dotted where nested) of the file.

    ``with_training`` is for a class whose ``call`` takes no ``training``, which Keras 3 fits as in inference: its
    layers act in training as if ``call`` took it.
    Raises SyntaxError where libcst cannot parse the text and KeyError where it has no such class.
    """
    try:
        parsed = cst.parse_module(reading.text)
    except cst.ParserSyntaxError as error:
        raise SyntaxError(str(error)) from error
    cls = reading.class_named(symbol)
    places = Places(cls)
    places.add(reading.module, positions(parsed, reading.text))
    module = spelled_out(parsed) if "etattr(" in reading.text else parsed
    places.follow(parsed, module)
    wanted = f"build_{snake(cls.info.name)}"
    name = fresh_name(outer_names(module.body), wanted, f"{wanted}_functional")
    if cls.built_functionally is not None:
        return FunctionalRewrite(None, name, refusals=(Refusal(cls.built_functionally, BUILT_FUNCTIONALLY),))
    others = elsewhere(module, dataclasses.replace(read_imports(reading), keras=cls.keras_version), places)
    try:
        model = read_model(cls, module, others)
    except NotAtTop as reason:
        return FunctionalRewrite(None, name, refusals=(Refusal(cls.info.node.lineno, str(reason)),))
    try:
        built = assemble(module, model, name, others, with_training)
    except (cst.ParserSyntaxError, cst.CSTValidationError, RecursionError) as error:
        return FunctionalRewrite(
            None, name, refusals=(Refusal(cls.info.node.lineno, f"no code could be written for it: {error}"),)
        )
    if built.refusals:
        return FunctionalRewrite(None, name, refusals=tuple(sorted(built.refusals)))
    return FunctionalRewrite(built.source, name, built.inputs, built.parameters, notes=built.notes)
