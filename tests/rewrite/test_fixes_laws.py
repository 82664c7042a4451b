"""Laws of fixing: twice is once, what parses still parses, what is not touched stays byte for byte."""

from __future__ import annotations

import ast

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from page_examples import bad_examples, check
from readings import reading_of

from flake8_keras_graph.project.files import split_lines
from flake8_keras_graph.rewrite.apply import fix_text
from flake8_keras_graph.rewrite.fixes.registry import fixers, why_not, with_fixes
from flake8_keras_graph.rules import load

HEADER = """import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops


class Net(keras.Model):
    def __init__(self):
        super().__init__()
        self.dense = layers.Dense(4)  # the only one
        self.parts = [layers.Dense(4) for _ in range(2)]

    def call(self, inputs, training=None):
        x = self.dense(inputs)
        y = ops.tanh(x)
"""
FOOTER = "        return x + y  # the sum\n"

TESTS = st.sampled_from(
    ["ops.mean(x) > 0", "ops.any(y > x)", "x > y", "not ops.max(x) > 1", "0 < ops.min(x) < 1", "ops.sum(y)",
     "ops.mean(x) > 0 and ops.mean(y) < 1", "training", "self.dense is not None", "ops.mean(x) in [0.0]"]
)  # fmt: skip
SIMPLE = st.sampled_from(
    ["x = x * 0.5", "y += x", "x = self.dense(y)", "y = x", "x, y = y, x", "pass", "x = np.tanh(x)",
     "y = y * float(ops.max(y))", "y = layers.Dense(4)(y)", "assert ops.all(x < 9), 'big'", "z = x - 1",
     "x = x + np.random.normal(size=(4,))", "batch, width = tf.shape(x)", "y = x * x.shape[0]", "# why",
     "rows = list(x)", "x = self.parts[ops.argmax(x)](x)", "y = max(x, y)", "print(x)", "y = sum(x)"]
)  # fmt: skip


SETTINGS = settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow],
)


@st.composite
def blocks(draw, depth=0, indent="        "):
    """Statements of a ``call``, some nested."""
    lines = []
    for _ in range(draw(st.integers(1, 3))):
        kind = (
            draw(st.sampled_from(["simple", "simple", "if", "else", "elif", "for", "while"])) if depth < 2 else "simple"
        )
        inner = draw(blocks(depth=depth + 1, indent=indent + "    ")) if kind != "simple" else ""
        other = draw(blocks(depth=depth + 1, indent=indent + "    ")) if kind in ("else", "elif") else ""
        if kind == "simple":
            text = draw(SIMPLE)
            lines.append(f"{indent}{text}\n" + (f"{indent}pass\n" if text.startswith("#") else ""))
        elif kind == "for":
            source = draw(st.sampled_from(["tf.range(3)", "y", "range(ops.shape(x)[0])", "self.parts"]))
            lines.append(f"{indent}for i in {source}:\n{inner}")
        elif kind == "while":
            lines.append(f"{indent}while {draw(TESTS)}:\n{inner}")
        else:
            middle = f"{indent}elif {draw(TESTS)}:\n{other}" if kind == "elif" else ""
            last = f"{indent}else:\n{other}" if kind == "else" else ""
            lines.append(f"{indent}if {draw(TESTS)}:\n{inner}{middle}{last}")
    return "".join(lines)


def untouched(before: str, after: str) -> None:
    """Everything outside of ``call`` and the constructor's end is as it was."""
    head = HEADER[: HEADER.index("    def call")]
    old, new = split_lines(head), split_lines(after)
    assert [line for line in new if line in old][: len(old)] == old
    assert after.endswith(FOOTER) or "return" in after


@pytest.mark.slow
@SETTINGS
@given(blocks())
def test_fixing_twice_is_fixing_once(body):
    text = HEADER + body + FOOTER
    once = fix_text(reading_of(text, "net.py"), check, unsafe=True)
    ast.parse(once.text)
    twice = fix_text(reading_of(once.text, "net.py"), check, unsafe=True)
    assert twice.text == once.text
    assert not twice.applied
    untouched(text, once.text)
    if not once.applied:
        assert once.text == text


@pytest.mark.slow
@SETTINGS
@given(blocks())
def test_every_finding_has_a_fix_or_a_reason(body):
    text = HEADER + body + FOOTER
    reading, found = reading_of(text), list(check("net.py", text))
    for finding in with_fixes(found, reading):
        assert (finding.fix is None) == bool(why_not(finding, reading, found))


@pytest.mark.parametrize(("code", "source"), bad_examples())
def test_a_fix_clears_its_finding_and_is_final(code, source):
    fixed = fix_text(reading_of(source, "model.py"), check, unsafe=True)
    if not fixed.applied:
        found = list(check("model.py", source))
        reasons = [why_not(f, reading_of(source), found) for f in found if f.code == code] + [
            d.reason for d in fixed.dropped
        ]
        assert any(reasons)
        return
    assert code not in {finding.code for finding in fixed.remaining}
    assert fix_text(reading_of(fixed.text, "model.py"), check, unsafe=True).text == fixed.text


def test_safe_fixes_are_the_ones_made_without_asking():
    for code, source in bad_examples():
        assert all(made.fix.safety == "safe" for made in fix_text(reading_of(source, "model.py"), check).applied), code


def test_codes_without_a_fix_say_so():
    [finding] = [f for f in check("m.py", "import keras\n" + MATCH) if f.code == "KG101"]
    assert why_not(finding, reading_of("import keras\n" + MATCH)) == "nothing that could be rewritten stands there"
    text = "import keras\n" + TRAINING
    [finding] = check("m.py", text)
    assert finding.code == "KG401"
    assert why_not(finding, reading_of(text)) == "it costs nothing: the graph is the one that the functional API gives"


MATCH = """
from keras import ops
class A(keras.Model):
    def call(self, x):
        x = ops.mean(x)
        match x > 1:
            case True:
                x = x * 2
        return x
"""

TRAINING = """
class A(keras.Model):
    def call(self, x, training=False):
        return x * 2 if training else x
"""


def fixes_of(rule):
    """The fixes that a rule names, for findings of any level."""
    return {handling.fix for handling in (rule.handling, rule.otherwise)} - {None}


def test_every_fix_is_named_by_a_rule_and_every_name_is_one():
    assert set().union(*map(fixes_of, load().values())) == set(fixers())


def test_pages_say_which_rules_have_a_fix():
    for code, rule in load().items():
        text = rule.info.page.split("## Fix\n\n", 1)[1].split("\n\n## ", 1)[0]
        assert text.startswith("There is none") == (not fixes_of(rule)), code
        if rule.handling.fix:
            assert "safe" in text.lower() or "As for KG103" in text, code
