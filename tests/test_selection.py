"""What ``pytest -m "not tensorflow"`` leaves out: without importing it, and with TensorFlow refused to what is left."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from selection import leaves_out, marks_of_module

ROOT = Path(__file__).resolve().parent.parent
COLLECT = """
import sys
import pytest
ended = pytest.main(["--collect-only", "-q", "-m", "not tensorflow"])
print("imported:", *sorted({"keras", "tensorflow", "tf_keras"} & set(sys.modules)))
sys.exit(ended)
"""


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("", False),
        ("tensorflow", False),
        ("slow", False),
        ("not slow", False),
        ("not tensorflow", True),
        ("not tensorflow and not slow", True),
        ("not (tensorflow or slow)", True),
        ("not tensorflow or slow", False),
        ("not (tensorflow and slow)", False),
        ("slow and not tensorflow", True),
        ("no such thing (", False),
        ("slow(1) and not tensorflow", False),
    ],
)
def test_whether_an_expression_leaves_out_a_mark(expression: str, expected: bool) -> None:
    assert leaves_out(expression, "tensorflow") is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("import pytest\npytestmark = pytest.mark.tensorflow\n", {"tensorflow"}),
        ("pytestmark = [pytest.mark.tensorflow, pytest.mark.slow]\n", {"tensorflow", "slow"}),
        ("@pytest.mark.tensorflow\ndef test() -> None: ...\n", set()),
        ("def test() -> None:\n    pytestmark = pytest.mark.tensorflow\n", set()),
    ],
)
def test_the_marks_of_a_module(tmp_path: Path, text: str, expected: set[str]) -> None:
    file = tmp_path / "test_it.py"
    file.write_text(text)
    assert marks_of_module(file) == expected


@pytest.mark.slow
def test_collecting_imports_no_tensorflow() -> None:
    found = subprocess.run([sys.executable, "-c", COLLECT], cwd=ROOT, capture_output=True, text=True)
    assert found.returncode == 0, found.stdout
    assert found.stdout.splitlines()[-1] == "imported:"
    assert "tests/test_selection.py::test_collecting_imports_no_tensorflow" in found.stdout


def test_tensorflow_is_refused_where_its_mark_is_missing() -> None:
    code = "import importlib.util\nassert importlib.util.find_spec('keras').origin\nimport tensorflow"
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "tests" / "without_tensorflow")}
    found = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)
    assert found.stderr.splitlines()[-1].startswith("ImportError: tensorflow is imported, in the test or a process")
