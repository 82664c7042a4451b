"""Rewrites every Model subclass of installed packages with the functional API and prints what became of each.

Run it from the root of the repository: ``python tests/bench/rewrite_packages.py keras_hub [PACKAGE or FOLDER ...]``.
Nothing of a package is imported, but where ``package_specs.py`` says how to build a class: those are run beside
their rewrite and compared; the folder of the package is then to be on ``PYTHONPATH``.

tf-models-official asks for TensorFlow 2.16; it runs on later ones where it is installed without its dependencies
(``pip install --no-deps``), and beside it what its modules import: gin-config, immutabledict, sentencepiece, tf-slim,
tensorflow-hub, tensorflow-model-optimization, tensorflow-datasets and what that one needs.
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

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")  # oneDNN's kernels crash on the small images given here
ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "rewrite"), str(ROOT / "tests" / "bench")]

from package_specs import SPECS  # noqa: E402
from proof import prove  # noqa: E402
from readings import builder_of  # noqa: E402

from flake8_keras_graph.rewrite.functional.builder import FunctionalRewrite  # noqa: E402


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


def specified(path: Path, symbol: str) -> str:
    """The name under which the module at ``path`` has a spec for ``symbol``; empty where it has none."""
    parts = path.with_suffix("").parts
    names = (".".join(parts[start:]) for start in range(len(parts)))
    return next((name for name in names if (name, symbol) in SPECS), "")


def prove_class(module: str, text: str, symbol: str, rewrite: FunctionalRewrite) -> str:
    """What comparing an installed class with its rewrite gives."""
    spec = SPECS[module, symbol]
    try:
        namespace = dict(vars(importlib.import_module(module)))
    except ImportError as error:
        return f"rewritten, not run: {error}"
    try:
        proof = prove(text, symbol, spec.inputs, kwargs=spec.arguments, rewrite=rewrite, namespace=namespace)
    except Exception as error:
        return f"not equal: {type(error).__name__}: {error}"[:400]
    return f"proved equal: {proof.outputs} outputs, {proof.gradients} gradients, error {proof.error:.1e}"


def main(names: list[str]) -> int:
    """Print one line a class; 1 where a rewrite was not equal."""
    warnings.simplefilter("ignore")
    counts: Counter[str] = Counter()
    started = time.perf_counter()
    for folder in map(folder_of, names or ["keras_hub"]):
        for path, text, symbol in model_classes(folder):
            rewrite = builder_of(text, symbol, str(path))
            shown = path.relative_to(folder.parent)
            counts["found"] += 1
            if rewrite.source is None:
                counts["refused"] += 1
                first = rewrite.refusals[0]
                print(f"{shown}:{first.line}: {symbol}: refused: {first.reason}")
                continue
            counts["rewritten"] += 1
            compile(rewrite.source, str(path), "exec")
            module = specified(shown, symbol)
            said = "rewritten"
            if module:
                said = prove_class(module, text, symbol, rewrite)
                counts[said.partition(":")[0].replace("proved equal", "proved")] += 1
            print(f"{shown}: {symbol}: {said}", flush=True)
    print(dict(counts), f"{time.perf_counter() - started:.0f} s")
    return int(counts["not equal"] > 0)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
