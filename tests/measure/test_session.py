"""Real models through real workers: what is established, and that what one does is nothing to the next."""

from __future__ import annotations

import dataclasses
import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import psutil
import pytest

pytest.importorskip("tensorflow")

from flake8_keras_graph.measure.parent.session import (
    Event,
    MeasureUnavailable,
    ModelFinished,
    Settings,
    Target,
    WorkerReady,
    WorkerStarting,
    measure,
)
from flake8_keras_graph.records import Comparison, Finding, FindingResult, ModelResult, Span
from flake8_keras_graph.rules import load

pytestmark = pytest.mark.tensorflow

ROOT = Path(__file__).resolve().parents[2]
MISSION = ROOT / "fixtures" / "mission"
HOSTILE = ROOT / "fixtures" / "hostile"


def _target(path: Path, symbol: str, *marks: tuple[str, str], kind: Any = "model", keras: Any = 3) -> Target:
    """``marks`` are (code, text): a finding at the first place in the file where the text stands."""
    text = path.read_text(encoding="utf-8")
    findings = []
    for code, marked in marks:
        before = text[: text.index(marked)]
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n") - 1
        span = Span(line, column, line + marked.count("\n"), column + len(marked))
        rule = load()[code]
        claimed = {"consequence": rule.consequence, "remedy": rule.handling.remedy}
        findings.append(Finding(code, "", str(path), span, f"{symbol}.call", rule.info.level, **claimed))
    return Target(str(path), symbol, kind, keras, tuple(findings))


def _measured(targets: Sequence[Target], events: list[Event] | None = None, **settings: Any) -> dict[str, ModelResult]:
    options: dict[str, Any] = {"root": str(ROOT), "comparison_seconds": 0.6, **settings}
    results = measure(targets, Settings(**options), (events if events is not None else []).append)
    assert [r.symbol for r in results] == [t.symbol for t in targets]
    return {r.symbol: r for r in results}


def _comparison(result: ModelResult, rewrite: str, step: str) -> Comparison:
    found = [c for c in result.comparisons if (c.rewrite, c.step) == (rewrite, step)]
    assert len(found) == 1, f"{result.refusals} {result.warnings} {result.comparisons}"
    return found[0]


def _finding(result: ModelResult, code: str) -> FindingResult:
    return next(f for f in result.findings if f.code == code)


@pytest.fixture(scope="module")
def mission() -> dict[str, ModelResult]:
    return _measured(
        [
            _target(MISSION / "simple.py", "SimpleModel"),
            _target(MISSION / "conditional.py", "ConditionalModel", ("KG401", "training:")),
            _target(MISSION / "looping.py", "LoopingModel", ("KG301", "for layer in")),
        ]
    )


@pytest.mark.parametrize("symbol", ["SimpleModel", "ConditionalModel", "LoopingModel"])
def test_the_founding_models_are_one_graph_with_their_functional_form(
    mission: dict[str, ModelResult], symbol: str
) -> None:
    result = mission[symbol]
    assert result.status != "not_measured", result.reason
    for step in ("forward", "train"):
        found = _comparison(result, "functional", step)
        assert (found.verdict, found.same_graph, found.ratio) == ("same graph", True, 1.0)
        assert found.max_error is not None
        assert found.max_error < 1e-4
    assert "keras.Input" in result.rewrite_source or "def " in result.rewrite_source  # type: ignore[operator]


def test_eager_is_timed_beside_the_graph(mission: dict[str, ModelResult]) -> None:
    found = _comparison(mission["LoopingModel"], "as written", "train")
    assert (found.mode, found.rewrite_mode) == ("eager", "graph")
    assert found.low is not None
    assert found.high is not None
    assert found.low <= found.ratio <= found.high  # type: ignore[operator]
    assert found.control_low is not None
    trials = [t for t in mission["LoopingModel"].trials if t.step == "train"]
    assert {t.variant for t in trials} == {"as written", "as written (control)"}
    assert len({len(t.seconds) for t in trials}) == 1


def test_the_constructor_comes_from_the_literal_call(mission: dict[str, ModelResult]) -> None:
    spec = mission["LoopingModel"].spec
    assert spec is not None
    assert spec["constructor"] == "(num_layers=5)"
    assert "looping.py:" in spec["where"]
    assert spec["guessed"]


def test_the_probe_counts_and_sees_both_sides(mission: dict[str, ModelResult]) -> None:
    loop = _finding(mission["LoopingModel"], "KG301")
    assert (loop.status, set(loop.trips), loop.rewrite) == ("confirmed", {5}, "functional")
    branch = _finding(mission["ConditionalModel"], "KG401")
    assert (branch.status, branch.branches) == ("confirmed", (False, True))


def test_what_compiling_shows_is_kept(mission: dict[str, ModelResult]) -> None:
    compiled = mission["LoopingModel"].compiled
    assert set(compiled) == {"graph", "eager", "autograph", "fit", "xla"}
    assert all(step["works"] for steps in compiled.values() for step in steps.values())
    graph = compiled["graph"]["forward"]
    assert graph["works"]
    assert graph["traces"] == 1
    assert graph["operations"]["MatMul"] == 6


BRANCHING = """
import tensorflow as tf
from pathlib import Path


class Branching(tf.keras.Model):
    def __init__(self):
        super().__init__()
        self.dense = tf.keras.layers.Dense(4)

    def call(self, x):
        y = self.dense(x)
        if tf.reduce_sum(x) > 0:
            y = y * 2.0
        return y


class Quiet(tf.keras.Model):
    def call(self, x):
        if x.shape[-1] > 3:
            return x * 2.0
        return x if self.built else -x

    def other(self, x):
        return 1 if x > 0 else 2


Path("ran").write_text("the file's actions ran")
"""

SILENT = """
import keras
import numpy as np
import tensorflow as tf


class Silent(keras.Model):
    def __init__(self):
        super().__init__()
        self.dense = keras.layers.Dense(4)
        self.calls = 0

    def call(self, x, scale=1):
        self.calls += 1
        x = x + np.random.rand()
        if scale > 1:
            x = x * scale
        return self.dense(x)


class Decorated(keras.Model):
    def __init__(self):
        super().__init__()
        self.dense = keras.layers.Dense(4)

    @tf.function
    def call(self, x):
        return self.dense(x)
"""

STAGED = """
import tensorflow as tf
import tf_keras as keras


class Staged(keras.Model):
    def __init__(self):
        super().__init__()
        self.dense = keras.layers.Dense(4)

    def call(self, x):
        x = self.dense(x)
        if tf.reduce_sum(x) > 0:
            x = x * 2.0
        return x
"""


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> dict[str, ModelResult]:
    """Models of a few lines, one for each thing that compiling may do to a model."""
    folder = tmp_path_factory.mktemp("small")
    texts = {"branching": BRANCHING, "silent": SILENT, "staged": STAGED}
    files = {name: folder / f"{name}.py" for name in texts}
    for name, file in files.items():
        file.write_text(texts[name])
    silent = (("KG203", "self.calls += 1"), ("KG201", "np.random.rand()"), ("KG402", "scale > 1"))
    targets = [
        _target(files["branching"], "Branching", ("KG101", "tf.reduce_sum(x) > 0")),
        _target(files["branching"], "Quiet", ("KG101", "x.shape[-1] > 3"), ("KG101", "x > 0 else")),
        _target(files["silent"], "Silent", *silent),
        _target(files["silent"], "Decorated", ("KG502", "@tf.function")),
        _target(files["staged"], "Staged", ("KG101", "tf.reduce_sum(x) > 0"), keras=2),
    ]
    spec = {"target": "silent.py:Silent", "call": {"scale": 2}}
    results = _measured(targets, root=str(folder), specs=(spec,))
    assert {name: file.read_text() for name, file in files.items()} == texts
    assert not Path("ran").exists()
    assert not (folder / "ran").exists()
    return results


def test_a_tensor_if_is_confirmed_by_the_probe_and_by_compiling(small: dict[str, ModelResult]) -> None:
    finding = _finding(small["Branching"], "KG101")
    assert (finding.status, finding.branches) == ("confirmed", (False, True))
    assert f"OperatorNotAllowedInGraphError at line {finding.line}" in finding.detail
    graph = small["Branching"].compiled["graph"]
    assert not graph["forward"]["works"]
    assert graph["forward"]["error"]["line"] == finding.line
    assert small["Branching"].compiled["eager"]["forward"]["works"]
    assert small["Branching"].compiled["autograph"]["forward"]["conditionals"] == 1


def test_what_is_no_tensor_is_refuted_and_what_did_not_run_is_not_reached(
    small: dict[str, ModelResult],
) -> None:
    assert [f.status for f in small["Quiet"].findings] == ["refuted", "not_reached"]


def test_a_tensor_if_is_timed_eagerly_against_its_fixed_form(small: dict[str, ModelResult]) -> None:
    result = small["Branching"]
    finding = _finding(result, "KG101")
    assert finding.rewrite == f"fixed KG101:{finding.line}"
    found = _comparison(result, finding.rewrite, "forward")
    assert (found.mode, found.rewrite_mode, found.same_graph) == ("eager", "graph", None)
    assert found.max_error is not None
    assert found.max_error < 1e-4


def test_frozen_randomness_and_lost_updates_are_shown_by_running(small: dict[str, ModelResult]) -> None:
    lost = _finding(small["Silent"], "KG203")
    assert lost.status == "confirmed"
    assert "ran once while tracing and never in 3 calls" in lost.detail
    frozen = _finding(small["Silent"], "KG201")
    assert "two compiled calls gave the same result where two eager calls differed" in frozen.detail


def test_what_traces_again_is_named(small: dict[str, ModelResult]) -> None:
    retraces = small["Silent"].compiled["graph"]["forward"]["retraces"]
    by_cause = {r["cause"]: r["traces"] for r in retraces}
    assert by_cause["the first batch"] == 1
    assert by_cause["the same batch again"] == 0
    assert by_cause["the argument scale=3 instead of 2"] == 1
    assert "the argument scale=3 instead of 2: 1 new trace" in _finding(small["Silent"], "KG402").detail


def test_fit_itself_is_run(small: dict[str, ModelResult]) -> None:
    assert "No gradients provided" in _finding(small["Decorated"], "KG502").detail
    assert small["Decorated"].compiled["fit"]["train"]["works"] is False
    assert "fit" not in small["Silent"].compiled  # fit passes no argument besides the inputs


def test_under_keras_2_a_tensor_if_is_staged(small: dict[str, ModelResult]) -> None:
    result = small["Staged"]
    assert result.status != "not_measured", result.reason
    assert "keras" not in result.environment and result.environment["tf_keras"]
    assert result.compiled["graph"]["forward"]["conditionals"] == 1
    name = f"fixed KG101:{_finding(result, 'KG101').line}"
    found = next(c for c in result.comparisons if (c.rewrite, c.step, c.mode) == (name, "forward", "graph"))
    assert found.same_graph is False
    assert "If" in found.reason


# These need time or memory until they are stopped; the others are given as much time as they need.
UNENDING = {"Allocates": 60.0, "HangsAtImport": 5.0, "HangsInCall": 5.0, "HangsInConstructor": 5.0}


@pytest.fixture(scope="module")
def hostile() -> tuple[dict[str, ModelResult], list[Event]]:
    """Every hostile model, and one that behaves after each kind of end."""
    targets = {}
    for file in sorted(HOSTILE.glob("*.py")):
        symbol = re.findall(r"^class (\w+)", file.read_text(encoding="utf-8"), re.MULTILINE)[0]
        targets[symbol] = _target(file, symbol)
    events: list[Event] = []
    directory = os.getcwd()
    rest = [t for name, t in targets.items() if name not in UNENDING or UNENDING[name] > 10]
    rest.append(_target(MISSION / "simple.py", "SimpleModel"))
    results = _measured(rest, events, memory_bytes=800 << 20)
    unending = [t for name, t in targets.items() if UNENDING.get(name, 60.0) <= 10]
    results |= _measured(unending, events, budget_seconds=5.0)
    assert os.getcwd() == directory
    return results, events


NOT_MEASURED = {
    "Allocates": "used more than 800 MiB of memory",
    "ExitsAtImport": "exited with status 3 (while importing the file)",
    "ExitsInCall": "exited with status 0 (while building and calling it)",
    "ExitsInConstructor": "SystemExit at line 12: goodbye",
    "HangsAtImport": "(while importing the file)",
    "HangsInCall": "(while building and calling it)",
    "HangsInConstructor": "(while building and calling it)",
    "KilledBySignal": "SIGSEGV",
    "KillsItsParent": "took the worker process down",
    "NeedsArguments": "[[tool.keras-graph.model]]",
    "RaisesAtImport": "KeyError at line 5",
    "RaisesInCall": "call is not written yet",
    "RaisesInConstructor": "not today",
    "StartsChildren": "building it would start the process sleep",
    "Unloadable": "building it uses no_such_module.Base, and no_such_module is not installed",
}


def test_every_hostile_model_ends_as_a_verdict_with_a_reason(
    hostile: tuple[dict[str, ModelResult], list[Event]],
) -> None:
    results, _ = hostile
    reasons = {name: result.reason for name, result in results.items() if result.status == "not_measured"}
    assert set(reasons) == set(NOT_MEASURED)
    for name, text in NOT_MEASURED.items():
        assert text in reasons[name], f"{name}: {reasons[name]}"


def test_a_model_for_another_backend_is_not_run_on_tensorflow(tmp_path: Path) -> None:
    path = tmp_path / "model.py"
    path.write_text(
        'import os\n\nos.environ["KERAS_BACKEND"] = "jax"\nimport keras\n\n\nclass Plain(keras.Model):\n'
        "    def call(self, x):\n        return x\n"
    )
    result = _measured([_target(path, "Plain")], root=str(tmp_path))["Plain"]
    assert (result.status, result.reason) == (
        "not_measured", "its file is for the backend jax, and models are run on TensorFlow"
    )  # fmt: skip


@pytest.mark.parametrize("symbol", ["ChangesItsMind", "ReturnsNan"])
def test_no_number_for_what_cannot_be_proved_equal(
    hostile: tuple[dict[str, ModelResult], list[Event]], symbol: str
) -> None:
    result = hostile[0][symbol]
    assert all(c.rewrite != "functional" for c in result.comparisons)
    assert any("functional: is not equal" in refusal for refusal in result.refusals)


def test_the_worker_is_started_again_and_the_rest_is_measured(
    hostile: tuple[dict[str, ModelResult], list[Event]],
) -> None:
    results, events = hostile
    assert [e.restarted for e in events if isinstance(e, WorkerStarting)] == [False, True, False]
    assert sum(isinstance(e, ModelFinished) for e in events) == len(results)
    assert results["SimpleModel"].status == "measured"


def test_no_process_is_left_behind(hostile: tuple[dict[str, ModelResult], list[Event]]) -> None:
    assert hostile
    ours = [p for p in psutil.Process().children(recursive=True) if "measure.worker" in " ".join(p.cmdline())]
    orphans = [p for p in psutil.process_iter(["cmdline"]) if {"86398", "86399"} & set(p.info["cmdline"] or [])]
    assert (ours, orphans) == ([], [])


def test_an_interrupt_ends_the_worker_and_keeps_what_was_finished() -> None:
    finished: list[str] = []

    def interrupt(event: Event) -> None:
        if isinstance(event, ModelFinished):
            finished.append(event.target.symbol)
        elif finished:
            raise KeyboardInterrupt

    targets = [
        _target(HOSTILE / "raises_at_import.py", "RaisesAtImport"),
        _target(HOSTILE / "hangs_in_call.py", "HangsInCall"),
    ]
    with pytest.raises(KeyboardInterrupt):
        measure(targets, Settings(root=str(ROOT)), interrupt)
    assert finished == ["RaisesAtImport"]
    assert not psutil.Process().children(recursive=True)


def test_a_layer_of_an_installed_package_is_measured_from_its_spec() -> None:
    pytest.importorskip("keras_hub")
    from flake8_keras_graph.measure.project.specs import locate

    spec = {
        "target": "keras_hub.layers:TokenAndPositionEmbedding",
        "kwargs": {"vocabulary_size": 20, "sequence_length": 8, "embedding_dim": 4},
        "inputs": {"shape": [8], "dtype": "int32", "high": 20},
    }
    found = locate(spec["target"], ROOT)  # type: ignore[arg-type]
    assert found is not None
    target = Target(str(found[0]), found[1], "layer", 3)
    events: list[Event] = []
    result = _measured([target], events, specs=(spec,))[found[1]]
    assert result.status != "not_measured", result.reason
    assert not (result.spec or {})["guessed"]
    assert result.compiled["graph"]["train"]["works"]
    ready = next(e for e in events if isinstance(e, WorkerReady))
    assert {"tensorflow", "keras", "device", "threads"} <= set(ready.environment)


def test_a_wrong_spec_is_the_reason() -> None:
    target = _target(MISSION / "simple.py", "SimpleModel")
    spec = {"target": "fixtures/mission/simple.py:SimpleModel", "input": 3}
    result = _measured([dataclasses.replace(target)], specs=(spec,))["SimpleModel"]
    assert result.status == "not_measured"
    assert "unknown key 'input'" in result.reason


def test_without_tensorflow_it_says_what_to_install(tmp_path: Path) -> None:
    bare = tmp_path / "python"
    bare.write_text("#!/bin/sh\necho 'No module named tensorflow' >&2\nexit 1\n")
    bare.chmod(0o755)
    with pytest.raises(MeasureUnavailable, match=r"pip install 'flake8-keras-graph\[measure\]'"):
        _measured([_target(MISSION / "simple.py", "SimpleModel")], python=str(bare))
