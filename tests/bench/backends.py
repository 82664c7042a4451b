"""What the rules say, tried on each backend of Keras 3: the table in ``knowledge/backends.py`` is printed by this.

Run from the checkout, with an interpreter that has keras, tensorflow, tf_keras, jax, torch and what the tests need:

    python tests/bench/backends.py [--details]

Every bad example of the rules' pages and every sample below is trained in ``fit`` on each backend, as that compiles by
default, in a process per backend. A sample is known by the rule and the construct that the linter sees in it. What a
rule says holds on a backend for a construct only if every sample of that construct did there what TensorFlow does; a
fix holds where every text that it changed trains there.
"""

from __future__ import annotations

import argparse
import collections
import json
import os
import pprint
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests"), str(ROOT / "tests" / "rules")]
BACKENDS = ("tensorflow", "jax", "torch")

HEAD = """import logging
import math
import random
import time

import keras
import numpy as np
from keras import ops

GENERATOR = np.random.default_rng(0)
COUNT = 0
SEEN = []


class Net(keras.Model):
    def __init__(self):
        super().__init__()
        self.dense = keras.layers.Dense(4)
        self.head = keras.layers.Dense(1)
        self.steps = 0
        self.kept = None
        self.history_of_x = []

    def call(self, inputs):
        x = self.dense(inputs)
{}
        return self.head(x)
"""
# What fit is claimed to do with the line that is marked, and lines of `call`.
SAMPLES: Mapping[str, tuple[str, ...]] = {
    "raises": (
        "if ops.mean(x) > 0.0:\n    x = x * 0.5",
        "if ops.max(inputs) > 0.0:\n    x = x * 0.5",
        "if 0.0 < ops.mean(x):\n    x = x * 0.5\nelse:\n    x = x * 2.0",
        "if self.steps:\n    x = x * 0.5\nelif ops.mean(x) > 0.0:\n    x = x * 2.0",
        "x = x * 0.5 if ops.max(x) > 1.0 else x",
        "x = x if ops.any(x > 0) else -x",
        "while ops.mean(ops.abs(x)) > 1e-3:\n    x = x * 0.5",
        "while ops.sum(x) > 1e9:\n    x = x * 0.5",
        "for row in x:\n    x = x + 0.0 * ops.mean(row)",
        "for column in ops.transpose(x):\n    x = x + 0.0 * ops.mean(column)",
        "for each in ops.mean(x, axis=0):\n    x = x + 0.0 * each",
        "for i, each in enumerate(ops.mean(x, axis=0)):\n    x = x + 0.0 * each",
        "for a, b in zip(ops.mean(x, axis=0), ops.max(x, axis=0)):\n    x = x + 0.0 * a * b",
        "x = x + 0.0 * sum(ops.mean(x, axis=0))",
        "x = x + 0.0 * ops.stack([*ops.mean(x, axis=0)])",
        "x = x + 0.0 * ops.stack(list(ops.mean(x, axis=0)))",
        "for i in range(ops.cast(ops.mean(x) * 0.0 + 2.0, 'int32')):\n    x = x * 0.5",
        "if ops.mean(x) > 0.0 and ops.max(x) > 0.0:\n    x = x * 0.5",
        "flag = ops.mean(x) > 0.0 or ops.max(x) > 0.0\nx = ops.where(flag, x, -x)",
        "x = ops.where(not ops.mean(x) > 0.0, x, -x)",
        "flag = 0.0 < ops.mean(x) < 1.0\nx = ops.where(flag, x, -x)",
        "flag = any(ops.mean(x, axis=0) > 0.0)\nx = ops.where(flag, x, -x)",
        "flag = all(ops.mean(x, axis=0) > 0.0)\nx = ops.where(flag, x, -x)",
        "x = x * max(ops.mean(x), 1.0)",
        "x = x * min(ops.mean(x), 1.0)",
        "x = x * max(ops.mean(x), ops.max(x))",
        "x = x * (0.0 in ops.mean(x, axis=0))",
        "assert ops.mean(x) < 1e9",
        "assert ops.all(x < 1e9), 'large'",
        "x = ops.stack([each * 2.0 for each in ops.transpose(x)], axis=1)",
        "x = x * len([1 for each in (1, 2) if ops.mean(x) > each])",
        "x = x * int(ops.mean(x))",
        "x = x * float(ops.mean(x))",
        "x = x * bool(ops.mean(x) > 0.0)",
        "x = x * round(ops.mean(x))",
        "x = x * abs(complex(ops.mean(x)))",
        "x = x * len(ops.transpose(x))",
        "x = x * len(f'{ops.mean(x):.3f}')",
        "x = x * math.sqrt(ops.mean(x) ** 2)",
        "x = x * float(ops.mean(x).numpy())",
        "x = x * ops.mean(x).numpy()",
        "x = x * ops.convert_to_numpy(ops.mean(x))",
        "x = x * np.mean(x)",
        "x = np.maximum(x, 0.0)",
        "x = x * np.float32(ops.mean(x))",
        "x = self.dense(inputs * np.mean(inputs))",
        "x = self.dense(inputs + np.maximum(inputs, 0.0))",
        "x = self.dense(inputs * np.float32(ops.mean(inputs)))",
        "x = self.dense(inputs + np.array(inputs))",
        "x = self.dense(inputs + np.tanh(inputs))",
        "x = self.dense(inputs + inputs.numpy())",
        "x = self.dense(inputs + ops.convert_to_numpy(inputs))",
        "x = x * np.array(ops.mean(x, axis=0))",
        "x = keras.layers.Dense(4)(x)",
        "x = x * keras.Variable(2.0)",
        "w = self.add_weight(shape=(), initializer='ones')\nx = x * w",
        "a, b, c, d = ops.mean(x, axis=0)\nx = x * a",
        "scales = [1.0, 2.0]\nx = x * scales[ops.argmax(ops.mean(x, axis=0)) % 2]",
        "scales = (1.0, 2.0)\nx = x * scales[ops.argmax(ops.mean(x, axis=0)) % 2]",
        "scales = {0: 1.0, 1: 2.0}\nx = x * scales[ops.argmax(ops.mean(x, axis=0)) % 2]",
        "if inputs.shape[0] > 1:\n    x = x * 2.0",
        "x = x / inputs.shape[0]",
        "for i in range(x.shape[0]):\n    x = x * 1.0",
        "x = ops.reshape(x, (x.shape[0], -1))",
        "x = x + ops.zeros((x.shape[0], 4))",
    ),
    "frozen": (
        "x = x + np.random.normal()",
        "x = x + np.random.uniform(size=(4,)).astype('float32')",
        "x = x + random.random()",
        "x = x + GENERATOR.normal()",
        "x = x + time.time() % 1.0",
        "x = x + time.perf_counter() % 1.0",
    ),
    "once per trace": (
        "print('step')",
        "print(x)",
        "logging.warning('step')",
        "self.steps += 1",
        "self.steps = self.steps + 1",
        "global COUNT\nCOUNT += 1",
        "SEEN.append(1)",
    ),
    "leaks": ("self.kept = x", "self.history_of_x.append(x)"),
}


SILENT = {"frozen", "once per trace", "leaks", "stale", "silent", "differs from eager"}


def _cases() -> Iterator[tuple[str, str, tuple[str, str] | None]]:
    """Code, the outcome that is claimed for ``fit``, and (the good example, where there is one) of pages' examples."""
    import pages

    for page in pages.PAGES.values():
        for example in page.bad:
            for claim in example.claims:
                if claim.setting == "fit" and claim.outcome != "runs":
                    yield example.code, claim.outcome, example.instead
    for outcome, bodies in SAMPLES.items():
        for body in bodies:
            yield HEAD.format("\n".join(f"        {line}" for line in body.splitlines())), outcome, ""


def _findings(code: str) -> list[tuple[str, str, int, str]]:
    """Code, construct, line and message of what the linter says of ``code`` for TensorFlow, each construct once a line."""
    import ast

    from flake8_keras_graph.config import Options
    from flake8_keras_graph.engine.session import Session, Source
    from flake8_keras_graph.rules import load
    from flake8_keras_graph.rules.backends import construct_of
    from flake8_keras_graph.rules.facts import Facts

    options = Options(backend="tensorflow")
    read = Session(options).interpret(Source("example.py", code), ast.parse(code))
    facts = Facts(options, read.hierarchy, read.events)
    found = {}
    for event in read.events:
        for rule in load().values():
            if type(event) in rule.events and (report := rule.check(event, facts)) is not None:
                key = rule.info.code, construct_of(event), event.place.source.span(event.node).line
                found[key] = report.message
    return [(*key, message) for key, message in found.items()]


def _marked(code: str, line: int) -> str:
    lines = [each.partition("  # KG")[0] for each in code.splitlines()]
    lines[line - 1] += "  # KG000"
    return "\n".join(lines) + "\n"


def _fixed(code: str, rule: str) -> str | None:
    """The code with the fixes of one rule; None where it has none."""
    from flake8_keras_graph import engine
    from flake8_keras_graph.analysis.reading import read_file
    from flake8_keras_graph.config import Options
    from flake8_keras_graph.project.project import Project
    from flake8_keras_graph.rewrite.apply import fix_text

    options = Options(backend="tensorflow", select=(rule,))
    reading = read_file("example.py", code, options, Project())
    fixed = fix_text(
        reading, lambda _, text: engine.check(engine.Source("example.py", text), options), unsafe=True
    ).text
    return fixed if fixed != code else None


def _run_here(folder: Path) -> list[dict[str, Any]]:
    """Every case on the backend of this process."""
    import running

    from flake8_keras_graph.rules.page import Claim, Example

    build_first = False

    def compile_by_default(self: Any, model: Any) -> None:
        if "model" not in vars(self.namespace):
            if build_first:
                model(running.X[: running.BATCH])
            model.compile(self.keras.optimizers.SGD(0.0), "mse")

    running.Running.compile = compile_by_default  # type: ignore[method-assign]
    found = []
    for code, outcome, instead in _cases():
        seen = _findings(code)
        for rule, construct, line, message in seen:
            example = Example(_marked(code, line), (), instead)
            case = {"rule": rule, "construct": construct, "claim": outcome, "message": message, "code": code}
            for build_first in (False, True):
                where = "seen" if build_first else "seen_unbuilt"
                try:
                    model = running.Running(example.code, "fit", folder).trained()
                    holds = outcome != "raises" and running.holds(example, Claim("fit", outcome), folder)
                    if outcome == "leaks":
                        holds = _leaks(model)
                    case[where] = outcome if holds else "runs"
                except Exception as error:
                    case[where] = f"raises {type(error).__name__}"
            case["fixed"] = _outcome_of_fix(code, rule, folder)
            found.append(case)
    return found


def _leaks(model: Any) -> bool:
    """Whether the model holds what there was only while tracing."""
    import jax
    import tensorflow as tf

    kept = [*vars(model).values(), *getattr(model, "history_of_x", ())]
    return any(
        isinstance(each, jax.core.Tracer) or (tf.is_tensor(each) and not hasattr(each, "_numpy")) for each in kept
    )


def _outcome_of_fix(code: str, rule: str, folder: Path) -> str:
    import running

    try:
        fixed = _fixed(code, rule)
        if fixed is None:
            return ""
        running.Running(fixed, "fit", folder).trained()
    except Exception as error:
        return f"raises {type(error).__name__}"
    return "trains"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--details", action="store_true", help="say of every sample what was seen")
    parser.add_argument("--here", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.here:
        with tempfile.TemporaryDirectory() as folder:
            Path(arguments.here).write_text(json.dumps(_run_here(Path(folder))))
        return
    results = {}
    for backend in BACKENDS:
        with tempfile.TemporaryDirectory() as folder:
            answer = Path(folder) / "answer.json"
            environment = {**os.environ, "KERAS_BACKEND": backend, "TF_CPP_MIN_LOG_LEVEL": "3"}
            command = [sys.executable, __file__, "--here", str(answer)]
            subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            results[backend] = json.loads(answer.read_text())
    if arguments.details:
        for cases in zip(*results.values(), strict=True):
            seen = (f"{case['seen_unbuilt']} / {case['seen']} / {case['fixed'] or 'no fix'}" for case in cases)
            print(cases[0]["rule"], cases[0]["construct"], f"[{cases[0]['claim']}]", *seen, sep=" | ")
    for backend in BACKENDS[1:]:
        holds, fixed = tables(results[backend])
        print(f"{backend}:")
        pprint.pprint(holds, width=118)
        print(f"fixes that train: {fixed}")


def tables(cases: list[dict[str, str]]) -> tuple[dict[str, dict[str, str]], list[str]]:
    """What holds by code and construct, as ``rules/backends.py`` has it, and the codes whose fixes all train.

    A model is trained unbuilt and built before: what raises has to raise in both.
    """
    grouped = collections.defaultdict(list)
    for case in cases:
        grouped[case["rule"], case["construct"]].append(case)
    holds: dict[str, dict[str, str]] = collections.defaultdict(dict)
    fixes: dict[str, set[str]] = collections.defaultdict(set)
    for (rule, construct), alike in sorted(grouped.items()):
        seen = {case[when] for case in alike for when in ("seen", "seen_unbuilt")}
        claims = {case["claim"] for case in alike}
        if claims == {"raises"} and all(each.startswith("raises") for each in seen):
            error = seen.pop().removeprefix("raises ")
            holds[rule][construct] = "an error" if seen else error
        elif claims <= SILENT and all(case["seen"] == case["seen_unbuilt"] == case["claim"] for case in alike):
            holds[rule][construct] = ""
        else:
            continue
        fixes[rule] |= {case["fixed"] for case in alike if case["fixed"]}
    return dict(holds), [rule for rule, outcomes in fixes.items() if outcomes == {"trains"}]


if __name__ == "__main__":
    main()
