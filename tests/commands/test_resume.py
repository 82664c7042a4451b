"""An interrupted ``measure`` goes on where it was; what is noted, and when it no longer counts."""

from __future__ import annotations

import dataclasses
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from samples import LOOP

from flake8_keras_graph import cli, engine
from flake8_keras_graph.commands import measure
from flake8_keras_graph.commands.measuring import resume
from flake8_keras_graph.config import Options
from flake8_keras_graph.measure.parent.collected import Collected
from flake8_keras_graph.measure.parent.host import Ending
from flake8_keras_graph.measure.parent.session_events import ModelFinished, ModelStarted, Target
from flake8_keras_graph.measure.parent.variants import Variants
from flake8_keras_graph.records import Comparison, FindingResult, ModelResult
from flake8_keras_graph.results import evidence

Run = Callable[..., subprocess.CompletedProcess[str]]

CPU = {"device": "cpu", "python": "3.11", "tensorflow": "2.21", "keras": "3.15"}
GPU = {**CPU, "device": "gpu", "gpu": {"device_name": "a fake"}}
ASKED = {"all": True, "paths": ["src"]}
SAME = Comparison("as written", "functional", "graph", "train", 1.0, 1.0, 1.0, "same graph", True, 0.0)


@pytest.fixture
def targets(project: Path) -> list[Target]:
    return [Target(str(project / "m.py"), symbol, "model", 3, (), f"code of {symbol}") for symbol in "ABC"]


def result_of(target: Target, **changed: Any) -> ModelResult:
    result = ModelResult(
        target.path, target.symbol, "measured", "", target.fingerprint, comparisons=(SAME,), environment=CPU
    )
    return dataclasses.replace(result, **changed)


def finish(mark: resume.Mark, target: Target, total: int = 3, **changed: Any) -> None:
    """What a session tells of one class, and what is saved of it."""
    result = result_of(target, **changed)
    evidence.save(evidence.project_root(target.path), [(result, result.environment)])
    mark.take_event(ModelStarted(target, 0, total))
    mark.take_event(ModelFinished(target, result))


def interrupted(project: Path, targets: list[Target], asked: dict[str, Any] = ASKED) -> resume.Mark:
    """The note of a run that had finished A."""
    mark = resume.Mark(project, asked, targets)
    assert mark.earlier(targets) == []
    finish(mark, targets[0])
    return mark


def done(project: Path, targets: list[Target], asked: dict[str, Any] = ASKED) -> list[str]:
    return [one.target.symbol for one in resume.Mark(project, asked, targets).earlier(targets)]


def test_it_goes_on_with_results_from_the_evidence(project: Path, targets: list[Target]) -> None:
    interrupted(project, targets)
    (earlier,) = resume.Mark(project, ASKED, targets).earlier(targets)
    assert earlier == resume.Earlier(targets[0], (result_of(targets[0]),))


def test_interrupted_again(project: Path, targets: list[Target]) -> None:
    interrupted(project, targets)
    again = resume.Mark(project, ASKED, targets)
    again.earlier(targets)
    finish(again, targets[1], total=2)
    assert done(project, targets) == ["A", "B"]


def test_no_run_was_interrupted(project: Path, targets: list[Target]) -> None:
    mark = interrupted(project, targets)
    mark.remove()
    assert not (project / resume.LOCATION).exists()
    assert done(project, targets) == []


def test_another_request_measures_everything_and_leaves_the_note(project: Path, targets: list[Target]) -> None:
    interrupted(project, targets)
    other = {**ASKED, "budget": 5}
    assert done(project, targets, other) == []
    resume.Mark(project, other, targets).remove()
    assert done(project, targets) == ["A"]


def test_changed_code_is_measured_again(project: Path, targets: list[Target]) -> None:
    interrupted(project, targets)
    assert done(project, [dataclasses.replace(target, fingerprint="new") for target in targets]) == []


@pytest.mark.parametrize(
    "changed",
    [{"status": "not_measured", "comparisons": ()}, {"warnings": ("ended early: killed",)}, {"fingerprint": "older"}],
    ids=["not measured", "ended early", "evidence of other code"],
)
def test_what_was_not_measured_to_the_end_is_measured_again(
    project: Path, targets: list[Target], changed: dict[str, Any]
) -> None:
    mark = resume.Mark(project, ASKED, targets)
    finish(mark, targets[0], **changed)
    finish(mark, targets[1])
    assert done(project, targets) == ["B"]


def test_a_class_is_done_on_all_devices_or_not_at_all(project: Path, targets: list[Target]) -> None:
    mark = resume.Mark(project, ASKED, targets)
    finish(mark, targets[0], total=6)
    assert done(project, targets) == []
    finish(mark, targets[0], total=6, environment=GPU)
    assert done(project, targets) == ["A"]
    (earlier,) = resume.Mark(project, ASKED, targets).earlier(targets)
    assert [result.environment for result in earlier.results] == [CPU, GPU]


def test_without_the_evidence_the_note_says_nothing(project: Path, targets: list[Target]) -> None:
    interrupted(project, targets)
    (project / evidence.LOCATION).unlink()
    assert done(project, targets) == []


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"\xff", b"[" * 100_000, b'{"request": {"all": true, "paths": ["src"]}, "done": 1}']
)
def test_a_damaged_note_is_none(project: Path, targets: list[Target], content: bytes) -> None:
    interrupted(project, targets)
    (project / resume.LOCATION).write_bytes(content)
    assert done(project, targets) == []


def test_a_note_that_cannot_be_written_is_none(project: Path, targets: list[Target]) -> None:
    (project / resume.LOCATION).mkdir(parents=True)
    interrupted(project, targets)
    assert done(project, targets) == []


@pytest.mark.tensorflow  # has to be installed; it is not started
def test_the_command_tells_what_was_measured_before(
    keras_graph: Run, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / "m.py").write_text(LOOP)
    monkeypatch.chdir(project)
    source = engine.Source("m.py", LOOP)
    target = Target("m.py", "Looping", "model", 3, (), engine.fingerprint(source, "Looping", Options()))
    arguments = cli._parser().parse_args(["measure", "--budget", "7"])
    settings = measure.settings_for(arguments.paths, arguments.device, arguments.budget)
    mark = resume.Mark(project, resume.request(arguments, settings), [target])
    found = (FindingResult("KG301", 0, 10, 8, "confirmed", rewrite="functional"),)
    finish(mark, target, total=1, findings=found)
    result = keras_graph("measure", "--budget", "7", "--steps", "9", cwd=project)
    assert result.stderr.splitlines() == [
        "m.py Looping: already measured",
        "going on with the run that was interrupted: 1 of 1 class already measured, --fresh measures again",
    ]
    assert "Findings by what they cost over 9 training steps" in result.stdout
    assert "1 class: 1 proved the same graph as a rewrite\ndevice cpu" in result.stdout
    assert result.returncode == 0
    assert not (project / resume.LOCATION).exists()


def test_a_class_whose_process_died_was_not_measured_to_the_end(project: Path, targets: list[Target]) -> None:
    compiled = {"event": "compiled", "mode": "graph", "step": "train", "what": {"works": True}}
    complete = []
    for ending in (Ending("done"), Ending("signal", "killed by SIGKILL")):
        collected = Collected(targets[0], Variants((), (), {}))
        collected.events_of(compiled)
        result = collected.result(ending, project)
        assert result.status == "probed"
        complete.append(resume._is_complete(result))
    assert complete == [True, False]
