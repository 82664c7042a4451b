"""Which Keras a project's dependencies leave it, from the files that declare them in the folders above a module.

TensorFlow brings Keras 2 until 2.15 and Keras 3 from 2.16 on. A range that allows both says nothing. Source: the
release notes of TensorFlow 2.16.
"""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Collection, Iterable, Iterator
from typing import Literal

from flake8_keras_graph.project.dependency_files import declared_in
from flake8_keras_graph.project.module_paths import is_outside
from flake8_keras_graph.project.version_ranges import Version, ranges

KerasVersion = Literal[2, 3]

MAX_FOLDERS = 8
"""How many folders up files are looked for where there is no repository."""

_TENSORFLOW = frozenset(
    {"intel-tensorflow", "tensorflow"}
    | {f"tensorflow-{build}" for build in ("base", "cpu", "cpu-aws", "gpu", "intel", "macos", "mkl", "rocm", "tpu")}
)
_KERAS = frozenset({"keras", "keras-gpu"})
# Their last release is for TensorFlow 2.14 at most: who needs them has Keras 2. Source: its compatibility matrix.
_OF_KERAS_2 = frozenset({"tensorflow-addons", "tfa-nightly"})
_FIRST_WITH_KERAS_3: tuple[tuple[frozenset[str], Version], ...] = ((_TENSORFLOW, (2, 16)), (_KERAS, (3,)))
_PROJECT_FILES = ("pyproject.toml", "setup.py", "setup.cfg")

Said = Literal["2", "3", "both"]


@dataclasses.dataclass(frozen=True, slots=True)
class Pins:
    """What the versions of TensorFlow and of Keras that a project allows leave: None where that is either Keras."""

    tensorflow: KerasVersion | None = None
    keras: KerasVersion | None = None

    def version_of(self, package: str) -> KerasVersion | None:
        """The Keras behind a name of ``package``, which is ``keras``, or one that brings it along."""
        return (self.keras or self.tensorflow) if package == "keras" else (self.tensorflow or self.keras)


class PinReader:
    """Reads each folder's files once."""

    def __init__(self) -> None:
        self._said: dict[str, tuple[Said | None, Said | None]] = {}
        self._pins: dict[str, Pins] = {}

    def pins_of(self, folder: str) -> Pins:
        """What holds for the modules in ``folder``: the nearest folder decides, itself or one above it.

        For each of the two packages: of lock files where there are any in a folder, else of all that it has. Files of
        one folder that contradict each other decide that nothing is known.
        """
        folder = os.path.abspath(folder)
        if folder not in self._pins:
            found: list[Said | None] = [None, None]
            for each in _folders_up(folder):
                if each not in self._said:
                    self._said[each] = _said_in(each)
                found = [known or new for known, new in zip(found, self._said[each], strict=True)]
                if any(found):
                    break
            self._pins[folder] = Pins(*(_VERSIONS[said] for said in found))
        return self._pins[folder]


_VERSIONS: dict[Said | None, KerasVersion | None] = {"2": 2, "3": 3, "both": None, None: None}


def _folders_up(folder: str) -> Iterator[str]:
    """``folder`` and those above it, to the root of the repository; without one to the nearest root of a project."""
    folders = [folder]
    while not is_outside(folders[-1]) and not os.path.exists(os.path.join(folders[-1], ".git")):
        folders.append(os.path.dirname(folders[-1]))
    if os.path.exists(os.path.join(folders[-1], ".git")):
        yield from folders
        return
    for each in folders[:MAX_FOLDERS]:
        if is_outside(each):
            return
        yield each
        if any(os.path.isfile(os.path.join(each, name)) for name in _PROJECT_FILES):
            return


def _said_in(folder: str) -> tuple[Said | None, Said | None]:
    """What the files of one folder say of TensorFlow, and of Keras."""
    files = list(declared_in(folder, _TENSORFLOW | _KERAS | _OF_KERAS_2))
    locks = [declared for _, is_lock, declared in files if is_lock]
    every = [declared for _, _, declared in files]
    answers = (
        _together(_said_by_file(declared, packages, first) for declared in locks)
        or _together(_said_by_file(declared, packages, first) for declared in every)
        for packages, first in _FIRST_WITH_KERAS_3
    )
    of_tensorflow, of_keras = answers
    return of_tensorflow, of_keras


def _said_by_file(declared: Collection[tuple[str, str]], packages: frozenset[str], first: Version) -> Said | None:
    """What one file says: its entries for one package are alternatives, by platform or extra."""
    allowed = [each for name, specifier in declared if name in packages for each in ranges(specifier)]
    if allowed and all(each.is_below(first) for each in allowed):
        return "2"
    if allowed and all(each.is_from(first) for each in allowed):
        return "3"
    return "2" if packages is _TENSORFLOW and any(name in _OF_KERAS_2 for name, _ in declared) else None


def _together(answers: Iterable[Said | None]) -> Said | None:
    known = {answer for answer in answers if answer is not None}
    return "both" if len(known) > 1 else next(iter(known), None)
