"""What is known of APIs stands in ``knowledge`` alone: no other module lists the names of several."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import flake8_keras_graph
from flake8_keras_graph import knowledge

PACKAGE = Path(flake8_keras_graph.__file__).parent
LIBRARIES = ("tf.", "keras.", "numpy.", "einops.", "builtins.", "random.", "math.", "logging.")
BARE = {name.rpartition(".")[2] for name in knowledge.record_names() if name.startswith(LIBRARIES)}
# Words that are also the names of parameters, attributes, dtypes or methods of anything; a list of them is no table.
ORDINARY = {
    "add", "append", "build", "copy", "dtype", "equal", "error", "evaluate", "float16", "float32", "float64", "format",
    "gamma", "beta", "insert", "int16", "int32", "int64", "int8", "log", "name", "numpy", "predict", "print", "random",
    "rank", "remove", "reverse", "shape", "sort", "time", "to_list", "uint16", "uint32", "uint64", "uint8", "update",
    "warning", "watch", "write", "bool", "int", "float", "str", "list", "tuple", "dict", "set", "get", "size", "split",
    "bfloat16", "half", "id", "type", "input", "open", "read", "mean", "sum", "lower", "upper", "length", "flatten",
    "join", "decode", "pad", "count", "get_config", "get_weights", "set_weights", "add_loss", "add_weight", "count_params",
    "compute_loss", "train_on_batch", "predict_on_batch", "test_on_batch", "dtype_policy", "epsilon", "backend",
}  # fmt: skip
MOST = 2

# Module -> the name of its table -> why it stands there.
ALLOWED: dict[str, dict[str, str]] = {
    "analysis/uses.py": {
        "_MOVES": "what moves numbers without computing any, whoever's it is",
        "_SAME_ITEMS": "Python that gives the items of what it is given, one for one",
    },
    "analysis/host_code/loops.py": {"_AS_LONG": "calls by their last name, whoever's they are"},
    "analysis/host_code/rows.py": {
        "_RANDOM": "calls by their last name, whoever's they are",
        "_SHAPED": "calls by their last name, whoever's they are",
        "_WRAPPING": "calls by their last name, whoever's they are",
    },
    "analysis/interpreter/calls/builtin_functions.py": {"_BUILTINS": "what the interpreter does at a call"},
    "analysis/interpreter/calls/dispatch.py": {"_is_elementwise": "layers that a loop over rows is known to wait for"},
    "analysis/interpreter/expressions/type_tests.py": {
        "_FAMILIES": "types that `isinstance` asks for",
        "_SEQUENCES": "types that `isinstance` asks for",
    },
    "analysis/interpreter/expressions/names.py": {"_OFTEN_SHADOWED": "names that code often gives to something else"},
    "measure/worker/build/definitions.py": {"_HARMLESS_CALLS": "calls by their last name, whoever's they are"},
    "measure/project/own_inputs.py": {"_INPUTS": "calls by their last name, whoever's they are"},
    "measure/project/literals.py": {
        "_REAL": "calls of files that are read without their imports",
        "_CONVERTING": "calls of files that are read without their imports",
    },
    "measure/worker/run/effects.py": {"_of_keras": "classes of objects that run, by their bare name"},
    "measure/worker/guard.py": {"_CHANGES": "audit events, not functions"},
    "project/hierarchy.py": {"_INTERNAL_BASES": "bases by their bare name, which Keras's own modules use"},
    "rewrite/functional/read/training_effects.py": {"_HOLDERS": "the argument in which a layer is given others"},
    "rewrite/functional/write/fixed_training.py": {"_ITERATING": "Python that goes over what it is given, uncalled"},
    "rewrite/text/document.py": {"_LOOKUPS": "what may read names of a function by their text"},
    "rewrite/fixes/common/predicates.py": {"_refuse_guard": "questions that a part of a test guards the others with"},
}


def _lists(node: ast.AST) -> Iterator[list[ast.expr | None]]:
    """What stands side by side in a literal: its items, or its keys, or its values."""
    if isinstance(node, ast.Set | ast.Tuple | ast.List):
        yield [*node.elts]
    elif isinstance(node, ast.Dict):
        yield node.keys
        yield [*node.values]


def _listed(parts: list[ast.expr | None]) -> set[str]:
    """The names of APIs among them, in full or by their last part."""
    texts = (part.value for part in parts if isinstance(part, ast.Constant) and isinstance(part.value, str))
    return {text for text in texts if _is_api(text)}


def _is_api(name: str) -> bool:
    canonical = knowledge.canonical(name)
    if "." in name:
        return knowledge.record(canonical) is not None
    return name in BARE and name not in ORDINARY


def _tables(tree: ast.Module) -> Iterator[tuple[str, int, set[str]]]:
    """Literals at any depth with the constant, function or class at the top of the module that they belong to."""
    for statement in tree.body:
        target = statement.targets[0] if isinstance(statement, ast.Assign) else getattr(statement, "target", statement)
        title = getattr(target, "id", "") or getattr(target, "name", "")
        for node in ast.walk(statement):
            for parts in _lists(node):
                found = _listed(parts)
                if len(found) > MOST:
                    yield title, getattr(node, "lineno", 0), found


MODULES = sorted(path for path in PACKAGE.rglob("*.py") if path.parent.name != "knowledge")


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_no_table_of_apis_elsewhere(path: Path) -> None:
    allowed = ALLOWED.get(path.relative_to(PACKAGE).as_posix(), {})
    found = list(_tables(ast.parse(path.read_text(encoding="utf-8"))))
    assert [each for each in found if each[0] not in allowed] == []
    assert {title for title, _, _ in found} >= set(allowed), "an exception that nobody needs"


@pytest.mark.parametrize(
    ("code", "tables"),
    [
        ('X = {"concatenate", "stack", "where"}', 1),
        ('X = ("tensorflow.concat", "keras.ops.concatenate", "tf.stack")', 1),
        ('def f(x):\n    return x in ("Dropout", "GaussianNoise", "AlphaDropout")', 1),
        ('X = {"Dropout": 1, "GaussianNoise": 2, "AlphaDropout": 3}', 1),
        ('X = ("concatenate", "stack")', 0),
        ('X = {"shape": 1, "dtype": 2, "name": 3}', 0),
        ('X = {"left", "right", "middle"}', 0),
    ],
)
def test_tables_are_seen(code: str, tables: int) -> None:
    assert len(list(_tables(ast.parse(code)))) == tables
