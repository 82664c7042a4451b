"""Rewrites every model in ``fixtures/models`` with the functional API, proves each equal, prints the table.

Run it from the root of the repository: ``python tests/bench/rewrite.py [NAME ...]``.
"""

from __future__ import annotations

import ast
import dataclasses
import os
import sys
import warnings
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "rewrite")]

from proof import Proof, Tensor, prove  # noqa: E402
from readings import builder_of  # noqa: E402

from flake8_keras_graph.rewrite.functional.builder import FunctionalRewrite  # noqa: E402

MODELS = ROOT / "fixtures" / "models"
TOKENS = Tensor((10,), "int32", 20)
IMAGE = Tensor((8, 8, 3))

# What each model is fed: a tuple is a call of several arguments, a list or dict one structure.
INPUTS: dict[str, Any] = {
    "adaptive_computation": Tensor((4,)),
    "attention_pooling": Tensor((5, 6)),
    "augmented_classifier": IMAGE,
    "autoencoder": Tensor((7, 7)),
    "bilstm_tagger": Tensor((6,), "int32", 40),
    "class_hierarchy": Tensor((16, 16, 1)),
    "counting_model": Tensor((4,)),
    "dcn": Tensor((12,)),
    "deepfm": {name: Tensor((), "int32", 5) for name in ("age", "city", "device")},
    "densenet": IMAGE,
    "din": [Tensor((4,), "int32", 20), Tensor((), "int32", 20)],
    "early_exit": Tensor((6,)),
    "ensemble": Tensor((5,)),
    "film": [IMAGE, Tensor((4,))],
    "gan": Tensor((16,)),
    "gnn": {"nodes": Tensor((5, 3)), "adjacency": Tensor((5, 5))},
    "gpt": Tensor((8,), "int32", 32),
    "inception": IMAGE,
    "lstm_forecaster": Tensor((6, 2)),
    "mlp_mixer": IMAGE,
    "mlp_switches": Tensor((20,)),
    "mobilenet": Tensor((16, 16, 3)),
    "moe": Tensor((6,)),
    "multitask": {"numeric": Tensor((5,)), "extra": Tensor((3,))},
    "ncf": [Tensor((), "int32", 30), Tensor((), "int32", 40)],
    "residual_mlp": Tensor((7,)),
    "resnet": Tensor((16, 16, 3)),
    "rnn_cell": Tensor((7, 4)),
    "se_net": Tensor((16, 16, 3)),
    "seq2seq": Tensor((6, 3)),
    "siamese": (Tensor((6,)), Tensor((6,))),
    "stochastic_depth": Tensor((6,)),
    "tcn": Tensor((9, 2)),
    "text_cnn": Tensor((8,), "int32", 50),
    "transformer_encoder": TOKENS,
    "two_tower": {"user_id": Tensor((), "int32", 50), "item_id": Tensor((), "int32", 30)},
    "unet": IMAGE,
    "vae": Tensor((12,)),
    "vit": IMAGE,
    "wavenet": Tensor((16, 1)),
    "wide_and_deep": [Tensor((4,)), Tensor((6,))],
    "word2vec": [Tensor((1,), "int32", 30), Tensor((5,), "int32", 30)],
}


@dataclasses.dataclass(frozen=True, slots=True)
class Construction:
    """The call that makes a fixture's model, with literal arguments."""

    symbol: str
    args: tuple[Any, ...]
    kwargs: dict[str, Any]


@dataclasses.dataclass(frozen=True, slots=True)
class Row:
    """One line of the table."""

    name: str
    symbol: str
    outcome: str
    detail: str


def read_fixture(path: Path) -> tuple[str, str, Construction]:
    """Its text, the part of it that defines, and how it makes its model."""
    text = path.read_text(encoding="utf-8")
    tree = ast.parse(text)
    classes = {node.name for node in tree.body if isinstance(node, ast.ClassDef)}
    made = next(
        node.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call) and _name(node.value.func) in classes
    )
    kept = [node for node in tree.body if not _acts(node)]
    args = tuple(ast.literal_eval(argument) for argument in made.args)
    kwargs = {word.arg: ast.literal_eval(word.value) for word in made.keywords if word.arg}
    return text, ast.unparse(ast.Module(kept, [])), Construction(_name(made.func), args, kwargs)


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else ""


def _acts(node: ast.stmt) -> bool:
    """Whether a statement does something at import rather than define something."""
    return isinstance(node, ast.Expr) or (isinstance(node, ast.Assign) and isinstance(node.value, ast.Call))


def rewrite_one(path: Path) -> tuple[Row, FunctionalRewrite]:
    """Rewrite and prove one fixture."""
    text, definitions, made = read_fixture(path)
    rewrite = builder_of(text, made.symbol)
    if rewrite.source is None:
        reasons = "; ".join(f"line {refusal.line}: {refusal.reason}" for refusal in rewrite.refusals)
        return Row(path.stem, made.symbol, "refused", reasons), rewrite
    try:
        proof: Proof = prove(
            text, made.symbol, INPUTS[path.stem], made.args, made.kwargs,
            rewrite=rewrite, original_text=definitions,
        )  # fmt: skip
    except Exception as error:
        return Row(path.stem, made.symbol, "NOT EQUAL", f"{type(error).__name__}: {error}"[:300]), rewrite
    detail = f"{proof.outputs} outputs, {proof.gradients} gradients, largest difference {proof.error:.1e}"
    return Row(path.stem, made.symbol, "equal", detail), rewrite


def main(names: list[str]) -> int:
    """Print the table; 1 where a rewrite was not equal or fewer than 80% were rewritten."""
    warnings.simplefilter("ignore")
    rows = []
    for path in sorted(MODELS.glob("*.py")):
        if names and path.stem not in names:
            continue
        row, rewrite = rewrite_one(path)
        rows.append(row)
        print(f"{row.name:22} {row.symbol:30} {row.outcome:10} {row.detail}", flush=True)
        if names:
            print(rewrite.source)
    equal = sum(row.outcome == "equal" for row in rows)
    wrong = sum(row.outcome == "NOT EQUAL" for row in rows)
    print(f"{len(rows)} models: {equal} proved equal, {wrong} not, {len(rows) - equal - wrong} refused")
    return int(wrong > 0 or equal < 0.8 * len(rows))


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
