"""The remedies of findings as texts of the whole file: made to be compared with the class as written, never offered."""

from __future__ import annotations

import dataclasses
import functools
import importlib
import pkgutil
from collections.abc import Iterator, Mapping

import libcst as cst

from flake8_keras_graph.analysis.reading import FileReading
from flake8_keras_graph.records import Finding, Remedy, WeightJoin
from flake8_keras_graph.rewrite import remedies
from flake8_keras_graph.rewrite.fixes.common.sites import find_site
from flake8_keras_graph.rewrite.remedies.remedy import REMEDIERS, Remedier
from flake8_keras_graph.rewrite.text.document import Document, NotFixable, changed_text, read_document
from flake8_keras_graph.rewrite.text.scopes import document_at

_MAX_ALTERNATIVES = 4


@dataclasses.dataclass(frozen=True, slots=True)
class RemedyText:
    """The file with the remedy of one finding; ``title`` and ``eagerly`` are those of its Remedier."""

    title: str
    text: str
    joined: tuple[WeightJoin, ...] = ()
    eagerly: bool = False


@functools.cache
def remediers() -> Mapping[Remedy, Remedier]:
    """Everything that makes a remedy, by its name; the modules of this folder are imported on the first call."""
    for module in pkgutil.iter_modules(remedies.__path__, f"{remedies.__name__}."):
        importlib.import_module(module.name)
    return REMEDIERS


class FileRemedies:
    """The remedies of a file's findings; its text is parsed once for all of them."""

    def __init__(self, reading: FileReading) -> None:
        self._reading = reading

    @functools.cached_property
    def _document(self) -> Document:
        return read_document(self._reading)

    def of(self, finding: Finding) -> list[RemedyText] | str:
        """The ways to make a finding's remedy, the likeliest first, or why there is none; "" where none is known."""
        remedier = remediers().get(finding.remedy) if finding.remedy is not None else None
        if remedier is None:
            return ""
        made: list[RemedyText] = []
        reason = "there is nothing to change"
        try:
            for each in self._made(remedier, finding):
                made += [each] if each not in made else []
                if len(made) == _MAX_ALTERNATIVES:
                    break
        except NotFixable as error:
            reason = str(error)
        except (cst.ParserSyntaxError, cst.CSTValidationError, SyntaxError, ValueError) as error:
            reason = f"the rewritten code does not parse: {error}"
        return made or reason

    def _made(self, remedier: Remedier, finding: Finding) -> Iterator[RemedyText]:
        document = self._document
        node = find_site(document, finding.span, remedier.nodes)
        if node is None:
            raise NotFixable("nothing that could be rewritten stands there")
        here = document_at(document, node, finding.symbol)
        for found in remedier.make(here, node):
            text = changed_text(here, found.change)
            if text != self._reading.text:
                yield RemedyText(remedier.title, text, found.joined, remedier.eagerly)
