"""A peer's tests of Python side effects, as a yardstick for what is silently wrong under ``@tf.function``.

Run from the checkout, on the folder with the test inputs of ponder-lab/Hybridize-Functions-Refactoring:

    python tests/bench/side_effects.py .../resources/HybridizeFunction [--run] [--details]

Each function that a test asks about is put under ``@tf.function``; what the linter says of it (KG2) is compared with
the answer that stands in the peer's HybridizeFunctionRefactoringTest, and with ``--run`` with what happens: it is
called three times, and what it printed, wrote and changed is put back after each call. A side effect is what a call
does from Python and the next one, of the same graph, does not do.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import copy
import io
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

# The tests testPythonSideEffectsN that expect a side effect, as far as there is one answer a test.
EXPECTED = {1, 3, 5, 6, 7, 8, 9, 16, 18, 20, 23, 26, 27, 29, 31, 35, 36, 38, 39, 42, 45, 46, 47, 48, 49, 50, 51, 52,
            54, 59, 60, 61, 64, 65}  # fmt: skip
LAST = 65
"""From 66 on they are about layers that are called eagerly."""
NAMES = ("f", "side_effect", "no_side_effect", "__call__", "leaky_function", "not_leaky_function",
         "buggy_consume_next", "good_consume_next")  # fmt: skip


def under_tf_function(text: str) -> str:
    """The file with ``@tf.function`` on the function that its test asks about."""
    tree = ast.parse(text)
    target = _target(tree)
    lines = text.splitlines()
    if not any(ast.unparse(each) == "tf.function" for each in target.decorator_list):
        lines.insert(target.lineno - 1, f"{' ' * target.col_offset}@tf.function")
    if "import tensorflow as tf" not in text:
        lines.insert(0, "import tensorflow as tf")
    return "\n".join(lines) + "\n"


def _target(tree: ast.Module) -> ast.FunctionDef:
    found = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name in NAMES]
    return found[0]


def reported(folder: Path, text: str) -> list[str]:
    """What the linter says of the file in ``folder`` under KG2."""
    from flake8_keras_graph import engine
    from flake8_keras_graph.config import Options

    path = folder / "A.py"
    path.write_text(text, encoding="utf-8")
    found = engine.check(engine.Source(str(path), text), Options(select=("KG2",)))
    return [f"{each.code} line {each.span.line}: {each.message}" for each in found]


def _without_calls(text: str) -> tuple[str, str]:
    """The file without what it runs, and the first call of the function that its test asks about."""
    tree = ast.parse(text)
    name = _target(tree).name
    kept = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef, ast.Assign)
    calls = [
        node
        for statement in tree.body if not isinstance(statement, (ast.FunctionDef, ast.ClassDef))
        for node in ast.walk(statement) if isinstance(node, ast.Call)
    ]  # fmt: skip
    call = next(
        ast.unparse(each) for each in calls
        if ast.unparse(each.func).rpartition(".")[2] == name or (name == "__call__" and ast.unparse(each.func) == "m")
    )  # fmt: skip
    body = [
        each for each in tree.body
        if isinstance(each, kept) and not (isinstance(each, ast.Assign) and call in ast.unparse(each.value))
        and "nose" not in ast.unparse(each)
    ]  # fmt: skip
    return "\n".join(map(ast.unparse, body)), call


def run(folder: Path, text: str) -> list[str]:
    """What each of three calls does from Python, in a process of its own."""
    definitions, call = _without_calls(text)
    (folder / "run.py").write_text(definitions, encoding="utf-8")
    import tensorflow  # noqa: F401  # once for all

    answer = folder / "answer"
    child = os.fork()
    if not child:
        os.chdir(folder)
        sys.path.insert(0, str(folder))
        try:
            told = list(_three_calls(call))
        except Exception as error:
            told = [f"raises {type(error).__name__}: {error}".splitlines()[0]]
        answer.write_text("\n".join(told))
        os._exit(0)
    os.waitpid(child, 0)
    return answer.read_text().splitlines()


def _three_calls(call: str) -> Iterator[str]:
    import run  # type: ignore[import-not-found]

    ours = {"__pycache__", *os.listdir(".")}
    spaces = [vars(module) for name, module in sys.modules.items() if name in ("run", "B")]
    for _ in range(3):
        before = [_state(space) for space in spaces]
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            eval(call, vars(run))
        did = [f"prints {line}" for line in printed.getvalue().splitlines()]
        for name in sorted(set(os.listdir(".")) - ours):
            did.append(f"writes {name}")
            os.remove(name)
        after = [_state(space) for space in spaces]
        for one, two in zip(before, after, strict=True):
            did += [f"changes {name} to {two[name]}" for name in two if one.get(name) != two[name]]
        yield "; ".join(did) or "nothing"
        for space in spaces:
            _put_back(space)


_LISTS: dict[int, list[Any]] = {}
_NAMES: dict[int, dict[str, Any]] = {}
_OBJECTS: dict[int, dict[str, Any]] = {}


def _state(space: dict[str, Any]) -> dict[str, str]:
    """What the names of a module hold, in words; the first time it is kept as it is."""
    names = _NAMES.setdefault(id(space), dict(space))
    found = {}
    for name, value in space.items():
        if isinstance(value, list):
            _LISTS.setdefault(id(value), list(value))
            found[name] = repr(value)
        elif type(value).__name__ == "list_iterator":
            found[name] = repr(list(copy.copy(value)))
        elif type(value).__module__ in ("run", "B"):
            _OBJECTS.setdefault(id(value), dict(vars(value)))
            found[name] = repr({key: repr(each) for key, each in vars(value).items() if isinstance(each, (int, str))
                                or "Tensor" in type(each).__name__})  # fmt: skip
        elif not name.startswith("__") and not callable(value) and (name in names or "Tensor" in type(value).__name__):
            found[name] = repr(value)
    return found


def _put_back(space: dict[str, Any]) -> None:
    """Undo what a call did, but for iterators: the next call is to start from the same."""
    names = _NAMES[id(space)]
    for name, value in list(space.items()):
        if isinstance(value, list) and id(value) in _LISTS:
            value[:] = _LISTS[id(value)]
        elif id(value) in _OBJECTS:
            vars(value).clear()
            vars(value).update(_OBJECTS[id(value)])
        if name in names:
            space[name] = names[name]
        elif not name.startswith("__"):
            del space[name]


def cases(folder: Path) -> Iterator[tuple[int, Path]]:
    for number in range(1, LAST + 1):
        yield number, folder / f"testPythonSideEffects{number if number > 1 else ''}" / "in"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--run", action="store_true", help="call each function three times")
    parser.add_argument("--details", action="store_true", help="print what is said of every function")
    arguments = parser.parse_args()
    answers: list[tuple[int, bool, bool, list[str]]] = []
    for number, source in cases(arguments.folder):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            if (source / "B.py").exists():
                (folder / "B.py").write_text((source / "B.py").read_text())
            text = under_tf_function((source / "A.py").read_text())
            said = reported(folder, text)
            seen = run(folder, text) if arguments.run else []
        expected = number in EXPECTED
        answers.append((number, expected, bool(said), seen))
        if arguments.details or bool(said) != expected or (seen and _is_effect(seen) != expected):
            print(f"{number}: the peer says {'a' if expected else 'no'} side effect; {said or 'nothing reported'}")
            for line in seen:
                print(f"      a call: {line}")
    _summarise("the peer", [(number, expected, said) for number, expected, said, _ in answers])
    if arguments.run:
        _summarise("running", [(number, _is_effect(seen), said) for number, _, said, seen in answers])


def _is_effect(seen: list[str]) -> bool:
    """Whether a first call does something that the second does not."""
    return len(seen) == 3 and seen[0] != "nothing" and seen[1] == "nothing"


def _summarise(who: str, answers: list[tuple[int, bool, bool]]) -> None:
    effects = [(number, said) for number, expected, said in answers if expected]
    others = [(number, said) for number, expected, said in answers if not expected]
    missed = [number for number, said in effects if not said]
    wrong = [number for number, said in others if said]
    print(f"by {who}: {len(effects) - len(missed)} of {len(effects)} side effects reported, missed {missed};", end=" ")
    print(f"of {len(others)} others {len(wrong)} reported {wrong}")


if __name__ == "__main__":
    main()
