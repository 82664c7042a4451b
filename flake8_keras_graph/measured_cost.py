"""What a site was measured to cost, as a finding: its code and its page.

Standard library only: the linter reads it from the evidence without running anything.
"""

from __future__ import annotations

from flake8_keras_graph.records import Finding, Remedy, RuleInfo
from flake8_keras_graph.wording import cost_sentence

CODE = "KG002"
PAGE = """\
A loop or a branch that was measured to cost time.

Most of what a note speaks of is free once it is compiled: flake8 shows no notes unless they are selected, and no note
fails a run of `keras-graph check`. Where `keras-graph measure` timed a site against the rewrite that its rule
recommends, proved both to compute the same, and found the code as written slower, that is no matter of opinion any
more: it is a warning of its own, beside the note.

## What it finds

Sites of notes (such as KG301 and KG306) whose evidence says "slower" for a train step or a forward pass, or whose first
call, which traces and compiles, was seen to take more than a second longer. The message says how much, with a 99%
interval, in which step, on which device, and against what. A finding that is a warning or an error by itself carries
its numbers in its own message.

## What to do

`keras-graph explain FILE:LINE` shows what was compared, `keras-graph measure --html report.html` the rewrite. The page
of the note's rule says how to write it.

## How long it holds

As long as the code that the class reaches is the same; comments and layout may change. It is kept in
`.keras-graph/evidence.json`, and gone when `measure` finds that the site costs nothing.

## When to ignore

Where the step is a small part of the training, or the first call is made once a week: `# noqa: KG002`.
"""
RULE = RuleInfo(CODE, "measured-cost", "warning", "What was measured to cost time against its rule's advice", PAGE)

_AGAINST: dict[Remedy, str] = {
    "functional": "the functional form",
    "fix": "its fix",
    "compiled": "the same class compiled",
    "fused heads": "one fused layer",
    "loop in the graph": "a loop in the graph",
    "whole tensor": "one call on the whole tensor",
    "one concat": "one concatenation",
    "an operation": "an operation",
    "function made once": "a function made once",
    "one shape": "one graph for all lengths",
}


def finding(note: Finding) -> Finding | None:
    """The warning for a note that evidence shows to cost; None where it shows no such thing."""
    record = note.evidence
    if note.level != "note" or record is None:
        return None
    against = _AGAINST[note.remedy] if note.remedy else record.rewrite
    cost = cost_sentence(record, against)
    if not cost:
        return None
    message = f"{cost}; see `keras-graph explain {note.code}` for how to write it"
    return Finding(
        CODE, message, note.path, note.span, note.symbol, RULE.level, note.why, evidence=record,
        consequence=note.consequence, remedy=note.remedy,
    )  # fmt: skip


def is_measured_cost(found: Finding) -> bool:
    """Whether the finding says what a site was measured to cost."""
    return found.code == CODE
