"""One model at a time on a machine: processes that wait for each other."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from flake8_keras_graph.measure.parent.turns import turn

ROOT = Path(__file__).resolve().parents[2]
HOLDS = """
import sys
from flake8_keras_graph.measure.parent.turns import turn
with turn(lambda: None):
    print("mine", flush=True)
    sys.stdin.read()
"""
MODEL = """
import keras


class Looping(keras.Model):
    def __init__(self):
        super().__init__()
        self.parts = [keras.layers.Dense(4) for _ in range(2)]

    def call(self, x):
        for part in self.parts:
            x = part(x)
        return x
"""


class Enough(Exception):
    """Waited."""


@pytest.fixture
def holder() -> Iterator[subprocess.Popen[str]]:
    """Another process whose turn it is, until its input ends or it is killed."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLDS], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "mine\n"
        yield process
        process.kill()


def test_another_waits_until_the_first_is_gone_however_it_goes(holder: subprocess.Popen[str]) -> None:
    said: list[str] = []

    def check() -> None:
        said.append("check")
        if len(said) == 5:
            holder.kill()

    with turn(lambda: said.append("wait"), check):
        assert said[:5] == ["wait", *4 * ["check"]]
        assert "wait" not in said[1:]
        assert holder.wait() != 0


ALWAYS_AGAIN = """
import time
from flake8_keras_graph.measure.parent.turns import turn
while True:
    with turn(lambda: None):
        print("mine", flush=True)
        time.sleep(0.5)
"""


def test_two_runs_come_by_turns() -> None:
    """Neither waits for the other's end."""
    with subprocess.Popen([sys.executable, "-c", ALWAYS_AGAIN], stdout=subprocess.PIPE, cwd=ROOT) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"mine\n"
        until = time.monotonic() + 30

        def check() -> None:
            if time.monotonic() > until:
                raise Enough

        try:
            with turn(lambda: None, check):
                assert other.poll() is None
        finally:
            other.kill()


def test_waiting_ends_with_what_it_is_told(holder: subprocess.Popen[str]) -> None:
    def enough() -> None:
        raise Enough

    with pytest.raises(Enough), turn(lambda: None, enough):
        pytest.fail("both had their turn")
    with pytest.raises(Enough), turn(enough):
        pytest.fail("both had their turn")
    assert holder.poll() is None


def test_a_turn_ends_with_its_block() -> None:
    with pytest.raises(Enough), turn(lambda: None):
        raise Enough
    with turn(lambda: None):
        pass


@pytest.mark.tensorflow
def test_a_run_waits_for_another_and_says_so(
    holder: subprocess.Popen[str], project: Path, interrupted_measure: Callable[..., tuple[str, str]]
) -> None:
    (project / "m.py").write_text(MODEL)
    told = "m.py Looping: waiting, because another model is being measured on the same machine"
    _, after = interrupted_measure(cwd=project, at=told)
    assert after.startswith("interrupted: 0 of 1 class")
    assert holder.stdin is not None

    with subprocess.Popen(
        [sys.executable, "-m", "flake8_keras_graph", "measure", "--budget", "20"],
        cwd=project,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        assert process.stderr.readline() == f"{told}\n"
        holder.stdin.close()
        printed, rest = process.communicate(timeout=300)
    assert "m.py Looping: measured" in rest
    assert "1 class: 1 " in printed
