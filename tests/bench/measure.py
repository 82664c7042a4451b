"""How far measurements can be believed: false verdicts, width of intervals, order of costs, time for real models.

Run from the checkout, on a machine that does nothing else:

    python tests/bench/measure.py [aa] [width] [order] [mission] [packages] [fixtures]
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from flake8_keras_graph import engine  # noqa: E402
from flake8_keras_graph.config import Options  # noqa: E402
from flake8_keras_graph.measure import rounds, specs, stats  # noqa: E402
from flake8_keras_graph.measure.session import Settings, Target, measure  # noqa: E402
from flake8_keras_graph.records import ModelResult  # noqa: E402

AA_RUNS = 50
STEP_MILLISECONDS = (0.2, 2.0, 20.0)


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


def _verdict(original: rounds.Contestant, control: Any, rewrite: Any, seconds: float, seed: int) -> Any:
    blocks = rounds.race({"a": original, "control": control, "b": rewrite}, seconds, seed, 2 * seconds)
    found = stats.ratio_of_medians(blocks.seconds["a"], blocks.seconds["b"], seed)
    noise = stats.ratio_of_medians(blocks.seconds["a"], blocks.seconds["control"], seed)
    return found, stats.judge(found, noise, blocks.rounds)


def false_verdicts() -> bool:
    """The same code against itself, compiled three times: no verdict may be slower or faster."""
    false = 0
    for seed in range(AA_RUNS):
        count = (1, 8, 40)[seed % 3]
        _, judged = _verdict(_step(count), _step(count), _step(count), 2.0, seed)
        false += judged.verdict in ("slower", "faster")
    print(f"A/A: {false} false verdicts in {AA_RUNS} runs (at most 1)")
    return false <= 1


def widths() -> bool:
    """Half of the 99% interval after at most 10 seconds."""
    good = True
    for milliseconds in STEP_MILLISECONDS:
        count = _multiplications(milliseconds)
        began = time.perf_counter()
        found, judged = _verdict(_step(count), _step(count), _step(count), 9.0, 1)
        took = time.perf_counter() - began
        good &= found.half_width <= 0.05
        print(
            f"step of {milliseconds} ms: half-width {found.half_width:.1%} after {took:.1f} s "
            f"(at most 5% within 10 s), {judged.verdict}"
        )
    return good


def order() -> bool:
    """Ten slowdowns that are known from the work done come in the same order in five of five runs."""
    from scipy.stats import spearmanr

    work = [10 + 3 * extra for extra in range(1, 11)]
    runs = []
    for seed in range(5):
        base = _step(10)
        runs.append([_verdict(_step(w), _step(w), base, 1.5, seed)[0].value for w in work])
        print("  ".join(f"{ratio:.2f}" for ratio in runs[-1]))
    least = min(float(spearmanr(runs[0], other).statistic) for other in [*runs[1:], work])
    print(f"order of ten known costs: least Spearman correlation between runs {least:.3f} (at least 0.95)")
    return least >= 0.95


# -- real models -----------------------------------------------------------------------------------------------


def _targets(path: Path, wanted: Callable[[str], bool] = lambda symbol: True) -> list[Target]:
    source = engine.Source(str(path), path.read_text(encoding="utf-8"))
    findings = engine.check(source, Options())
    return [
        Target(str(path), found.symbol, found.kind, found.keras, tuple(
            f for f in findings if f.symbol == found.symbol or f.symbol.startswith(f"{found.symbol}.")
        ))
        for found in engine.keras_classes(source, Options())
        if found.kind in ("model", "layer") and wanted(found.symbol)
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
    print(f"the three mission models: {took:.1f} s (at most 60)")
    return took <= 60 and all(r.status == "measured" for r in results)


_SEQUENCE = {"shape": [16, 8]}
_IMAGE = {"shape": [32, 32, 3]}
_TOKENS = {"shape": [8], "dtype": "int32", "high": 20}

# Classes of installed packages, at small sizes.
PACKAGES: tuple[dict[str, Any], ...] = (
    {"target": "keras_hub.layers:TransformerEncoder", "kwargs": {"intermediate_dim": 16, "num_heads": 2},
     "inputs": _SEQUENCE},
    {"target": "keras_hub.layers:TransformerDecoder", "kwargs": {"intermediate_dim": 16, "num_heads": 2},
     "inputs": _SEQUENCE},
    {"target": "keras_hub.layers:FNetEncoder", "kwargs": {"intermediate_dim": 16}, "inputs": _SEQUENCE},
    {"target": "keras_hub.layers:PositionEmbedding", "kwargs": {"sequence_length": 16}, "inputs": _SEQUENCE},
    {"target": "keras_hub.layers:SinePositionEncoding", "kwargs": {}, "inputs": _SEQUENCE},
    {"target": "keras_hub.layers:RotaryEmbedding", "kwargs": {}, "inputs": _SEQUENCE},
    {"target": "keras_hub.layers:TokenAndPositionEmbedding",
     "kwargs": {"vocabulary_size": 20, "sequence_length": 8, "embedding_dim": 8}, "inputs": _TOKENS},
    {"target": "keras_hub.layers:ReversibleEmbedding", "kwargs": {"input_dim": 20, "output_dim": 8},
     "inputs": _TOKENS},
    {"target": "keras.layers:EinsumDense", "kwargs": {"equation": "abc,cd->abd", "output_shape": [None, 4]},
     "inputs": _SEQUENCE},
    {"target": "keras.layers:MultiHeadAttention", "kwargs": {"num_heads": 2, "key_dim": 4},
     "inputs": {"query": _SEQUENCE, "value": _SEQUENCE}},
    {"target": "keras.layers:GroupNormalization", "kwargs": {"groups": 1}, "inputs": _IMAGE},
    {"target": "keras.layers:GRU", "kwargs": {"units": 4}, "inputs": _SEQUENCE},
    {"target": "tf_keras.layers:LayerNormalization", "kwargs": {}, "inputs": _SEQUENCE},
    {"target": "tf_keras.layers:Attention", "kwargs": {}, "inputs": [_SEQUENCE, _SEQUENCE]},
)  # fmt: skip


def packages() -> bool:
    """Layers of three installed packages, measured from specs, with the status of each finding."""
    targets = []
    for table in PACKAGES:
        found = specs.locate(table["target"], ROOT)
        if found is None:
            print(f"{table['target']}: not found")
            continue
        path, symbol = found
        named = _targets(path, lambda name, symbol=symbol: name == symbol)  # type: ignore[misc]
        keras: Any = 2 if table["target"].startswith("tf_keras") else 3
        targets += named or [Target(str(path), symbol, "layer", keras)]
    results = measure(targets, Settings(root=str(ROOT), specs=PACKAGES, budget_seconds=20.0))
    for result in results:
        works = {mode: all(s["works"] for s in made.values()) for mode, made in result.compiled.items()}
        shown = ", ".join(f"{f.code} line {f.line} {f.status}" for f in result.findings) or "no findings"
        print(f"{result.symbol}: {result.status} {result.reason.splitlines()[:1]} {_works(works)}; {shown}")
    measured = sum(r.status == "measured" for r in results)
    print(f"classes of installed packages measured from specs: {measured} of {len(PACKAGES)} (at least 12)")
    return measured >= 12


def _works(modes: Mapping[str, bool]) -> str:
    return " ".join(f"{mode} {'works' if ok else 'raises'}" for mode, ok in modes.items())


def fixtures() -> bool:
    """The model fixtures, without a spec: how many are measured, and what was said of their findings."""
    targets = [t for file in sorted((ROOT / "fixtures" / "models").glob("*.py")) for t in _targets(file)]
    results = measure(targets, Settings(root=str(ROOT), budget_seconds=15.0))
    for result in results:
        if result.status != "measured":
            print(f"{Path(result.path).name} {result.symbol}: {result.reason.splitlines()[0]}")
    _print_statuses(results)
    measured = sum(r.status == "measured" for r in results)
    print(f"model fixtures measured without a spec: {measured} of {len(results)} (at least 90%)")
    return measured >= 0.9 * len(results)


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
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], help="what to run; all where nothing is named")
    chosen = parser.parse_args().parts or list(PARTS)
    passed = {part: PARTS[part]() for part in chosen}
    print("; ".join(f"{part}: {'as it should be' if ok else 'NOT as it should be'}" for part, ok in passed.items()))
    return 0 if all(passed.values()) else 1


if __name__ == "__main__":
    raise SystemExit(main())
