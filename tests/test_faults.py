"""An error of ours while one class, one rule or one file is looked at: told as KG000, and nobody else's loss."""

from __future__ import annotations

import ast
import collections
import dataclasses
import gc
import json
import os
import subprocess
import sys
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from flake8_keras_graph import cli, engine, failure
from flake8_keras_graph.analysis import events
from flake8_keras_graph.analysis.host_code import find as host_code
from flake8_keras_graph.commands import checking
from flake8_keras_graph.commands.checking import Overrides
from flake8_keras_graph.commands.measuring import choice
from flake8_keras_graph.config import Options
from flake8_keras_graph.records import Finding, FindingResult, ModelResult
from flake8_keras_graph.results import evidence
from flake8_keras_graph.results.cache import Cache
from flake8_keras_graph.rules import load
from flake8_keras_graph.rules.rule import RULES

Run = Callable[..., subprocess.CompletedProcess[str]]

SOURCE = """\
import keras


class First(keras.Model):
    def call(self, x):
        if keras.ops.sum(x) > 0:
            x = -x
        return x[:, int(x[0, 0])]

    def train_step(self, data):
        assert keras.ops.sum(data) > 0
        return {}


class Second(keras.Model):
    def call(self, x):
        return -x if keras.ops.sum(x) > 0 else x


def train(model, data):
    model.compile(run_eagerly=True)
"""

EVERYTHING = ["6 KG101", "8 KG108", "11 KG106", "17 KG101", "21 KG501"]
"""Line and code of what is found where nothing is broken."""

BREAK_CASTS = """\
from flake8_keras_graph.analysis import events

def broken(*arguments, **keywords):
    raise TypeError("broken on purpose")

events.Cast.__init__ = broken
"""


def broken(*arguments: object, **keywords: object) -> object:
    raise TypeError("broken on purpose")


def placed(findings: list[Finding]) -> list[str]:
    return [f"{finding.span.line} {finding.code}" for finding in findings]


@pytest.fixture
def options() -> Iterator[Options]:
    """Options of no other test: what is remembered of rules and files by options is of this one alone."""
    engine.shared_session.cache_clear()
    load()
    yield Options(model_bases=("never", os.environ["PYTEST_CURRENT_TEST"].split()[0].replace(":", "_")))
    engine.shared_session.cache_clear()


def break_a_builtin(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(events.Cast, "__init__", broken)


def break_a_rule(patch: pytest.MonkeyPatch) -> None:
    patch.setitem(RULES, "KG108", dataclasses.replace(RULES["KG108"], check=broken))


def break_a_rule_with_many_events(patch: pytest.MonkeyPatch) -> None:
    patch.setitem(RULES, "KG101", dataclasses.replace(RULES["KG101"], check=broken))


def break_a_rule_of_sites(patch: pytest.MonkeyPatch) -> None:
    patch.setitem(RULES, "KG501", dataclasses.replace(RULES["KG501"], check=broken))


def break_the_sites(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(host_code, "find", broken)


def break_a_class(patch: pytest.MonkeyPatch) -> None:
    real = engine.session.Interpreter.roots_of

    def roots_of(self: object, info: object) -> object:
        return broken() if getattr(info, "symbol", "") == "First" else real(self, info)  # type: ignore[arg-type]

    patch.setattr(engine.session.Interpreter, "roots_of", roots_of)


BROKEN: dict[Callable[[pytest.MonkeyPatch], None], tuple[list[str], str]] = {
    break_a_builtin: (["4 KG000", "6 KG101", "11 KG106", "17 KG101", "21 KG501"], "class `First`"),
    break_a_class: (["4 KG000", "17 KG101", "21 KG501"], "class `First`"),
    break_a_rule: (["6 KG101", "8 KG000", "11 KG106", "17 KG101", "21 KG501"], "rule KG108, class `First`"),
    break_a_rule_with_many_events: (
        ["6 KG000", "8 KG108", "11 KG106", "17 KG000", "21 KG501"],
        "rule KG101, class `First`",
    ),
    break_a_rule_of_sites: (["6 KG101", "8 KG108", "11 KG106", "17 KG101", "21 KG000"], "rule KG501"),
    break_the_sites: (["1 KG000", "6 KG101", "8 KG108", "11 KG106", "17 KG101"], "the code outside of classes"),
}


@pytest.mark.parametrize("damage", BROKEN, ids=lambda damage: damage.__name__)
def test_the_others_keep_their_findings(
    damage: Callable[[pytest.MonkeyPatch], None], options: Options, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected, named = BROKEN[damage]
    source = engine.Source("m.py", SOURCE)
    damage(monkeypatch)
    found = engine.check(source, options)
    assert placed(found) == expected
    told = next(finding for finding in found if finding.code == "KG000")
    assert told.level == "error"
    assert told.message.startswith(f"internal error in {named}: TypeError: broken on purpose (")
    assert told.message.endswith("; please report it")


def test_nothing_broken(options: Options) -> None:
    assert placed(engine.check(engine.Source("m.py", SOURCE), options)) == EVERYTHING


HELPED = """\
import keras


def total(x):
    for _ in range(3):
        x = x + 1
    return int(keras.ops.sum(x))


class {name}(keras.Model):
    def call(self, x):
        return x + total(x)
"""


def test_what_comes_later_is_as_if_nothing_had_been(options: Options, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the interpreter was still working out when it failed is known to nobody afterwards."""
    session = engine.Session(options)
    sources = [engine.Source("m.py", SOURCE), engine.Source("h.py", HELPED.format(name="Helped"))]
    fresh = [engine.check(source, options) for source in sources]
    with monkeypatch.context() as patch:
        break_a_builtin(patch)
        for source in sources:
            assert any(map(failure.is_internal, engine.check(source, options, session)))
    assert [engine.check(source, options, session) for source in sources] == fresh
    assert all(fresh)


def test_a_fault_that_comes_once(options: Options, monkeypatch: pytest.MonkeyPatch) -> None:
    """Classes of the same file that reach the same helper are followed into it again."""
    real = events.Cast.__init__
    calls = iter([broken])

    def once(*arguments: object, **keywords: object) -> None:
        next(calls, real)(*arguments, **keywords)  # type: ignore[arg-type]

    text = HELPED.format(name="First") + HELPED[HELPED.index("\n\nclass") :].format(name="Second")
    whole = engine.check(engine.Source("h.py", text), options)
    monkeypatch.setattr(events.Cast, "__init__", once)
    found = engine.check(engine.Source("h.py", text), options)
    assert sorted(placed(found)) == sorted([*placed(whole), "10 KG000"])
    assert {finding.code: finding.symbol for finding in found if finding.level == "error"} == {
        "KG000": "First",
        "KG108": "Second",
    }


@pytest.mark.parametrize(
    ("select", "ignore", "shown"),
    [
        ((), (), True),
        (("KG1",), (), True),
        ((), ("KG",), True),
        ((), ("KG0",), True),
        ((), ("KG000",), False),
        (("KG000",), (), True),
    ],
)
def test_only_its_own_code_leaves_it_out(
    select: tuple[str, ...], ignore: tuple[str, ...], shown: bool, options: Options, monkeypatch: pytest.MonkeyPatch
) -> None:
    break_a_builtin(monkeypatch)
    options = dataclasses.replace(options, select=select, ignore=ignore)
    found = engine.check(engine.Source("m.py", SOURCE), options)
    assert ("KG000" in {finding.code for finding in found}) == shown


# --- commands ---------------------------------------------------------------------------------------


@pytest.fixture
def damaged(project: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project, with this process and every one that is started broken where an event of a cast is made."""
    break_a_builtin(monkeypatch)
    (project / "m.py").write_text(SOURCE)
    (project / "n.py").write_text(SOURCE[SOURCE.index("class Second") :].replace("class", "import keras\n\nclass", 1))
    (project / "patch").mkdir()
    (project / "patch" / "sitecustomize.py").write_text(BREAK_CASTS)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join((str(project / "patch"), os.environ["PYTHONPATH"])))
    return project


TOLD = "KG000 internal error in class `First`: TypeError: broken on purpose ("


def test_check_says_so_and_ends_with_2(keras_graph: Run, damaged: Path) -> None:
    for _ in range(2):  # it is not remembered
        result = keras_graph("check", "--format", "concise", "m.py", "n.py", cwd=damaged)
        assert result.returncode == 2
        shown = [line.split()[:2] for line in result.stdout.splitlines()]
        assert [f"{':'.join(place.split(':')[:2])} {code}" for place, code in shown] == [
            "m.py:4 KG000", "m.py:6 KG101", "m.py:11 KG106", "m.py:17 KG101", "m.py:21 KG501",
            "n.py:5 KG101", "n.py:9 KG501",
        ]  # fmt: skip
        assert f"m.py:4:1: {TOLD}" in result.stdout
        assert result.stderr.splitlines()[0] == (
            "keras-graph: internal error in 1 place, shown as KG000; please report it"
        )


@pytest.mark.parametrize("form", ["json", "sarif", "github", "markdown"])
def test_every_format_names_it(keras_graph_here: Run, damaged: Path, form: str) -> None:
    result = keras_graph_here("check", "--format", form, "m.py", cwd=damaged)
    assert result.returncode == 2
    assert "KG000" in result.stdout
    if form == "json":
        first = json.loads(result.stdout)["findings"][0]
        assert (first["code"], first["name"], first["level"]) == ("KG000", "internal-error", "error")
        assert (first["line"], first["symbol"], first["fix"]) == (4, "First", None)


def test_flake8_reports_it_as_a_line(flake8: Run, damaged: Path) -> None:
    result = flake8("--select", "KG", "m.py", "n.py", cwd=damaged)
    assert result.returncode == 1
    assert result.stderr == ""
    shown = [line.split()[:2] for line in result.stdout.splitlines()]
    assert [code for _, code in shown] == ["KG000", "KG101", "KG106", "KG101", "KG501", "KG101", "KG501"]
    assert TOLD in result.stdout


@pytest.mark.parametrize(
    ("command", "told_on"),
    [
        (("explain", "m.py:4"), "stdout"),
        (("rank", "m.py"), "stderr"),
        (("fix", "--diff", "m.py"), "stderr"),
        (("fix", "--select", "KG108", "m.py"), "stdout"),
    ],
)
def test_other_commands(keras_graph_here: Run, damaged: Path, command: tuple[str, ...], told_on: str) -> None:
    result = keras_graph_here(*command, cwd=damaged)
    assert result.returncode == (0 if command[0] == "explain" else 2), result.stderr
    assert "internal error in class `First`: TypeError: broken on purpose" in getattr(result, told_on)
    if command[0] == "rank":
        assert "KG101" in result.stdout
        assert "KG000" not in result.stdout


def test_nothing_of_it_is_measured(project: Path, options: Options, monkeypatch: pytest.MonkeyPatch) -> None:
    (project / "m.py").write_text(SOURCE)
    break_a_builtin(monkeypatch)
    task = checking.Task(str(project / "m.py"), options)
    problems: list[str] = []
    candidates = choice.candidates_of(task, problems)
    codes = {each.code for candidate in candidates for each in candidate.target.findings}
    assert codes == {"KG101", "KG106"}
    assert len(problems) == 1
    assert problems[0].startswith(f"{project / 'm.py'}:4:1: internal error in class `First`: ")


def test_a_run_that_is_mended_forgets_it(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (project / "m.py").write_text(SOURCE)
    monkeypatch.chdir(project)
    engine.shared_session.cache_clear()
    tasks, _ = checking.plan(["m.py"], Overrides())
    with monkeypatch.context() as patch:
        break_a_builtin(patch)
        (outcome,) = checking.check_files(tasks, 1, Cache(str(project / "kept")))
        assert "KG000" in {finding.code for finding in outcome.findings}
    (outcome,) = checking.check_files(tasks, 1, Cache(str(project / "kept")))
    assert placed(list(outcome.findings)) == EVERYTHING


@pytest.mark.parametrize(("ignored", "shown"), [(("KG",), True), (("KG000",), False)])
def test_per_file_ignores(
    ignored: tuple[str, ...], shown: bool, project: Path, options: Options, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / "m.py").write_text(SOURCE)
    break_a_builtin(monkeypatch)
    outcome = checking.check_file(checking.Task(str(project / "m.py"), options, ignored))
    assert ("KG000" in {finding.code for finding in outcome.findings}) == shown


def test_a_fault_in_the_evidence_costs_no_finding(
    project: Path, options: Options, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / "m.py").write_text(SOURCE)
    monkeypatch.setattr(evidence, "load_cached", broken)
    outcome = checking.check_file(checking.Task(str(project / "m.py"), options))
    assert placed(list(outcome.findings)) == ["1 KG000", *EVERYTHING]


# --- one parse, and other people's garbage ----------------------------------------------------------


USER = """\
import keras
from helpers import total


class A(keras.Model):
    def call(self, x):
        return x if total(x) > 0 else -x


class B(keras.Model):
    def call(self, x):
        return x if total(x) > 1 else -x
"""


@pytest.fixture
def parsed(project: Path, monkeypatch: pytest.MonkeyPatch) -> collections.Counter[str]:
    """How often each file of a project with evidence is parsed from now on, in this process."""
    monkeypatch.chdir(project)
    texts = {
        "model.py": USER,
        "helpers.py": "import tensorflow as tf\n\n\ndef total(x):\n    return tf.reduce_sum(x)\n",
    }
    for name, text in texts.items():
        (project / name).write_text(text)
    source = engine.Source("model.py", USER)
    for symbol in ("A", "B"):
        hashed = engine.fingerprint(source, symbol, Options())
        findings = (FindingResult("KG101", 0, 7, 8, "confirmed"),)
        result = ModelResult("model.py", symbol, "measured", fingerprint=hashed, findings=findings)
        evidence.save(project, [(result, {"device": "cpu"})])
    engine.shared_session.cache_clear()
    counts: collections.Counter[str] = collections.Counter()
    real = ast.parse

    def counted(text: str, *arguments: object, **keywords: object) -> ast.AST:
        counts.update(name for name, known in texts.items() if text == known)
        return real(text, *arguments, **keywords)  # type: ignore[call-overload,no-any-return]

    monkeypatch.setattr(ast, "parse", counted)
    return counts


def choose() -> None:
    """What ``measure`` asks about a file before it runs anything."""
    (task,), _ = checking.plan(["model.py"], Overrides())
    assert len(choice.candidates_of(task, [])) == 2


COMMANDS: dict[str, Callable[[], object]] = {
    "check": lambda: cli.main(["check", "--no-cache", "model.py"]),
    "check, for the cache": lambda: cli.main(["check", "model.py"]),
    "check a folder": lambda: cli.main(["check", "--no-cache", "."]),
    "explain": lambda: cli.main(["explain", "model.py:7"]),
    "rank": lambda: cli.main(["rank", "model.py"]),
    "measure": choose,
}


@pytest.mark.parametrize("command", COMMANDS)
def test_a_file_is_parsed_once(command: str, parsed: collections.Counter[str]) -> None:
    COMMANDS[command]()
    assert parsed == {"model.py": 1, "helpers.py": 1}


FREEZES = {
    "import flake8_keras_graph.cli as c; c.main(['check', '-q', '--no-cache', 'm.py'])": True,
    "from flake8_keras_graph.commands import checking as c\nc.check_file(c.plan(['m.py'], c.Overrides())[0][0])": True,
    "from flake8_keras_graph import engine, config\nengine.check(engine.Source('m.py', TEXT), config.Options())": False,
    "from flake8_keras_graph import engine, config\noptions = config.Options()\n"
    "engine.check(engine.Source('m.py', TEXT), options, engine.shared_session(options))": False,
    "import ast\nfrom flake8_keras_graph.plugin import KerasGraph\n"
    "assert list(KerasGraph(ast.parse(TEXT), 'm.py', TEXT.splitlines(True)).run())": False,
}


@pytest.mark.parametrize("code", FREEZES)
def test_the_collector_is_told_to_look_away_in_our_own_processes_alone(code: str, project: Path) -> None:
    (project / "m.py").write_text(SOURCE)
    whole = f"import gc\nTEXT = open('m.py').read()\n{code}\nprint('frozen', gc.get_freeze_count())"
    out = subprocess.check_output([sys.executable, "-c", whole], text=True, cwd=project)
    assert (int(out.split()[-1]) > 0) == FREEZES[code]


class Garbage:
    """Refers to itself, so that only the collector can free it."""

    def __init__(self) -> None:
        self.itself = self


def test_garbage_of_others_is_still_collected(options: Options) -> None:
    session = engine.Session(options)
    gone = weakref.ref(Garbage())
    engine.check(engine.Source("m.py", SOURCE), options, session)
    gc.collect()
    assert gone() is None
    assert gc.isenabled()


def test_what_others_froze_stays_frozen(options: Options) -> None:
    gc.freeze()
    try:
        frozen = gc.get_freeze_count()
        engine.check(engine.Source("m.py", SOURCE), options, engine.Session(options))
        assert 0 < gc.get_freeze_count() <= frozen
    finally:
        gc.unfreeze()
