"""The ranking for spreadsheets and data frames: a row for each finding, numbers as they are."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from flake8_keras_graph.records import RankedFinding
from flake8_keras_graph.report.measured.json_results import ranked_object

COLUMNS = (
    "path", "line", "column", "symbol", "code", "level", "status", "seconds_lost", "first_call_lost", "ratio", "low",
    "high", "verdict", "remedy", "pays_after", "text",
)  # fmt: skip
_ORDERS = ("=", "+", "-", "@", "\t", "\r")
"""A cell that begins so is a formula to a spreadsheet."""


def render(places: Sequence[RankedFinding]) -> str:
    """Lines and columns are 1-based, seconds and ratios plain numbers, what is not known is empty."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for place in places:
        record = ranked_object(place)
        writer.writerow([_cell(record[column]) for column in COLUMNS])
    return out.getvalue()


def _cell(value: object) -> object:
    if isinstance(value, str) and value.startswith(_ORDERS):
        return f"'{value}"
    return "" if value is None else value
