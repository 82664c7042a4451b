"""How fast the linter is: ``python tests/bench/lint.py [--files N] [--rounds N] [--package FOLDER]``.

Prints one table. Every ratio comes from runs interleaved in random order, as the median over the rounds, of
processor time (user and system, children included): other work on the machine disturbs it less than the clock,
which is read for several processes alone.
Needs flake8 to see the plugin (``pip install -e .``) and keras-hub installed.
"""

from __future__ import annotations

import argparse
import ast
import importlib.metadata
import importlib.util
import os
import random
import resource
import shutil
import statistics
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

# flake8 with or without one of the installed distributions.
FLAKE8 = """
import importlib.metadata as metadata, sys
hidden, *arguments = sys.argv[1:]
every = metadata.distributions
metadata.distributions = lambda **given: (
    each for each in every(**given) if (each.metadata["name"] or "").lower() != hidden
)
from flake8.main.cli import main
sys.exit(main(arguments))
"""
IMPORT = """
import sys, time
import flake8.main.cli
start = time.process_time()
import {module}
print(time.process_time() - start)
"""
AT_ONCE = 8  # a file once is over too soon for its growth to be told from noise
LEGACY = {"lib2to3", "test", "tests", "idlelib", "site-packages", "turtledemo"}


def seconds(command: Sequence[str], folder: str | None = None, caches: str | None = None) -> float:
    """Processor time of one run, its children's included. ``caches`` is where flake8 remembers what it found."""
    env = {**os.environ, "XDG_CACHE_HOME": caches} if caches else None
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        command, cwd=folder, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False
    )  # fmt: skip
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode not in (0, 1):
        raise SystemExit(done.stderr.decode())
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def clock(command: Sequence[str], folder: str | None = None) -> float:
    """Time on the clock of one run."""
    start = time.perf_counter()
    seconds(command, folder)
    return time.perf_counter() - start


def interleaved(variants: dict[str, Callable[[], float]], rounds: int, seed: int = 0) -> dict[str, list[float]]:
    """``rounds`` measurements of each variant, in an order of its own every round; one unmeasured run before."""
    chance = random.Random(seed)
    results: dict[str, list[float]] = {name: [] for name in variants}
    for name in variants:
        variants[name]()
    for _ in range(rounds):
        for name in chance.sample(sorted(variants), len(variants)):
            results[name].append(variants[name]())
    return results


def ratio(results: dict[str, list[float]], above: str, below: str) -> float:
    return statistics.median(results[above]) / statistics.median(results[below])


def python_files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*.py") if not LEGACY & set(path.relative_to(folder).parts))


def defines_call(path: Path) -> bool:
    """Whether a class with a base and a ``call`` is defined there."""
    tree = ast.parse(path.read_bytes())
    return any(
        isinstance(node, ast.ClassDef)
        and node.bases
        and any(isinstance(item, ast.FunctionDef) and item.name == "call" for item in node.body)
        for node in ast.walk(tree)
    )


def lines_of(paths: Sequence[Path]) -> int:
    return sum(path.read_bytes().count(b"\n") for path in paths)


def flake8(paths: Sequence[Path], hidden: str, caches: str | None = None) -> Callable[[], float]:
    """A run of flake8; with a cache that is empty every time where ``caches`` names none to keep."""
    command = [sys.executable, "-c", FLAKE8, hidden, "--isolated", "--jobs=1", "-q", *map(str, paths)]

    def run() -> float:
        if caches is not None:
            return seconds(command, caches=caches)
        with tempfile.TemporaryDirectory() as empty:
            return seconds(command, caches=empty)

    return run


def keras_graph(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "flake8_keras_graph", "check", *map(str, arguments)]


def overheads(paths: Sequence[Path], rounds: int) -> tuple[float, float]:
    """How much longer flake8 takes with the plugin: the first time, and with nothing changed since."""
    with tempfile.TemporaryDirectory() as caches:
        variants = {
            "without": flake8(paths, "flake8-keras-graph"),
            "first": flake8(paths, "-"),
            "again": flake8(paths, "-", caches),
        }
        results = interleaved(variants, rounds)
    return ratio(results, "first", "without"), ratio(results, "again", "without")


def peak_memory(command: Sequence[str]) -> float:
    """MiB at most, of the process itself."""
    program = "import resource, subprocess, sys; subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, " \
        "stderr=subprocess.DEVNULL); print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"  # fmt: skip
    done = subprocess.run([sys.executable, "-c", program, *command], capture_output=True, text=True, check=True)
    return float(done.stdout) / (1024 * 1024 if sys.platform == "darwin" else 1024)


def import_milliseconds(module: str, rounds: int) -> float:
    command = [sys.executable, "-c", IMPORT.format(module=module)]
    return 1000 * statistics.median(
        float(subprocess.run(command, capture_output=True, text=True, check=True).stdout) for _ in range(rounds)
    )


def copies(source: Path, folder: Path, count: int) -> list[Path]:
    """``source``'s text ``count`` times in one file, every class under a name of its own."""
    text = source.read_text(encoding="utf-8")
    names = [node.name for node in ast.parse(text).body if isinstance(node, ast.ClassDef)]
    parts = []
    for number in range(count):
        part = text
        for name in names:
            part = part.replace(name, f"{name}{number}")
        parts.append(part)
    file = folder / f"{source.stem}_{count}.py"
    file.write_text("\n".join(parts), encoding="utf-8")
    return [file]


def row(what: str, value: str, target: str) -> None:
    print(f"{what:<66} {value:>16}  {target}", flush=True)


def main() -> int:
    with tempfile.TemporaryDirectory() as compiled:
        # As where it is installed: without, every run would compile this package, and no other.
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        os.environ["PYTHONPYCACHEPREFIX"] = compiled
        return run()


def run() -> int:
    """Measure and print everything; all variants run once before they are measured."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=300, help="files of the standard library")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--package", type=Path, help="a large package, for memory; keras-hub by default")
    options = parser.parse_args()
    rounds = options.rounds

    if not any(point.name == "KG" for point in importlib.metadata.entry_points(group="flake8.extension")):
        raise SystemExit("flake8 does not know the plugin: pip install -e .")
    found = importlib.util.find_spec("keras_hub")
    if found is None or found.origin is None:
        raise SystemExit("keras-hub is not installed")
    hub = Path(found.origin).parent
    package = options.package or hub
    library = random.Random(0).sample(python_files(Path(sysconfig.get_path("stdlib"))), options.files)
    layers = [path for path in python_files(hub) if defines_call(path)]
    lines = lines_of(layers)

    print(f"{len(library)} files without Keras, {lines_of(library)} lines; {len(layers)} with, {lines} lines\n")
    row(
        "import of the plugin after flake8", f"{import_milliseconds('flake8_keras_graph.plugin', 9):.1f} ms", "<= 20 ms"
    )
    for what, paths, target in (("without Keras", library, "<= 1.01"), ("that define layers", layers, "<= 1.27")):
        first, again = overheads(paths, rounds)
        row(f"flake8 with it / without, files {what}", f"{first:.3f}", target)
        row("  with nothing changed since", f"{again:.3f}", "<= 1.05")

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        measured(folder, layers, lines, package, rounds)
    return 0


def measured(folder: Path, layers: list[Path], lines: int, package: Path, rounds: int) -> None:
    """The rows about the command."""
    fresh = keras_graph("--no-cache", "--jobs=1", *layers)
    alone = statistics.median(seconds(fresh) for _ in range(rounds))
    row("keras-graph check on them, one process", f"{lines / alone:.0f} lines/s", ">= 15000")
    clocks = interleaved(
        {
            "1": lambda: clock(fresh),
            "2": lambda: clock(keras_graph("--no-cache", "--jobs=2", *layers)),
        },
        rounds,
    )
    row("two processes / one, on the clock", f"{ratio(clocks, '2', '1'):.2f}", "~ 0.5 to 0.7 with 2 free cores")
    project = folder / "project"
    shutil.copytree(package, project / package.name, ignore=shutil.ignore_patterns("__pycache__"))
    (project / "pyproject.toml").write_text("[tool.keras-graph]\n")
    again = keras_graph("--jobs=1", package.name)
    cold = seconds(again, str(project))
    warm = statistics.median(seconds(again, str(project)) for _ in range(rounds))
    row("a second run with nothing changed, times faster", f"{cold / warm:.1f}", ">= 10")
    memory = peak_memory(keras_graph("--no-cache", "--jobs=1", package))
    row(f"memory on {package.name}", f"{memory:.0f} MiB", "<= 300 MiB")
    largest = max(layers, key=lambda path: path.stat().st_size)
    small = seconds(keras_graph("--no-cache", __file__))
    sizes: dict[str, Callable[[], float]] = {}
    for count in (1, 2, 4):
        command = keras_graph("--no-cache", *copies(largest, folder, AT_ONCE * count))
        sizes[str(count)] = lambda command=command: seconds(command) - small
    results = interleaved(sizes, rounds)
    for count in ("2", "4"):
        row(f"{count} times the lines, times the time", f"{ratio(results, count, '1'):.2f}", f"~ {count}")


if __name__ == "__main__":
    sys.exit(main())
