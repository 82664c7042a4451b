"""A target as a job for the worker: what is asked of it, and what the project's code says of the class."""

from __future__ import annotations

import collections
import dataclasses
import itertools
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from flake8_keras_graph import failure
from flake8_keras_graph.analysis.reading import ClassReading, FileReading
from flake8_keras_graph.measure import class_uses
from flake8_keras_graph.measure.parent.host import Message
from flake8_keras_graph.measure.parent.session_events import (
    Target,
)
from flake8_keras_graph.measure.parent.settings import Settings
from flake8_keras_graph.measure.parent.variants import Variants
from flake8_keras_graph.measure.project import literals, specs
from flake8_keras_graph.measure.project.constructions import constructions
from flake8_keras_graph.measure.project.own_inputs import own_inputs
from flake8_keras_graph.measure.project.project_files import ProjectFiles
from flake8_keras_graph.project.index import ClassInfo
from flake8_keras_graph.records import Finding, ProbedFinding
from flake8_keras_graph.rules import load

_MAX_INPUTS = 12


def make_job(
    target: Target,
    settings: Settings,
    files: ProjectFiles,
    scratch: Path,
    device: str,
    variants: Variants,
    task: str = "",
) -> Message:
    """The job as JSON. Raises SpecError, OSError, UnicodeDecodeError, SyntaxError."""
    path = Path(target.path).resolve()
    text = path.read_text(encoding="utf-8")
    spec = specs.find_spec(settings.specs, path, target.symbol, files.root)
    return {
        "task": task or ("probe" if settings.probe_only else "measure"),
        "path": str(path),
        "symbol": target.symbol,
        "kind": target.kind,
        "keras": target.keras,
        "root": str(files.root),
        "scratch": str(scratch),
        "seed": settings.seed,
        "device": device,
        "budget_seconds": settings.budget_seconds,
        "comparison_seconds": settings.comparison_seconds,
        "spec": dataclasses.asdict(spec) if spec else None,
        **_read_from_code(files, path, text, target.symbol),
        "findings": list(described_findings(target)),
        "variants": list(variants.asked),
    }


def _read_from_code(files: ProjectFiles, path: Path, text: str, symbol: str) -> dict[str, Any]:
    """What the project's code says of the class: how it is constructed and fed, what it does with what it is given.

    ``neighbours`` are classes of the same file that use this one, with how they in turn are constructed and fed.
    """
    reading = files.read(path, text)
    info = reading.module.classes.get(symbol) if reading is not None else None
    if reading is None or info is None:
        nothing: dict[str, Any] = {"constructions": [], "refused": [], "inputs_found": [], "neighbours": []}
        return {**nothing, "classes": [], "unread": [], "made_by": "", "built_functionally": None}
    cls = reading.class_named(symbol)
    return {
        "made_by": cls.enclosing_function,
        "built_functionally": cls.built_functionally,
        **_found(files, reading, info),
        "neighbours": [
            {"symbol": each.symbol, **_found(files, reading, each)} for each in literals.constructing_classes(info)
        ],
        **_uses(files.keras_classes(reading)),
    }


def _uses(classes: Iterable[ClassReading]) -> dict[str, Any]:
    """What classes do with what they are given; ``unread`` names those at which the reading failed."""
    found, unread = [], []
    for each in classes:
        try:
            found.append(each.uses)
        except Exception as error:  # ours: the class is then fed by the names of its parameters alone
            unread.append(f"what {each.symbol} takes could not be read: {failure.describe(error)}")
    return {"classes": class_uses.as_message(found), "unread": unread}


def _found(files: ProjectFiles, reading: FileReading, info: ClassInfo) -> dict[str, Any]:
    """How the project constructs and feeds the class."""
    readings = [reading, *files.mentioning(info)]
    own = own_inputs(reading, info.symbol, readings)
    given = (found for each in readings for found in literals.literal_inputs(each, info))
    inputs = itertools.chain(literals.signature_inputs(info), given)
    found, refused = constructions(files, info)
    return {
        "constructions": [dataclasses.asdict(each) for each in found],
        "refused": [dataclasses.asdict(each) for each in refused],
        "inputs_found": list(itertools.islice(inputs, _MAX_INPUTS)),
        "own_inputs": own[:_MAX_INPUTS],
        "batch_size": literals.batch_size(readings),
    }


def described_findings(target: Target) -> Iterator[ProbedFinding]:
    """Findings of the target's own file, with what their rules declare of how they are confirmed."""
    for finding, ordinal in numbered_findings(target):
        rule, span = load()[finding.code], finding.span
        yield ProbedFinding(
            code=finding.code, ordinal=ordinal,
            line=span.line, column=span.column, end_line=span.end_line, end_column=span.end_column,
            sites=list(rule.sites), confirmed_by=rule.confirmed_by,
        )  # fmt: skip


def numbered_findings(target: Target) -> Iterator[tuple[Finding, int]]:
    """Findings with their ordinals: the number of the code within the symbol."""
    ordinals: collections.Counter[str] = collections.Counter()
    for finding in sorted(target.findings, key=lambda f: f.span):
        yield finding, ordinals[finding.code]
        ordinals[finding.code] += 1
