"""Points the checker at folders of third-party projects, with no spec, and prints what it could establish of each.

Run it from the checkout; nothing is installed or fetched, the folders are given:

    python tests/bench/projects.py [--budget SECONDS] [--json FILE] [--survey] FOLDER [FOLDER ...]

For every folder ``measure --all`` runs once, as a new user would run it: no pyproject.toml of ours, no spec. A class
counts as *compared* where it ran beside a rewrite or a remedy that was proved equal, as *proved* where both make the
same graph, as *probed* where it ran and compiled and nothing could be put beside it. What cannot run on the installed
versions (a package that is not installed, an API that the installed Keras does not have, a class that exists only
while a function runs, an abstract one) is counted by itself. The functional survey asks of every Model class with a
``call`` of its own whether a builder is written; ``--survey`` does only that.

The folder is hashed before and after, ``.keras-graph`` aside, which is where results are kept; with ``strace`` on the
path, uses of internet sockets (connecting, binding, sending) beyond this machine are counted.
"""

from __future__ import annotations

import argparse
import collections
import dataclasses
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from flake8_keras_graph import engine  # noqa: E402
from flake8_keras_graph.analysis.reading import read_file  # noqa: E402
from flake8_keras_graph.config import Options  # noqa: E402
from flake8_keras_graph.rewrite.functional.builder import functional_builder  # noqa: E402

OURS = ".keras-graph"
# Reasons that no spec could mend: what the class asks for is not on this machine.
_CANNOT_RUN = (
    r"is not installed",
    r"which Keras 3 does not (have|take)",
    r"which the installed",
    r"cannot import name",
    r"has no attribute",
    r"defined inside a",
    r"abstract",
    r"No module named",
)
# A fix may be said to compute something else, as an unsafe one is offered for that; a functional form must not.
_UNEQUAL = re.compile(r"functional: .*is not equal")
_OUTCOMES = ("compared", "proved", "probed", "not run", "cannot run here")


@dataclasses.dataclass
class Project:
    """What was seen of one folder. ``unequal`` are rewrites that computed something else when they were run."""

    name: str
    outcomes: collections.Counter[str] = dataclasses.field(default_factory=collections.Counter)
    reasons: collections.Counter[str] = dataclasses.field(default_factory=collections.Counter)
    failed: list[dict[str, str]] = dataclasses.field(default_factory=list)
    models: int = 0
    rewritten: int = 0
    refused: collections.Counter[str] = dataclasses.field(default_factory=collections.Counter)
    equal: int = 0
    unequal: list[str] = dataclasses.field(default_factory=list)
    touched: list[str] = dataclasses.field(default_factory=list)
    sockets: int | None = None

    @property
    def runnable(self) -> int:
        """Classes that can run on the installed versions."""
        return sum(self.outcomes.values()) - self.outcomes["cannot run here"]

    @property
    def established(self) -> int:
        """Classes of which something was compared or proved."""
        return self.outcomes["compared"] + self.outcomes["proved"]


# -- the folder stays as it is ---------------------------------------------------------------------------------


def _state(folder: Path) -> dict[str, str]:
    """Every entry below the folder with its mode and a hash of what it holds, our own folder aside."""
    found = {}
    for path in sorted(folder.rglob("*")):
        shown = path.relative_to(folder).as_posix()
        if OURS in path.relative_to(folder).parts:
            continue
        mode = oct(path.lstat().st_mode)
        if path.is_symlink():
            found[shown] = f"{mode} to {os.readlink(path)}"
        elif path.is_file():
            found[shown] = f"{mode} {hashlib.sha256(path.read_bytes()).hexdigest()}"
        else:
            found[shown] = mode
    return found


def _touched(before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
    changed = (name for name in sorted({*before, *after}) if before.get(name) != after.get(name))
    return [f"{name} ({_what(name, before, after)})" for name in changed]


def _what(name: str, before: Mapping[str, str], after: Mapping[str, str]) -> str:
    return "created" if name not in before else "deleted" if name not in after else "changed"


# -- measuring ---------------------------------------------------------------------------------------------------


def _measure(folder: Path, budget: float, project: Project) -> list[dict[str, Any]]:
    """What ``measure --all`` says of the folder's classes."""
    with tempfile.TemporaryDirectory() as scratch:
        output, calls = Path(scratch, "out.json"), Path(scratch, "calls.txt")
        command = [sys.executable, "-m", "flake8_keras_graph", "measure", "--all", "--fresh", "--budget", str(budget)]
        command += ["--json", str(output), "."]
        if shutil.which("strace"):
            command = [
                "strace",
                "-f",
                "--seccomp-bpf",
                "-qq",
                "-e",
                "trace=connect,bind,sendto",
                "-o",
                str(calls),
                *command,
            ]
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
        if not output.is_file():
            print(done.stderr[-2000:], file=sys.stderr)
            return []
        if calls.is_file():
            project.sockets = _leaving(calls.read_text(encoding="utf-8", errors="replace"))
        models: list[dict[str, Any]] = json.loads(output.read_text(encoding="utf-8"))["models"]
        return models


def _leaving(calls: str) -> int:
    """How many of the system calls name an internet address that is not this machine's own."""
    own = re.compile(r'"(::1|127\.[\d.]+)"')
    return sum("AF_INET" in line and not own.search(line) for line in calls.splitlines())


def _outcome(model: Mapping[str, Any], folder: Path) -> str:
    if model["status"] == "probed":
        return "probed"
    if model["status"] != "measured":
        cannot = any(re.search(pattern, model["reason"]) for pattern in _CANNOT_RUN)
        missing = re.search(r"No module named '(\w+)", model["reason"])
        if missing and any(next(folder.rglob(name), None) for name in (missing[1], f"{missing[1]}.py")):
            cannot = False  # the project's own module: it is we who did not find it
        return "cannot run here" if cannot else "not run"
    beside = [c for c in model["comparisons"] if c["rewrite"] != c["original"]]
    if not beside:
        return "probed"
    return "proved" if any(c["same_graph"] for c in beside) else "compared"


def _grouped(reason: str) -> str:
    """The kind of a reason: its first line without the names in it."""
    first = reason.splitlines()[0] if reason else "no reason"
    first = re.sub(r"`[^`]*`|'[^']*'|\"[^\"]*\"", "…", first)
    return re.sub(r"\d+", "N", first)[:110]


def _judge(project: Project, models: Sequence[Mapping[str, Any]], folder: Path) -> None:
    for model in models:
        outcome = _outcome(model, folder)
        project.outcomes[outcome] += 1
        project.equal += any(c["rewrite"] == "functional" for c in model["comparisons"])
        where = f"{model['path']}:{model['symbol']}"
        project.unequal += [f"{where}: {text}" for text in model["refusals"] if _UNEQUAL.match(text)]
        if model["status"] == "probed":
            project.reasons.update(f"probed only: {_grouped(text)}" for text in model["refusals"][:1] or ["no rewrite"])
        if model["status"] == "not_measured":
            project.reasons[_grouped(model["reason"])] += 1
            project.failed.append({"class": where, "outcome": outcome, "reason": model["reason"]})


# -- the functional survey -----------------------------------------------------------------------------------------


def _models(folder: Path) -> Iterator[tuple[Any, str]]:
    """The reading and the symbol of every Model class below the folder that has a ``call`` of its own."""
    for path in sorted(folder.rglob("*.py")):
        if OURS in path.parts:
            continue
        try:
            text = path.read_text(encoding="utf-8")
            classes = engine.keras_classes(engine.Source(str(path), text), Options())
        except (SyntaxError, UnicodeDecodeError):
            continue
        models = [found.symbol for found in classes if found.kind == "model"]
        if not models:
            continue
        reading = read_file(str(path), text, Options())
        for symbol in models:
            methods = {getattr(node, "name", "") for node in reading.class_named(symbol).info.node.body}
            if "call" in methods:
                yield reading, symbol


def _survey(folder: Path, project: Project) -> None:
    for reading, symbol in _models(folder):
        project.models += 1
        try:
            built = functional_builder(reading, symbol)
        except Exception as error:
            project.refused[f"FAULT: {type(error).__name__}: {error}"] += 1
            continue
        if built.source is None:
            project.refused[_grouped(built.refusals[0].reason)] += 1
        else:
            project.rewritten += 1


# -- what is printed -------------------------------------------------------------------------------------------------


def _share(part: int, whole: int) -> str:
    return f"{part} of {whole} ({part / whole:.0%})" if whole else "none"


def _print(project: Project, measured: bool) -> None:
    if measured:
        counts = ", ".join(f"{project.outcomes[name]} {name}" for name in _OUTCOMES)
        print(f"{project.name}: {sum(project.outcomes.values())} classes: {counts}")
        print(f"  compared or proved of those that can run: {_share(project.established, project.runnable)}")
        for reason, count in project.reasons.most_common():
            print(f"  {count:4} {reason}")
        sockets = "not counted (no strace)" if project.sockets is None else str(project.sockets)
        print(f"  files touched: {', '.join(project.touched) or 'none'}; sockets: {sockets}")
    shown = f"; {project.equal} run and equal, {len(project.unequal)} unequal" if measured else ""
    print(f"  {project.name}: models rewritten: {_share(project.rewritten, project.models)}{shown}")
    for reason, count in [*project.refused.most_common(), *((text, 1) for text in project.unequal)]:
        print(f"  {count:4} {reason}")
    sys.stdout.flush()


def main(argv: Sequence[str] | None = None) -> int:
    """Print one block a project and the totals; 1 where a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folders", nargs="+", type=Path, metavar="FOLDER")
    parser.add_argument("--budget", type=float, default=30.0, metavar="SECONDS", help="time for one class (30)")
    parser.add_argument("--json", metavar="FILE", help="write what failed, and why, to FILE")
    parser.add_argument("--survey", action="store_true", help="only the functional survey; nothing is run")
    args = parser.parse_args(argv)
    warnings.simplefilter("ignore")
    projects = []
    for folder in args.folders:
        project = Project(folder.resolve().name)
        projects.append(project)
        before = _state(folder)
        if not args.survey:
            _judge(project, _measure(folder, args.budget, project), folder)
        _survey(folder, project)
        project.touched = _touched(before, _state(folder))
        _print(project, not args.survey)
        if args.json:
            Path(args.json).write_text(json.dumps([vars(p) for p in projects], indent=1), encoding="utf-8")
    return int(not _totals(projects, not args.survey))


def _totals(projects: Sequence[Project], measured: bool) -> bool:
    """Print every target and whether it is met."""
    established, runnable = sum(p.established for p in projects), sum(p.runnable for p in projects)
    rewritten, models = sum(p.rewritten for p in projects), sum(p.models for p in projects)
    unequal, touched = sum(len(p.unequal) for p in projects), sum(len(p.touched) for p in projects)
    sockets = sum(p.sockets or 0 for p in projects)
    lines = [("models rewritten", _share(rewritten, models), "at least 60%", rewritten >= 0.6 * models)]
    if measured:
        lines += [
            ("compared or proved", _share(established, runnable), "at least 60%", established >= 0.6 * runnable),
            ("unequal rewrites", str(unequal), "0", not unequal),
            ("files touched", str(touched), "0", not touched),
            ("sockets", str(sockets), "0", not sockets),
        ]
    for what, shown, target, met in lines:
        print(f"{what}: {shown} (target: {target}) {'met' if met else 'MISSED'}")
    return all(met for *_, met in lines)


if __name__ == "__main__":
    raise SystemExit(main())
