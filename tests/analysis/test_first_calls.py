"""KG116: state that the first call makes, and whether Keras 3 still lets it."""

from __future__ import annotations

import textwrap

import pytest

CLASS = """
import keras
from keras import layers

class Net(keras.{base}):
    def __init__(self):
        super().__init__()
        {made}
        self.late = None
        self.ready = False
{build}
    def call(self, x):
        {test}
            {code}  {mark}
            self.ready = True
        return self.late(x)
"""
TESTS = ("if self.late is None:", "if not hasattr(self, 'late'):", "if not self.ready:", "if self.late == None:",
         "if getattr(self, 'late', None) is None:", "if x.shape[-1] != 4 and self.late is None:")  # fmt: skip
MADE = ("self.late = layers.Dense(4)", "self.late = self.add_weight(shape=(4,))")
BUILD = "    def build(self, shape):\n        pass\n"


def text(mark: str, **parts: str) -> str:
    given = {"base": "layers.Layer", "made": "pass", "build": "", "test": TESTS[0], "code": MADE[0], **parts}
    return CLASS.format(mark=mark, **given)


@pytest.mark.parametrize("code", MADE)
@pytest.mark.parametrize("test", TESTS)
def test_what_the_first_call_makes(expect, test, code):
    expect(text("# KG116 error", test=test, code=code), select=("KG111", "KG116"))


@pytest.mark.parametrize("base", ["layers.Layer", "Model"])
def test_whether_it_trains(expect, base):
    expect(text("# KG116 error", base=base), select=("KG116",))
    expect(text("# KG116 warning", base=base, made="self.head = layers.Dense(4)"), select=("KG116",))
    expect(text("# KG116 error", base=base, made="self.head = layers.Dense(4)", build=BUILD), select=("KG116",))


OTHER_WAYS = {
    "left once it is made": """
        if self.late is not None:
            return self.late(x)
        self.late = layers.Dense(4)  # KG116 error
        return self.late(x)
    """,
    "an item": """
        if x.shape[-1] not in self.known:
            self.known[x.shape[-1]] = layers.Dense(4)  # KG116 error
        return self.known[x.shape[-1]](x)
    """,
    "tried first": """
        try:
            layer = self.never
        except AttributeError:
            layer = self.never = layers.Dense(4)  # KG116 error
        return layer(x)
    """,
}


@pytest.mark.parametrize("body", OTHER_WAYS.values(), ids=OTHER_WAYS)
def test_other_ways_to_ask(expect, body):
    head = "class Net(layers.Layer):\n    def __init__(self):\n        super().__init__()\n        self.late = None\n"
    lines = textwrap.indent(textwrap.dedent(body).strip("\n"), " " * 8)
    expect(
        f"import keras\nfrom keras import layers\n\n{head}        self.known = {{}}\n\n    def call(self, x):\n{lines}\n",
        select=("KG111", "KG116"),
    )


def test_other_guards(expect):
    expect(text("", test="if x.shape[-1] != 4:"), select=("KG116",))
    expect(text("", code="self.late = layers.ReLU()"), select=("KG116",))
    expect(text(""), select=("KG116",), keras="2")


SETTING = """
import keras
from keras import layers

class Net(layers.Layer):
    def __init__(self, kind):
        super().__init__()
        self.kind = kind

    def call(self, x, flag):
        if {test}:
            x = layers.Dense(3)(x)  {mark}
        return x
{method}
"""


@pytest.mark.parametrize("test", ["self.kind > 0", "self.kind", "self.kind is not None", "not self.kind"])
def test_a_branch_on_a_setting_is_no_guard(expect, test):
    expect(SETTING.format(test=test, mark="# KG111 error", method=""), select=("KG111",))


def test_a_branch_on_what_may_change_is_one(expect):
    later = "    def later(self):\n        self.kind = 3\n"
    expect(SETTING.format(test="self.kind", mark="", method=later), select=("KG111",))
    expect(SETTING.format(test="flag", mark="", method=""), select=("KG111",))
    expect(SETTING.format(test="self.kind and flag", mark="", method=""), select=("KG111",))
