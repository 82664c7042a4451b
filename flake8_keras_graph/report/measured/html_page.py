"""``measure --html``: one file that holds everything, asks the network for nothing and runs without JavaScript.

What it shows comes from models that anybody wrote: the template escapes all of it, characters that could
reorder or hide text are shown by their codes, and a content security policy forbids every request.
"""

from __future__ import annotations

import base64
import collections
import dataclasses
import functools
import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import jinja2
from markupsafe import Markup

from flake8_keras_graph.records import Comparison, Finding, FindingResult, ModelResult, RankedFinding, Report
from flake8_keras_graph.report.measured import interval, ranking, terminal
from flake8_keras_graph.report.measured.terminal import in_line, label_of, labels_of, proofs, spec_text, with_proof
from flake8_keras_graph.results import matching
from flake8_keras_graph.wording import MODES, comparison_text, counted, ratio_text, seconds_text, sides_text

_TABLE = "[[tool.keras-graph.model]]"
# Controls, lone surrogates and the marks that change the direction or hide: "a‮b" must not read as another name.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufffe\uffff\ud800-\udfff]"
)
_NUMBER = re.compile(r"[0-9]+(?:\.[0-9]+)?")
_MODES = (("fit", "fit itself"), *MODES.items())


def render(report: Report, steps: int) -> str:
    """The report of one run as a page; ``steps`` is what the ranking was made for."""
    environment = _environment()
    labels = labels_of(report.models)
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
        measured=len({(model.path, model.symbol) for model in report.models if model.status == "measured"}),
        environments=_environments(report, labels),
        totals=_totals(report.ranking),
        warnings=_warnings(report.models),
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
    return {label: terminal.facts({k: v for k, v in own.items() if k not in shared}) for label, own in known.items()}


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


def _totals(places: Iterable[RankedFinding]) -> dict[str, int]:
    """How many findings break, cost time and so on, in the order of the ranking; only what there is."""
    counts = collections.Counter(_outcome(place) for place in places)
    order = ("breaking", "silently wrong", "costing time", "of unknown cost", "free", "refuted")
    return {name: counts[name] for name in order if counts[name]}


def _outcome(place: RankedFinding) -> str:
    cost = ranking.cost(place)
    named = {
        "none: refuted": "refuted",
        "breaks": "breaking",
        "silently wrong": "silently wrong",
        "not known": "of unknown cost",
        "free": "free",
    }
    return named.get(cost, "costing time")


# --- one class -------------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True, slots=True)
class _Site:
    """A finding of the linter, what running it told, and what it costs; either of the first two may be missing."""

    finding: Finding | None
    found: FindingResult | None
    comparison: Comparison | None

    @property
    def code(self) -> str:
        return (self.found or self.finding).code  # type: ignore[union-attr]

    @property
    def place(self) -> tuple[int, int]:
        if self.finding is not None:
            return self.finding.span.line, self.finding.span.column + 1
        return (self.found.line, self.found.column + 1) if self.found else (0, 0)

    @property
    def status(self) -> str:
        return self.found.status if self.found else "not run"

    @property
    def cost(self) -> str:
        return comparison_text(self.comparison) if self.comparison else ""


@dataclasses.dataclass(frozen=True, slots=True)
class _Row:
    """A comparison with its drawing, None where nothing was timed."""

    record: Comparison
    drawing: interval.Drawing | None
    sides: str
    outcome: str


@dataclasses.dataclass(frozen=True, slots=True)
class _Compiled:
    """What became of one step in one mode."""

    mode: str
    step: str
    facts: Mapping[str, Any]

    @property
    def error(self) -> str:
        error = self.facts.get("error")
        if not isinstance(error, Mapping):
            return "" if self.facts.get("works") else "it does not work"
        line = f" at line {error.get('line')}" if error.get("line") else ""
        return f"{error.get('type', 'an exception')}{line}: {error.get('message', '')}"

    @property
    def first_call_seconds(self) -> float | None:
        return _number(self.facts.get("first_call_seconds"))

    @property
    def traces(self) -> float | None:
        return _number(self.facts.get("traces"))

    @property
    def operations(self) -> float | None:
        operations = self.facts.get("operations")
        return sum(_number(count) or 0 for count in operations.values()) if isinstance(operations, Mapping) else None

    @property
    def left_in_graph(self) -> str:
        """Loops, conditionals and callbacks that the graph still has."""
        kinds = (("loops", "loop"), ("conditionals", "conditional"), ("host_callbacks", "host callback"))
        numbers = ((_number(self.facts.get(key)), noun) for key, noun in kinds)
        return ", ".join(counted(int(number), noun) for number, noun in numbers if number)


@dataclasses.dataclass(frozen=True, slots=True)
class _Model:
    """One class, ready to be shown."""

    anchor: str
    record: ModelResult
    spec: str
    guessed: bool
    reason: str
    toml: str
    sites: list[_Site]
    proofs: list[str]
    scale: interval.Scale
    rows: list[_Row]
    compiled: list[_Compiled]
    outcome: str
    label: str


def _model(number: int, model: ModelResult, report: Report, label: str) -> _Model:
    scale = interval.scale_for(model.comparisons)
    reason, toml = _suggested(model.reason)
    return _Model(
        anchor=f"model-{number}",
        record=model,
        spec=spec_text(model.spec) if model.spec else "",
        guessed=matching.guessed(model),
        reason=reason,
        toml=toml,
        sites=_sites(model, report),
        proofs=list(proofs(model.comparisons)),
        scale=scale,
        rows=[_row(comparison, model, scale) for comparison in model.comparisons],
        compiled=list(_compiled(model.compiled)),
        outcome=_told(model),
        label=label,
    )


def _suggested(reason: str) -> tuple[str, str]:
    """Why a class was not measured, and the lines for pyproject.toml that would help."""
    before, table, lines = reason.partition(_TABLE)
    return before.removesuffix("Tell how in pyproject.toml:\n").strip(), f"{table}{lines}".strip()


def _sites(model: ModelResult, report: Report) -> list[_Site]:
    """The findings of one class, each with what running it told; what only running knows comes last."""
    symbols = {other.symbol for other in report.models if other.path == model.path}
    here = [finding for finding in report.findings if finding.path == model.path]
    told: list[_Site] = []
    for finding, ordinal, symbol in matching.sites(here, symbols):
        if symbol == model.symbol:
            found = matching.result_of(model, finding.code, ordinal)
            told.append(_Site(finding, found, matching.comparison_of(model, found, finding) if found else None))
    matched = [site.found for site in told]
    rest = (found for found in model.findings if found not in matched)
    return [*told, *(_Site(None, found, matching.comparison_of(model, found, None)) for found in rest)]


def _row(comparison: Comparison, model: ModelResult, scale: interval.Scale) -> _Row:
    outcome = comparison_text(with_proof(comparison, model))
    return _Row(comparison, interval.drawing(comparison, scale), sides_text(comparison), outcome)


def _compiled(compiled: Mapping[str, Any]) -> Iterable[_Compiled]:
    """Modes and steps as the worker told them, which shares a process with the model: nothing is taken for granted."""
    for mode, name in _MODES:
        steps = compiled.get(mode)
        for step, facts in steps.items() if isinstance(steps, Mapping) else ():
            if isinstance(facts, Mapping) and "works" in facts:
                yield _Compiled(name, str(step), facts)


def _number(value: Any) -> float | None:
    return value if isinstance(value, (int, float)) else None


def _told(model: ModelResult) -> str:
    """A class's outcome in a few words: what the costliest finding or the functional rewrite says."""
    if model.status == "not_measured":
        return "not measured"
    compiled = [facts for _, facts in _steps_as_fit_compiles(model)]
    if any(not facts.get("works", True) for facts in compiled):
        return "does not compile"
    graphs = [c for c in model.comparisons if c.mode == "graph" and c.original == matching.AS_WRITTEN]
    slower = [c for c in graphs if c.verdict == "slower" and c.ratio is not None]
    if slower:
        return f"up to {ratio_text(max(c.ratio or 0.0 for c in slower))}x slower"
    if matching.is_free(model):
        same = all(c.verdict == "same graph" for c in graphs if c.rewrite == matching.FUNCTIONAL)
        return "same graph" if same else "no difference found"
    return "measured" if graphs else "run, nothing to compare"


def _steps_as_fit_compiles(model: ModelResult) -> list[tuple[str, Mapping[str, Any]]]:
    steps = model.compiled.get("graph", {})
    pairs = steps.items() if isinstance(steps, Mapping) else ()
    return [(step, facts) for step, facts in pairs if isinstance(facts, Mapping)]


def _warnings(models: Iterable[ModelResult]) -> dict[str, int]:
    """What was said about single comparisons (noise, mostly) with the number of comparisons.

    What differs in its numbers only is said once, as it was said with the largest.
    """
    alike: dict[str, list[str]] = collections.defaultdict(list)
    for model in models:
        for comparison in model.comparisons:
            for warning in dict.fromkeys(comparison.warnings):
                alike[_NUMBER.sub("#", warning)].append(warning)
    return {max(said, key=_numbers): len(said) for said in alike.values()}


def _numbers(text: str) -> list[float]:
    return [float(number) for number in _NUMBER.findall(text)]
