"""The GitHub Action and what docs/ci.md shows: scripts are run, options exist."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from samples import LOOP

from flake8_keras_graph import cli

ROOT = Path(__file__).resolve().parent.parent
BREAKS = LOOP.replace("part(x)", "part(x) if keras.ops.sum(x) > 0 else x")


def git(*arguments: object, cwd: Path) -> None:
    identity = ("-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *identity, *map(str, arguments)], cwd=cwd, check=True, capture_output=True)


@pytest.fixture(scope="module")
def action() -> Any:
    return yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))


@pytest.fixture
def job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The checkout of a pull request: one commit, whose base can be fetched."""
    if os.name == "nt" or not shutil.which("bash"):
        pytest.skip("no bash")
    for variable in ("GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE"):
        monkeypatch.delenv(variable, raising=False)
    origin, checkout, programs = tmp_path / "origin", tmp_path / "checkout", tmp_path / "bin"
    for folder in (origin, programs, tmp_path / "runner"):
        folder.mkdir()
    program = programs / "keras-graph"
    program.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m flake8_keras_graph "$@"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    git("init", "--quiet", "-b", "main", cwd=origin)
    (origin / "pyproject.toml").write_text("")
    (origin / "old.py").write_text(BREAKS)
    git("add", ".", cwd=origin)
    git("commit", "--quiet", "-m", "base", cwd=origin)
    git("checkout", "--quiet", "-b", "topic", cwd=origin)
    (origin / "new.py").write_text(BREAKS)
    git("add", ".", cwd=origin)
    git("commit", "--quiet", "-m", "topic", cwd=origin)
    git("clone", "--quiet", "--depth=1", "--branch=topic", f"file://{origin}", checkout, cwd=tmp_path)
    return checkout


def checked(action: Any, job: Path, base: str = "", **given: str) -> tuple[list[str], int, str]:
    """Run the step that checks: the files that annotations name, the exit status, the summary."""
    (step,) = (each for each in action["runs"]["steps"] if each["name"] == "Check")
    summary = job.parent / "summary.md"
    summary.unlink(missing_ok=True)
    environment = {
        "RUNNER_TEMP": str(job.parent / "runner"),
        "GITHUB_STEP_SUMMARY": str(summary),
        "GITHUB_BASE_REF": base,
    }
    for name, value in step["env"].items():
        (key,) = re.fullmatch(r"\$\{\{ inputs\.([a-z-]+) \}\}", value).groups()  # type: ignore[union-attr]
        environment[name] = given.get(key.replace("-", "_"), action["inputs"][key]["default"])
    command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]]
    ran = subprocess.run(command, cwd=job, env={**os.environ, **environment}, capture_output=True, text=True)
    found = re.findall(r"^::error file=([^,]+),", ran.stdout, re.MULTILINE)
    assert "internal error" not in ran.stderr, ran.stderr
    return found, ran.returncode, summary.read_text() if summary.exists() else ""


def test_nothing_given_becomes_a_part_of_a_script(action: Any) -> None:
    for step in action["runs"]["steps"]:
        assert step["shell"] == "bash"
        assert "${{" not in step["run"]


def test_a_push_is_checked_whole(action: Any, job: Path) -> None:
    found, status, summary = checked(action, job, changed_lines="false")
    assert (sorted(found), status) == (["new.py", "old.py"], 1)
    assert summary.startswith("### keras-graph\n\n| where |")


def test_a_pull_request_is_gated_by_what_it_brings(action: Any, job: Path) -> None:
    found, status, summary = checked(action, job, "main")
    assert (found, status) == (["new.py"], 1)
    assert "new.py" in summary
    assert "old.py" not in summary
    (job / "new.py").write_text(LOOP)
    assert checked(action, job, "main")[:2] == ([], 0)


@pytest.mark.parametrize(
    ("given", "found", "status"),
    [
        ({"paths": "old.py", "args": "--exit-zero --no-cache"}, ["old.py"], 0),
        ({"args": "--select KG3", "fail_on": "note"}, [], 1),
        ({"paths": "$(touch hacked)"}, ["$(touch", "hacked)"], 2),
        ({"baseline": "known.json"}, [], 0),
    ],
)
def test_inputs(action: Any, job: Path, given: dict[str, str], found: list[str], status: int) -> None:
    known = ["check", "--baseline", str(job / "known.json"), "--update-baseline", "-q", str(job)]
    assert cli.main(known) == 0
    assert checked(action, job, **given)[:2] == (found, status)
    assert not (job / "hacked").exists()


def test_the_ranking_is_in_the_summary(action: Any, job: Path) -> None:
    (job / ".keras-graph").mkdir()
    (job / ".keras-graph" / "evidence.json").write_text('{"schema": 1, "environments": {}, "models": {}}')
    summary = checked(action, job)[2]
    assert "by what they cost over 1000 training steps" in summary


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", (ROOT / "docs" / "ci.md").read_text(encoding="utf-8"), re.DOTALL)


def test_the_examples_are_yaml_and_name_inputs_that_exist(action: Any) -> None:
    given = [step.get("with", {}) for block in blocks("yaml") for step in steps_in(yaml.safe_load(block))]
    assert {key for each in given for key in each} <= {*action["inputs"], "sarif_file"}
    hooks = {hook["id"] for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))}
    assert hooks == {"keras-graph", "keras-graph-fix"}


def steps_in(content: Any) -> list[dict[str, Any]]:
    """The steps of a workflow, or of a part of one."""
    if isinstance(content, list):
        return content
    return [step for job in content.get("jobs", {}).values() for step in job["steps"]]


def test_the_examples_of_gitlab_and_code_scanning_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "m.py").write_text(BREAKS)
    monkeypatch.chdir(tmp_path)
    lines = re.findall(r"(?:- |run: )(keras-graph .*)", "\n".join(blocks("yaml")))
    statuses = [cli.main(shlex.split(line)[1:]) for line in lines]
    assert statuses == [0, 0, 1]
    assert {each.name for each in tmp_path.iterdir()} >= {
        "keras-graph.sarif",
        "gl-code-quality-report.json",
        "keras-graph.xml",
    }
