"""Names that are reached dynamically: refused at their line, or written out; without TensorFlow."""

from __future__ import annotations

import pytest
from readings import builder_of
from test_functional_text import MODEL, call_of, refusals


@pytest.mark.parametrize(
    ("body", "line", "part"),
    [
        ("exec('x = x + 1')\nreturn self.dense(x)", 1, "`exec` runs text"),
        ("x = self.dense(x)\nx = eval('x * 2')\nreturn x", 2, "`eval` runs text"),
        ("def inner():\n    return eval('x')\nreturn inner()", 2, "`eval` runs text"),
        ("run = lambda: exec('x = 1')\nreturn x", 1, "`exec` runs text"),
        ("run = eval\nreturn run('x')", 1, "`eval` runs text"),
        ("import builtins\nreturn builtins.eval('x')", 2, "`eval` runs text"),
        ("y = globals()['np']\nreturn self.dense(x)", 1, "`globals()` reaches names"),
        ("locals()['x'] = 1\nreturn self.dense(x)", 1, "`locals()` reaches names"),
        ("y = vars()\nreturn self.dense(x)", 1, "`vars()` reaches names"),
        ("return self.dense(x) if 'x' in dir() else x", 1, "`dir()` reaches names"),
        ("y = vars(self)\nreturn self.dense(x)", 1, "`self` itself is used"),
        ("for i in range(2):\n    x = getattr(self, f'dense_{i}')(x)\nreturn x", 2, "`getattr` may reach any"),
        ("return getattr(self, 'dense', None)(x)", 1, "`getattr` may reach any"),
        ("setattr(self, 'da' + 'ta', 1)\nreturn x", 1, "`setattr` may set any"),
        ("setattr(self, 'data', x)\nreturn x", 1, "`self.data` is changed"),
        ("delattr(self, 'dense')\nreturn x", 1, "`delattr` deletes"),
        ("if hasattr(self, 'dense'):\n    x = self.dense(x)\nreturn x", 1, "`hasattr` asks"),
        ("return self.__dict__['dense'](x)", 1, "`self.__dict__` is about the instance"),
        ("del self.dense\nreturn x", 1, "`self.dense` is deleted"),
        ("del self.blocks[0]\nreturn x", 1, "`self.blocks` is changed"),
        ("model = self\nreturn model.dense(x)", 1, "`self` itself is used"),
        ("return keras.Model.__call__(self, x)", 1, "`self` itself is used"),
        ("return type(self).__name__, x", 1, "`self` itself is used"),
        ("return __class__.dense, x", 1, "`__class__` is about the instance"),
        ("import sys\nframe = sys._getframe()\nreturn x", 2, "`sys._getframe` reads the names"),
    ],
)
def test_refused_at_its_line(body, line, part):
    found = refusals(body)
    assert any(at == line and part in reason for at, reason in found), found


def constructed(body: str):
    """The builder of a model with ``body`` at the end of its constructor, which ends in line 15."""
    lines = "".join(f"\n        {line}" for line in body.splitlines())
    source = MODEL.replace("        self.count = 0", f"        self.count = 0{lines}")
    return builder_of(source.replace("BODY", "        return self.dense(x)"), "Net")


@pytest.mark.parametrize(
    ("body", "line", "part"),
    [
        ("for i in range(2):\n    setattr(self, f'd{i}', layers.Dense(3))", 2, "`setattr` may set any"),
        ("exec('self.d = 1')", 1, "`exec` runs text"),
        ("self.__dict__.update(units=units)", 1, "`self.__dict__` is about the instance"),
        ("for name, value in locals().items():\n    print(name)", 1, "`locals()` reaches names"),
        ("register(self)", 1, "`self` itself is used"),
        ("object.__setattr__(self, 'e', 2)", 1, "`self` itself is used"),
        ("del self.dense", 1, "`self.dense` is deleted"),
    ],
)
def test_refused_in_the_constructor(body, line, part):
    found = constructed(body).refusals
    assert any(refusal.line == 15 + line and part in refusal.reason for refusal in found), found


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("return getattr(self, 'dense')(x)", "outputs=dense(x)"),
        ("y = self.dense(x)\ndel y\nreturn x", "outputs=x"),
        # an input that is freed early is still needed to make the model
        ("y = self.dense(x)\ndel x\nreturn y", "inputs=x, outputs=y"),
        ("names = [x, x]\ndel names[0]\nreturn self.dense(names[0])", "del names[0]"),
    ],
)
def test_what_needs_no_refusal(body, expected):
    built = call_of(body)
    assert expected in built
    assert "getattr" not in built
    assert "del x" not in built


def test_attributes_set_by_a_literal_name():
    built = constructed("setattr(self, 'head', layers.Dense(3))\ndel units").source
    assert built is not None
    assert "head = layers.Dense(3)" in built
    assert "del units" not in built


def test_a_name_that_python_would_mangle_is_not_written_out():
    assert any("`getattr`" in reason for _, reason in refusals("return getattr(self, '__dense')(x)"))
