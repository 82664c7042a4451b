"""Rewrites every Model subclass of installed packages with the functional API and prints what became of each.

Run it from the root of the repository: ``python tests/bench/rewrite_packages.py keras_hub [PACKAGE or FOLDER ...]``.
Nothing of a package is imported, but where ``PROVED`` says how to build a class: those are run beside their
rewrite and compared.
"""

from __future__ import annotations

import ast
import importlib
import importlib.util
import os
import sys
import time
import warnings
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "rewrite")]

from proof import Tensor, prove  # noqa: E402

from flake8_keras_graph.rewrite.functional import FunctionalRewrite, functional_builder  # noqa: E402

FLUX = "keras_hub.src.models.flux.flux_layers"
# Module and class -> inputs and constructor arguments.
PROVED: dict[tuple[str, str], tuple[Any, dict[str, Any]]] = {
    (FLUX, "MLPEmbedder"): (Tensor((6,)), {"hidden_dim": 8}),
    (FLUX, "LastLayer"): ((Tensor((5, 8)), Tensor((8,))), {"hidden_size": 8, "patch_size": 2, "output_channels": 3}),
    (FLUX, "Modulation"): (Tensor((8,)), {"dim": 8, "double": True}),
    (FLUX, "EmbedND"): (Tensor((6, 3)), {"theta": 10000, "axes_dim": (2, 2, 4)}),
    (FLUX, "DoubleStreamBlock"): (
        (Tensor((6, 8)), Tensor((4, 8)), Tensor((8,)), Tensor((10, 2, 2))),
        {"hidden_size": 8, "num_heads": 2, "mlp_ratio": 2.0},
    ),
}


def folder_of(name: str) -> Path:
    """The folder of an installed package, found without importing it, or the folder given."""
    spec = None if os.path.isdir(name) else importlib.util.find_spec(name)
    return Path(spec.origin).parent if spec is not None and spec.origin else Path(name)


def model_classes(folder: Path) -> Iterator[tuple[Path, str, str]]:
    """Path, text and name of every class whose bases name a Model and that has a ``call``."""
    for path in sorted(folder.rglob("*.py")):
        try:
            text = path.read_text(encoding="utf-8")
            tree = ast.parse(text)
        except (SyntaxError, UnicodeDecodeError):
            continue
        for node in tree.body:
            if isinstance(node, ast.ClassDef) and any("Model" in ast.unparse(base) for base in node.bases):
                if any(isinstance(inner, ast.FunctionDef) and inner.name == "call" for inner in node.body):
                    yield path, text, node.name


def prove_class(module: str, text: str, symbol: str, rewrite: FunctionalRewrite) -> str:
    """What comparing an installed class with its rewrite gives."""
    inputs, arguments = PROVED[module, symbol]
    namespace = dict(vars(importlib.import_module(module)))
    try:
        proof = prove(text, symbol, inputs, kwargs=arguments, rewrite=rewrite, namespace=namespace)
    except Exception as error:
        return f"NOT EQUAL {type(error).__name__}: {error}"[:200]
    return f"proved equal: {proof.outputs} outputs, {proof.gradients} gradients, error {proof.error:.1e}"


def main(names: list[str]) -> int:
    """Print one line a class; 1 where a rewrite was not equal."""
    warnings.simplefilter("ignore")
    counts: Counter[str] = Counter()
    started = time.perf_counter()
    for folder in map(folder_of, names or ["keras_hub"]):
        for path, text, symbol in model_classes(folder):
            rewrite = functional_builder(text, symbol)
            shown = path.relative_to(folder.parent)
            counts["found"] += 1
            if rewrite.source is None:
                counts["refused"] += 1
                first = rewrite.refusals[0]
                print(f"{shown}:{first.line}: {symbol}: refused: {first.reason}")
                continue
            counts["rewritten"] += 1
            compile(rewrite.source, str(path), "exec")
            module = ".".join(shown.with_suffix("").parts)
            said = "rewritten"
            if (module, symbol) in PROVED:
                said = prove_class(module, text, symbol, rewrite)
                counts["proved" if said.startswith("proved") else "not equal"] += 1
            print(f"{shown}: {symbol}: {said}", flush=True)
    print(dict(counts), f"{time.perf_counter() - started:.0f} s")
    return int(counts["not equal"] > 0)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
