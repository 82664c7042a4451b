"""Findings kept from one run to the next: the same as without, and given up when anything they rest on changes."""

from __future__ import annotations

import dataclasses
import json
import os
import time

import pytest
from samples import GATED

from flake8_keras_graph import engine
from flake8_keras_graph.commands import checking
from flake8_keras_graph.commands.checking import Overrides
from flake8_keras_graph.results import cache
from flake8_keras_graph.results.cache import Cache

FILES = {
    "pyproject.toml": "[tool.keras-graph]\n",
    "model.py": "import keras\nfrom helpers import score\nfrom pkg import Base\n\n"
    "class A(Base):\n    def call(self, x):\n        if score(x) > 0:\n            return x\n        return -x  # no\n",
    "helpers.py": "import tensorflow as tf\nfrom deeper import total\n\ndef score(x):\n    return total(x)\n",
    "deeper.py": "import tensorflow as tf\n\ndef total(x):\n    return tf.reduce_sum(x)\n",
    "pkg/__init__.py": "from .base import Base\n",
    "pkg/base.py": "import keras\n\nclass Base(keras.layers.Layer):\n    pass\n",
    "plain.py": "x = 1\n",
    "alone.py": "import keras\n\nclass B(keras.layers.Layer):\n    def call(self, x):\n        return x if x > 0 else -x\n",
}


@pytest.fixture
def project(tmp_path, monkeypatch):
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    monkeypatch.chdir(tmp_path)
    return tmp_path


class Recording(Cache):
    """Knows which files it was told of."""

    def __init__(self, folder):
        super().__init__(folder)
        self.added = []

    def add(self, path, *arguments, **keywords):
        self.added.append(path)
        super().add(path, *arguments, **keywords)


def cache_of(root):
    return Recording(cache.folder_of_project(root))


def run(root, paths=(".",), jobs=1, select=(), ignore=()):
    """Findings as (path, line, code), and the files that were checked anew."""
    engine.shared_session.cache_clear()  # another run
    kept = cache_of(root)
    tasks, _ = checking.plan(list(paths), Overrides(select=select, ignore=ignore))
    outcomes = list(checking.check_files(tasks, jobs, kept))
    anew = sorted(map(os.path.basename, kept.added))
    return [(finding.path, finding.span.line, finding.code) for each in outcomes for finding in each.findings], anew


def test_a_second_run_checks_nothing(project):
    first, anew = run(project)
    assert ("alone.py" in anew) and ("model.py" in anew)
    assert {code for _, _, code in first} == {"KG101"}
    assert run(project) == (first, [])
    assert run(project, jobs=2) == (first, [])


def test_findings_come_back_whole(project):
    tasks, _ = checking.plan(["."], Overrides())
    without = [outcome.findings for outcome in checking.check_files(tasks, 1)]
    list(checking.check_files(tasks, 1, cache_of(project)))
    assert [outcome.findings for outcome in checking.check_files(tasks, 1, cache_of(project))] == without
    assert any(finding.why for findings in without for finding in findings)


CHANGES = {
    # file, old, new, the files that are to be checked again
    "itself": ("alone.py", "x > 0", "x > 1", {"alone.py"}),
    "a comment": ("alone.py", "import keras\n", "import keras  # noqa\n", {"alone.py"}),
    "a file that is imported": ("helpers.py", "return total(x)", "return 3", {"helpers.py", "model.py"}),
    "a file that an imported one imports": ("deeper.py", "tf.reduce_sum(x)", "3", {"deeper.py", "model.py"}),
    "a base class behind a package": ("pkg/base.py", "pass", "x = 1", {"base.py", "model.py"}),
}


@pytest.mark.parametrize("name", CHANGES)
def test_what_depends_on_a_change_is_checked_again(project, name):
    file, old, new, expected = CHANGES[name]
    run(project)
    text = (project / file).read_text()
    assert old in text
    (project / file).write_text(text.replace(old, new))
    found, anew = run(project)
    assert set(anew) == expected
    assert run(project) == (found, [])


def test_the_findings_follow_the_change(project):
    first, _ = run(project)
    assert ("model.py", 7, "KG101") in [(os.path.basename(path), line, code) for path, line, code in first]
    (project / "deeper.py").write_text("def total(x):\n    return 3\n")
    second, _ = run(project)
    assert "model.py" not in {os.path.basename(path) for path, _, _ in second}


def test_a_file_that_appears_takes_an_import_over(project):
    (project / "sub").mkdir()
    (project / "sub" / "model.py").write_text(FILES["model.py"])
    first, _ = run(project)
    (project / "sub" / "helpers.py").write_text("def score(x):\n    return 3\n")
    second, anew = run(project)
    assert "model.py" in anew
    assert len(second) == len(first) - 1


def test_pins_that_appear_or_change_count(project):
    """Of the files of a project with a Keras class only: no other asks which Keras there is."""
    concerned = ["alone.py", "model.py"]
    run(project)
    for requirements, expected in (
        ("numpy\n", []),
        ("tensorflow==2.10\n", concerned),
        ("tensorflow==2.9\n", []),  # the same Keras
        ("tensorflow==2.18\n", concerned),
    ):
        (project / "requirements.txt").write_text(requirements)
        assert run(project)[1] == expected
    (project / "requirements.txt").unlink()
    assert run(project)[1] == concerned


def test_options_and_names_count(project):
    run(project)
    assert run(project, select=("KG5",))[0] == []
    assert run(project, ignore=("KG101",))[0] == []
    assert run(project)[1] == []
    absolute, anew = run(project, paths=[str(project / "alone.py")])
    assert anew == []
    assert absolute[0][0] == str(project / "alone.py")


def test_a_step_in_another_file_is_called_as_its_finding_is(project):
    """Whether the other file was checked before, and from where the result comes, makes no difference."""

    def steps(paths, kept):
        engine.shared_session.cache_clear()
        outcomes = checking.check_files(checking.plan(paths, Overrides())[0], 1, kept)
        return {step.path for each in outcomes for finding in each.findings for step in finding.why} - {""}

    both = ["helpers.py", "model.py"]
    assert steps(both, None) == steps(both[::-1], None) == {"deeper.py", "helpers.py"}
    absolute = [str(project / "model.py")]
    assert steps(absolute, None) == {str(project / name) for name in ("deeper.py", "helpers.py")}
    for paths in (both, absolute):
        assert steps(paths, cache_of(project)) == steps(paths, None)


def test_an_old_result_is_not_taken_for_a_new_state(project):
    run(project)
    (project / "deeper.py").write_text("def total(x):\n    return 3\n")
    run(project, paths=["deeper.py"])  # its new state is now in the cache, model.py's findings rest on the old one
    found, anew = run(project)
    assert "model.py" in anew
    assert "model.py" not in {os.path.basename(path) for path, _, _ in found}


def test_another_version_takes_nothing_over(project, monkeypatch):
    first, anew = run(project)
    monkeypatch.setattr(cache, "_version", lambda: "another")
    assert run(project) == (first, anew)


def test_what_a_file_is_called_counts(project):
    """A package that becomes none: the same text is another module then. So does being a test."""
    run(project)
    (project / "pkg" / "__init__.py").unlink()
    assert "base.py" in run(project)[1]
    (project / "alone.py").rename(project / "test_alone.py")
    assert run(project)[1] == ["test_alone.py"]


def test_two_runs_share_it(project):
    one, other = cache_of(project), cache_of(project)
    first, _ = checking.plan(["alone.py"], Overrides())
    second, _ = checking.plan(["model.py"], Overrides())
    list(checking.check_files(first, 1, one))
    list(checking.check_files(second, 1, other))
    assert run(project, paths=["alone.py", "model.py"])[1] == []


DAMAGE = {
    "empty": lambda text: "",
    "not JSON": lambda text: text[: len(text) // 2],
    "not text": lambda text: "\udcff",
    "another version": lambda text: text.replace('"version":"', '"version":"x'),
    "a list": lambda text: "[]",
    "no states": lambda text: json.dumps({**json.loads(text), "states": []}),
    "states that are none": lambda text: json.dumps({**json.loads(text), "states": None}),
    "of another file": lambda text: json.dumps({**json.loads(text), "paths": ["/m.py"]}),
    "no paths": lambda text: json.dumps({**json.loads(text), "paths": []}),
    "findings that are none": lambda text: json.dumps({**json.loads(text), "answer": [{"code": 3}]}),
    "findings that are no list": lambda text: json.dumps({**json.loads(text), "answer": "KG101"}),
    "deep": lambda text: "[" * 100_000,
}


def entries(root):
    return sorted((root / cache.FOLDER).glob("*.json"))


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_a_damaged_file_is_none(project, damage):
    first, _ = run(project)
    for file in entries(project):
        file.write_text(damage(file.read_text()), errors="surrogateescape")
    found, anew = run(project)
    assert found == first
    assert {"model.py", "alone.py"} <= set(anew)
    assert run(project) == (first, [])


@pytest.mark.skipif(hasattr(os, "getuid") and os.getuid() == 0, reason="root writes everywhere")
def test_a_folder_that_must_not_be_written(project):
    first, _ = run(project)
    (project / "alone.py").write_text(FILES["alone.py"] + "\n")
    (project / cache.FOLDER).chmod(0o555)
    try:
        for _ in range(2):
            assert run(project) == (first, ["alone.py"])
    finally:
        (project / cache.FOLDER).chmod(0o755)


def test_a_folder_that_cannot_be_written(project):
    (project / cache.FOLDER).write_text("a file")
    first, anew = run(project)
    assert run(project) == (first, anew)


def test_what_nobody_uses_is_removed(project):
    run(project)
    (project / "alone.py").unlink()
    old = time.time() - (cache.UNUSED_DAYS + 1) * cache.DAY
    before = entries(project)
    for file in (*before, project / cache.FOLDER / "CACHEDIR.TAG"):
        os.utime(file, (old, old))
    run(project, paths=["model.py"])  # is used, and writes nothing: nothing is looked through
    assert entries(project) == before
    (project / "plain.py").write_text("x = 2\n")
    run(project, paths=["plain.py"])
    assert len(entries(project)) == 2
    assert run(project, paths=["model.py", "plain.py"])[1] == []


def test_files_that_cannot_be_checked_are_not_kept(project):
    (project / "broken.py").write_text("class\n")
    assert "broken.py" not in run(project)[1]
    tasks, _ = checking.plan(["broken.py"], Overrides())
    for _ in range(2):
        (outcome,) = checking.check_files(tasks, 1, cache_of(project))
        assert outcome.problem is not None
        assert (outcome.problem.path, outcome.problem.line) == ("broken.py", 1)


def test_the_folder_keeps_out_of_version_control(project):
    run(project)
    assert (project / cache.FOLDER / ".gitignore").read_text() == "*\n"
    assert {".gitignore", "CACHEDIR.TAG"} <= set(os.listdir(project / cache.FOLDER))


def test_fixes_are_kept_as_well(project, monkeypatch):
    """And who asks for none is not kept from what is known without them."""
    (project / "gated.py").write_text(GATED)
    (project / "plain.py").write_text("import keras\n\n\nclass M(keras.Model):\n    pass\n")
    monkeypatch.chdir(project)

    def fixes(asked):
        tasks, _ = checking.plan(["gated.py", "plain.py"], Overrides())
        tasks = [dataclasses.replace(task, fixes=asked) for task in tasks]
        outcomes = checking.check_files(tasks, 1, cache_of(project))
        return [finding.fix is not None for outcome in outcomes for finding in outcome.findings]

    assert (fixes(False), fixes(True)) == ([False], [True])

    def broken(*arguments):
        raise AssertionError("it is known")

    monkeypatch.setattr(checking, "engine_findings", broken)
    assert (fixes(True), fixes(False)) == ([True], [False])
