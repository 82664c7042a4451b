"""Which folder is a project's root, and where its evidence lies; imports little, as most projects have none."""

from __future__ import annotations

import functools
import os
from pathlib import Path

from flake8_keras_graph.project.module_paths import INSTALLED

LOCATION = Path(".keras-graph") / "evidence.json"
ROOT_MARKERS = ("pyproject.toml", "setup.cfg", "tox.ini", ".flake8", ".git")


def project_root(path: str) -> Path:
    """The nearest folder above ``path`` that looks like a project's root; else the current folder."""
    for folder in Path(os.path.abspath(path)).parents:
        if any((folder / marker).exists() for marker in ROOT_MARKERS):
            return folder
    return Path.cwd()


def relative_path(path: str, root: Path) -> str:
    """``path`` as evidence names it on every machine: from the root, or from where packages are installed.

    What lies in neither has its absolute path.
    """
    full = Path(os.path.abspath(path))
    for installed in full.parents:
        if installed.name in INSTALLED:
            return full.relative_to(installed.parent).as_posix()
    return full.relative_to(root).as_posix() if root in full.parents else full.as_posix()


@functools.lru_cache(maxsize=1024)
def root_of_folder(folder: str) -> Path:
    """``project_root`` of the files of a folder, looked for once a process."""
    return project_root(os.path.join(folder, "any.py"))


def may_have_evidence(path: str) -> bool:
    """Whether the project of a file has evidence at all."""
    return os.path.exists(root_of_folder(os.path.dirname(os.path.abspath(path))) / LOCATION)
