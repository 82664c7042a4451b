"""Generate docs/rules.md, and the table in README.md, from the pages: ``python -m flake8_keras_graph.rules.docs``."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from flake8_keras_graph.records import Consequence, RuleInfo
from flake8_keras_graph.rules import all_rules, load
from flake8_keras_graph.rules.page import OUTCOMES, SETTINGS

FAMILIES: dict[Consequence, tuple[str, str]] = {
    "breaks": ("KG1", "Breaks the graph"),
    "silent": ("KG2", "Silently wrong in a graph"),
    "slow": ("KG3", "Slow in a graph"),
    "retraces": ("KG4", "Traces again"),
    "outside": ("KG5", "Runs outside the graph"),
}
"""How the codes of each family begin, and what it is about."""
_README_TABLE = re.compile(r"(<!-- rules -->\n).*?(<!-- /rules -->)", re.DOTALL)


def rules_page() -> str:
    """The text of docs/rules.md."""
    parts = [
        "# Rules",
        "Generated from the rules by `python -m flake8_keras_graph.rules.docs`; do not edit.",
        "Levels: an **error** breaks, a **warning** is silently wrong, slow or traced again, a **note** is resolved"
        " while tracing and given for models only. Under Keras 2 semantics a site that AutoGraph stages is a"
        " warning.",
        _table(all_rules(), link=True),
        '## How to read "What happens"',
        'Every line is run by the tests, with the example under "Bad".',
        _listing(SETTINGS),
        _listing(OUTCOMES),
    ]
    for rule in all_rules():
        page = re.sub(r"(?m)^## ", "### ", rule.page.partition("\n")[2].strip())
        parts += [f"## {rule.code} {rule.name}", f"*{rule.level}*. {rule.page.partition(chr(10))[0]}", page]
    return "\n\n".join(parts) + "\n"


def readme(text: str) -> str:
    """``text`` with the table of rules between its markers, where it has them."""
    table = _table(all_rules(), link=False)
    return _README_TABLE.sub(lambda found: f"{found[1]}\n{table}\n\n{found[2]}", text)


def _table(rules: tuple[RuleInfo, ...], link: bool) -> str:
    lines = ["| code | name | level | what it finds |", "|---|---|---|---|"]
    family = ""
    for rule in rules:
        if load()[rule.code].consequence != family:
            family = load()[rule.code].consequence
            prefix, title = FAMILIES[family]
            lines.append(f"| **{prefix}** | **{title}** | | |")
        name = f"[{rule.name}](#{rule.code.lower()}-{rule.name})" if link else rule.name
        lines.append(f"| {rule.code} | {name} | {rule.level} | {rule.summary} |")
    return "\n".join(lines)


def _listing(words: dict[str, str]) -> str:
    return "\n".join(f"- **{word}**: {meaning}" for word, meaning in words.items())


def main(root: Path) -> int:
    """Write the files under ``root``, the project's folder."""
    page = root / "docs" / "rules.md"
    page.parent.mkdir(exist_ok=True)
    page.write_text(rules_page(), encoding="utf-8")
    front = root / "README.md"
    if front.is_file():
        front.write_text(readme(front.read_text(encoding="utf-8")), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1] if len(sys.argv) > 1 else ".")))
