"""Evidence on disk: written, read, merged, damaged."""

from __future__ import annotations

import dataclasses
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from flake8_keras_graph.records import Comparison, FindingResult, ModelResult, Trial
from flake8_keras_graph.results import evidence, roots
from flake8_keras_graph.results.evidence import EvidenceError, Store

LAPTOP = {"device": "cpu", "processor": "Z1", "python": "3.11.7", "tensorflow": "2.21.0", "keras": "3.15.1"}
SERVER = {**LAPTOP, "device": "gpu", "processor": "Z9"}

RESULT = ModelResult(
    path="model.py",
    symbol="Model",
    status="measured",
    fingerprint="f1",
    spec={"guessed": True},
    findings=(FindingResult("KG301", 0, 12, 8, "confirmed", trips=(5,), rewrite="functional"),),
    comparisons=(Comparison("as written", "functional", "graph", "train", 1.25, 1.2, 1.3, "slower", False, 1e-7),),
    trials=(Trial("as written", "graph", "train", (0.1, 0.2), 10),),
    compiled={"operations": 5},
    rewrite_source="def build(): ...",
)


def saved(root: Path, *results: ModelResult, environment: dict[str, Any] = LAPTOP) -> Store:
    absolute = [dataclasses.replace(result, path=str(root / result.path)) for result in results]
    evidence.save(root, [(result, environment) for result in absolute])
    return evidence.load(root)


def test_there_and_back(project: Path) -> None:
    (entry,) = saved(project, RESULT).entries
    assert entry.result == dataclasses.replace(RESULT, trials=(), compiled={}, rewrite_source=None)
    assert (entry.path, entry.symbol) == ("model.py", "Model")
    assert dict(evidence.load(project).environments) == {entry.environment: LAPTOP}


def test_saving_again_changes_nothing(project: Path) -> None:
    saved(project, RESULT)
    before = (project / evidence.LOCATION).read_bytes()
    saved(project, RESULT)
    assert (project / evidence.LOCATION).read_bytes() == before
    assert [file.name for file in (project / ".keras-graph").iterdir()] == ["evidence.json"]


def test_environments_side_by_side(project: Path) -> None:
    saved(project, RESULT)
    store = saved(project, RESULT, environment=SERVER)
    assert [entry.result for entry in store.entries] == [store.entries[0].result] * 2
    assert len(store.environments) == 2


def test_environments_that_differ_in_what_numbers_depend_on(project: Path) -> None:
    gpus = [{**SERVER, "gpu": {"device_name": name}} for name in ("A100", "H200")]
    others = [LAPTOP, SERVER, {**LAPTOP, "threads": 2}, {**LAPTOP, "threads": 64}, {**LAPTOP, "tf_keras": "2.21.0"}]
    for environment in (*gpus, *others):
        store = saved(project, RESULT, environment=environment)
    assert len(store.entries) == len(store.environments) == 7
    assert evidence.environment_name(gpus[0]).startswith("gpu A100, Z9, python 3.11.7, ")


def test_what_environments_share() -> None:
    assert evidence.shared_by([LAPTOP]) == LAPTOP
    assert evidence.shared_by([LAPTOP, {}, SERVER]) == {k: LAPTOP[k] for k in ("python", "tensorflow", "keras")}
    assert evidence.shared_by([]) == {}


def test_what_is_left_of_changed_code(project: Path) -> None:
    other = dataclasses.replace(RESULT, symbol="Other")
    saved(project, RESULT, other)
    saved(project, RESULT, environment=SERVER)
    store = saved(project, dataclasses.replace(RESULT, fingerprint="f2"))
    assert [(entry.symbol, entry.result.fingerprint) for entry in store.entries] == [
        ("Model", "f2"),
        ("Other", "f1"),
    ]
    assert [environment for _, environment in store.environments] == [LAPTOP]


def test_a_model_that_was_not_measured_leaves_what_is_known(project: Path) -> None:
    before = saved(project, RESULT)
    assert saved(project, dataclasses.replace(RESULT, status="not_measured", comparisons=())) == before


def test_order_does_not_matter_for_the_text(project: Path) -> None:
    results = [dataclasses.replace(RESULT, path=path, symbol=symbol) for path in "ba" for symbol in "YX"]
    text = evidence.as_json(saved(project, *results))
    assert evidence.as_json(saved(project, *reversed(results))) == text
    parsed = json.loads(text)
    assert list(parsed["models"]) == ["a", "b"]
    assert list(parsed["models"]["a"]) == ["X", "Y"]


def test_merged(project: Path) -> None:
    ours = saved(project, RESULT)
    (project / "sub").mkdir()
    theirs = saved(project / "sub", dataclasses.replace(RESULT, path="n.py"), environment=SERVER)
    both = evidence.merged(ours, theirs)
    assert [entry.path for entry in both.entries] == ["model.py", "n.py"]
    assert both == evidence.merged(theirs, ours)
    assert both == evidence.merged(both, both)


def job(folder: Path, start: Path, *results: ModelResult, environment: dict[str, Any] = LAPTOP) -> Path:
    """The evidence file that a job leaves which began with that of ``start`` and measured ``results``."""
    folder.mkdir()
    if (start / evidence.LOCATION).exists():
        shutil.copytree(start / ".keras-graph", folder / ".keras-graph")
    saved(folder, *results, environment=environment)
    return folder / evidence.LOCATION


def codes(store: Store) -> list[tuple[str, str]]:
    return [(entry.symbol, entry.result.fingerprint) for entry in store.entries]


def versions(symbols: str, fingerprint: str) -> list[ModelResult]:
    return [dataclasses.replace(RESULT, symbol=symbol, fingerprint=fingerprint) for symbol in symbols]


def test_merge_of_shards_that_began_from_the_committed_evidence(project: Path) -> None:
    saved(project, *versions("ABC", "old"))
    first = job(project / "1", project, *versions("A", "new"))
    second = job(project / "2", project, *versions("BD", "new"))
    assert evidence.merge(project, [first, second]) == project / evidence.LOCATION
    merged = evidence.load(project)
    assert codes(merged) == [("A", "new"), ("B", "new"), ("C", "old"), ("D", "new")]
    before = (project / evidence.LOCATION).read_bytes()
    evidence.merge(project, [])
    assert (project / evidence.LOCATION).read_bytes() == before


def test_current_results_win_whatever_the_order(project: Path) -> None:
    saved(project, *versions("ABC", "old"))
    first = job(project / "1", project, *versions("A", "new"))
    second = job(project / "2", project, *versions("BD", "new"))
    for files in ([first, second], [second, first], [first], [second]):
        evidence.merge(project, files, lambda entry: entry.result.fingerprint == "new")
    assert codes(evidence.load(project)) == [("A", "new"), ("B", "new"), ("C", "old"), ("D", "new")]


def test_merge_into_nothing_and_in_any_order(project: Path) -> None:
    files = [job(project / name, project, *versions(name, "f")) for name in "ABC"]
    texts = []
    for order in (files, files[::-1]):
        evidence.merge(project, order)
        texts.append((project / evidence.LOCATION).read_bytes())
        (project / evidence.LOCATION).unlink()
    assert texts[0] == texts[1]
    assert texts[0].count(b'"fingerprint": "f"') == 3


def test_merge_keeps_environments_apart_and_drops_what_changed_code_left(project: Path) -> None:
    saved(project, *versions("A", "old"), environment=SERVER)
    evidence.merge(project, [job(project / "1", project / "none", *versions("A", "old"))])
    assert codes(evidence.load(project)) == [("A", "old"), ("A", "old")]
    evidence.merge(project, [job(project / "2", project / "none", *versions("A", "new"))])
    store = evidence.load(project)
    assert codes(store) == [("A", "new")]
    assert [environment for _, environment in store.environments] == [LAPTOP]


def test_of_two_new_results_the_last_file_wins(project: Path) -> None:
    files = [job(project / name, project, *versions("A", name)) for name in ("1", "2")]
    evidence.merge(project, files)
    assert codes(evidence.load(project)) == [("A", "2")]


@pytest.mark.parametrize("content", [None, b"[]"], ids=["absent", "damaged"])
def test_merge_changes_nothing_where_a_file_cannot_be_used(project: Path, content: bytes | None) -> None:
    saved(project, RESULT)
    before = (project / evidence.LOCATION).read_bytes()
    good = job(project / "1", project, *versions("B", "f"))
    if content is not None:
        (project / "bad.json").write_bytes(content)
    with pytest.raises(EvidenceError, match=r"bad\.json: "):
        evidence.merge(project, [good, project / "bad.json"])
    assert (project / evidence.LOCATION).read_bytes() == before


DAMAGED = {
    "cut": b'{"schema": 1, "models": {',
    "conflict": b'<<<<<<< ours\n{"schema": 1}\n=======\n',
    "no object": b"[]",
    "empty": b"",
    "not utf-8": b'{"schema": 1, "models": {"\xff": {}}}',
    "later schema": b'{"schema": 2}',
    "no schema": b"{}",
    "models a list": b'{"schema": 1, "models": []}',
    "symbols a list": b'{"schema": 1, "models": {"m.py": []}}',
    "record a number": b'{"schema": 1, "models": {"m.py": {"M": {"cpu": 1}}}}',
    "comparison cut": b'{"schema": 1, "models": {"m.py": {"M": {"cpu": {"comparisons": [{}]}}}}}',
    "infinite": b'{"schema": 1, "models": {"m.py": {"M": {"cpu": {"spec": {"a": Infinity}}}}}}',
    "deep": b"[" * 200_000,
    "environments a list": b'{"schema": 1, "environments": []}',
}


@pytest.mark.parametrize("content", DAMAGED.values(), ids=DAMAGED)
def test_damaged(project: Path, content: bytes) -> None:
    file = project / evidence.LOCATION
    file.parent.mkdir()
    file.write_bytes(content)
    with pytest.raises(EvidenceError, match=r"evidence\.json"):
        evidence.load(project)
    store, problem = evidence.load_cached(project)
    assert store == Store()
    assert str(file) in problem
    assert len(saved(project, RESULT).entries) == 1
    assert file.with_suffix(".json.damaged").read_bytes() == content


def test_huge(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    saved(project, RESULT)
    monkeypatch.setattr(evidence, "MAX_BYTES", 100)
    with pytest.raises(EvidenceError, match="larger than"):
        evidence.load(project)


def test_a_folder_in_its_place(project: Path) -> None:
    (project / evidence.LOCATION).mkdir(parents=True)
    with pytest.raises(EvidenceError, match="directory"):
        evidence.load(project)


def test_absent(project: Path) -> None:
    assert evidence.load(project) == Store()
    assert evidence.load_cached(project) == (Store(), "")
    (project / ".keras-graph").write_text("a file")
    assert evidence.load(project) == Store()


def test_a_change_on_disk_is_seen(project: Path) -> None:
    saved(project, RESULT)
    assert len(evidence.load_cached(project)[0].entries) == 1
    saved(project, dataclasses.replace(RESULT, symbol="Other"))
    assert len(evidence.load_cached(project)[0].entries) == 2


def test_the_old_file_stays_where_writing_fails(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = saved(project, RESULT)

    def full(*arguments: object) -> None:
        raise OSError("no space left")

    with monkeypatch.context() as patch:
        patch.setattr("os.replace", full)
        with pytest.raises(OSError, match="no space left"):
            saved(project, dataclasses.replace(RESULT, symbol="Other"))
    assert evidence.load(project) == before
    assert [file.name for file in (project / ".keras-graph").iterdir()] == ["evidence.json"]


@pytest.mark.parametrize("marker", roots.ROOT_MARKERS)
def test_root(tmp_path: Path, marker: str) -> None:
    (tmp_path / marker).mkdir()
    (tmp_path / "a" / "b").mkdir(parents=True)
    assert evidence.project_root(str(tmp_path / "a" / "b" / "m.py")) == tmp_path
    assert evidence.relative_path(str(tmp_path / "a" / "b" / "m.py"), tmp_path) == "a/b/m.py"


def test_the_nearest_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".git").mkdir()
    inner = tmp_path / "inner"
    inner.mkdir()
    (inner / "setup.cfg").write_text("")
    monkeypatch.chdir(inner)
    assert evidence.project_root("m.py") == inner
    assert evidence.relative_path("m.py", inner) == "m.py"
    assert evidence.relative_path(str(tmp_path / "m.py"), inner) == (tmp_path / "m.py").as_posix()


@pytest.mark.parametrize("place", ["venv/lib/python3.11", "../elsewhere/lib"])
def test_an_installed_package_has_the_same_name_everywhere(project: Path, place: str) -> None:
    path = project / place / "site-packages" / "pkg" / "m.py"
    assert evidence.relative_path(str(path), project) == "site-packages/pkg/m.py"


def test_paths_that_are_not_unicode(project: Path) -> None:
    name = "mod\udce9l.py"
    (entry,) = saved(project, dataclasses.replace(RESULT, path=name)).entries
    assert entry.path == name
