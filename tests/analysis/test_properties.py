"""Laws: what ``join`` must be, and that findings do not depend on how the code is laid out."""

from __future__ import annotations

import importlib.util
import io
import itertools
import random
import textwrap
import tokenize
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flake8_keras_graph import engine
from flake8_keras_graph.analysis.values import (
    NONE,
    UNKNOWN,
    Api,
    Dim,
    External,
    Mapping,
    Range,
    Seq,
    Shape,
    Static,
    Tensor,
    Tensors,
    Union,
    Value,
    constant,
    join,
    join_all,
    options,
)
from flake8_keras_graph.config import Options

bools = st.booleans()
constants = st.sampled_from([0, 1, 2, True, False, 1.0, "a", b"a", (), None, ...]).map(constant)
leaves = st.one_of(
    st.just(UNKNOWN),
    st.just(NONE),
    constants,
    st.builds(Static, source=st.sampled_from(["", "training", "shape"]), type=st.sampled_from(["", "int", "bool"])),
    st.builds(Tensor, bools, st.sampled_from([None, 0, 1, 2]), bools),
    st.builds(Tensors, bools),
    st.builds(Shape, st.sampled_from(["static", "ops"]), bools, st.sampled_from([None, 0, 1])),
    st.builds(Dim, st.sampled_from(["static", "ops"]), bools),
    st.builds(Range, st.sampled_from([None, 1, 2]), bools),
    st.builds(Api, name=st.sampled_from(["tf.a", "tf.b"])),
    st.builds(External, name=st.sampled_from(["keras.layers.Dense", "tf.Graph"])),
)
kinds = st.sampled_from(["list", "tuple"])
values = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.builds(lambda kind, items: Seq(kind, tuple(items)), kinds, st.lists(inner, max_size=3)),
        st.builds(lambda kind, item: Seq(kind, None, item), kinds, inner),
        st.builds(
            lambda items, default: Mapping(tuple(sorted(items.items())), default),
            st.dictionaries(st.sampled_from("abc"), inner, max_size=2),
            st.none() | inner,
        ),
        st.lists(inner, min_size=1, max_size=3).map(join_all),
    ),
    max_leaves=6,
)
law = settings(deadline=None, max_examples=300, suppress_health_check=[HealthCheck.too_slow])


@law
@given(values)
def test_join_is_idempotent(value):
    assert join(value, value) == value


@law
@given(values, values)
def test_join_is_commutative(left, right):
    assert join(left, right) == join(right, left)


@law
@given(values, values, values)
def test_join_is_associative(one, two, three):
    assert join(join(one, two), three) == join(one, join(two, three))


@law
@given(values)
def test_unknown_absorbs(value):
    assert join(value, UNKNOWN) == UNKNOWN == join(UNKNOWN, value)


@law
@given(values, values)
def test_join_is_above_both(left, right):
    joined = join(left, right)
    assert join(joined, left) == joined == join(joined, right)


@law
@given(values, values)
def test_joined_values_are_well_formed(left, right):
    joined = join(left, right)
    hash(joined)
    assert (
        not any(isinstance(option, Union) or type(option) is Value for option in options(joined)) or joined == UNKNOWN
    )


def table(name: str) -> ModuleType:
    """Another test module of this folder, for its samples."""
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def samples() -> dict[str, str]:
    header = "import keras\nimport numpy as np\nimport tensorflow as tf\nfrom keras import layers, ops\n"
    texts = {**table("test_traps").TRAPS, **table("test_flow").CLASSES}
    base = table("test_traps").BASE
    return {
        name: tokenless_comments(header + base + textwrap.dedent(text))
        for name, text in texts.items()
        if "'''" not in text and 'f"' not in text
    }


def tokenless_comments(text: str) -> str:
    return "".join(line.partition("#")[0].rstrip() + "\n" for line in text.splitlines())


OPENING, CLOSING = "([{", ")]}"


def broken_in_brackets(text: str, chance: random.Random) -> str:
    """Line breaks, comments and blanks wherever brackets allow them."""
    parts: list[str] = []
    depth, last = 0, (1, 0)
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type in (tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER):
            continue
        if token.start[0] != last[0]:
            parts.append(" " * token.start[1] if token.type not in (tokenize.NL, tokenize.NEWLINE) else "")
        else:
            parts.append(" " * (token.start[1] - last[1]))
        depth += (token.string in OPENING and token.type == tokenize.OP) - (
            token.string in CLOSING and token.type == tokenize.OP
        )
        if depth and token.string in CLOSING and chance.random() < 0.3:
            parts.append("\n  ")
        parts.append(token.string)
        if depth and token.type == tokenize.OP and token.string in OPENING + "," and chance.random() < 0.5:
            parts.append(chance.choice(["\n", "  # (note]\n\n      ", "   ", "\n\t", "\\\n  "]))
        last = token.end
    return "".join(parts)


def commented(text: str, chance: random.Random) -> str:
    """Comments, blank lines and form feeds between the lines."""
    extra = ["", "# note: if x > 0", "        # KG", "\f", "    "]
    lines = []
    for line in text.split("\n"):
        if chance.random() < 0.3 and not line.startswith(("\t", " ")):
            lines.append(chance.choice(extra))
        inside = line.endswith((",", "\\")) or not line.strip()
        lines.append(line if inside or chance.random() < 0.6 else line + "  # x")
    return "\n".join(lines)


def renamed(text: str, chance: random.Random) -> str:
    """Some local names, none of which is an argument's keyword in the samples, spelled another way."""
    mapping = {
        name: f"{name}_{chance.choice(['é', 'renamed', '_'])}"
        for name in ("total", "rows", "first", "each", "part", "row")
    }
    parts, last = [], (1, 0)
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type in (tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER):
            continue
        parts.append(" " * (token.start[1] - (last[1] if token.start[0] == last[0] else 0)))
        dotted = parts[-2:-1] == ["."]
        parts.append(mapping.get(token.string, token.string) if not dotted else token.string)
        last = token.end
    return "".join(parts)


def parenthesised(text: str, chance: random.Random) -> str:
    """Redundant brackets around tests, returned values and assigned values."""
    lines = []
    for line in text.split("\n"):
        bare = line.lstrip()
        for word in ("return ", "if ", "while ", "assert "):
            rest = bare[len(word) :].rstrip(":")
            if bare.startswith(word) and rest and ":=" not in rest and complete(rest) and chance.random() < 0.6:
                tail = ":" if bare.endswith(":") else ""
                spread = chance.choice(["(({}))", "(\n    {}\n)", "( {} )"])
                line = line[: len(line) - len(bare)] + word + spread.format(rest) + tail
                break
        lines.append(line)
    return "\n".join(lines)


def complete(text: str) -> bool:
    try:
        compile(f"({text})", "x", "eval")
    except SyntaxError:
        return False
    return True


def tabbed(text: str, chance: random.Random) -> str:
    lines = []
    for line in text.split("\n"):
        bare = line.lstrip(" ")
        depth = len(line) - len(bare)
        lines.append("\t" * (depth // 4) + " " * (depth % 4) + bare)
    return "\n".join(lines)


def windows(text: str, chance: random.Random) -> str:
    return text.replace("\n", "\r\n")


CHANGES = (renamed, parenthesised, broken_in_brackets, commented, tabbed, windows)


def summary(text: str) -> list[tuple[str, str, str]]:
    found = engine.check(engine.Source("m.py", text), Options(select=("KG1",), keras="3"))
    return [(finding.code, finding.symbol, finding.level) for finding in found]


SAMPLES = samples()


@pytest.mark.parametrize("name", SAMPLES)
def test_each_change_of_layout(name):
    text = SAMPLES[name]
    expected = summary(text)
    for change, seed in itertools.product(CHANGES, range(1)):
        changed = change(text, random.Random(seed))
        compile(changed, change.__name__, "exec")
        assert summary(changed) == expected, change.__name__


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(sorted(SAMPLES)), st.integers(0, 2**32), st.lists(st.booleans(), min_size=6, max_size=6))
def test_changes_of_layout_together(name, seed, chosen):
    text = SAMPLES[name]
    changed = text
    chance = random.Random(seed)
    for change, on in zip(CHANGES, chosen, strict=True):
        if on:
            changed = change(changed, chance)
    compile(changed, "changed", "exec")
    assert summary(changed) == summary(text)
