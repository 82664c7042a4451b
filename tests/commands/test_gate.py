"""What makes a run of ``check`` fail: what was known before, which lines are new, what comments silence."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from flake8_keras_graph.commands.gate import changed_lines

Run = Callable[..., subprocess.CompletedProcess[str]]

HEAD = """\
import keras


class Net(keras.Model):
    def __init__(self):
        super().__init__()
        self.dense = keras.layers.Dense(4)

    def call(self, x):
        x = self.dense(x)
"""
IF = "        if keras.ops.sum(x) > 0:\n            x = -x\n"
WHILE = "        while keras.ops.sum(x) > 9:\n            x = x / 2\n"
END = "        return x\n"


@pytest.fixture
def net(project: Path) -> Path:
    (project / "net.py").write_text(HEAD + IF + END)
    return project


@pytest.fixture
def check(keras_graph_here: Run) -> Callable[..., tuple[list[str], int, str]]:
    """Run ``check --format concise``: ``line: CODE`` of each finding, the exit status, what went to stderr."""

    def run(*arguments: object, cwd: Path) -> tuple[list[str], int, str]:
        result = keras_graph_here("check", "--format", "concise", *arguments, cwd=cwd)
        found = [line.split(":") for line in result.stdout.splitlines()]
        return [f"{parts[1]}:{parts[3].split()[0]}" for parts in found], result.returncode, result.stderr

    return run


Check = Callable[..., tuple[list[str], int, str]]


# --- --baseline -------------------------------------------------------------------------------------

BASELINE = ("--baseline", "known.json")


def records(project: Path, name: str = "net.py") -> list[tuple[str, str, int]]:
    findings = json.loads((project / "known.json").read_text())["findings"]
    return [(each["code"], each["content"], each.get("count", 1)) for each in findings.get(name, [])]


@pytest.fixture
def known(net: Path, check: Check) -> Path:
    found, status, told = check(*BASELINE, "--update-baseline", cwd=net)
    assert (found, status) == ([], 0)
    assert "known.json: 1 finding known from now on\n" in told
    return net


@pytest.mark.parametrize(
    ("source", "found", "left"),
    [
        (HEAD + IF + END, [], 1),
        ("# above\n\n" + HEAD + "        # here\n" + IF + END, [], 1),
        (HEAD + IF.replace("sum(x) > 0", "sum( x )  >  0") + END, ["11:KG101"], 0),
        (HEAD + WHILE + IF + END, ["11:KG102"], 1),
        (HEAD + IF + IF + END, ["13:KG101"], 1),  # one more of the same
        (HEAD + IF.replace("> 0", "> 1") + END, ["11:KG101"], 0),
        (HEAD.replace("Net", "Other") + IF + END, ["11:KG101"], 0),
        (HEAD + END, [], 0),
    ],
)
def test_only_what_is_new(known: Path, check: Check, source: str, found: list[str], left: int) -> None:
    (known / "net.py").write_text(source)
    given, status, told = check(*BASELINE, cwd=known)
    assert (given, status) == (found, bool(found))
    assert len(records(known)) == left
    assert ("known.json: 1 finding gone from the code, and from the baseline\n" in told) is not left
    assert ("1 known from the baseline" in told) is bool(left)


def test_it_shrinks_only_by_what_was_looked_for(known: Path, check: Check) -> None:
    before = (known / "known.json").read_bytes()
    (known / "net.py").write_text(HEAD + END)
    (known / "other.py").write_text("x = 1\n")
    check(*BASELINE, "other.py", cwd=known)
    check(*BASELINE, "--select", "KG2", cwd=known)
    check(*BASELINE, "--no-evidence", cwd=known)
    (known / "net.py").write_text("x = (\n")
    assert check(*BASELINE, cwd=known)[1] == 1
    assert (known / "known.json").read_bytes() == before
    (known / "net.py").unlink()
    assert check(*BASELINE, cwd=known)[1] == 0
    assert records(known) == []


def test_an_update_keeps_what_was_not_looked_for(known: Path, check: Check) -> None:
    (known / "other.py").write_text(HEAD + WHILE + WHILE + END)
    check(*BASELINE, "--update-baseline", "other.py", cwd=known)
    assert records(known) == [("KG101", "if keras.ops.sum(x) > 0", 1)]
    assert records(known, "other.py") == [("KG102", "while keras.ops.sum(x) > 9", 2)]
    assert check(*BASELINE, cwd=known)[:2] == ([], 0)
    assert check(cwd=known)[1] == 1


@pytest.mark.parametrize(
    ("name", "path"),
    [("known.json", "src/net.py"), (".keras-graph/baseline.json", "src/net.py"), ("ci/known.json", "../src/net.py")],
)
def test_paths_are_those_of_every_machine(net: Path, check: Check, name: str, path: str) -> None:
    (net / "src").mkdir()
    (net / "net.py").rename(net / "src" / "net.py")
    check("--baseline", name, "--update-baseline", cwd=net)
    assert list(json.loads((net / name).read_text())["findings"]) == [path]
    assert check("--baseline", net / name, net / "src", cwd=net.parent)[:2] == ([], 0)


def test_from_another_folder(known: Path, check: Check) -> None:
    (known / "sub").mkdir()
    assert check("--baseline", "../known.json", "../net.py", cwd=known / "sub")[:2] == ([], 0)


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"version": 2}', '{"version": 1, "findings": [1]}', "\xff"])
def test_a_file_that_is_no_baseline(net: Path, check: Check, content: str) -> None:
    (net / "known.json").write_text(content, encoding="latin-1")
    found, status, told = check(*BASELINE, cwd=net)
    assert (found, status) == ([], 2)
    assert told.startswith("keras-graph: error: known.json: not a baseline of version 1 (")


# --- --diff -----------------------------------------------------------------------------------------


def git(*arguments: str, cwd: Path) -> None:
    identity = ("-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *identity, *arguments], cwd=cwd, check=True, capture_output=True)


@pytest.fixture
def repository(net: Path) -> Path:
    git("init", "--quiet", "-b", "main", cwd=net)
    git("add", ".", cwd=net)
    git("commit", "--quiet", "-m", "first", cwd=net)
    return net


@pytest.mark.parametrize(
    ("source", "found"),
    [
        (HEAD + IF + END, []),
        (HEAD + WHILE + IF + END, ["11:KG102"]),
        (HEAD + IF + WHILE + END, ["13:KG102"]),
        (HEAD + "        x = x + 1\n" + IF + END, []),
        (HEAD + IF.replace("> 0:", "> 1:") + END, ["11:KG101"]),
        (HEAD + IF.rstrip("\n"), []),
        (HEAD + "        '''\n++ a\n--- b\n+++ c\n@@ -1 +1 @@\n'''\n" + IF + END, []),
    ],
)
def test_only_what_stands_on_changed_lines(repository: Path, check: Check, source: str, found: list[str]) -> None:
    (repository / "net.py").write_text(source)
    given, status, told = check("--diff", "HEAD", cwd=repository)
    assert (given, status) == (found, bool(found))
    kept = "if keras.ops.sum(x) > 0:" in source
    assert ("1 on lines that did not change" in told) is kept


def test_since_the_branches_parted(repository: Path, check: Check) -> None:
    git("checkout", "--quiet", "-b", "topic", cwd=repository)
    (repository / "net.py").write_text(HEAD + IF + WHILE + END)
    git("commit", "--quiet", "-am", "topic", cwd=repository)
    git("checkout", "--quiet", "main", cwd=repository)
    (repository / "net.py").write_text(HEAD + END)
    git("commit", "--quiet", "-am", "main went on", cwd=repository)
    git("checkout", "--quiet", "topic", cwd=repository)
    assert check("--diff", "main", cwd=repository)[0] == ["13:KG102"]
    (repository / "sub").mkdir()
    assert check("--diff", "main", "..", cwd=repository / "sub")[0] == ["13:KG102"]


@pytest.mark.parametrize("name", ["new.py", "né w.py", 'quo"te.py'])
def test_files_that_are_new_or_moved(repository: Path, check: Check, name: str) -> None:
    if os.name == "nt" and '"' in name:
        pytest.skip("no such name on Windows")
    (repository / name).write_text(HEAD + WHILE + END)
    assert check("--diff", "HEAD", cwd=repository)[0] == ["11:KG102"]  # not yet known to git
    git("add", ".", cwd=repository)
    assert check("--diff", "HEAD", cwd=repository)[0] == ["11:KG102"]
    git("commit", "--quiet", "-am", "second", cwd=repository)
    assert check("--diff", "HEAD", cwd=repository)[0] == []
    git("mv", name, "moved.py", cwd=repository)
    assert check("--diff", "HEAD", cwd=repository)[0] == []
    (repository / "moved.py").write_text(HEAD + WHILE + IF + END)
    assert check("--diff", "HEAD", cwd=repository)[0] == ["13:KG101"]


@pytest.mark.parametrize("revision", ["nowhere", "--output=x", "HEAD:net.py"])
def test_what_is_no_revision(repository: Path, check: Check, revision: str) -> None:
    found, status, told = check(f"--diff={revision}", cwd=repository)
    assert (found, status) == ([], 2)
    assert f"--diff: {revision!r} is no revision of " in told
    assert not (repository / "x").exists()


def test_no_repository(net: Path, check: Check, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(net.parent))
    changed_lines._top_of.cache_clear()
    found, status, told = check("--diff", "HEAD", cwd=net)
    assert (found, status) == ([], 2)
    assert " is not in a git repository (" in told


# --- comments ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "after"),
    [
        ("if keras.ops.sum(x) > 0:", "if keras.ops.sum(x) > 0:  # noqa: KG101"),
        ("if keras.ops.sum(x) > 0:  # why", "if keras.ops.sum(x) > 0:  # why  # noqa: KG101"),
        ("if keras.ops.sum(x) > 0:  # noqa: E501", "if keras.ops.sum(x) > 0:  # noqa: E501, KG101"),
        ("if keras.ops.sum(x) > 0:  # noqa: E501 too long", "if keras.ops.sum(x) > 0:  # noqa: E501, KG101 too long"),
        ("if keras.ops.sum(x) \\\n > 0:", "if keras.ops.sum(x) \\\n > 0:  # noqa: KG101"),
        ("if keras.ops.sum(x) > len('''\n'''):", "if keras.ops.sum(x) > len('''\n'''):  # noqa: KG101"),
        (
            "if (float(x) if keras.ops.sum(x) > 0 else x) is None:",
            "if (float(x) if keras.ops.sum(x) > 0 else x) is None:  # noqa: KG101, KG108",
        ),
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_comments_are_added(net: Path, check: Check, line: str, after: str, end: str) -> None:
    source, expected = (HEAD + f"        {each}\n            x = -x\n" + END for each in (line, after))
    (net / "net.py").write_bytes(source.replace("\n", end).encode())
    found, status, told = check("--add-noqa", cwd=net)
    assert (found, status) == ([], 0)
    assert "silenced by comments in 1 file\n" in told
    assert (net / "net.py").read_bytes() == expected.replace("\n", end).encode()
    assert check(cwd=net)[:2] == ([], 0)
    before = (net / "net.py").read_bytes()
    check("--add-noqa", cwd=net)
    assert (net / "net.py").read_bytes() == before


def test_comments_are_added_to_what_is_selected(net: Path, check: Check) -> None:
    (net / "net.py").write_text(HEAD + IF + WHILE + END)
    check("--add-noqa", "--select", "KG102", cwd=net)
    assert check(cwd=net)[0] == ["11:KG101"]


@pytest.mark.parametrize(
    ("comment", "unused"),
    [
        ("# noqa", []),
        ("# noqa: KG101", []),
        ("# noqa: KG1", []),
        ("# noqa: KG102", ["KG102"]),
        ("# noqa: KG101, KG102,KG999", ["KG102", "KG999"]),
        ("# noqa: E501, KG4 a reason", ["KG4"]),
        ("# noqa: E501", []),
        ("# noqa: KG001, KG002, KG102, KG003", []),  # of evidence; the last one silences what is said of the others
    ],
)
def test_comments_that_silence_nothing(net: Path, check: Check, comment: str, unused: list[str]) -> None:
    (net / "net.py").write_text(HEAD + IF.replace(":\n", f":  {comment}\n", 1) + END)
    found = check(cwd=net)[0]
    assert [each for each in found if "KG101" not in each] == ["11:KG003"] * len(unused)
    told = check("--fail-on", "note", "--select", "KG003", cwd=net)
    assert told[1] == bool(unused)


def test_where_an_unused_comment_stands(net: Path, keras_graph_here: Run) -> None:
    text = 'TEXT = """\n# noqa: KG101\n"""\nX = 1  # noqa: KG101, KG3\n'
    (net / "net.py").write_text(text)
    result = keras_graph_here("check", "--format", "json", cwd=net)
    findings = json.loads(result.stdout)["findings"]
    assert [(each["line"], each["column"], each["end_column"]) for each in findings] == [(4, 16, 21), (4, 23, 26)]
    assert findings[0]["message"] == "`# noqa: KG101` silences nothing on this line: remove it"
    assert result.returncode == 0
    explained = keras_graph_here("explain", "net.py:4", cwd=net)
    assert "  rule: unused-noqa (note)\n" in explained.stdout
    assert (
        json.loads(keras_graph_here("check", "--ignore", "KG003", "--format", "json", cwd=net).stdout)["findings"] == []
    )


# --- what is written, and where ---------------------------------------------------------------------


def test_statistics(net: Path, keras_graph_here: Run) -> None:
    (net / "net.py").write_text(HEAD + IF + WHILE + IF + END)
    result = keras_graph_here("check", "--statistics", cwd=net)
    assert result.stdout == "2  KG101  error    tensor-if\n1  KG102  error    tensor-while\n"
    assert result.returncode == 1
    assert keras_graph_here("check", "--statistics", "--select", "KG2", cwd=net).stdout == ""


def test_output_file(net: Path, keras_graph_here: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    result = keras_graph_here("check", "--output-file", "out.txt", cwd=net)
    assert (result.stdout, result.returncode) == ("", 1)
    assert (net / "out.txt").read_text().startswith("error[KG101] [*]: ")


def test_config(net: Path, check: Check) -> None:
    (net / "other.toml").write_text("[tool.keras-graph]\nignore = ['KG1']\n")
    (net / "pyproject.toml").write_text("[tool.keras-graph]\nignore = ['KG2']\n")
    assert check(cwd=net)[0] == ["11:KG101"]
    assert check("--config", "other.toml", cwd=net)[0] == []
    assert check(cwd=net)[0] == ["11:KG101"]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--update-baseline",), "--update-baseline needs --baseline FILE"),
        (("--baseline", "nowhere.json"), "nowhere.json: no such baseline; --update-baseline writes it"),
        (("--diff", "HEAD", "-"), "--diff takes files, not stdin"),
        (("--add-noqa", "-"), "--add-noqa takes files, not stdin"),
        (("--statistics", "--format", "json"), "--statistics goes with --format text or concise, not json"),
        (("--output-file", "no/where"), "cannot be written: no such file or folder"),
        (("--config", "nowhere.toml"), "nowhere.toml: no such file"),
        (("--config", "empty.toml"), "empty.toml: no table [tool.keras-graph]"),
        (("--config", "wrong.toml"), "wrong.toml: [tool.keras-graph] keras: must be"),
        (("--min-slowdown", "0.9"), "'0.9' is not a ratio from 1"),
        (("--min-slowdown", "x"), "'x' is not a ratio from 1"),
    ],
)
def test_wrong_use(net: Path, keras_graph_here: Run, arguments: tuple[str, ...], told: str) -> None:
    (net / "empty.toml").write_text("")
    (net / "wrong.toml").write_text("[tool.keras-graph]\nkeras = 4\n")
    result = keras_graph_here("check", *arguments, cwd=net, input="")
    assert told.replace("folder", "directory") in result.stderr.replace("folder", "directory")
    assert (result.stdout, result.returncode) == ("", 2)
