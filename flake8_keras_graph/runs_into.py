"""What running a model established and no rule foresaw, as a finding: its code and its page.

Standard library only: the linter reads it from the evidence without running anything.
"""

from __future__ import annotations

from flake8_keras_graph.records import Finding, RankedFinding, RuleInfo

CODE = "KG001"
PAGE = """\
A line at which the class was seen to fail when it was compiled.

`keras-graph measure` compiles a class as `fit` does, runs `fit`, and compiles it by XLA. Where that raises, and no
other finding says so already, what was raised is reported at the line of the file that it passed last, by `check`,
`flake8`, `rank` and `explain` alike.

## What it finds

- As an error: compiled as `fit` compiles, or in `fit` itself, the class raises. `fit` stops there.
- As a warning: it runs in `fit` on this machine, and raises once XLA compiles it. `fit` does that with
  `jit_compile=True`, and by itself on a GPU.

Nothing of this is guessed. Where inputs or arguments of the class were guessed, what it raises may come of the
guess: the report of `measure` says so, and there is no such finding.

## What to do

Read what was raised, and `keras-graph explain FILE:LINE`. What raises in a graph and not eagerly mostly needs the value
of a tensor, or a dimension that is not known while tracing.

## How long it holds

As long as the code that the class reaches is the same; comments and layout may change, and the line is found again.
It is kept in `.keras-graph/evidence.json`, and gone when `measure` finds that the class works.

## When to ignore

The warning: where the class will never be compiled by XLA. Otherwise `# noqa: KG001` silences it as any finding.
"""
RULE = RuleInfo(CODE, "runs-into", "error", "What running the model established: it raises at this line", PAGE)


def is_established(found: Finding | RankedFinding) -> bool:
    """Whether running, and not reading, is what the finding is known by."""
    return found.code == CODE
