"""Findings kept from one run to the next: the same as without, and given up when anything they rest on changes."""

from __future__ import annotations

import json
import os

import pytest

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


def run(root, paths=(".",), jobs=1, select=(), ignore=()):
    """Findings as (path, line, code), and the files that were checked anew."""
    cache._find.cache_clear()  # another run
    engine.shared_session.cache_clear()
    kept = Cache(root)
    tasks, _ = checking.plan(list(paths), Overrides(select=select, ignore=ignore))
    outcomes = list(checking.check_files(tasks, jobs, kept))
    anew = sorted(os.path.basename(result.path) for result in kept.new.results.values())
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
    list(checking.check_files(tasks, 1, Cache(project)))
    assert [outcome.findings for outcome in checking.check_files(tasks, 1, Cache(project))] == without
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
    assert anew == ["alone.py"]
    assert absolute[0][0] == str(project / "alone.py")


def test_an_old_result_is_not_taken_for_a_new_state(project):
    run(project)
    (project / "deeper.py").write_text("def total(x):\n    return 3\n")
    run(project, paths=["deeper.py"])  # its new state is now in the cache, model.py's findings rest on the old one
    found, anew = run(project)
    assert "model.py" in anew
    assert "model.py" not in {os.path.basename(path) for path, _, _ in found}


def test_two_runs_share_it(project):
    one, other = Cache(project), Cache(project)
    first, _ = checking.plan(["alone.py"], Overrides())
    second, _ = checking.plan(["model.py"], Overrides())
    list(checking.check_files(first, 1, one))
    list(checking.check_files(second, 1, other))
    assert run(project, paths=["alone.py", "model.py"])[1] == []


DAMAGE = {
    "empty": lambda text: "",
    "not JSON": lambda text: text[: len(text) // 2],
    "another version": lambda text: text.replace('"version":"', '"version":"x'),
    "a list": lambda text: "[]",
    "no states": lambda text: json.dumps({**json.loads(text), "states": None}),
    "numbers that lead nowhere": lambda text: json.dumps({**json.loads(text), "paths": []}),
    "findings that are none": lambda text: json.dumps(
        {**json.loads(text), "results": {"a": ["b", [0], [{"code": 3}]]}}
    ),
    "deep": lambda text: "[" * 100_000,
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_a_damaged_cache_is_an_empty_one(project, damage):
    first, _ = run(project)
    file = project / cache.FOLDER / cache.FILE
    file.write_text(damage(file.read_text()))
    found, anew = run(project)
    assert found == first
    assert "model.py" in anew
    assert run(project)[1] == []


def test_a_folder_that_cannot_be_written(project):
    (project / cache.FOLDER).write_text("a file")
    first, anew = run(project)
    assert run(project) == (first, anew)


def test_files_that_are_gone_are_forgotten(project):
    run(project)
    (project / "alone.py").unlink()
    (project / "plain.py").write_text("x = 2\n")
    run(project)
    content = json.loads((project / cache.FOLDER / cache.FILE).read_text())
    assert not any(path == "./alone.py" or path == "alone.py" for path, *_ in content["results"].values())


def test_files_that_cannot_be_checked_are_not_kept(project):
    (project / "broken.py").write_text("class\n")
    assert "broken.py" not in run(project)[1]
    tasks, _ = checking.plan(["broken.py"], Overrides())
    for _ in range(2):
        (outcome,) = checking.check_files(tasks, 1, Cache(project))
        assert outcome.problem and "broken.py:1" in outcome.problem


def test_the_folder_keeps_out_of_version_control(project):
    run(project)
    assert (project / cache.FOLDER / ".gitignore").read_text() == "*\n"
    assert sorted(os.listdir(project / cache.FOLDER)) == [".gitignore", "CACHEDIR.TAG", cache.FILE]
