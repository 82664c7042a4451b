"""Begin a rule: ``python -m flake8_keras_graph.rules.new KG307 name-of-it`` writes its file and its row in the tests.

The file is a whole rule with a page, which finds a placeholder: its tests can be run at once, and what is to be
replaced is marked. Parts that a rule has to declare are read off the signature of ``rule``.
"""

from __future__ import annotations

import argparse
import collections
import importlib
import inspect
import json
import re
import sys
import typing
from collections.abc import Iterator, Sequence
from pathlib import Path

from flake8_keras_graph.analysis.events import Branch
from flake8_keras_graph.rules import docs, load
from flake8_keras_graph.rules.page import SECTIONS
from flake8_keras_graph.rules.rule import Report, rule

ROOT = Path(__file__).resolve().parents[2]
PLACEHOLDER = re.compile(r"(?i)replace[_ ]this")
_CATALOGUE = Path("tests", "rules", "test_rules.py")
_EXAMPLE = """\
```python
import keras


class Example(keras.Model):
    def __init__(self):
        super().__init__()
        self.{attribute} = True
        self.dense = keras.layers.Dense(1)

    def call(self, inputs):
        {body}
```"""
_BAD = """\
if self.{attribute}:  # {code}
            inputs = inputs * 2.0
        return self.dense(inputs)"""
_GOOD = "return self.dense(inputs * 2.0)"
_TEXTS = {
    "What it finds": "Replace this: what code is found, and what that is like it is not.",
    "What happens": "- fit: runs\n\nReplace this: one claim a setting, and why it is so.",
    "Bad": _EXAMPLE.replace("{body}", _BAD),
    "Good": _EXAMPLE.replace("{body}", _GOOD),
    "Fix": "There is none: replace this by the reason, or by what the fix does.",
    "When to ignore": "Replace this: where the code is what it should be.",
    "Source": "Run by the tests. Replace this: where TensorFlow or Keras says so.",
}
_CHECK = """
def check(event: Branch, facts: Facts) -> Report | None:
    if not isinstance(event.test, cst.Attribute) or event.test.attr.value != "{attribute}":
        return None
    return Report("replace this: what stands there, what happens, and what to write instead", until=event.test)
"""


class Refused(Exception):
    """Why no rule can be made of what was asked for."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the rule, its row in the tests and the documentation; 2 where it is refused, with nothing written."""
    parser = argparse.ArgumentParser(prog="python -m flake8_keras_graph.rules.new", description="Begin a rule.")
    parser.add_argument("code", help="a code that was never given out, such as KG307: its family is the first digit")
    parser.add_argument("name", help="what the rule is called, such as graph-print")
    given = parser.parse_args(arguments)
    try:
        file = write(given.code, given.name)
    except Refused as error:
        print(f"not made: {error}", file=sys.stderr)
        return 2
    print(f"made {file.relative_to(ROOT)} and a row in {_CATALOGUE}")
    print(f"replace what it says is to be replaced, then run: python -m pytest tests/rules -k {given.code}")
    return 0


def write(code: str, name: str) -> Path:
    """Make the rule; its file. Raises Refused."""
    catalogue = ROOT / _CATALOGUE
    if not catalogue.is_file():
        raise Refused(f"{ROOT} is no clone of the project: it has no {_CATALOGUE}")
    family, level = _family(code)
    _require_free(code, name)
    folder = Path(importlib.import_module(family).__file__ or "").parent
    module = name.replace("-", "_")
    file = folder / f"{module}.py"
    file.write_text(text(code, name, level), encoding="utf-8")
    catalogue.write_text(_with_row(catalogue.read_text(encoding="utf-8"), f"{code} {name} {level}"), encoding="utf-8")
    importlib.invalidate_caches()
    importlib.import_module(f"{family}.{module}")
    docs.main(ROOT)
    return file


def _family(code: str) -> tuple[str, str]:
    """The package of the rules whose codes begin alike, and the level most of them have. Raises Refused."""
    if not re.fullmatch(r"KG[1-9]\d\d", code):
        raise Refused(f"{code} is no code: KG and three digits")
    alike = [known for other, known in load().items() if other[:3] == code[:3]]
    if not alike:
        raise Refused(f"no family has codes that begin with {code[:3]}: {', '.join(sorted({c[:3] for c in load()}))}")
    levels = collections.Counter(known.info.level for known in alike)
    return alike[0].check.__module__.rpartition(".")[0], levels.most_common(1)[0][0]


def _require_free(code: str, name: str) -> None:
    """Raises Refused for a code or a name that is taken, or a name that is none."""
    if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)+", name):
        raise Refused(f"{name} is no name: two or more words in small letters, with hyphens between them")
    for known in load().values():
        if known.info.code == code or known.info.name == name:
            raise Refused(f"{known.info.code} {known.info.name} is there already")


def text(code: str, name: str, level: str) -> str:
    """The rule's file: a page with all its sections, and a check that finds the example of that page."""
    page = "\n\n".join(f"## {section}\n\n{_TEXTS[section]}" for section in SECTIONS)
    parts = "".join(f"    {part},\n" for part in (f'"{code}"', f'"{name}"', f'"{level}"', Branch.__name__))
    declared = "".join(f"    {line}\n" for line in _declarations())
    written = (
        f'"""Replace this: what is found, in one line.\n\n{page}\n"""\n\n'
        f"from __future__ import annotations\n\nimport libcst as cst\n\n{_imports()}\n\n"
        f"@rule(\n{parts}{declared}){_CHECK}"
    )
    return written.replace("{code}", code).replace("{attribute}", f"replace_this_{code.lower()}")


def _imports() -> str:
    """The lines that import what the check uses; the class of its facts is the one that other checks are handed."""
    another = next(iter(load().values())).check
    facts = inspect.get_annotations(another, eval_str=True)["facts"]
    names = collections.defaultdict(list)
    for each in (Branch, facts, Report, rule):
        names[each.__module__].append(each.__name__)
    return "".join(f"from {module} import {', '.join(names[module])}\n" for module in sorted(names))


def _declarations() -> Iterator[str]:
    """Every part that ``rule`` asks for by keyword, with a value that says the least."""
    hints = typing.get_type_hints(rule)
    for parameter in inspect.signature(rule).parameters.values():
        if parameter.kind is parameter.KEYWORD_ONLY and parameter.default is parameter.empty:
            value = least(hints[parameter.name])
            spelled = json.dumps(value) if isinstance(value, str) else repr(value)
            yield f"{parameter.name}={spelled},  # replace this where it is not so: {parameter.annotation}"


def least(hint: object) -> object:
    """The value of a type that says the least: None, False, the last of several words, nothing."""
    if type(None) in typing.get_args(hint):
        return None
    if hint is bool:
        return False
    if typing.get_origin(hint) is typing.Literal:
        return typing.get_args(hint)[-1]
    return ()


def _with_row(catalogue: str, row: str) -> str:
    """The text of the tests with a row for the rule, where its code belongs."""
    lines = catalogue.splitlines(keepends=True)
    rows = [number for number, line in enumerate(lines) if re.fullmatch(r" {4}KG\d{3} [a-z0-9-]+ [a-z]+\n", line)]
    place = next((number for number in rows if lines[number].strip() > row), rows[-1] + 1)
    return "".join([*lines[:place], f"    {row}\n", *lines[place:]])


if __name__ == "__main__":
    sys.exit(main())
