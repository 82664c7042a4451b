"""What flake8 remembers of files: the same as a check anew gives, kept where nobody is surprised, and not in the way."""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
import tempfile
from argparse import Namespace
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from samples import LOOP

from flake8_keras_graph import engine
from flake8_keras_graph.config import Options
from flake8_keras_graph.plugin import KerasGraph
from flake8_keras_graph.project import files
from flake8_keras_graph.records import Comparison, FindingResult, ModelResult
from flake8_keras_graph.results import cache, evidence

Run = Callable[..., subprocess.CompletedProcess[str]]

MODEL = """\
import keras
from helpers import score


class Scored(keras.layers.Layer):
    def call(self, x):
        return x if score(x) > 0 else -x
"""
TENSOR = "import tensorflow as tf\n\n\ndef score(x):\n    return tf.reduce_sum(x)\n"
NUMBER = "def score(x):\n    return 3\n"
FOUND = "model.py:7:16: KG101"


@pytest.fixture
def caches(project: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the user's caches are; ``project`` has files to remember something of."""
    folder = tmp_path_factory.mktemp("user") / "caches"
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder))
    (project / "model.py").write_text(MODEL)
    (project / "helpers.py").write_text(TENSOR)
    return folder


@pytest.fixture
def checked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the files that are checked anew in this process, one by one."""
    names: list[str] = []
    real = engine.check

    def recorded(source: engine.Source, *arguments: object) -> object:
        names.append(os.path.basename(source.path))
        return real(source, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(engine, "check", recorded)
    return names


def listing(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if "__pycache__" not in path.parts}


def places(result: subprocess.CompletedProcess[str]) -> list[str]:
    assert result.stderr == ""
    return [line[: len(FOUND)] for line in result.stdout.splitlines()]


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_second_run_imports_nothing_of_the_analysis(
    flake8_process: Run, project: Path, caches: Path, jobs: str
) -> None:
    (project / "other.py").write_text(LOOP)
    first = flake8_process("--select", "KG", "-j", jobs, ".", cwd=project)
    assert sorted(places(first)) == ["./model.py:7:16: KG1", "./other.py:10:9: KG3"]
    refusing = caches.parent / "refusing"
    (refusing / "libcst").mkdir(parents=True)
    (refusing / "libcst" / "__init__.py").write_text("raise ImportError('not to be imported')\n")
    env = {"PYTHONPATH": os.pathsep.join((str(refusing), os.environ["PYTHONPATH"]))}
    second = flake8_process("--select", "KG", "-j", jobs, ".", cwd=project, env=env)
    assert sorted(second.stdout.splitlines()) == sorted(first.stdout.splitlines())


@pytest.mark.slow
def test_several_runs_at_once(project: Path, caches: Path) -> None:
    names = [f"m{number}.py" for number in range(8)]
    for name in names:
        (project / name).write_text(MODEL)
    command = [sys.executable, "-m", "flake8", "--select", "KG", "-j", "2", *names]
    running = [subprocess.Popen(command, cwd=project, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    told = [sorted(process.communicate()[0].splitlines()) for process in running]
    assert [len(lines) for lines in told] == [len(names)] * 3
    assert told[0] == told[1] == told[2]
    assert {Path(name).suffix for name in listing(caches / "keras-graph")} == {"", ".TAG", ".json"}
    assert len(listing(caches / "keras-graph")) == len(names) + 2


def test_what_a_hit_loads(flake8: Run, project: Path, caches: Path) -> None:
    flake8("--select", "KG", "model.py", cwd=project)
    code = (
        "import sys\nfrom flake8.main.cli import main\n"
        "assert main(['--select', 'KG', '-j1', 'model.py']) == 1\nprint(*sys.modules)"
    )
    loaded = subprocess.check_output([sys.executable, "-c", code], text=True, cwd=project).split()
    ours = {name for name in loaded if name.startswith("flake8_keras_graph")}
    assert "libcst" not in loaded
    assert ours == {
        f"flake8_keras_graph{name}"
        for name in (
            "", ".config", ".plugin", ".project", ".project.dependency_files", ".project.files",
            ".project.module_paths", ".project.pins", ".project.presence", ".project.version_ranges", ".results",
            ".results.cache", ".results.roots",
        )
    }  # fmt: skip


# --- where -----------------------------------------------------------------------------------------


def test_nothing_is_left_in_a_project(flake8: Run, project: Path, caches: Path) -> None:
    before = listing(project)
    for text in ("", "[tool.keras-graph]\n"):
        (project / "pyproject.toml").write_text(text)
        flake8("--select", "KG", "model.py", cwd=project)
        assert listing(project) == before | {"pyproject.toml"}
    assert {"CACHEDIR.TAG", ".gitignore"} < listing(caches / "keras-graph")


@pytest.mark.parametrize("configured", [True, False])
def test_what_check_has_is_used_and_added_to(
    flake8: Run, keras_graph_here: Run, project: Path, caches: Path, checked: list[str], configured: bool
) -> None:
    (project / "pyproject.toml").write_text("[tool.keras-graph]\n" if configured else "")
    keras_graph_here("check", "model.py", cwd=project)
    assert checked == ["model.py"]
    assert places(flake8("--select", "KG", ".", cwd=project)) == ["./model.py:7:16: KG1"]
    assert checked == ["model.py", "helpers.py"]
    assert keras_graph_here("check", "--format", "concise", ".", cwd=project).stdout.startswith(FOUND)
    assert checked == ["model.py", "helpers.py"]
    assert not caches.exists()


def test_a_relative_folder_of_the_user_is_none(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    assert str(cache.folder_of_user()).startswith(str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "x"))
    assert cache.folder_of_user() == str(tmp_path / "x" / "keras-graph")
    monkeypatch.setattr(os.path, "expanduser", lambda path: path)  # nobody's home
    monkeypatch.setenv("XDG_CACHE_HOME", "")
    assert cache.folder_of_user() is None


@pytest.mark.parametrize("how", ["option", "configuration", "environment"])
def test_switched_off(
    flake8: Run, keras_graph_here: Run, project: Path, caches: Path, checked: list[str], how: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    keras_graph_here("check", "model.py", cwd=project)
    before = listing(project)
    if how == "configuration":
        (project / ".flake8").write_text("[flake8]\nkeras-graph-no-cache = true\n")
    if how == "environment":
        monkeypatch.setenv(cache.NO_CACHE, "1")
        keras_graph_here("check", "model.py", cwd=project)
        del checked[-1]
    option = ["--keras-graph-no-cache"] if how == "option" else []
    for _ in range(2):
        assert places(flake8("--select", "KG", *option, "model.py", cwd=project)) == [FOUND]
    assert checked == ["model.py"] * 3
    assert listing(project) - {".flake8"} == before
    assert not caches.exists()


def test_a_folder_that_cannot_be_written(
    flake8: Run, project: Path, caches: Path, checked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*arguments: object) -> None:
        raise PermissionError

    flake8("--select", "KG", "model.py", cwd=project)
    (project / "helpers.py").write_text(TENSOR + "\n")
    monkeypatch.setattr(files, "replace", refused)
    for _ in range(2):
        assert places(flake8("--select", "KG", "model.py", cwd=project)) == [FOUND]
    assert checked == ["model.py"] * 3
    caches.joinpath("keras-graph").rename(caches / "gone")
    caches.joinpath("keras-graph").write_text("a file")
    assert places(flake8("--select", "KG", "model.py", cwd=project)) == [FOUND]


# --- what counts -----------------------------------------------------------------------------------


def test_stdin_is_looked_up_and_not_remembered(flake8: Run, project: Path, caches: Path, checked: list[str]) -> None:
    stdin = ("--select", "KG", "--stdin-display-name", "model.py", "-")
    for _ in range(2):
        assert places(flake8(*stdin, cwd=project, input=MODEL)) == [FOUND]
    assert checked == ["model.py"] * 2
    assert not caches.exists()
    flake8("--select", "KG", "model.py", cwd=project)
    assert places(flake8(*stdin, cwd=project, input=MODEL)) == [FOUND]
    assert checked == ["model.py"] * 3
    assert places(flake8(*stdin, cwd=project, input=MODEL.replace("score(x) > 0", "True"))) == []
    assert places(flake8("--select", "KG", "model.py", cwd=project)) == [FOUND]
    assert checked == ["model.py"] * 4


CHANGES: dict[str, tuple[str, str]] = {
    "the file": ("model.py", MODEL.replace("score(x) > 0", "True")),
    "what it imports": ("helpers.py", NUMBER),
    "what takes the import over": ("helpers/__init__.py", NUMBER),
    "the Keras that its project allows": ("requirements.txt", "tensorflow==2.10\n"),
    "pyproject.toml": ("pyproject.toml", '[tool.keras-graph]\nkeras = "2"\n'),
    "flake8's options": (".flake8", "[flake8]\nkeras-graph-keras = 2\n"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_counts(flake8: Run, project: Path, caches: Path, change: str) -> None:
    arguments = ("--select", "KG", "model.py")
    before = flake8(*arguments, cwd=project)
    assert places(before) == [FOUND]
    name, text = CHANGES[change]
    if name.startswith("helpers/"):
        (project / "helpers.py").unlink()
        (project / "helpers").mkdir()
    (project / name).write_text(text)
    anew = flake8("--keras-graph-no-cache", *arguments, cwd=project)
    assert anew.stdout != before.stdout
    for _ in range(2):
        assert flake8(*arguments, cwd=project).stdout == anew.stdout


def test_evidence_counts_and_costs_no_check(flake8: Run, project: Path, caches: Path, checked: list[str]) -> None:
    (project / "m.py").write_text(LOOP)
    (before,) = places(flake8("--select", "KG", "m.py", cwd=project))
    hashed = engine.fingerprint(engine.Source(str(project / "m.py"), LOOP), "Looping", Options())
    comparison = Comparison("as written", "functional", "graph", "train", 1.0, 1.0, 1.0, "same graph", True, 0.0)
    result = ModelResult(
        str(project / "m.py"), "Looping", "measured", fingerprint=hashed, comparisons=(comparison,),
        findings=(FindingResult("KG301", 0, 10, 8, "confirmed", rewrite="functional"),),
    )  # fmt: skip
    evidence.save(project, [(result, {"device": "cpu"})])
    for _ in range(2):
        assert places(flake8("--select", "KG", "m.py", cwd=project)) == []
    assert checked == ["m.py"]
    code = (
        "import sys\nfrom flake8.main.cli import main\n"
        "assert main(['--select', 'KG', '-j1', 'm.py']) == 0\nassert 'libcst' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], cwd=project, check=True)
    (project / evidence.LOCATION).unlink()
    assert places(flake8("--select", "KG", "m.py", cwd=project)) == [before]
    assert checked == ["m.py"]


def test_what_went_wrong_in_us_is_not_remembered(
    flake8: Run, project: Path, caches: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*arguments: object) -> object:
        raise LookupError

    with monkeypatch.context() as patch:
        patch.setattr(engine.session.Interpreter, "roots_of", broken)
        assert "KG000" in flake8("--select", "KG", "model.py", cwd=project).stdout
    assert places(flake8("--select", "KG", "model.py", cwd=project)) == [FOUND]


def test_what_is_read_is_what_counts(project: Path, caches: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No finding rests on a file whose change would go unnoticed, of whatever sort it is."""
    (project / "pkg").mkdir()
    (project / "pkg" / "__init__.py").write_text("from .base import Base\n")
    (project / "pkg" / "base.py").write_text("import keras\n\n\nclass Base(keras.Model):\n    pass\n")
    (project / "model.py").write_text(
        MODEL.replace("import keras", "from pkg import Base").replace("keras.layers.Layer", "Base")
    )
    monkeypatch.chdir(project)
    opened: set[str] = set()
    real = files.read

    def recorded(path: str) -> str:
        opened.add(os.path.abspath(path))
        return real(path)

    monkeypatch.setattr(files, "read", recorded)
    session = engine.Session(Options())
    text = (project / "model.py").read_text()
    assert engine.check(engine.Source("model.py", text), Options(), session)
    depends = cache.observed(session.project, "model.py", text)
    assert opened <= set(depends)
    assert {os.path.relpath(path) for path in depends} == {"model.py", "helpers.py", "pkg/__init__.py", "pkg/base.py"}


# --- the same as a check anew ----------------------------------------------------------------------

HELPERS = [
    TENSOR,
    NUMBER,
    "from deeper import score\n",
    "from deeper import *\n",
    "import deeper\n\n\ndef score(x):\n    return deeper.score(x)\n",
    "from pkg.inner import score\n",
    "def score(x):\n",
]
BASES = [
    "import keras\n\n\nclass Base(keras.layers.Layer):\n    pass\n",
    "class Base:\n    pass\n",
    "from .inner import Base\n",
    "from deeper import Base\n",
    "import tf_keras as keras\n\n\nclass Base(keras.layers.Layer):\n    pass\n",
]
TEXTS = {
    "model.py": [
        MODEL,
        MODEL.replace("import keras", "from pkg import Base").replace("keras.layers.Layer", "Base"),
        MODEL.replace("import keras", "from pkg.inner import Base").replace("keras.layers.Layer", "Base"),
        MODEL.replace("import keras", "import pkg").replace("keras.layers.Layer", "pkg.Base"),
        MODEL.replace("score(x) > 0", "score(x) is None"),
    ],
    "second.py": [MODEL.replace("Scored", "Second"), LOOP],
    "helpers.py": HELPERS,
    "deeper.py": [*HELPERS[:2], *BASES[:2]],
    "pkg/__init__.py": BASES,
    "pkg/inner.py": [*HELPERS[:3], *BASES[:2]],
    "pkg/model.py": [MODEL, MODEL.replace("from helpers", "from .helpers")],
    "pkg/helpers.py": HELPERS[:3],
    "requirements.txt": ["tensorflow==2.10\n", "tensorflow==2.18\n"],
    "pkg/requirements.txt": ["tensorflow==2.10\n", "keras==3.5\n"],
}
"""What each file of a project may hold, beside not being there."""
CHECKED = ("model.py", "second.py", "pkg/model.py")

edits = st.one_of(
    *[st.tuples(st.just(name), st.sampled_from([*texts, None])) for name, texts in TEXTS.items()]
)  # each file as likely
projects = st.fixed_dictionaries({name: st.sampled_from([*texts, None]) for name, texts in TEXTS.items()})


def write(folder: Path, name: str, text: str | None) -> None:
    (folder / name).parent.mkdir(exist_ok=True)
    if text is None:
        (folder / name).unlink(missing_ok=True)
    else:
        (folder / name).write_text(text)


def linted(folder: Path, order: list[str], no_cache: bool) -> dict[str, list[tuple[int, int, str]]]:
    """What flake8 is handed of each file, in one run."""
    engine.shared_session.cache_clear()
    given = Namespace(
        keras_graph_keras=None, keras_graph_model_bases=None, keras_graph_returns=None,
        keras_graph_max_iterations=None, keras_graph_no_cache=no_cache, filenames=["."],
        select=["KG"], extend_select=None,
    )  # fmt: skip
    KerasGraph.parse_options(given)
    found = {}
    for name in order:
        if (folder / name).exists():
            text = (folder / name).read_text()
            plugin = KerasGraph(ast.parse(text), str(folder / name), text.splitlines(keepends=True))
            found[name] = [(line, column, told) for line, column, told, _ in plugin.run()]
    return found


@pytest.fixture(scope="module", autouse=True)
def _plugin_as_before() -> Iterator[None]:
    yield
    KerasGraph.caching, KerasGraph.cache = "off", None


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(projects, st.lists(st.tuples(edits, st.permutations(CHECKED)), min_size=1, max_size=5))
def test_the_same_as_a_check_anew(
    start: dict[str, str | None], steps: list[tuple[tuple[str, str | None], list[str]]]
) -> None:
    """Whatever was edited, came or went since, and in whatever order files are checked."""
    folder = Path(tempfile.mkdtemp())
    try:
        (folder / "pyproject.toml").write_text("[tool.keras-graph]\n")
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("XDG_CACHE_HOME", str(folder / "caches"))
            for name, text in start.items():
                write(folder, name, text)
            linted(folder, list(CHECKED), no_cache=False)
            for (name, text), order in steps:
                write(folder, name, text)
                assert linted(folder, order, no_cache=False) == linted(folder, order, no_cache=True)
    finally:
        shutil.rmtree(folder)
