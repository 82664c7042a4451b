"""Which files a path stands for, and their text."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flake8_keras_graph.project import files


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name in (
        "a.py",
        "b.pyi",
        "c.txt",
        "pkg/d.py",
        "pkg/gen/e.py",
        "pkg/__pycache__/f.py",
        ".git/g.py",
        ".venv/h.py",
        "build/i.py",
        "builder/j.py",
        "lib/site-packages/k.py",
        "x.egg-info/l.py",
    ):
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("")
    return tmp_path


def found(tree: Path, path: str = "", exclude: tuple[str, ...] = ()) -> list[str]:
    root = str(tree)
    return [
        Path(os.path.relpath(file, tree)).as_posix()
        for file in files.discover(os.path.join(root, path) if path else root, exclude, root)
    ]


@pytest.mark.parametrize(
    ("path", "exclude", "expected"),
    [
        ("", (), ["a.py", "builder/j.py", "pkg/d.py", "pkg/gen/e.py"]),
        ("", ("gen",), ["a.py", "builder/j.py", "pkg/d.py"]),
        ("", ("pkg/gen",), ["a.py", "builder/j.py", "pkg/d.py"]),
        ("", ("./pkg/",), ["a.py", "builder/j.py"]),
        ("", ("*/e.py", "a*"), ["builder/j.py", "pkg/d.py"]),
        ("", ("e.py", "d.*"), ["a.py", "builder/j.py"]),
        ("pkg", (), ["pkg/d.py", "pkg/gen/e.py"]),
        ("c.txt", (), ["c.txt"]),  # named: whoever names it wants it
        ("build/i.py", (), ["build/i.py"]),
        ("build", (), ["build/i.py"]),
        ("pkg/d.py", ("pkg",), []),  # but for what the user left out
        (".git/g.py", (), [".git/g.py"]),
    ],
)
def test_discover(tree: Path, path: str, exclude: tuple[str, ...], expected: list[str]) -> None:
    assert found(tree, path, exclude) == expected


IGNORED = {
    ".gitignore": "gen/\n*.tmp.py\n/only_here.py\n!kept.tmp.py\n# a comment\n\n",
    ".git/info/exclude": "mine.py\n",
    "a.py": "",
    "b.tmp.py": "",
    "kept.tmp.py": "",
    "mine.py": "",
    "only_here.py": "",
    "gen/c.py": "",
    "pkg/only_here.py": "",
    "pkg/gen/d.py": "",
    "pkg/.gitignore": "e.py\n!f.tmp.py\n",
    "pkg/e.py": "",
    "pkg/f.tmp.py": "",
    "pkg/sub/e.py": "",
    "other/e.py": "",
}


@pytest.fixture
def ignoring(tmp_path: Path) -> Path:
    for name, content in IGNORED.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(content)
    return tmp_path


KEPT = ["a.py", "kept.tmp.py", "other/e.py", "pkg/f.tmp.py", "pkg/only_here.py"]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("", KEPT),
        ("pkg", ["pkg/f.tmp.py", "pkg/only_here.py"]),
        ("pkg/sub", []),
        ("other", ["other/e.py"]),
        ("gen", ["gen/c.py"]),  # named: whoever names it wants it
        ("pkg/gen", ["pkg/gen/d.py"]),
        ("b.tmp.py", ["b.tmp.py"]),
    ],
)
def test_gitignore(ignoring: Path, path: str, expected: list[str]) -> None:
    assert sorted(found(ignoring, path)) == expected


def test_gitignore_is_what_git_says(ignoring: Path) -> None:
    shutil.rmtree(ignoring / ".git")
    subprocess.run(["git", "init", "--quiet"], cwd=ignoring, check=True)
    (ignoring / ".git" / "info" / "exclude").write_text(IGNORED[".git/info/exclude"])
    listed = subprocess.run(
        ["git", "ls-files", "--others", "--exclude-standard", "*.py"], cwd=ignoring, check=True, capture_output=True
    )
    assert sorted(found(ignoring)) == sorted(listed.stdout.decode().split()) == KEPT


def test_gitignore_outside_of_a_repository(ignoring: Path) -> None:
    shutil.rmtree(ignoring / ".git")
    assert sorted(found(ignoring)) == sorted([*KEPT, "mine.py"])
    assert sorted(found(ignoring, "pkg/sub")) == ["pkg/sub/e.py"]  # nothing says how far up to look


def test_gitignore_need_not_be_heeded(ignoring: Path) -> None:
    everything = files.discover(str(ignoring), (), str(ignoring), respect_gitignore=False)
    assert len(list(everything)) == len([name for name in IGNORED if name.endswith(".py")])


def test_missing(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        list(files.discover(str(tmp_path / "nothing.py"), (), str(tmp_path)))


def test_links_and_pipes_in_a_folder(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("")
    (tmp_path / "loop").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "gone.py").symlink_to(tmp_path / "nowhere")
    os.mkfifo(tmp_path / "pipe.py")
    assert found(tmp_path) == ["a.py"]


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"x = 1\r\ny = 2\r", "x = 1\ny = 2\n"),
        ("x = 'é'\n".encode(), "x = 'é'\n"),
        (b"\xef\xbb\xbfx = 1\n", "x = 1\n"),
        (b"# -*- coding: latin-1 -*-\nx = '\xe9'\n", "# -*- coding: latin-1 -*-\nx = 'é'\n"),
        (b"#!/usr/bin/python\n# vim: set fileencoding=cp1252 :\n'\x80'\n", None),
        (b"", ""),
    ],
)
def test_decode(data: bytes, text: str | None) -> None:
    expected = data.decode("cp1252") if text is None else text
    assert files.decode("m.py", data) == expected


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"x = 1\n'\xff'\n", "m.py:2:1: not utf-8: invalid start byte"),
        (b"# coding: klingon\n", "m.py:1:1: unknown encoding: klingon"),
        (b"\xef\xbb\xbf# coding: latin-1\n", "m.py:1:1: encoding problem: utf-8"),
        (b"# coding: rot13\nk = 1\n", "m.py:1:1: "),
    ],
)
def test_cannot_be_decoded(data: bytes, told: str) -> None:
    with pytest.raises(files.Unreadable) as caught:
        files.decode("m.py", data)
    assert str(caught.value).startswith(told)


def test_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(files.Unreadable, match="directory"):
        files.read(str(tmp_path))


def test_source_lines(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("one\n  two\x0c\nthree\n")
    sources = files.Sources({"known.py": "first\n"})
    assert sources.line("known.py", 1) == "first"
    assert sources.line(str(tmp_path / "a.py"), 2) == "two"
    assert [sources.line(str(tmp_path / "a.py"), number) for number in (0, 4)] == ["", ""]
    assert sources.line(str(tmp_path / "b.py"), 1) == ""


# --- lines ------------------------------------------------------------------------------------------

LINES: dict[str, list[str]] = {
    "": [],
    "a": ["a"],
    "a\n": ["a\n"],
    "a\r\nb\rc\n\nd": ["a\r\n", "b\r", "c\n", "\n", "d"],
    "a\x0cb\x0b\x1c\u2028\x85\n": ["a\x0cb\x0b\x1c\u2028\x85\n"],
    "\n\n": ["\n", "\n"],
}


@pytest.mark.parametrize("text", LINES)
def test_split_lines(text: str) -> None:
    assert files.split_lines(text) == LINES[text]


@given(st.text(alphabet="ab \n\r\x0c\x85\u2028"))
def test_split_lines_loses_nothing(text: str) -> None:
    lines = files.split_lines(text)
    assert "".join(lines) == text
    assert all(line.rstrip("\r\n") == line[: len(line.rstrip("\r\n"))] and line for line in lines)
    assert all("\n" not in line[:-1] and "\r" not in line[:-2] for line in lines)


# --- replacing --------------------------------------------------------------------------------------


def test_a_file_is_replaced_as_a_whole(tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    for content in (b"first", b"second\r\n\xff"):
        files.replace(file, content, durable=content == b"first")
        assert file.read_bytes() == content
        assert os.listdir(tmp_path) == ["a.json"]
    if os.name != "nt":
        assert file.stat().st_mode & 0o777 == 0o644


def test_what_prepare_raises_leaves_everything_as_it_was(tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    file.write_bytes(b"old")

    def refuse(temporary: str) -> None:
        assert Path(temporary).read_bytes() == b"new"
        raise LookupError("not now")

    with pytest.raises(LookupError, match="not now"):
        files.replace(file, b"new", prepare=refuse)
    assert file.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["a.json"]


def test_a_file_by_its_name_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    files.replace("a.txt", b"x")
    assert (tmp_path / "a.txt").read_bytes() == b"x"


def test_where_nothing_can_be_written(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        files.replace(tmp_path / "nowhere" / "a.txt", b"x")


def test_two_writers_do_not_meet(tmp_path: Path) -> None:
    """Each has a file of its own until it is complete."""
    file = tmp_path / "a.json"
    seen: list[str] = []

    def write_meanwhile(temporary: str) -> None:
        seen.append(temporary)
        if len(seen) == 1:
            files.replace(file, b"other", prepare=seen.append)

    files.replace(file, b"mine", prepare=write_meanwhile)
    assert len(set(seen)) == 2
    assert file.read_bytes() == b"mine"
