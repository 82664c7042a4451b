"""What ``pytest -m EXPRESSION`` selects, known before any test module is imported."""

from __future__ import annotations

import ast
import itertools
import re
from pathlib import Path

_MARKS_OF_A_MODULE = re.compile(r"(?m)^pytestmark = .*$")
_MARK = re.compile(r"pytest\.mark\.(\w+)")


def leaves_out(expression: str, mark: str) -> bool:
    """Whether ``expression`` selects no test that has ``mark``, whatever other marks it has.

    False also where the expression is not one of plain marks: pytest then says what is wrong with it.
    """
    try:
        tree = ast.parse(expression.strip(), mode="eval")
        others = sorted({node.id for node in ast.walk(tree) if isinstance(node, ast.Name)} - {mark})
        code = compile(tree, "-m", "eval")
        return not any(
            eval(code, {"__builtins__": {}}, {mark: True, **dict(zip(others, values, strict=True))})
            for values in itertools.product((False, True), repeat=len(others))
        )
    except (SyntaxError, TypeError):
        return False


def marks_of_module(file: Path) -> set[str]:
    """The marks that every test of a file has, read from its text: ``pytestmark = pytest.mark.tensorflow``."""
    return set(_MARK.findall("\n".join(_MARKS_OF_A_MODULE.findall(file.read_text(encoding="utf-8")))))
