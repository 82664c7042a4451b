"""How far measurements can be believed: false verdicts, width of intervals, order of costs, time for real models.

Run from the checkout, on a machine that does nothing else; one line per target says whether it is met:

    python tests/bench/measure.py [aa] [width] [order] [mission] [packages] [fixtures] [remedies]

Without names the first four run, in about five minutes. The next two measure classes of installed packages from
specs and every model fixture without one and with one: half an hour. The last one says what each pattern of
fixtures/remedies costs against the remedy that its rule names: ten minutes.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from flake8_keras_graph import engine  # noqa: E402
from flake8_keras_graph.config import Options  # noqa: E402
from flake8_keras_graph.measure.parent.session import Settings, Target, measure  # noqa: E402
from flake8_keras_graph.measure.project import specs  # noqa: E402
from flake8_keras_graph.measure.worker.compare import rounds, stats  # noqa: E402
from flake8_keras_graph.records import ModelResult  # noqa: E402
from flake8_keras_graph.wording import sides_text  # noqa: E402

AA_RUNS = 50
AA_SECONDS = 1.5
STEP_MILLISECONDS = (0.2, 2.0, 20.0)
WIDTH_SECONDS = 9.0
# Ten costs that are known from the work done, in matrix products, each 1.4 times the one before: 1 to 22 times the
# first. That is several times the width of an interval; what is equal within it has no order that could be kept.
COSTS = (10, 14, 20, 28, 40, 56, 80, 110, 155, 220)
ORDER_RUNS = 5
ORDER_SECONDS = 2.0


def _line(what: str, shown: str, target: str, met: bool) -> bool:
    """One target's line; says again whether it is met."""
    print(f"{what}: {shown} (target: {target}) {'met' if met else 'MISSED'}", flush=True)
    return met


# -- the clock -----------------------------------------------------------------------------------------------


def _step(multiplications: int) -> rounds.Contestant:
    """A compiled step of the given number of matrix products."""
    import tensorflow as tf

    weights = tf.random.stateless_normal([128, 128], [1, 2]) * 0.05
    inputs = tf.random.stateless_normal([128, 128], [3, 4])

    @tf.function(autograph=False)
    def step(x: Any) -> Any:
        for _ in range(multiplications):
            x = tf.tanh(x @ weights)
        return x

    def run(calls: int) -> None:
        for _ in range(calls):
            step(inputs)

    run(3)
    return run


def _multiplications(milliseconds: float) -> int:
    """How many products take that long here."""
    count = 1
    while True:
        run = _step(count)
        began = time.perf_counter()
        run(20)
        took = (time.perf_counter() - began) / 20 * 1000
        if took >= milliseconds or count > 4096:
            return count
        count = max(count + 1, min(4 * count, int(count * milliseconds / took)))


def _verdict(steps: Mapping[str, rounds.Contestant], seconds: float, seed: int) -> Any:
    """The ratio of "a" to "b" and what is said of it, "control" being "a" compiled once more."""
    blocks = rounds.race(steps, seconds, seed, seconds)
    found = stats.median_ratio(blocks.seconds["a"], blocks.seconds["b"], seed)
    noise = stats.median_ratio(blocks.seconds["a"], blocks.seconds["control"], seed)
    return found, stats.judge(found, noise, blocks.rounds), blocks.rounds


def _steps(a: int, b: int) -> dict[str, rounds.Contestant]:
    return {"a": _step(a), "control": _step(a), "b": _step(b)}


def false_verdicts() -> bool:
    """The same code against itself, compiled three times: no verdict may be slower or faster."""
    false = 0
    for seed in range(AA_RUNS):
        count = (1, 8, 40)[seed % 3]
        found, judged, _ = _verdict(_steps(count, count), AA_SECONDS, seed)
        if judged.verdict in ("slower", "faster"):
            false += 1
            print(f"  {judged.verdict}: {found.value:.3f} [{found.low:.3f}, {found.high:.3f}], {count} products")
    return _line("A against A", f"{false} false verdicts in {AA_RUNS} runs", "at most 1", false <= 1)


def widths() -> bool:
    """Half of the 99% interval of a comparison that has ten seconds."""
    good = True
    for milliseconds in STEP_MILLISECONDS:
        count = _multiplications(milliseconds)
        steps = _steps(count, count)
        began = time.perf_counter()
        found, judged, done = _verdict(steps, WIDTH_SECONDS, 1)
        took = time.perf_counter() - began
        good &= _line(
            f"interval of a step of {milliseconds} ms",
            f"half-width {found.half_width:.2%} after {took:.1f} s, {done} rounds, {judged.verdict}",
            "at most 5% within 10 s",
            found.half_width <= 0.05 and took <= 10,
        )
    return good


def order() -> bool:
    """Ten slowdowns that are known from the work done come in the same order in five of five runs."""
    from scipy.stats import spearmanr

    runs = []
    for seed in range(ORDER_RUNS):
        least = COSTS[0]
        runs.append([_verdict(_steps(cost, least), ORDER_SECONDS, seed)[0].value for cost in COSTS])
        print("  " + "  ".join(f"{ratio:.2f}" for ratio in runs[-1]), flush=True)
    pairs = [(one, other) for index, one in enumerate(runs) for other in [*runs[index + 1 :], COSTS]]
    lowest = min(float(spearmanr(one, other).statistic) for one, other in pairs)
    shown = f"least Spearman correlation between {ORDER_RUNS} runs and with the work done {lowest:.3f}"
    return _line("order of ten known costs", shown, "at least 0.95", lowest >= 0.95)


# -- real models -----------------------------------------------------------------------------------------------


def _targets(path: Path, wanted: Callable[[str], bool] = lambda symbol: True) -> list[Target]:
    source = engine.Source(str(path), path.read_text(encoding="utf-8"))
    findings = engine.check(source, Options())
    return [
        Target(str(path), found.symbol, found.kind, found.keras, tuple(
            f for f in findings if f.symbol == found.symbol or f.symbol.startswith(f"{found.symbol}.")
        ))
        for found in engine.keras_classes(source, Options())
        if wanted(found.symbol)
    ]  # fmt: skip


def mission() -> bool:
    """The three founding models, everything included."""
    targets = [t for file in sorted((ROOT / "fixtures" / "mission").glob("*.py")) for t in _targets(file)]
    began = time.perf_counter()
    results = measure(targets, Settings(root=str(ROOT)))
    took = time.perf_counter() - began
    for result in results:
        for c in result.comparisons:
            if c.rewrite == "functional":
                print(f"{result.symbol} {c.step}: {c.verdict}")
    measured = all(r.status != "not_measured" for r in results)
    return _line("the three mission models", f"{took:.1f} s", "measured in at most 60 s", measured and took <= 60)


def packages() -> bool:
    """Classes of three installed packages that have findings, measured from specs, with the status of each finding."""
    targets = []
    tables = _specs("packages.toml")
    for table in tables:
        found = specs.locate(table["target"], ROOT)
        if found is None:
            print(f"{table['target']}: not found")
            continue
        path, symbol = found
        named = _targets(path, lambda name, symbol=symbol: name == symbol)  # type: ignore[misc]
        if not named:
            print(f"{table['target']}: no Keras class was found there")
        targets += named
    results = measure(targets, Settings(root=str(ROOT), specs=tuple(tables), budget_seconds=20.0))
    for result in results:
        works = {mode: all(s["works"] for s in made.values()) for mode, made in result.compiled.items()}
        shown = ", ".join(f"{f.code} line {f.line} {f.status}" for f in result.findings) or "no findings"
        print(f"{result.symbol}: {result.status} {result.reason.splitlines()[:1]} {_works(works)}; {shown}")
    measured = sum(r.status != "not_measured" for r in results)
    shown = f"{measured} of {len(tables)}"
    return _line("classes of installed packages measured from specs", shown, "at least 12", measured >= 12)


def _works(modes: Mapping[str, bool]) -> str:
    return " ".join(f"{mode} {'works' if ok else 'raises'}" for mode, ok in modes.items())


def fixtures() -> bool:
    """The model fixtures without a spec and with one each: how many are measured, what was said of their findings.

    One of them is abstract: nothing can tell how to call it.
    """
    files = sorted((ROOT / "fixtures" / "models").glob("*.py"))
    targets = [t for file in files for t in _targets(file) if t.kind in ("model", "layer")]
    met = []
    for what, tables, least in (("without a spec", (), 0.9), ("with a spec", _specs("fixtures.toml"), 0.98)):
        results = measure(targets, Settings(root=str(ROOT), specs=tables, budget_seconds=15.0))
        print(f"-- {what}")
        for result in results:
            if result.status == "not_measured":
                print(f"{Path(result.path).name} {result.symbol}: {result.reason.splitlines()[0]}")
        _print_statuses(results)
        print(f"inputs or arguments guessed: {sum(bool(r.spec and r.spec['guessed']) for r in results)}")
        measured = sum(r.status != "not_measured" for r in results)
        shown, enough = f"{measured} of {len(results)}", measured >= least * len(results)
        met.append(_line(f"model fixtures measured {what}", shown, f"at least {least:.0%}", enough))
    return all(met)


def remedies() -> bool:
    """What each class of fixtures/remedies costs against its finding's remedy, in the steps and in the first call."""
    tables = _specs("remedies.toml")
    compared = 0
    for table in tables:
        place, _, symbol = table["target"].partition(":")
        targets = _targets(ROOT / place, lambda name, symbol=symbol: name == symbol)  # type: ignore[misc]
        [result] = measure(targets, Settings(root=str(ROOT), specs=tuple(tables), budget_seconds=120.0))
        against = {found.rewrite for found in result.findings} - {"", "functional"}
        for made in (c for c in result.comparisons if c.rewrite in against and c.mode in ("graph", "eager")):
            interval = f"[{made.low:.2f}, {made.high:.2f}]" if made.low and made.high else ""
            first = [made.original_first_call_seconds or 0.0, made.rewrite_first_call_seconds or 0.0]
            print(
                f"{symbol}: {sides_text(made)}, {made.step}: {made.ratio or 0.0:.2f}x {interval} {made.verdict};"
                f" first call {first[0]:.2f} s against {first[1]:.2f} s",
                flush=True,
            )
        compared += bool(against)
        if not against:
            print(f"{symbol}: {result.status}, not compared; {' | '.join(result.refusals)}")
    return _line(
        "fixtures compared with their remedy", f"{compared} of {len(tables)}", "all of them", compared == len(tables)
    )


def _specs(file: str) -> Sequence[dict[str, Any]]:
    text = Path(__file__).with_name(file).read_text(encoding="utf-8")
    tables: Sequence[dict[str, Any]] = tomllib.loads(text)["tool"]["keras-graph"]["model"]
    return tables


def _print_statuses(results: Iterable[ModelResult]) -> None:
    counts: dict[tuple[str, str], int] = {}
    for result in results:
        for finding in result.findings:
            counts[finding.code, finding.status] = counts.get((finding.code, finding.status), 0) + 1
    for (code, status), count in sorted(counts.items()):
        print(f"{code} {status}: {count}")


PARTS: Mapping[str, Callable[[], bool]] = {
    "aa": false_verdicts,
    "width": widths,
    "order": order,
    "mission": mission,
    "packages": packages,
    "fixtures": fixtures,
    "remedies": remedies,
}


QUICK = ("aa", "width", "order", "mission")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], help="what to run")
    chosen = parser.parse_args().parts or QUICK
    print(f"load of the machine before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")
    met = [PARTS[part]() for part in chosen]
    return 0 if all(met) else 1


if __name__ == "__main__":
    raise SystemExit(main())
