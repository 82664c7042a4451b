"""What there is to say of a measured run, in words and in order: the one model of the terminal and the page.

Nothing here knows how it is drawn. What the worker told shares a process with the model that was measured, so that
nothing of it is taken for granted.
"""

from __future__ import annotations

import collections
import dataclasses
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from flake8_keras_graph.records import Comparison, Finding, FindingResult, ModelResult, RankedFinding, Report
from flake8_keras_graph.report.measured import ranking
from flake8_keras_graph.results import matching
from flake8_keras_graph.results.evidence import environment_name
from flake8_keras_graph.results.matching import FUNCTIONAL
from flake8_keras_graph.results.rank import pays_after
from flake8_keras_graph.wording import MODES, comparison_text, counted, pays_text, ratio_text

# How the class as written is compiled, in the order of what to tell.
_COMPILING = {"graph": "compiled as fit compiles,", "fit": "in fit", "xla": "compiled by XLA,"}
_MODES = (("fit", "fit itself"), *MODES.items())
_CALL = re.compile(r"\) in [^()]+:[0-9]+$")
_TABLE = "[[tool.keras-graph.model]]"
_NUMBER = re.compile(r"[0-9]+(?:\.[0-9]+)?")


# --- environments ----------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True, slots=True)
class Run:
    """One class on one device; ``label`` names that where the report has several."""

    result: ModelResult
    label: str


def labels_of(models: Iterable[ModelResult]) -> dict[str, str]:
    """Short names of environments and what to call them: by their devices where that tells them apart."""
    known = {environment_key(model): model.environment for model in models if model.environment}
    devices = collections.Counter(environment.get("device") for environment in known.values())
    return {
        name: str(environment["device"]) if devices[environment.get("device")] == 1 else name
        for name, environment in known.items()
    }


def environment_key(model: ModelResult) -> str:
    return environment_name(model.environment) if model.environment else ""


def label_of(model: ModelResult, labels: Mapping[str, str]) -> str:
    """What to call the environment of a result; "" where the report has but one."""
    return labels.get(environment_key(model), "") if len(labels) > 1 else ""


def group_by_class(models: Iterable[ModelResult]) -> list[list[ModelResult]]:
    groups: dict[tuple[str, str], list[ModelResult]] = {}
    for model in models:
        groups.setdefault((model.path, model.symbol), []).append(model)
    return list(groups.values())


def describe_facts(environment: Mapping[str, Any]) -> str:
    """What is known of an environment, in a line."""
    return ", ".join(f"{key} {in_line(value)}" for key, value in environment.items())


def in_line(value: Any) -> Any:
    """One fact of an environment; what a driver says of a GPU is a table."""
    return " ".join(map(str, value.values())) if isinstance(value, Mapping) else value


def describe_environment(label: str, models: Sequence[ModelResult], shared: Mapping[str, Any]) -> str:
    """How much ran in one of several environments, and what only it has."""
    measured = sum(model.status != "not_measured" for model in models)
    known = models[0].environment
    own = {key: value for key, value in known.items() if key not in shared and value != label}
    return "; ".join(filter(None, (f"{label}: {measured} of {len(models)}", describe_facts(own))))


# --- one class, as text -----------------------------------------------------------------------------


def uncompiled(model: ModelResult) -> list[str]:
    """How compiling the class as written failed, where none of its findings tells that."""
    told = " ".join(found.detail for found in model.findings)
    for mode, what in _COMPILING.items():
        for facts in model.compiled.get(mode, {}).values():
            error = facts.get("error") if isinstance(facts, Mapping) else None
            if error is not None:  # the other modes and steps fail alike
                place = f" at line {error['line']}" if error.get("line") else ""
                raised = f"{error.get('type')}{place}: {error.get('message')}"
                return [] if raised in told else [f"{what} it raises {raised}"]
    return []


def length_texts(model: ModelResult) -> list[str]:
    """What other lengths of the inputs do to the graph."""
    forward = model.compiled.get("graph", {}).get("forward", {})
    told = forward.get("lengths", ()) if isinstance(forward, Mapping) else ()
    return [str(each["text"]) for each in told if isinstance(each, Mapping) and "text" in each]


def refusal_texts(one: ModelResult) -> list[str]:
    """Why rewrites are missing; the functional one may have been made of the fixed code instead."""
    if one.status == "not_measured":
        return []
    made = any(comparison.rewrite == FUNCTIONAL for comparison in one.comparisons)
    return [_refusal(refusal, made) for refusal in one.refusals]


def _refusal(refusal: str, made: bool) -> str:
    prefix = f"{FUNCTIONAL}: "
    if not made or not refusal.startswith(prefix):
        return f"not rewritten: {refusal}"
    reason = refusal.removeprefix(prefix)
    return f"{prefix}made of the fixed code, not as written: {reason}" if reason.startswith("line ") else refusal


def merge_texts(runs: Sequence[Run], texts: Callable[[ModelResult], Iterable[str]]) -> list[str]:
    """What is to be said of one class, once; what holds on some of several devices says on which."""
    where: dict[str, list[str]] = {}
    for run in runs:
        for text in dict.fromkeys(texts(run.result)):
            where.setdefault(text, []).append(run.label)
    everywhere = len(runs)
    return [
        text if len(labels) == everywhere else f"on {' and '.join(labels)}: {text}" for text, labels in where.items()
    ]


def status_texts(key: tuple[str, int], model: ModelResult) -> list[str]:
    return [_status(found) for found in model.findings if (found.code, found.ordinal) == key]


def _status(found: FindingResult) -> str:
    detail = f": {found.detail}" if found.detail else ""
    return f"{found.status.replace('_', ' ')}{detail}"


def spec_text(spec: dict[str, Any]) -> str:
    """How the class was built and fed, and whether that was guessed."""
    how = _built(spec)
    inputs = ", ".join(_inputs(spec.get("inputs")))
    caveat = " (guessed: tell the right ones in pyproject.toml)" if spec.get("guessed") else ""
    return f"built {how}; inputs {inputs}, batches of {spec.get('batch_size')}{caveat}"


def _built(spec: dict[str, Any]) -> str:
    """How it was constructed: by a call that stands in the code, or with which arguments and whose they are."""
    where, constructor = str(spec.get("where") or ""), spec.get("constructor") or "()"
    if _CALL.search(where):
        return where if where.startswith("as ") else f"by {where}"
    arguments = "without arguments" if constructor == "()" else f"with {constructor}"
    source = f"from {where}" if where.startswith("pyproject.toml") else where
    return arguments if source in ("", "the defaults") else f"{arguments}, {source}"


def _inputs(structure: Any) -> Iterable[str]:
    """The leaves of a structure of inputs: ``(16,) float32``."""
    if isinstance(structure, dict) and "shape" in structure:
        form = "".join(f" {form}" for form in ("ragged", "sparse") if structure.get(form))
        yield f"{tuple(structure['shape'])}{form} {structure.get('dtype', 'float32')}"
    elif isinstance(structure, (dict, list, tuple)):
        for part in structure.values() if isinstance(structure, dict) else structure:
            yield from _inputs(part)
    elif structure is not None:
        yield str(structure)


def proofs(comparisons: Iterable[Comparison]) -> Iterable[str]:
    """For each rewrite that was proved equal, how far apart the results were."""
    errors: dict[str, float] = {}
    for comparison in comparisons:
        if comparison.max_error is not None and comparison.rewrite != comparison.original:
            errors[comparison.rewrite] = max(errors.get(comparison.rewrite, 0.0), comparison.max_error)
    for rewrite, error in errors.items():
        yield f"{rewrite}: equal, outputs and gradients differ by at most {error:.2g}"


def with_proof(comparison: Comparison, model: ModelResult) -> Comparison:
    """Where both graphs are the same, the comparison with how many operations that holds for."""
    compiled = model.compiled.get(comparison.mode, {}).get(comparison.step, {})
    operations = sum(compiled.get("operations", {}).values())
    if comparison.verdict != "same graph" or not operations:
        return comparison
    proof = f"{counted(operations, 'operation')}, identical up to names"
    return dataclasses.replace(comparison, reason=proof)


def outcome_text(comparison: Comparison, model: ModelResult) -> str:
    """A comparison's outcome with its proof, and which side pays after how many steps."""
    outcome = comparison_text(with_proof(comparison, model))
    return "; ".join(filter(None, (outcome, pays_text(comparison, pays_after(comparison)))))


def warning_texts(model: ModelResult) -> list[str]:
    """The model's warnings, and of those about single comparisons the first with the number of others."""
    about = list(dict.fromkeys(warning for each in model.comparisons for warning in each.warnings))
    more = f" (and {len(about) - 1} more like it)" if len(about) > 1 else ""
    return [*model.warnings, *(f"{warning}{more}" for warning in about[:1])]


# --- one class, as parts ----------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True, slots=True)
class Site:
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
class CompiledStep:
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


def split_suggestion(reason: str) -> tuple[str, str]:
    """Why a class was not measured, and the lines for pyproject.toml that would help."""
    before, table, lines = reason.partition(_TABLE)
    return before.removesuffix("Tell how in pyproject.toml:\n").strip(), f"{table}{lines}".strip()


def sites_of(model: ModelResult, report: Report) -> list[Site]:
    """The findings of one class, each with what running it told; what only running knows comes last."""
    symbols = {other.symbol for other in report.models if other.path == model.path}
    here = [finding for finding in report.findings if finding.path == model.path]
    told: list[Site] = []
    for finding, ordinal, symbol in matching.sites(here, symbols):
        if symbol == model.symbol:
            found = matching.result_of(model, finding.code, ordinal)
            told.append(Site(finding, found, matching.comparison_of(model, found, finding) if found else None))
    matched = [site.found for site in told]
    rest = (found for found in model.findings if found not in matched)
    return [*told, *(Site(None, found, matching.comparison_of(model, found, None)) for found in rest)]


def compiled_steps(compiled: Mapping[str, Any]) -> Iterable[CompiledStep]:
    """Modes and steps as the worker told them, which shares a process with the model: nothing is taken for granted."""
    for mode, name in _MODES:
        steps = compiled.get(mode)
        for step, facts in steps.items() if isinstance(steps, Mapping) else ():
            if isinstance(facts, Mapping) and "works" in facts:
                yield CompiledStep(name, str(step), facts)


def _number(value: Any) -> float | None:
    return value if isinstance(value, (int, float)) else None


def outcome_of(model: ModelResult) -> str:
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


# --- the run ----------------------------------------------------------------------------------------


def count_outcomes(places: Iterable[RankedFinding]) -> dict[str, int]:
    """How many findings break, cost time and so on, in the order of the ranking; only what there is."""
    counts = collections.Counter(_outcome(place) for place in places)
    order = ("breaking", "breaking under XLA", "silently wrong", "costing time", "of unknown cost", "free", "refuted")
    return {name: counts[name] for name in order if counts[name]}


def _outcome(place: RankedFinding) -> str:
    cost = ranking.cost(place)
    named = {
        "none: refuted": "refuted",
        "breaks": "breaking",
        "breaks under XLA": "breaking under XLA",
        "silently wrong": "silently wrong",
        "not known": "of unknown cost",
        "free": "free",
    }
    return named.get(cost, "costing time")


def count_warnings(models: Iterable[ModelResult]) -> dict[str, int]:
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
