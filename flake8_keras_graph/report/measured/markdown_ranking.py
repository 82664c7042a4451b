"""The ranking as a comment on a pull request, or as the summary of a CI job."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flake8_keras_graph.records import RankedFinding
from flake8_keras_graph.report.findings.markdown import cell_code, cell_text
from flake8_keras_graph.report.measured.ranking import cost, slowdown
from flake8_keras_graph.report.measured.view import describe_facts
from flake8_keras_graph.wording import counted

HEADINGS = ("", "where", "rule", "cost", "slowdown", "when run", "what")


def render(places: Sequence[RankedFinding], steps: int, environment: Mapping[str, Any] | None = None) -> str:
    """A Markdown table in the order of what findings cost; what they were measured with, where that is known."""
    if not places:
        return "### keras-graph\n\nNo findings.\n"
    title = f"### keras-graph: {counted(len(places), 'finding')} by what they cost over {steps} training steps"
    rows = [_row(number, place) for number, place in enumerate(places, 1)]
    table = [f"| {' | '.join(HEADINGS)} |", "|" + "---|" * len(HEADINGS), *rows]
    facts = describe_facts(dict(environment)) if environment else ""
    return "\n".join([title, "", *table, *(["", cell_text(facts)] if facts else [])]) + "\n"


def _row(number: int, place: RankedFinding) -> str:
    cells = (
        str(number),
        cell_code(f"{place.path}:{place.line}"),
        place.code,
        cell_text(cost(place)),
        cell_text(slowdown(place)),
        (place.status or "not run").replace("_", " "),
        cell_text(place.text),
    )
    return f"| {' | '.join(cells)} |"
