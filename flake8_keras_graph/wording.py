"""How numbers are told: in messages of findings, in reports and in rankings alike."""

from __future__ import annotations

from flake8_keras_graph.records import Comparison, FindingEvidence, Mode

MODES: dict[Mode, str] = {
    "graph": "compiled",
    "autograph": "compiled with AutoGraph",
    "xla": "compiled with XLA",
    "eager": "run eagerly",
}
FREE_FIRST_CALL_SECONDS = 1.0
"""A first call that was seen to take longer by more is not for nothing, whatever the steps take."""
_STEPS = {"train": "a train step", "forward": "a forward pass"}
NOT_COMPARED = "not compared with the advice"
"""Said where a model ran, and the rewrite that a rule recommends was not made or not timed."""


def counted(number: int, noun: str) -> str:
    """``1 file``, ``2 files``."""
    plural = f"{noun}es" if noun.endswith("s") else f"{noun}s"
    return f"{number} {noun if number == 1 else plural}"


def times(number: int) -> str:
    """``never``, ``once``, ``2 times``."""
    return ("never", "once")[number] if number < 2 else f"{number} times"


def cost_clause(record: FindingEvidence) -> str:
    """ "measured 11.1x slower [10.8, 11.5]", or "" where nothing was timed or it is inconclusive.

    With the first call, where that of the code as written was seen to take longer.
    """
    steady, first = _steady_clause(record), _first_call_clause(record)
    return f"{steady}; {first}" if steady and first else steady


def cost_sentence(record: FindingEvidence, against: str) -> str:
    """What a site costs: "measured 2.20x slower [2.10, 2.30] in a train step on the CPU, against one fused layer".

    "" where it was not shown to cost anything.
    """
    costs = []
    if record.verdict == "slower" and record.ratio is not None and record.low is not None and record.high is not None:
        interval = f"[{ratio_text(record.low)}, {ratio_text(record.high)}]"
        costs.append(f"{ratio_text(record.ratio)}x slower {interval} in {_STEPS.get(record.step or '', 'a run')}")
    original, rewrite = record.original_first_call_seconds, record.rewrite_first_call_seconds
    if original is not None and rewrite is not None and original - rewrite > FREE_FIRST_CALL_SECONDS:
        costs.append(f"first call {seconds_text(original)} against {seconds_text(rewrite)}")
    if not costs:
        return ""
    how = f", {MODES[record.mode]}" if record.mode not in (None, "graph") else ""
    where = f" on the {record.device.upper()}" if record.device else ""
    caveat = ", with guessed inputs" if record.guessed else ""
    return f"measured {'; '.join(costs)}{where}{how}{caveat}, against {against}"


def _first_call_clause(record: FindingEvidence) -> str:
    original, rewrite = record.original_first_call_seconds, record.rewrite_first_call_seconds
    if original is None or rewrite is None or original <= rewrite:
        return ""
    return f"first call {seconds_text(original)} against {seconds_text(rewrite)}"


def first_calls_text(comparison: Comparison) -> str:
    """Both first calls, and which side pays after how many steps where that is the other one."""
    original, rewrite = comparison.original_first_call_seconds, comparison.rewrite_first_call_seconds
    if original is None or rewrite is None:
        return ""
    alike = " (alike)" if comparison.first_calls_differ is False else ""
    return f"{seconds_text(original)} against {seconds_text(rewrite)}{alike}"


def pays_text(comparison: Comparison, steps: int | None) -> str:
    """ "functional pays after 40 steps": the side that is slower to start and faster per step."""
    if steps is None:
        return ""
    side = comparison.rewrite if comparison.verdict == "slower" else comparison.original
    if comparison.rewrite == comparison.original:
        side = "compiling"
    return f"{side} pays after {counted(steps, 'step')}"


def _steady_clause(record: FindingEvidence) -> str:
    if record.ratio is None or record.low is None or record.high is None:
        return "measured: same graph" if record.verdict == "same graph" else ""
    interval = f"[{ratio_text(record.low)}, {ratio_text(record.high)}]"
    how = "run eagerly, " if record.mode == "eager" else ""
    caveat = ", with guessed inputs" if record.guessed else ""
    if record.verdict == "slower":
        return f"{how}measured {ratio_text(record.ratio)}x slower {interval}{caveat}"
    if record.verdict == "faster":
        return f"{how}measured not slower, ratio {interval}{caveat}"
    if record.verdict == "no difference found":
        return f"{how}measured: no difference found {interval}{caveat}"
    return ""


def ratio_text(ratio: float) -> str:
    """Three digits, as many as a measurement can have."""
    return f"{ratio:.0f}" if ratio >= 99.95 else f"{ratio:.1f}" if ratio >= 9.995 else f"{ratio:.2f}"


def comparison_text(comparison: Comparison) -> str:
    """A comparison's outcome in words, with its interval where it was timed."""
    if comparison.verdict == "same graph":
        return f"same graph: {comparison.reason}" if comparison.reason else "same graph"
    if comparison.ratio is None or comparison.low is None or comparison.high is None:
        return f"{comparison.verdict}: {comparison.reason}" if comparison.reason else comparison.verdict
    interval = f"[{ratio_text(comparison.low)}, {ratio_text(comparison.high)}]"
    if comparison.verdict in ("slower", "faster"):
        return f"{ratio_text(comparison.ratio)}x {interval}"
    return f"{comparison.verdict} {interval}"


def sides_text(comparison: Comparison) -> str:
    """What was compared with what: ``as written run eagerly against functional compiled``."""
    original, rewrite = comparison.original, comparison.rewrite
    mode, rewrite_mode = comparison.mode, comparison.rewrite_mode or comparison.mode
    if mode == rewrite_mode:
        return f"{original} against {rewrite}" + ("" if mode == "graph" else f", {MODES[mode]}")
    if original == rewrite:
        return f"{original}, {MODES[mode]} against {MODES[rewrite_mode]}"
    return f"{original} {MODES[mode]} against {rewrite} {MODES[rewrite_mode]}"


def raised(exception: str, line: int | None, message: str) -> str:
    """An exception as the findings that it confirms quote it: ``TypeError at line 19: ...``."""
    place = f" at line {line}" if line else ""
    return f"{exception}{place}: {message}"


def seconds_text(seconds: float | None) -> str:
    """A duration with a unit that suits it: ``1.23 ms``; "" where there is none."""
    if seconds is None:
        return ""
    for limit, factor, unit in ((1e-3, 1e6, "\N{MICRO SIGN}s"), (1.0, 1e3, "ms"), (120.0, 1.0, "s")):
        if seconds < limit:
            return f"{seconds * factor:.3g} {unit}"
    return f"{seconds / 60:.3g} min"
