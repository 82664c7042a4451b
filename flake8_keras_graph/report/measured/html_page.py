"""``measure --html``: one file that holds everything, asks the network for nothing and runs without JavaScript.

What it shows comes from models that anybody wrote: the template escapes all of it, characters that could
reorder or hide text are shown by their codes, and a content security policy forbids every request.
"""

from __future__ import annotations

import base64
import dataclasses
import functools
import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import Any

import jinja2
from markupsafe import Markup

from flake8_keras_graph.records import Comparison, ModelResult, RankedFinding, Report
from flake8_keras_graph.report.measured import interval, ranking, summary, view
from flake8_keras_graph.report.measured.view import in_line, label_of, labels_of, proofs, spec_text
from flake8_keras_graph.results import matching
from flake8_keras_graph.wording import counted, first_calls_text, seconds_text, sides_text

# Controls, lone surrogates and the marks that change the direction or hide: "a‮b" must not read as another name.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufffe\uffff\ud800-\udfff]"
)


def render(report: Report, steps: int) -> str:
    """The report of one run as a page; ``steps`` is what the ranking was made for."""
    environment = _environment()
    labels = labels_of(report.models)
    earned = summary.summarise(report.models)
    script, style = (_part(environment, name) for name in ("report.js", "report.css"))
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return environment.get_template("report.html.j2").render(
        report=report,
        steps=steps,
        places=[_Place(place, _anchor(report.models, place)) for place in report.ranking],
        models=[
            _model(number, model, report, label_of(model, labels)) for number, model in enumerate(report.models, 1)
        ],
        classes=len({(model.path, model.symbol) for model in report.models}),
        earned=summary.sentence(earned),
        reasons=summary.reason_texts(earned),
        environments=_environments(report, labels),
        totals=view.count_outcomes(report.ranking),
        warnings=view.count_warnings(report.models),
        plot=interval,
        script=Markup(script),  # ours, from the package
        style=Markup(style),
        digest=digest,
    )


def _environments(report: Report, labels: Mapping[str, str]) -> dict[str, str]:
    """What each of several environments has that the others have not."""
    known = {label_of(model, labels): model.environment for model in report.models if model.environment}
    if len(known) < 2:
        return {}
    shared = report.environment
    return {
        label: view.describe_facts({k: v for k, v in own.items() if k not in shared}) for label, own in known.items()
    }


@functools.cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("flake8_keras_graph.report", "measured"),
        autoescape=True,
        finalize=visible,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {
        "code": _with_code,
        "counted": counted,
        "first_calls": first_calls_text,
        "line": in_line,
        "seconds": seconds_text,
        "words": lambda text: text.replace("_", " "),
    }
    return environment


def _with_code(text: str) -> Markup:
    """A message with what stands between backquotes as code."""
    parts = re.split(r"`([^`\n]+)`", text)
    pieces = (Markup("<code>{}</code>" if index % 2 else "{}") for index in range(len(parts)))
    marked = (piece.format(visible(part)) for piece, part in zip(pieces, parts, strict=True))
    return Markup("").join(marked)


def _part(environment: jinja2.Environment, name: str) -> str:
    assert environment.loader is not None
    return environment.loader.get_source(environment, name)[0]


def visible(value: Any) -> Any:
    """Text with what cannot be seen written as ``\\u202e``; anything else as it is, None as nothing."""
    if value is None:
        return ""
    if type(value) is not str:  # markup that the template itself made is a subclass
        return value
    return _UNSEEN.sub(lambda match: match[0].encode("unicode_escape", "backslashreplace").decode(), value)


# --- the ranking -----------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True, slots=True)
class _Place:
    """One place of the ranking; ``anchor`` is that of its class's section, "" where it has none."""

    record: RankedFinding
    anchor: str

    @property
    def cost(self) -> str:
        return ranking.cost(self.record)

    @property
    def slowdown(self) -> str:
        return ranking.slowdown(self.record)


def _anchor(models: Sequence[ModelResult], place: RankedFinding) -> str:
    here = {model.symbol: number for number, model in reversed(list(enumerate(models, 1))) if model.path == place.path}
    number = here.get(matching.class_of(place.symbol, set(here)))
    return f"model-{number}" if number else ""


# --- one class -------------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True, slots=True)
class _Row:
    """A comparison with its drawing, None where nothing was timed."""

    record: Comparison
    drawing: interval.Drawing | None
    sides: str
    outcome: str


@dataclasses.dataclass(frozen=True, slots=True)
class _Model:
    """One class, ready to be shown."""

    anchor: str
    record: ModelResult
    spec: str
    guessed: bool
    reason: str
    toml: str
    sites: list[view.Site]
    proofs: list[str]
    scale: interval.Scale
    rows: list[_Row]
    compiled: list[view.CompiledStep]
    lengths: list[str]
    outcome: str
    label: str


def _model(number: int, model: ModelResult, report: Report, label: str) -> _Model:
    scale = interval.scale_for(model.comparisons)
    reason, toml = view.split_suggestion(model.reason)
    return _Model(
        anchor=f"model-{number}",
        record=model,
        spec=spec_text(model.spec) if model.spec else "",
        guessed=matching.guessed(model),
        reason=reason,
        toml=toml,
        sites=view.sites_of(model, report),
        proofs=list(proofs(model.comparisons)),
        scale=scale,
        rows=[_row(comparison, model, scale) for comparison in model.comparisons],
        compiled=list(view.compiled_steps(model.compiled)),
        lengths=view.length_texts(model),
        outcome=view.outcome_of(model),
        label=label,
    )


def _row(comparison: Comparison, model: ModelResult, scale: interval.Scale) -> _Row:
    outcome = view.outcome_text(comparison, model)
    return _Row(comparison, interval.drawing(comparison, scale), sides_text(comparison), outcome)
