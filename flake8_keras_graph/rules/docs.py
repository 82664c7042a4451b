"""Generate docs/rules.md, the table of rules in README.md and that of events in CONTRIBUTING.md from the code.

``python -m flake8_keras_graph.rules.docs`` writes them.
"""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from flake8_keras_graph.analysis import events, sites
from flake8_keras_graph.analysis.events import Event
from flake8_keras_graph.records import Consequence, RuleInfo
from flake8_keras_graph.rules import load, reported_rules
from flake8_keras_graph.rules.page import OUTCOMES, SETTINGS

FAMILIES: dict[Consequence, tuple[str, str]] = {
    "breaks": ("KG1", "Breaks the graph"),
    "silent": ("KG2", "Silently wrong in a graph"),
    "slow": ("KG3", "Slow in a graph"),
    "retraces": ("KG4", "Traces again"),
    "outside": ("KG5", "Runs outside the graph"),
}
"""How the codes of each family begin, and what it is about."""
_KNOWN_OTHERWISE = ("KG0", "Established by running, and what comments say")


def rules_page() -> str:
    """The text of docs/rules.md."""
    parts = [
        "# Rules",
        "Generated from the rules by `python -m flake8_keras_graph.rules.docs`; do not edit.",
        "Levels: an **error** breaks, a **warning** is silently wrong, slow or traced again, a **note** is resolved"
        " while tracing and given for models only. Under Keras 2 semantics a site that AutoGraph stages is a"
        " warning.",
        _table(reported_rules(), link=True),
        '## How to read "What happens"',
        'Every line is run by the tests, with the example under "Bad".',
        _listing(SETTINGS),
        _listing(OUTCOMES),
    ]
    for rule in reported_rules():
        page = re.sub(r"(?m)^## ", "### ", rule.page.partition("\n")[2].strip())
        parts += [f"## {rule.code} {rule.name}", f"*{rule.level}*. {rule.page.partition(chr(10))[0]}", page]
    return "\n\n".join(parts) + "\n"


def readme(text: str) -> str:
    """``text`` with the table of rules between its markers, where it has them."""
    return _between_markers(text, "rules", _table(reported_rules(), link=False))


def contributing(text: str) -> str:
    """``text`` with the table of events between its markers, where it has them."""
    lines = ["| a rule asks for | which is handed to it for | asked for by |", "|---|---|---|"]
    for kind in _askable():
        said = inspect.cleandoc(kind.__doc__ or "").partition("\n\n")[0].replace("\n", " ").replace("``", "`")
        codes = [code for code, rule in sorted(load().items()) if kind in rule.events]
        lines.append(f"| `{kind.__name__}` | {said} | {', '.join(codes)} |")
    return _between_markers(text, "events", "\n".join(lines))


def _askable() -> Iterator[type[Event] | type[sites.Site]]:
    """What a rule may ask for, in the order of the code: events of the interpreter, then sites found in a file."""
    for module, base in ((events, Event), (sites, sites.Site)):
        for each in vars(module).values():
            if isinstance(each, type) and issubclass(each, base) and each is not base:
                yield each


def _between_markers(text: str, name: str, table: str) -> str:
    marked = re.compile(rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)", re.DOTALL)
    return marked.sub(lambda found: f"{found[1]}\n{table}\n\n{found[2]}", text)


def _table(rules: tuple[RuleInfo, ...], link: bool) -> str:
    lines = ["| code | name | level | what it finds |", "|---|---|---|---|"]
    family = ""
    for rule in rules:
        prefix, title = _family(rule)
        if prefix != family:
            family = prefix
            lines.append(f"| **{prefix}** | **{title}** | | |")
        name = f"[{rule.name}](#{rule.code.lower()}-{rule.name})" if link else rule.name
        lines.append(f"| {rule.code} | {name} | {rule.level} | {rule.summary} |")
    return "\n".join(lines)


def title(rule: RuleInfo) -> str:
    """How the codes of a rule's family begin, and what it is about."""
    return " ".join(_family(rule))


def _family(rule: RuleInfo) -> tuple[str, str]:
    """What no rule reads off the code belongs to none of theirs."""
    return FAMILIES[load()[rule.code].consequence] if rule.code in load() else _KNOWN_OTHERWISE


def _listing(words: dict[str, str]) -> str:
    return "\n".join(f"- **{word}**: {meaning}" for word, meaning in words.items())


def main(root: Path) -> int:
    """Write the files under ``root``, the project's folder."""
    page = root / "docs" / "rules.md"
    page.parent.mkdir(exist_ok=True)
    page.write_text(rules_page(), encoding="utf-8")
    for name, written in (("README.md", readme), ("CONTRIBUTING.md", contributing)):
        file = root / name
        if file.is_file():
            file.write_text(written(file.read_text(encoding="utf-8")), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1] if len(sys.argv) > 1 else ".")))
