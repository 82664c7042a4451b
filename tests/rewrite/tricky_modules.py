"""Seeded modules with findings whose fixes are easily wrong: effects, aliases, closures, guards, dtypes, Nones, flags.

Each has a class ``M`` whose ``call`` takes one tensor of shape (batch, 4). Operations are spelled with ``ops``; a module
for Keras 2 has TensorFlow's in their place.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence

HEADER = """\
import KERAS as keras
import numpy as np
import tensorflow as tf
IMPORT

LIMIT = 3
HALF = 0.5
CONFIG = {"n": 2, "scale": 0.5, "on": True, "none": None}
TABLE = {True: 2.0, False: 3.0, 0: 5.0, 1: 7.0, 4: 9.0}
LOG = []


def doubled(v):
    return v * 2.0


def noted(v):
    LOG.append(1)
    return v


def chosen(flag, v):
    return v * 3.0 if flag is True else v


class M(keras.Model):
    def __init__(self, k=0, steps=3):
        super().__init__()
        self.dense = keras.layers.Dense(4)
        self.other = keras.layers.Dense(4)
        self.drop = keras.layers.Dropout(0.5, seed=1)
        self.state = self.add_weight(name="state", shape=(1, 4), initializer="ones", trainable=False)
        self.w = self.add_weight(name="w", shape=(4,), initializer="ones")
        self.k = k
        self.n = 3
        self.steps = steps
        self.scale = 0.5
        self.flag = True
        self.none = None
        self.calls = 0
        self.items = [1.0, 2.0]
        self.table = {}
        self.buffer = np.ones((1, 4), "float32")
        self.config = {"n": 3}

    def counted(self, v):
        self.calls += 1
        return v

    def moved(self, v):
        self.state.assign_add(v * 0.0 + 1.0)
        return v

    def shifted(self, v):
        return self.other(v) + 1.0

    def call(self, x):
BODY
"""
# Operations of Keras 3 that TensorFlow calls otherwise.
_TENSORFLOW = {
    "any": "reduce_any", "all": "reduce_all", "mean": "reduce_mean", "max": "reduce_max", "min": "reduce_min",
    "sum": "reduce_sum", "concatenate": "concat", "log": "math.log", "isnan": "math.is_nan",
}  # fmt: skip
Lines = list[str]

STARTS = [
    "h = self.dense(x)", "h = x", "h = ops.tanh(x)", "h = self.dense(x)\ng = h", "h = ops.cast(x, 'float16')",
    "h = ops.cast(x * 3.0, 'int32')", "h = ops.cast(x, 'float64')", "h = x * 1.0", "h = ops.cast(x * 2.0, 'int64')",
    "h = self.drop(self.dense(x))", "h = ops.abs(x)", "h = x > 0.0", "h = ops.square(self.dense(x))",
]  # fmt: skip
# More often what most models have.
FLOATS = [STARTS[0], STARTS[1], STARTS[2], STARTS[3], STARTS[12]]
# What gives a Python number, a truth value or something else to set a name to before a branch.
SEEDS = [
    "n = 2", "n = self.n", "n = LIMIT", "n = CONFIG['n']", "n = 1.5", "n = self.scale", "n = HALF", "n = len(self.items)",
    "n = h.shape[1]", "n = ops.mean(h)", "n = self.config['n']", "n = self.k", "n = True", "n = None", "n = 'a'",
    "n = getattr(self, 'n')", "n = self.flag", "n = CONFIG.get('scale')", "n = int(self.n)", "n = [1.0]", "n = (h,)",
]  # fmt: skip
TESTS = [
    "ops.mean(h) > 0", "ops.mean(h) > 0.5", "ops.any(h > 1.0)", "ops.max(h) > self.k", "not ops.any(h > 100.0)",
    "0 < ops.mean(h) < 1", "ops.sum(x) > LIMIT", "ops.mean(x)", "ops.max(h) > 0.5", "ops.min(h) < 0 and ops.max(h) > 0",
    "self.k > 0 and ops.mean(x) > 1 / self.k", "self.k and ops.mean(x) > 5 % self.k", "self.k and ops.mean(x) > 5 // self.k",
    "self.table and ops.mean(x) > self.table['t']", "ops.mean(x) > 0 and ops.mean(noted(x)) > 0",
    "ops.mean(x) > 0 or ops.mean(self.counted(x)) > 0", "ops.mean(x) > 0 and ops.mean(self.moved(x)) > 0",
    "self.flag and ops.mean(x) > 0", "self.flag or ops.mean(x) > self.none", "self.none and ops.mean(x) > self.none.limit",
    "h.shape[1] > 9 and ops.mean(h[:, 9]) > 0", "ops.mean(x) > 0 and ops.mean(h) > 0.5", "ops.mean(x) > 0 and ops.max(h) > 1.5",
    "ops.mean(x) > 100 and ops.mean(ops.reshape(h, (-1, 3))) > 0", "h[0, 0] > 0", "h[:, 0] > 0", "h > 0",
    "ops.mean(x) > 0 and not ops.any(h > 5.0)", "ops.sum(x) > 0 or self.k", "ops.mean(x) == 0", "ops.mean(x) > ops.mean(h)",
    "x[0, 0] > 0 or x[0, 1] > 0", "ops.mean(x, axis=0)[0] > 0", "(ops.mean(x) > 0) == True", "bool(ops.mean(x) > 0)",
    "self.none is None and ops.mean(x) > 0", "(ops.mean(x) > 0 if self.flag else False)", "ops.isnan(ops.mean(x))",
    "ops.mean(x) > 0 and self.counted(True)", "ops.max(x) > 1e9 and ops.mean(h) / 0 > 1", "self.state[0, 0] > 1",
]  # fmt: skip
STEPS = [
    "h = h * 0.5", "h = h * 2", "h = -h", "h = h * h", "h = h + 1", "h += 1.0", "h = h * h + h", "h = 1.0 - h", "h *= 3.0",
    "n = n + 1", "n = n * 2", "n += 1", "n = n * 0.5", "n = 4", "n = -n", "n = n // 2", "n = self.n", "n = 0.25", "n = n / 2",
    "h = self.other(h)", "h = noted(h)", "h = self.counted(h)", "self.calls += 1", "items = [h]", "h = self.moved(h)",
    "items = items + [h]", "items.append(h)", "h = self.state", "h = self.state + x", "h = None", "h = h / self.k",
    "h = h / ops.sum(h)", "h = ops.log(h)", "h = {'a': h}['a']", "h = (h,)[0]", "h = (lambda: h * 2.0)()", "h = doubled(h)",
    "h = ops.where(h > 0, h, -h)", "h, n = h * 2, n", "h = self.shifted(x)", "w = self.state.assign_add(self.state * 0.0 + 1.0)",
    "items = [h, h]", "items = (h,)", "h = ops.cast(h, 'float32')", "h = h - h", "h = h * self.scale", "h = h * LIMIT",
    "h = x", "g = h\nh = g * 2.0", "h = ops.sqrt(h)", "def step(v):\n    return v * 2.0\nh = step(h)", "h = 2 * h * 3", "h = h @ ops.transpose(h) @ h",
    "h = h[:, ::-1]", "flag = True", "flag = n == 2", "h = h * (y := 2.0)", "LOG.append(2)", "h = self.buffer", "pass",
]  # fmt: skip
# What is done with ``n`` afterwards: where a tensor is not as good as a number, and where it is.
NUMBER_USES = [
    "h = ops.cast(h, 'float32') * n", "h = h * n", "h = h[:, :n]", "h = h + self.items[n - 4]", "for _ in range(n):\n    h = h + 1",
    "h = h * TABLE.get(n, 11.0)", "h = h * float(f'{n}')", "h = h * (n / 2)", "h = h * (n // 2)", "h = h * (2.0 if n == 4 else 3.0)",
    "h = h * (2.0 if isinstance(n, int) else 3.0)", "h = ops.reshape(h, (-1, n))", "h = ops.cast(h, 'float32') * ops.cast(n, 'float32')",
    "h = h * (2.0 if n is None else 3.0)", "self.seen = n", "out = n", "h = h * (n * 0.5)", "h = ops.cast(h, 'float32') + 1 / n",
    "h = h ** n", "h = h * len([n])", "h = h * (1 - n)", "h = h * int(n)", "h = h[:, -n:]", "h = ops.tile(h, (1, n))",
    "h = h * (n % 2)", "h = ops.zeros((2, n)) + 1.0", "h = h * n ** -1", "h = h * [5.0, 6.0, 7.0, 8.0, 9.0][n]",
]  # fmt: skip
BOOLEANS = [
    "not ops.any(h > 100.0)", "not ops.mean(x)", "any(x[:, 0] > 0)", "all(x[0] > -100.0)", "0 < ops.mean(x) < 1",
    "ops.mean(x) > 0 and ops.max(x) > 1", "ops.mean(x) > 0 or ops.max(x) > 1", "not ops.any(x > 0) and self.flag",
    "self.flag and not ops.any(x > 0)", "not (ops.mean(x) > 0)", "ops.mean(x) in [0.0]", "0.0 in x", "not x[:1, 0]", "not h[0, 0]",
    "any(h)", "all(ops.reshape(x, (-1,)))", "self.k > 0 and ops.mean(x) > 1 / self.k", "not noted(ops.any(x > 0))",
    "-1 < x[0, 0] < 1", "0 < ops.sum(x) < 1 / self.k", "0.5 < ops.mean(h) < self.none", "-1 < ops.mean(x) < ops.mean(h)", "0 < ops.max(h) < 0.5", "ops.any(x > 0) and ops.all(x > 0)", "0.5 not in [ops.mean(x)]", "not ops.any(x > 0) or ops.any(x < 0)",
    "x[0] > 0 and x[1] > 0", "-1 < x[:1, 0] < ops.reshape(ops.mean(x), (1,))", "any([ops.any(x > 0)])",
]  # fmt: skip
BOOLEAN_USES = [
    "h = self.drop(ops.cast(h, 'float32'), training=flag is True)", "h = ops.cast(h, 'float32') * (1 - flag)", "h = chosen(flag, h)",
    "h = ops.cast(h, 'float32') * ops.cast(flag, 'float32')", "h = ops.where(flag, h, -h)", "h = ops.cond(flag, lambda: h, lambda: -h)",
    "h = h * TABLE[flag]", "h = h * float(len(f'{flag}'))", "h = h if flag else -h", "h = h * (2.0 if flag == True else 3.0)",
    "h = h * int(flag)", "self.seen = flag", "out = flag", "h = h * (2.0 if isinstance(flag, bool) else 3.0)", "h = h * [2.0, 3.0][flag]",
    "h = ops.reshape(h, (2 if flag else 1, -1))", "h = ops.where(flag, ops.zeros_like(h), h)", "h = h * (flag & True)", "if flag:\n    h = -h",
    "h = h * (flag + 1)", "h = ops.cast(ops.logical_not(flag), 'float32') * ops.cast(h, 'float32')", "LOG.append(flag)",
    "h = ops.cast(flag, 'float32') + ops.mean(ops.cast(h, 'float32'))", "items = [flag]\nh = h * TABLE[items[0]]", "h = ops.where(ops.any(flag), h, -h)",
    "seen = flag\nh = h * (2.0 if seen is False else 3.0)", "h = ops.stack([flag, flag])", "h = ops.where(ops.expand_dims(flag, 0), h, -h)",
    "while flag:\n    h = h * 2.0\n    break", "assert flag in (True, False)", "h = ops.where(x > 0, flag, ops.any(x > 1))",
]  # fmt: skip
EXTREMES = [
    "max(0.0, ops.mean(h))", "min(ops.max(h), 1.0)", "max(ops.mean(h), ops.mean(x))", "max(ops.mean(h), 1)", "min([ops.mean(x), ops.max(x)])",
    "max(ops.shape(h)[0], 3)", "min(ops.mean(x), 0.5, ops.max(x))", "sum(x)", "max(x[:, 0])", "max(ops.sqrt(ops.mean(x)), 0.0)",
]  # fmt: skip
EXTREME_USES = [
    "h = ops.cast(h, 'float32') * ops.cast(n, 'float32')", "h = h * n", "out = n", "h = h[:, :n]", "h = h * (n * 0.5)", "self.seen = n",
    "h = h * (2.0 if isinstance(n, float) else 3.0)", "h = h / n",
]  # fmt: skip
LENGTHS = [
    "n = len(h)",
    "n = len(x)",
    "n = len(tf.shape(h))",
    "n = len(self.dense(x))",
    "n = 3 + len(h)",
    "n = len(h) / 2",
]
UNPACKED = [
    "n, b = tf.shape(h)",
    "b, n = tf.shape(x)",
    "n, b = tf.shape(self.dense(x))",
    "(n, b) = tf.shape(x)[:2]",
    "n, _ = ops.shape(h)",
]
SIZE_USES = [
    *NUMBER_USES, "h = tf.reshape(h, [n, -1])", "h = ops.cast(h, 'float32') / tf.cast(n, 'float32')", "h = ops.cast(h, 'float32') + n.dtype.size",
    "h = h[:n]", "h = tf.zeros([n, 4]) + 1.0", "h = h * float(n)", "h = h * n.numpy()", "h = tf.range(n)", "h = tf.stack([n, n])", "h = tf.fill([n], 1.0)",
    "h = tf.cast(n / 2, 'float32') * ops.cast(h, 'float32')", "h = tf.reshape(h, (n, -1))", "h = tf.zeros([n * 2, n // 2])", "h = tf.maximum(n, 3)",
    "h = tf.cast(n * n, 'float32') * ops.cast(h, 'float32')", "h = n / 2", "h = tf.reshape(h, tf.stack([n, -1]))", "h = ops.cast(n, h.dtype) + h",
]  # fmt: skip
MAPPED = [
    "row * 2.0",
    "row",
    "ops.tanh(row)",
    "row ** 2",
    "-row",
    "row / 2",
    "noted(row)",
    "row * ops.mean(row)",
    "row * self.scale",
    "1.0 - row",
    "ops.relu(row)",
    "self.w",
]
ROWS = [
    "h",
    "x",
    "self.w",
    "ops.tanh(x)",
    "self.drop(x)",
    "self.dense(x)",
    "self.state",
    "[x, h]",
    "(x, x)",
    "noted(h)",
    "x[:, 0]",
]
GROWN = [
    "ops.tanh(h)", "self.state", "self.state + 0.0", "self.buffer", "self.moved(h)", "ops.convert_to_tensor(self.state)", "h", "self.dense(x) * i", "part", "p",
    "last()", "noted(h)", "self.state if self.flag else h", "[[1.0, 2.0, 3.0, 4.0]]", "ops.zeros((1, 4)) + i", "row", "self.state[:1]", "self.state.value", "self.counted(h)",
    "ops.identity(self.state)", "ops.stop_gradient(self.state)", "ops.cast(self.state, 'float32')", "tf.identity(self.state)", "q",
    "self.drop(self.state)", "noted(self.state)", "ops.convert_to_tensor(self.buffer)", "ops.reshape(self.state, (1, 4))",
]  # fmt: skip
GROWN_BODIES = [
    "pass", "self.state.assign(self.state + 1.0)", "self.buffer += 1.0", "part[0][0] += 1.0", "p = self.state", "p = ops.tanh(h) * i", "total = total + i",
    "if i == 3:\n    break", "if i == 1:\n    continue", "if i == 3:\n    raise ValueError('late')", "seen()", "bump()", "LOG.append(i)", "q = self.state if i > 1 else h",
    "print_none = None", "peek = lambda: out", "LOG.append(len(locals()['out']))", "h = h + 1.0", "if i > 7:\n    return h",
]  # fmt: skip
GROWN_BEFORE = [
    "pass", "def last():\n    return out[:, :4]", "last = lambda: out[:1]", "gen = (out * v for v in [1.0, 2.0])", "def seen():\n    LOG.append(int(out.shape[0]))",
    "def bump():\n    nonlocal out\n    out = out * 1.0\n    return out", "row = ops.ones((1, 4))", "part = [[1.0, 2.0, 3.0, 4.0]]", "p = h", "total = 0", "q = h",
    "first = out", "last = tf.function(lambda: out[:, :4])", "seen = lambda: LOG.append(int(locals().get('out', h).shape[0]))", "def bump():\n    self.state.assign_add(self.state)",
]  # fmt: skip
GROWN_STARTS = [
    "out = h",
    "out = ops.zeros((1, 4))",
    "out = self.state",
    "out = self.buffer",
    "out = [[0.0, 0.0, 0.0, 0.0]]",
    "out = ops.cast(h, 'float16')",
    "out = x",
    "out = None",
]
LOOPS = [
    "for i in range(5)",
    "for i in range(self.n + 2)",
    "for i in range(self.k)",
    "for i in range(0)",
    "for i in [1, 2, 3, 4]",
    "for i, row in enumerate(ops.split(x, 2))",
]


def module(number: int, keras: int = 3) -> str:
    """The module of this number; the same number gives the same module."""
    chance = random.Random(number)
    pattern = chance.choice(PATTERNS)
    lines = chance.choice(FLOATS if chance.random() < 0.6 else STARTS).split("\n")
    lines += ["n = 2", "items = [x]"] if chance.random() < 0.5 else []
    lines += _in_context(chance, pattern(chance))
    if chance.random() < 0.15:
        lines += _in_context(chance, chance.choice(PATTERNS)(chance))
    lines += [
        chance.choice(
            ["return h", "return h", "return h", "return ops.cast(h, 'float32') + x[:1]", "return {'h': h, 'x': x}"]
        )
    ]
    if any(line.strip().startswith("out = ") for line in lines):
        lines[-1] = "return out"
    body = "\n".join(f"        {line}" for line in lines)
    if keras == 3:
        return (
            HEADER.replace("KERAS as keras", "keras").replace("IMPORT", "from keras import ops").replace("BODY", body)
        )
    text = HEADER.replace("KERAS", "tf_keras").replace("IMPORT\n", "").replace("BODY", body)
    return re.sub(r"\bops\.(\w+)", lambda found: f"tf.{_TENSORFLOW.get(found[1], found[1])}", text)


def _indented(lines: Sequence[str]) -> Lines:
    return [f"    {line}" for text in lines for line in text.split("\n")]


def _in_context(chance: random.Random, lines: Lines) -> Lines:
    """The lines as they are, or in a construct that changes when they run, or who sees what they bind."""
    lines = [line for text in lines for line in text.split("\n")]
    which = chance.random()
    inner = _indented(lines)
    if which < 0.6:
        return lines
    if which < 0.66:
        return ["if self.flag:", *inner]
    if which < 0.72:
        return ["for _ in range(2):", *inner]
    if which < 0.78:
        caught = chance.choice(["ValueError", "Exception", "ZeroDivisionError", "TypeError"])
        return ["try:", *inner, f"except {caught}:", "    h = x * 7.0"]
    if which < 0.82:
        return ["with tf.name_scope('part'):", *inner]
    if which < 0.87:
        return ["def inner(h, n=2, items=[]):", *inner, "    return h", "", "h = inner(h)"]
    if which < 0.9:
        return ["def inner(items=[]):", "    nonlocal h", *inner, "    return h", "", "h = inner() + h"]
    if which < 0.94:
        seen = chance.choice(
            [
                "later = lambda: h * 1.0",
                "later = tf.function(lambda: h)",
                "from functools import partial\nlater = partial(lambda: h)",
                "later = lambda: ops.cast(h, 'float32')",
                "def later():\n    return h",
            ]
        )
        return [*seen.split("\n"), *lines, "h = later()"]
    if which < 0.97:
        return ["def parts(h, n=2, items=[]):", *inner, "    yield h", "    yield h * 2", "", "h = sum(list(parts(h)))"]
    return ["import contextlib", "with contextlib.suppress(Exception):", *inner]


def _branch(chance: random.Random) -> Lines:
    lines = [chance.choice(SEEDS)] if chance.random() < 0.7 else []
    lines += [chance.choice(["items = [x]", "flag = False", "y = 1.0", "pass"])]
    steps = _steps(chance)
    kind = chance.random()
    test = chance.choice(TESTS)
    if kind < 0.5:
        lines += [f"if {test}:", *_indented(steps)]
    elif kind < 0.75:
        lines += [f"if {test}:", *_indented(steps), "else:", *_indented(_steps(chance))]
    elif kind < 0.85:
        lines += [f"if {test}:", *_indented(steps), f"elif {chance.choice(TESTS)}:", *_indented(_steps(chance))]
    elif kind < 0.95:
        lines += [f"if {test}:", *_indented([*steps, "return h"]), *_steps(chance)]
    else:
        lines += [f"if {test}:", "    return " + chance.choice(["h * 2.0", "(h,)", "h, n", "None", "h", "self.state"])]
    uses = [chance.choice(NUMBER_USES)] if chance.random() < 0.5 else []
    if any("items" in line for line in steps):
        uses += [
            chance.choice(
                [
                    "h = ops.cast(items[0], 'float32')",
                    "h = items[-1]",
                    "h = h * len(items)",
                    "for item in items:\n    h = h + item",
                ]
            )
        ]
    if any("flag" in line for line in steps):
        uses += [chance.choice(BOOLEAN_USES)]
    return [*lines, *uses]


def _steps(chance: random.Random) -> Lines:
    return [chance.choice(STEPS) for _ in range(chance.choice([1, 1, 1, 2, 3]))]


def _ternary(chance: random.Random) -> Lines:
    values = [
        "h * 0.5",
        "h",
        "-h",
        "h * h",
        "x",
        "self.other(h)",
        "1",
        "0.5",
        "self.n",
        "self.scale",
        "noted(h)",
        "self.state",
        "None",
        "h + 1",
        "n",
        "n + 1",
        "self.none",
        "'a'",
        "[h]",
        "h / self.k",
    ]
    text = f"{chance.choice(values)} if {chance.choice(TESTS)} else {chance.choice(values)}"
    if chance.random() < 0.4:
        return [f"n = {text}", chance.choice(NUMBER_USES)]
    return [chance.choice([f"h = {text}", f"h = h * ({text})", f"h = h + ({text})", f"h = [{text}][0]"])]


def _boolean(chance: random.Random) -> Lines:
    test = chance.choice(BOOLEANS)
    if chance.random() < 0.2:
        use = chance.choice([use for use in BOOLEAN_USES if "\n" not in use and "seen" not in use])
        return [use.replace("flag", f"({test})")]
    return [f"flag = {test}", *[chance.choice(BOOLEAN_USES) for _ in range(chance.choice([1, 1, 2]))]]


def _extreme(chance: random.Random) -> Lines:
    return [f"n = {chance.choice(EXTREMES)}", chance.choice(EXTREME_USES)]


def _size(chance: random.Random) -> Lines:
    return [chance.choice([*LENGTHS, *UNPACKED]), chance.choice(SIZE_USES)]


def _rows(chance: random.Random) -> Lines:
    rows, mapped = chance.choice(ROWS), chance.choice(MAPPED)
    after = chance.choice(
        [
            "h = ops.stack(rows)",
            "h = ops.stack(rows, axis=0)",
            "h = ops.stack(rows, axis=1)",
            "h = ops.stack(rows) + len(rows)",
            "self.state.assign(self.state + 1.0)\nh = ops.stack(rows)",
        ]
    )
    if chance.random() < 0.4:
        return [
            f"h = ops.stack([{mapped} for row in {rows}])",
            chance.choice(["pass", "self.state.assign(self.state + 1.0)", "h = h + row if self.k else h"]),
        ]
    if chance.random() < 0.3:
        return [
            "rows = []",
            "try:",
            f"    for row in {rows}:",
            f"        rows.append({mapped})",
            "except Exception:",
            "    pass",
            *after.split("\n"),
        ]
    return ["rows = []", f"for row in {rows}:", f"    rows.append({mapped})", *after.split("\n")]


def _grown(chance: random.Random) -> Lines:
    before = [chance.choice(GROWN_BEFORE), *([chance.choice(GROWN_BEFORE)] if chance.random() < 0.5 else [])]
    bodies = [chance.choice(GROWN_BODIES)] if chance.random() < 0.7 else []
    item = chance.choice(GROWN)
    axis = chance.choice(["axis=0", "axis=0", "axis=1", "axis=self.k", "axis=-1", "0", "axis=i * 0", "axis=n - 2"])
    grow = f"out = {chance.choice(['ops.concatenate', 'ops.concatenate', 'tf.concat'])}([out, {item}], {axis})"
    loop = [f"{chance.choice(LOOPS)}:", *_indented([*bodies, grow] if chance.random() < 0.6 else [grow, *bodies])]
    if chance.random() < 0.15:
        loop = ["try:", *_indented(loop), "except Exception:", "    pass"]
    after = chance.choice(
        [
            "h = out",
            "h = out * 2.0",
            "h = ops.sum(out)",
            "h = next(gen) if self.k else out",
            "h = last()",
            "self.state.assign(self.state * 3.0)\nh = out",
            "pass",
        ]
    )
    return ["p = h", "q = h", "n = 2", chance.choice(GROWN_STARTS), *before, *loop, after]


def _elements(chance: random.Random) -> Lines:
    value = chance.choice(
        [
            "x[:, i] * 2.0",
            "x[:, i]",
            "ops.tanh(x[:, i])",
            "x[:, i] * i",
            "noted(x[:, i])",
            "x[:, i] + x[:, 0]",
            "x[:, i] * self.scale",
        ]
    )
    name = chance.choice(["x", "h", "self.w"])
    value = value.replace("x[", f"{name}[")
    loop = [f"for i in range({name}.shape[1]):", f"    parts.append({value})"]
    if chance.random() < 0.2:
        loop = ["try:", *_indented(loop), "except Exception:", "    pass"]
    after = chance.choice(
        [
            "h = ops.stack(parts, axis=1)",
            "h = ops.stack(parts)",
            "h = ops.stack(parts, axis=-1)",
            "h = ops.stack(parts, axis=1) + i",
        ]
    )
    return ["parts = []", *loop, after]


def _counted(chance: random.Random) -> Lines:
    count = chance.choice(
        ["3", "self.steps", "self.n", "self.k", "LIMIT", "CONFIG['n']", "self.n + 1", "-1", "len(self.items)"]
    )
    body = chance.choice(
        [
            "h = h * 2",
            "self.calls += 1",
            "h = h + i",
            "LOG.append(i)",
            "h = self.other(ops.cast(h, 'float32'))",
            "h = last()",
            "self.state.assign_add(self.state)",
        ]
    )
    before = chance.choice(["pass", "i = 1\nlast = lambda: h * i"])
    return [
        before,
        f"for i in tf.range({count}):",
        f"    {body}",
        chance.choice(["pass", "h = h + i", "self.seen = i"]),
    ]


def _graph_loop(chance: random.Random) -> Lines:
    body = chance.choice(
        [
            "lambda i, v: v * 2",
            "lambda i, v: v + 1",
            "step",
            "lambda i, v: v * self.scale",
            "lambda i, v: noted(v)",
            "lambda k, v: v + ops.cast(k, v.dtype)",
            "lambda i, v: v + LIMIT",
            "longer",
            "lambda i, v=2: v",
        ]
    )
    count = chance.choice(["3", "self.steps", "self.n", "self.k", "LIMIT", "2 + 1", "len(self.items)"])
    start = chance.choice(["h", "0.0", "h * 2", "self.state", "(h, x)", "[h]", "noted(h)"])
    longer = "def longer(i, v):\n    self.n = 2\n    self.items.append(1)\n    return v + 1"
    return ["def step(i, v):\n    return v * 2", longer, f"h = ops.fori_loop(0, {count}, {body}, {start})"]


def _callback(chance: random.Random) -> Lines:
    function = chance.choice(
        [
            "lambda v: v * 2.0",
            "doubled",
            "lambda v: 2.0",
            "noted",
            "lambda v: tf.tanh(v)",
            "self.counted",
            "lambda v: v.numpy() * 2.0",
            "lambda v: (v, v)",
            "lambda v: v > 0.0",
            "lambda v: v ** 2",
        ]
    )
    given = chance.choice(["h", "x", "2.0", "self.w", "self.scale", "self.n", "[1.0, 2.0]"])
    return [
        f"h = tf.py_function({function}, [{given}], {chance.choice(['tf.float32', 'tf.float32', 'h.dtype', 'tf.int32', '[tf.float32, tf.float32]'])})",
        chance.choice(["pass", "h = h * h.shape.rank if h.shape.rank else h * 5.0"]),
    ]


def _attributes(chance: random.Random) -> Lines:
    return [
        chance.choice(SEEDS),
        f"flag = {chance.choice(TESTS)}",
        chance.choice(BOOLEAN_USES),
        f"if {chance.choice(TESTS)}:",
        *_indented(_steps(chance)),
        chance.choice(NUMBER_USES),
    ]


PATTERNS: Sequence[Callable[[random.Random], Lines]] = (
    _branch, _branch, _branch, _branch, _ternary, _ternary, _boolean, _boolean, _extreme, _size, _size, _rows, _rows,
    _grown, _grown, _grown, _elements, _counted, _graph_loop, _callback, _attributes,
)  # fmt: skip
