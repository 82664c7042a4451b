"""``check --statistics``: how many findings there are of each rule."""

from __future__ import annotations

import collections

from flake8_keras_graph.project.files import Sources
from flake8_keras_graph.records import Report


def render(report: Report, sources: Sources) -> str:
    """A line for each rule that has findings, the most frequent first: ``12  KG301  note  unrolled-loop``."""
    names = {rule.code: rule.name for rule in report.rules}
    counts = collections.Counter((finding.code, finding.level) for finding in report.findings)
    width = max((len(str(count)) for count in counts.values()), default=0)
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return "".join(f"{count:{width}}  {code}  {level:7}  {names[code]}\n" for (code, level), count in ordered)
