"""The bad examples of the rules' pages, as cases for fixes."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Sequence

from flake8_keras_graph import engine
from flake8_keras_graph.config import Options
from flake8_keras_graph.records import Finding
from flake8_keras_graph.rules import load

_BLOCK = re.compile(r"```python\n(.*?)```", re.DOTALL)


def check(path: str, text: str) -> Sequence[Finding]:
    """What the engine finds, by the default options."""
    return engine.check(engine.Source(path, text), Options())


@functools.cache
def bad_examples() -> tuple[tuple[str, str], ...]:
    """Code and source of every bad example of a rule that has a fix.

    What runs a loop itself or raises when it is made is left out.
    """
    return tuple(_bad_examples())


def _bad_examples() -> Iterator[tuple[str, str]]:
    for code, rule in sorted(load().items()):
        if rule.handling.fix or rule.otherwise.fix:
            bad = rule.info.page.split("## Bad", 1)[1].split("## Good")[0]
            for source in _BLOCK.findall(bad):
                runs = "\nfor " in source or "self.call(" in source
                if not runs and any(finding.code == code for finding in check("model.py", source)):
                    yield code, source
