"""Static findings against what running shows, site by site, over the layers and models of an installed package.

Run from the checkout:

    python tests/bench/probe.py [keras_hub | keras | fixtures | FOLDER] [--details] [--jobs N]

Every module of the package is imported with its sites instrumented, once; then every class is built and run at a
small size in a process of its own: fed by ``tests/bench/<package>.toml`` or else by the checker's own guesses,
first eagerly, with inference and training, then traced as ``fit`` traces it. A site breaks where it saw a tensor
and tracing stopped there, or before it; what only runs where nothing is compiled does not break. The table says for
each class how many of its sites ran, how many of them saw a tensor, how many have a finding that says that they
break, and how often running and reading agreed.
"""

from __future__ import annotations

import argparse
import ast
import collections
import contextlib
import dataclasses
import importlib.abc
import importlib.machinery
import importlib.util
import json
import os
import select
import signal
import sys
import tempfile
import time
import types
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("KERAS_BACKEND", "tensorflow")
HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(ROOT))

from flake8_keras_graph import engine  # noqa: E402
from flake8_keras_graph.config import Options  # noqa: E402
from flake8_keras_graph.measure.parent import jobs  # noqa: E402
from flake8_keras_graph.measure.parent.session import Settings, Target  # noqa: E402
from flake8_keras_graph.measure.parent.variants import Variants  # noqa: E402
from flake8_keras_graph.measure.project import specs  # noqa: E402
from flake8_keras_graph.measure.project.project_files import ProjectFiles  # noqa: E402
from flake8_keras_graph.measure.worker.build import feeding  # noqa: E402
from flake8_keras_graph.measure.worker.build.definitions import definitions_only  # noqa: E402
from flake8_keras_graph.measure.worker.probe.instrumentation import Site  # noqa: E402
from flake8_keras_graph.measure.worker.probe.recording import Instrumented, Seen  # noqa: E402
from flake8_keras_graph.records import Finding, KerasClass, ProbedFinding  # noqa: E402
from flake8_keras_graph.rules import load  # noqa: E402

try:
    import tomllib
except ModuleNotFoundError:  # Python 3.10
    import tomli as tomllib  # type: ignore[import-not-found, no-redef]

SECONDS_PER_CLASS = 60.0
# Of processor time, so that a busy machine changes nothing.
GUESSING_SECONDS = 4.0
# Findings that claim that a value at a site is a tensor: what the probe can see.
CLAIMS = tuple(code for code, rule in load().items() if rule.confirmed_by == "a tensor at its site")
# Sites that need a Python value; "call", "value" and "statement" are recorded for other rules.
KINDS = ("if", "while", "for", "comprehension", "assert", "bool", "cast", "host", "numpy", "unpack", "index", "match")


# -- reading ---------------------------------------------------------------------------------------------------


@dataclasses.dataclass(slots=True)
class File:
    """One module: its classes, its findings, and the tree to run, with its sites instrumented."""

    path: Path
    text: str
    classes: list[KerasClass]
    findings: list[Finding]
    instrumented: Instrumented
    tree: ast.Module

    def claimed(self) -> dict[int, list[Finding]]:
        """Site number -> findings that say that it breaks; with ``while a and b`` go its operands."""
        found: dict[int, list[Finding]] = {}
        sites = self.instrumented.sites
        for finding in self.findings:
            number = self.instrumented.site_of(_described(finding)) if finding.code in CLAIMS else None
            if number is not None:
                within = (n for n, site in enumerate(sites) if (site.line, site.column) == sites[number].inner)
                for one in {number, *within}:
                    found.setdefault(one, []).append(finding)
        return found


def _described(finding: Finding) -> ProbedFinding:
    rule, span = load()[finding.code], finding.span
    return ProbedFinding(
        code=finding.code, ordinal=0,
        line=span.line, column=span.column, end_line=span.end_line, end_column=span.end_column,
        sites=list(rule.sites), confirmed_by=rule.confirmed_by,
    )  # fmt: skip


def read(folder: Path) -> dict[Path, File]:
    """Every Python file below the folder that is no test."""
    session = engine.Session(Options())
    files = {}
    for path in sorted(folder.rglob("*.py")):
        if path.name.endswith("_test.py") or "tests" in path.parts[len(folder.parts) :]:
            continue
        source = engine.Source(str(path), path.read_text(encoding="utf-8"))
        try:
            findings = engine.check(source, Options(), session)
            classes = engine.keras_classes(source, Options())
        except SyntaxError:
            continue
        marked = Instrumented(source.text, [_described(f) for f in findings if f.code in CLAIMS])
        tree = ast.parse(source.text)
        if not (path.parent / "__init__.py").exists():  # a script: it may train at import
            tree = definitions_only(tree, [made.symbol for made in classes])
        files[path] = File(path, source.text, classes, findings, marked, marked.transform(tree))
    return files


# -- importing -------------------------------------------------------------------------------------------------


class _Finder(importlib.abc.MetaPathFinder):
    """Hands out instrumented modules for the files that were read."""

    def __init__(self, files: Mapping[Path, File]) -> None:
        self._files = files

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: types.ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        found = importlib.machinery.PathFinder.find_spec(fullname, path, target)
        if found is None or not found.origin or Path(found.origin) not in self._files:
            return None
        found.loader = _Loader(fullname, found.origin, self._files[Path(found.origin)])
        return found


class _Loader(importlib.machinery.SourceFileLoader):
    def __init__(self, fullname: str, path: str, file: File) -> None:
        super().__init__(fullname, path)
        self._file = file

    def get_code(self, fullname: str) -> types.CodeType:
        return compile(self._file.tree, self.path, "exec", dont_inherit=True)

    def exec_module(self, module: types.ModuleType) -> None:
        vars(module).update(self._file.instrumented.names)
        super().exec_module(module)


# -- running, in a forked process ------------------------------------------------------------------------------


@contextlib.contextmanager
def _recording(files: Iterable[File], into: dict[Path, dict[int, Seen]]) -> Iterator[None]:
    for file in files:
        file.instrumented.recorder.seen = into.setdefault(file.path, {})
        file.instrumented.recorder.on = True
    try:
        yield
    finally:
        for file in files:
            file.instrumented.recorder.on = False


def _run(target: Target, files: Mapping[Path, File], tables: Sequence[Mapping[str, Any]], scratch: Path) -> Any:
    """What one class did: how it was fed, what its sites saw eagerly and traced, at which lines tracing stopped."""
    import tensorflow as tf

    from flake8_keras_graph.measure.worker.build.building import Builder
    from flake8_keras_graph.measure.worker.build.loading import TargetFile, find_symbol

    if target.keras == 2:
        import tf_keras as keras
    else:
        import keras
    tf.debugging.disable_traceback_filtering()
    keras.utils.set_random_seed(0)
    settings = Settings(root=str(ROOT), specs=tuple(tables))  # type: ignore[arg-type]
    job = jobs.make_job(target, settings, ProjectFiles(ROOT), scratch, "cpu", Variants((), (), {}), "probe")
    loaded = TargetFile(Path(target.path), ROOT, [target.symbol], scratch)
    sys.meta_path.insert(0, _Finder(files))
    builder = Builder(loaded, target.symbol, keras, job)
    if job["spec"] is None:
        signal.setitimer(signal.ITIMER_PROF, GUESSING_SECONDS)
    module = loaded.import_as_written()
    recipe = builder.find_recipe(module)
    signal.setitimer(signal.ITIMER_PROF, 0)
    if recipe is None:
        raise builder.failure or TypeError("no way to build and feed it was found")
    program = builder.construct(find_symbol(module, target.symbol), recipe)
    eager: dict[Path, dict[int, Seen]] = {}
    traced: dict[Path, dict[int, Seen]] = {}
    stops = []
    profiles = ("whole range", feeding.WIDE, "lowest value", "highest value")
    tf.config.run_functions_eagerly(True)
    for index, (profile, training) in enumerate((p, t) for p in profiles for t in (False, True)):
        with _recording(files.values(), eager), contextlib.suppress(Exception):
            program(feeding.make(recipe.feed, 4, index, profile), training)
    tf.config.run_functions_eagerly(False)
    for training in (False, True):
        plain = tf.autograph.experimental.do_not_convert(lambda given, t=training: program(given, t))
        function = tf.function(program if target.keras == 2 else plain, reduce_retracing=True)
        try:
            with _recording(files.values(), traced):
                function.get_concrete_function(feeding.signature(recipe.feed), *([training] * (target.keras == 2)))
        except Exception as error:
            stops.append({"places": _places(error, files), "text": f"{type(error).__name__}: {error}"[:600]})
    return {"spec": recipe.describe(), "eager": _plain(eager), "traced": _plain(traced), "stops": stops}


def _places(error: BaseException, files: Mapping[Path, File]) -> list[tuple[str, int]]:
    import traceback

    frames = traceback.extract_tb(error.__traceback__)
    return [(f.filename, f.lineno or 0) for f in frames if Path(f.filename) in files]


def _plain(seen: Mapping[Path, Mapping[int, Seen]]) -> list[tuple[str, int, int, bool]]:
    return [
        (str(path), number, one.times, one.tensor)
        for path, sites in seen.items()
        for number, one in sites.items()
        if one.times
    ]


def _in_child(target: Target, *context: Any) -> tuple[int, int]:
    """Process id and the reading end of the pipe that it answers on."""
    read_end, write_end = os.pipe()
    child = os.fork()
    if child:
        os.close(write_end)
        return child, read_end
    os.close(read_end)
    quiet = os.open(os.devnull, os.O_WRONLY)
    os.dup2(quiet, 1)
    os.dup2(quiet, 2)
    signal.signal(signal.SIGPROF, _too_long)
    try:
        answer = _run(target, *context)
    except BaseException as error:
        lines = str(error).strip().splitlines() or [""]
        answer = {"failed": f"{type(error).__name__}: {lines[0][:200]}"}
    with os.fdopen(write_end, "w", encoding="utf-8") as out:
        json.dump(answer, out, default=str)
    os._exit(0)


def _too_long(*_: Any) -> None:
    raise TimeoutError("guessing took too long")


def run_all(targets: Sequence[Target], at_once: int, *context: Any) -> dict[Target, Any]:
    """An answer for every target; those that take too long or die have failed."""
    waiting = list(reversed(targets))
    running: dict[int, tuple[Target, int, float, bytearray]] = {}
    answers: dict[Target, Any] = {}
    while waiting or running:
        while waiting and len(running) < at_once:
            target = waiting.pop()
            child, read_end = _in_child(target, *context)
            running[read_end] = (target, child, time.monotonic() + SECONDS_PER_CLASS, bytearray())
        ready, _, _ = select.select(list(running), [], [], 0.2)
        for end in list(running):
            target, child, deadline, data = running[end]
            if end in ready and (piece := os.read(end, 1 << 20)):
                data += piece
            elif end in ready or time.monotonic() > deadline:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(child, signal.SIGKILL)
                os.waitpid(child, 0)
                os.close(end)
                del running[end]
                answers[target] = json.loads(data) if end in ready and data else {"failed": "it died or took too long"}
    return {target: answers[target] for target in targets}


# -- judging ---------------------------------------------------------------------------------------------------


@dataclasses.dataclass(slots=True)
class Row:
    """The counts of one class."""

    sites: int = 0
    tensors: int = 0
    findings: int = 0
    agreed: int = 0
    false_positives: int = 0
    misses: int = 0


@dataclasses.dataclass(slots=True)
class Merged:
    """What all runs together saw of one site."""

    eager: int = 0
    traced: int = 0
    tensor: bool = False
    stopped: bool = False
    unproved: bool = False


def merge(answers: Iterable[Any], files: Mapping[Path, File]) -> dict[tuple[Path, int], Merged]:
    """Per file and site: how often it ran and whether tracing stopped there."""
    found: dict[tuple[Path, int], Merged] = collections.defaultdict(Merged)
    for answer in answers:
        for kind in ("eager", "traced"):
            for path, number, times, tensor in answer.get(kind, ()):
                one = found[Path(path), number]
                setattr(one, kind, getattr(one, kind) + times)
                one.tensor |= tensor
        came = {(path, number) for path, number, *_ in answer.get("traced", ())}
        for path, number, *_ in answer.get("eager", ()):
            found[Path(path), number].unproved |= bool(answer["stops"]) and (path, number) not in came
        for stop in answer.get("stops", ()):
            for path, line in stop["places"][-1:]:
                for number, site in enumerate(files[Path(path)].instrumented.sites):
                    if site.line == line and (Path(path), number) in found:
                        found[Path(path), number].stopped = True
    return found


def breaks(seen: Merged) -> bool:
    """A tensor came here, and tracing stopped here, or before it came here."""
    return seen.tensor and (seen.stopped or (seen.unproved and not seen.traced))


def tabulate(merged: Mapping[tuple[Path, int], Merged], files: Mapping[Path, File]) -> tuple[dict[str, Row], list[str]]:
    """Rows by class, and a line for every disagreement."""
    rows: dict[str, Row] = collections.defaultdict(Row)
    disagreements = []
    claimed = {path: file.claimed() for path, file in files.items()}
    for (path, number), seen in sorted(merged.items()):
        site = files[path].instrumented.sites[number]
        if site.kind not in KINDS:
            continue
        owner = _owner(site, files[path])
        row, found = rows[owner], claimed[path].get(number, [])
        row.sites += 1
        row.tensors += seen.tensor
        row.findings += bool(found)
        row.agreed += breaks(seen) == bool(found)
        row.false_positives += bool(found) and not breaks(seen)
        row.misses += breaks(seen) and not found
        if breaks(seen) != bool(found):
            what = f"finding {found[0].code} refuted" if found else "a tensor without a finding"
            text = files[path].text.splitlines()[site.line - 1].strip()
            disagreements.append(f"{path}:{site.line}:{site.column + 1} {site.kind} in {site.function}: {what}: {text}")
    return dict(rows), disagreements


def _owner(site: Site, file: File) -> str:
    names = [c.symbol for c in file.classes if site.function.startswith(f"{c.symbol}.")]
    return max(names, key=len, default=f"functions of {file.path.name}")


def report(rows: Mapping[str, Row], disagreements: Sequence[str]) -> None:
    """The table, the classes first, and what the disagreements are."""
    order = sorted(rows, key=lambda name: (name.startswith("functions of"), name))
    print(f"{'class':44} {'sites':>6} {'tensors':>8} {'findings':>9} {'agreed':>7} {'false':>6} {'missed':>7}")
    for name in order:
        row = rows[name]
        print(
            f"{name[:44]:44} {row.sites:6} {row.tensors:8} {row.findings:9} {row.agreed:7} "
            f"{row.false_positives:6} {row.misses:7}"
        )
    total = [sum(getattr(row, f.name) for row in rows.values()) for f in dataclasses.fields(Row)]
    print(f"{'all':44} {total[0]:6} {total[1]:8} {total[2]:9} {total[3]:7} {total[4]:6} {total[5]:7}")
    for line in disagreements:
        print(line)
    classes = sum(not name.startswith("functions of") for name in rows)
    print(f"{classes} classes, {total[0]} sites executed: {total[4]} false positives, {total[5]} misses")


# -- the command -----------------------------------------------------------------------------------------------


def _folder(name: str) -> Path:
    if name == "fixtures":
        return ROOT / "fixtures" / "models"
    if (folder := Path(name)).is_dir():
        return folder.resolve()
    found = importlib.util.find_spec(name)
    if found is None or not found.submodule_search_locations:
        raise SystemExit(f"{name} is neither a folder nor an installed package")
    return Path(next(iter(found.submodule_search_locations)))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("package", nargs="?", default="keras_hub")
    parser.add_argument("--details", action="store_true", help="how each class was fed, or why it was not run")
    parser.add_argument("--only", default="", help="classes whose name holds this")
    parser.add_argument("--jobs", type=int, default=2, help="classes at once")
    chosen = parser.parse_args()
    began = time.perf_counter()
    folder = _folder(chosen.package)
    files = read(folder)
    read_seconds = time.perf_counter() - began
    print(f"{len(files)} files read and checked in {read_seconds:.0f} s", file=sys.stderr)
    sys.meta_path.insert(0, _Finder(files))
    sys.path.insert(0, str(folder.parent))
    import tensorflow as _  # noqa: F401

    table_file = HERE / f"{folder.name}.toml"
    tables = tomllib.loads(table_file.read_text())["tool"]["keras-graph"]["model"] if table_file.exists() else []
    targets = list(_targets(files, tables, chosen.only))
    if (folder / "__init__.py").exists():
        importlib.import_module(folder.name)
    print(f"imported after {time.perf_counter() - began:.0f} s", file=sys.stderr)
    with tempfile.TemporaryDirectory() as scratch:
        answers = run_all(targets, chosen.jobs, files, tables, Path(scratch))
    for target, answer in answers.items() if chosen.details else ():
        where = f"{Path(target.path).name} {target.symbol}"
        print(f"{where}: {answer.get('failed') or answer['spec']['constructor'] + ' ' + str(answer['spec']['inputs'])}")
        for stop in answer.get("stops", ()):
            print(f"    tracing stops at {stop['places'][-1:]}: {stop['text']}")
    ran = sum("failed" not in answer for answer in answers.values())
    report(*tabulate(merge(answers.values(), files), files))
    print(f"{ran} of {len(targets)} classes could be run; {time.perf_counter() - began:.0f} s")
    return 0


def _targets(files: Mapping[Path, File], tables: Sequence[Mapping[str, Any]], only: str) -> Iterator[Target]:
    """Layers, and models that have a spec: those of packages are too large at the sizes that guessing would give."""
    named = {found for table in tables if (found := specs.locate(table["target"], ROOT))}
    for path, file in files.items():
        for made in file.classes:
            known = (path.resolve(), made.symbol) in named
            if only.lower() in made.symbol.lower() and (made.kind == "layer" or known or "fixtures" in path.parts):
                if "reprocess" not in str(path) and "okenizer" not in str(path):
                    yield Target(str(path), made.symbol, made.kind, made.keras, tuple(
                        f for f in file.findings if f.symbol == made.symbol or f.symbol.startswith(f"{made.symbol}.")
                    ))  # fmt: skip


if __name__ == "__main__":
    raise SystemExit(main())
