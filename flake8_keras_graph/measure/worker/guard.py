"""What a measured model may not do to the machine: an audit hook of the process that runs it refuses the rest.

Writing, removing and renaming outside the job's scratch folder, connections and new processes are refused, whoever's
code asks for them; reading data files of the project is refused while nobody but this tool chose how to build the
model. The events are those of https://docs.python.org/3/library/audit_events.html: what native code does by itself
raises none and is not seen.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
# What the import system reads of a project: its code.
_CODE = (".py", ".pyc", ".pyi", ".so", ".pyd", ".pth")
_DEVICES = ("/dev/null", "/dev/tty", "/dev/zero", "/dev/full")
_OWN_PROCESS = ("/proc/self/", f"/proc/{os.getpid()}/")
# Events that change one path, or two: the positions of paths and of the directory descriptors they are relative to.
_CHANGES: dict[str, tuple[str, tuple[tuple[int, int | None], ...]]] = {
    "os.chflags": ("change", ((0, None),)),
    "os.chmod": ("change", ((0, 2),)),
    "os.chown": ("change", ((0, 3),)),
    "os.link": ("write", ((1, 3),)),
    "os.mkdir": ("make the folder", ((0, 2),)),
    "os.mkfifo": ("write", ((0, 2),)),
    "os.remove": ("remove", ((0, 1),)),
    "os.removexattr": ("change", ((0, None),)),
    "os.rename": ("rename", ((0, 2), (1, 3))),
    "os.rmdir": ("remove the folder", ((0, 1),)),
    "os.setxattr": ("change", ((0, None),)),
    "os.symlink": ("write", ((1, 2),)),
    "os.truncate": ("write", ((0, None),)),
    "os.utime": ("change", ((0, 3),)),
}
_CONNECTIONS = frozenset({
    "socket.bind", "socket.connect", "socket.getaddrinfo", "socket.gethostbyaddr", "socket.gethostbyname",
    "socket.getnameinfo", "socket.sendmsg", "socket.sendto",
})  # fmt: skip
# Where each event that starts a process says which program.
_PROCESSES: dict[str, int | None] = {
    "os.exec": 0, "os.fork": None, "os.forkpty": None, "os.posix_spawn": 0, "os.spawn": 1, "os.startfile": 0,
    "os.system": 0, "pty.spawn": 0, "subprocess.Popen": 0,
}  # fmt: skip


class Refused(PermissionError):
    """The model's code asked for what it may not do; ``action`` says what, as in "it would ``write a.txt``"."""

    def __init__(self, action: str) -> None:
        super().__init__(f"not allowed while a model is measured: to {action}")
        self.action = action


class Guard:
    """The refusals of one process. An audit hook cannot be taken away, so that one guard lasts as long as its process.

    ``may_read_data`` is to be set while files of the project may be read that are not its code.
    """

    def __init__(self, root: Path, scratch: Path) -> None:
        self._root = os.path.realpath(root)
        self._scratch = os.path.realpath(scratch)
        self._refused: dict[str, None] = {}
        self._folder = os.getcwd()
        self.may_read_data = True

    def start(self) -> None:
        """Refuse from here on; temporary files and compiled code of modules go to the scratch folder."""
        tempfile.tempdir = self._scratch
        os.environ["TMPDIR"] = self._scratch
        sys.dont_write_bytecode = True
        sys.addaudithook(self._check)

    def enter_scratch(self) -> None:
        """Work in the scratch folder from here on: what native code writes to a relative path lands there, unseen.

        What Python is asked to open is judged as if it still worked in the folder before.
        """
        self._folder = os.getcwd()
        os.chdir(self._scratch)

    @property
    def refused(self) -> tuple[str, ...]:
        """What was refused so far, each action once."""
        return tuple(self._refused)

    def _check(self, event: str, arguments: Sequence[Any]) -> None:
        if event == "open":
            self._check_open(*arguments)
        elif event in _CHANGES:
            verb, places = _CHANGES[event]
            for path, folder in places:
                self._check_change(verb, arguments[path], -1 if folder is None else arguments[folder])
        elif event in _CONNECTIONS:
            self._refuse(f"connect to {_address(arguments)}")
        elif event in _PROCESSES:
            at = _PROCESSES[event]
            self._refuse("start a process" if at is None else f"start the process {_program(arguments[at])}")
        elif event == "sqlite3.connect" and arguments[0] not in (":memory:", b":memory:", ""):
            self._check_change("write", arguments[0], -1)

    def _check_open(self, path: Any, mode: Any, flags: Any) -> None:
        if isinstance(path, int):  # what is open already
            return
        if isinstance(flags, int) and flags & _WRITES:
            self._check_change("write", path, -1)
        elif not self.may_read_data and self._is_data(real := os.path.realpath(self._absolute(os.fsdecode(path), -1))):
            self._refuse(f"read {self._shown(real)}")

    def _check_change(self, verb: str, path: Any, folder: Any) -> None:
        if isinstance(path, int):
            return
        full = self._absolute(os.fsdecode(path), folder)
        # The last part of the path is what changes: a link there is not followed.
        place = os.path.join(os.path.realpath(os.path.dirname(full)), os.path.basename(full))
        if verb == "write":
            place = os.path.realpath(full)
        if not (_is_in(place, self._scratch) or place in _DEVICES or place.startswith(_OWN_PROCESS)):
            self._refuse(f"{verb} {self._shown(place)}")

    def _absolute(self, path: str, folder: Any) -> str:
        """``path`` from the directory that a descriptor stands for, -1 for the current one."""
        if os.path.isabs(path):
            return os.path.abspath(path)
        if isinstance(folder, int) and folder >= 0:
            return os.path.join(os.readlink(f"/proc/self/fd/{folder}"), path)
        current = os.getcwd()
        return os.path.abspath(os.path.join(self._folder if current == self._scratch else current, path))

    def _is_data(self, path: str) -> bool:
        """Whether ``path`` is a file of the project, not installed, and none of its code."""
        if not _is_in(path, self._root) or _is_in(path, self._scratch) or path.endswith(_CODE):
            return False
        return not {"site-packages", "dist-packages"} & set(Path(path).parts) and os.path.isfile(path)

    def _shown(self, path: str) -> str:
        return os.path.relpath(path, self._root) if _is_in(path, self._root) else path

    def _refuse(self, action: str) -> None:
        self._refused[action] = None
        raise Refused(action)


def _is_in(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip(os.sep) + os.sep)


def _address(arguments: Sequence[Any]) -> str:
    """Where a connection goes, as far as the event tells."""
    given = [part for part in arguments if isinstance(part, (str, bytes, tuple))]
    place = given[-1] if given and isinstance(given[-1], tuple) else given[0] if given else "another machine"
    if isinstance(place, tuple):
        return ":".join(map(str, place[:2]))
    return os.fsdecode(place) if isinstance(place, (str, bytes)) else str(place)


def _program(given: Any) -> str:
    """The program of a command line, in whatever form that was given."""
    if isinstance(given, (list, tuple)):
        given = given[0] if given else ""
    words = os.fsdecode(given).split() if isinstance(given, (str, bytes, os.PathLike)) else [str(given)]
    return words[0] if words else "of no name"
