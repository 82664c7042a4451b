"""Every page, its examples as test parameters, and an example rewritten for tf_keras."""

from __future__ import annotations

import re

import pytest

from flake8_keras_graph.rules import all_rules
from flake8_keras_graph.rules.page import parse

RULES = {rule.code: rule for rule in all_rules()}
PAGES = {code: parse(rule.page) for code, rule in RULES.items()}
BAD = [
    pytest.param(code, example, id=f"{code}-{number}")
    for code, page in PAGES.items()
    for number, example in enumerate(page.bad)
]
GOOD = [
    pytest.param(example, id=f"{code}-{number}")
    for code, page in PAGES.items()
    for number, example in enumerate(page.good)
]
CLAIMS = [
    pytest.param(example, claim, id=f"{code}-{number}-{claim}")
    for code, page in PAGES.items()
    for number, example in enumerate(page.bad)
    for claim in example.claims
]

_MOVED = re.compile(r"\bkeras\.(Input|Model|Sequential|layers|metrics|optimizers)\b")


def for_tf_keras(code: str) -> str:
    """The example with the classes of tf_keras; ``keras.ops`` works on TensorFlow's tensors and stays."""
    return _MOVED.sub(r"tf_keras.\1", code).replace("import keras\n", "import keras\nimport tf_keras\n", 1)
