"""What the guard of a measured model refuses, tried in a process of its own: an audit hook stays for good."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

TRY = """
import json, os, sys
from pathlib import Path
from flake8_keras_graph.measure.worker.causes import find_cause
from flake8_keras_graph.measure.worker.guard import Guard, Refused
project, scratch = Path(sys.argv[1]), Path(sys.argv[2])
guard = Guard(project, scratch)
guard.may_read_data = sys.argv[4] == "may read"
os.chdir(project)
import shutil, socket, sqlite3, subprocess, tempfile, urllib.request, multiprocessing, ctypes.util, platform
guard.start()
if sys.argv[4] == "in scratch":
    guard.may_read_data = False
    guard.enter_scratch()
said = ""
try:
    exec(sys.argv[3])
except BaseException as error:
    behind = find_cause(error, Refused)
    said = behind.action if behind else f"{type(error).__name__}: {error}"
print(json.dumps({"said": said, "refused": guard.refused}))
"""


@pytest.fixture
def tried(tmp_path: Path) -> Any:
    """Run code under the guard, in a project with a data file; what it said and what was refused."""
    project, scratch = tmp_path / "project", tmp_path / "scratch"
    (project / "folder").mkdir(parents=True)
    scratch.mkdir()
    (project / "precious.txt").write_text("precious")
    (project / "code.py").write_text("X = 1\n")
    (project / "folder" / "deep.txt").write_text("deep")
    (scratch / "own.txt").write_text("own")
    before = _content(project)

    def run(code: str, reads: str = "may read") -> dict[str, Any]:
        done = subprocess.run(
            [sys.executable, "-c", TRY, str(project), str(scratch), code, reads], capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        assert _content(project) == before
        found: dict[str, Any] = json.loads(done.stdout)
        return found

    return run


def _content(folder: Path) -> dict[str, str]:
    return {str(file): file.read_text() if file.is_file() else "" for file in sorted(folder.rglob("*"))}


REFUSED = [
    ("open('new.txt', 'w')", "write new.txt"),
    ("open('precious.txt', 'a')", "write precious.txt"),
    ("open('precious.txt', 'r+')", "write precious.txt"),
    ("os.open('precious.txt', os.O_WRONLY | os.O_TRUNC)", "write precious.txt"),
    ("Path('new.txt').write_text('x')", "write new.txt"),
    ("Path('precious.txt').touch()", "write precious.txt"),
    ("os.remove('precious.txt')", "remove precious.txt"),
    ("Path('precious.txt').unlink()", "remove precious.txt"),
    ("os.rename('precious.txt', 'other.txt')", "rename precious.txt"),
    ("os.replace(scratch / 'own.txt', 'precious.txt')", "rename precious.txt"),
    ("shutil.move('precious.txt', scratch)", "remove precious.txt"),
    ("shutil.copy(scratch / 'own.txt', 'precious.txt')", "write precious.txt"),
    ("shutil.rmtree('folder')", "remove folder/deep.txt"),
    ("os.remove('deep.txt', dir_fd=os.open('folder', os.O_RDONLY))", "remove folder/deep.txt"),
    ("os.mkdir('made')", "make the folder made"),
    ("os.makedirs('made/deeper')", "make the folder made"),
    ("os.rmdir('folder')", "remove the folder folder"),
    ("os.truncate('precious.txt', 0)", "write precious.txt"),
    ("os.chmod('precious.txt', 0)", "change precious.txt"),
    ("os.symlink('precious.txt', 'link')", "write link"),
    ("os.link(scratch / 'own.txt', 'link')", "write link"),
    ("os.symlink(project, scratch / 'away'); open(scratch / 'away' / 'new.txt', 'w')", "write new.txt"),
    ("sqlite3.connect('data.db')", "write data.db"),
    ("socket.create_connection(('127.0.0.1', 9))", "connect to 127.0.0.1"),
    ("urllib.request.urlopen('http://example.org/')", "connect to example.org"),
    ("socket.socket().bind(('127.0.0.1', 0))", "connect to 127.0.0.1:0"),
    ("subprocess.run(['touch', 'new.txt'])", "start the process touch"),
    ("subprocess.run('touch new.txt', shell=True)", "start the process /bin/sh"),
    ("os.system('touch new.txt')", "start the process touch"),
    ("os.posix_spawn('/usr/bin/touch', ['touch', 'new.txt'], {})", "start the process /usr/bin/touch"),
    ("os.execv('/usr/bin/touch', ['touch', 'new.txt'])", "start the process /usr/bin/touch"),
    ("os.fork()", "start a process"),
    ("multiprocessing.get_context('fork').Process(target=print).start()", "start a process"),
]


@pytest.mark.parametrize(("code", "action"), REFUSED, ids=[code for code, _ in REFUSED])
def test_refused(tried: Any, code: str, action: str) -> None:
    found = tried(code)
    assert found["said"] == action
    assert action in found["refused"]


ALLOWED = [
    "open(scratch / 'new.txt', 'w').write('x')",
    "os.remove(scratch / 'own.txt')",
    "tempfile.NamedTemporaryFile('w').write('x')",
    "tempfile.TemporaryDirectory().cleanup()",
    "open(os.devnull, 'w').write('x')",
    "sqlite3.connect(':memory:')",
    "assert open('precious.txt').read() == 'precious'",
    "sys.path.insert(0, '.'); import code",
    "import threading; thread = threading.Thread(target=int); thread.start(); thread.join()",
    "os.write(1, b'')",
    "platform.processor(); ctypes.util.find_library('c')",
]


@pytest.mark.parametrize("code", ALLOWED)
def test_allowed(tried: Any, code: str) -> None:
    assert tried(code)["said"] == ""


def test_data_of_the_project_is_read_only_where_the_user_said_how_to_build(tried: Any) -> None:
    assert tried("open('folder/deep.txt')", "may not read")["said"] == "read folder/deep.txt"
    assert tried("Path('precious.txt').read_text()", "may not read")["said"] == "read precious.txt"
    assert tried("open('code.py')", "may not read")["said"] == ""
    assert tried("open(os.__file__); open('/proc/self/status')", "may not read")["said"] == ""


IN_SCRATCH = [
    ("open('new.txt', 'w')", "write new.txt"),
    ("os.remove('precious.txt')", "remove precious.txt"),
    ("open('folder/deep.txt')", "read folder/deep.txt"),
    ("os.chdir(project / 'folder'); open('../new.txt', 'w')", "write new.txt"),
    ("os.chdir(project / 'folder'); os.remove('deep.txt')", "remove folder/deep.txt"),
    ("open(scratch / 'new.txt', 'w').write('x')", ""),
    ("libc = ctypes.CDLL(None); file = libc.creat(b'native.txt', 0o644)", ""),
]


@pytest.mark.parametrize(("code", "action"), IN_SCRATCH, ids=[code for code, _ in IN_SCRATCH])
def test_relative_paths_are_judged_from_the_folder_before_and_lead_to_scratch(
    tried: Any, code: str, action: str
) -> None:
    assert tried(code, "in scratch")["said"] == action


def test_what_was_refused_is_kept_even_where_the_code_goes_on(tried: Any) -> None:
    found = tried("try:\n    os.remove('precious.txt')\nexcept OSError:\n    pass")
    assert found == {"said": "", "refused": ["remove precious.txt"]}
