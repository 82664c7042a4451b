"""Where findings point: 1-based lines and 0-based columns in characters, whatever stands around the site."""

from __future__ import annotations

import pytest

from flake8_keras_graph.records import Span

HEAD = "import keras\nimport tensorflow as tf\n"

# source (one finding each), the text that the finding spans
SITES = {
    "spaces": (
        "class A(keras.Model):\n    def call(self, x):\n        if x > 0:\n            return x\n        return -x\n",
        "if x > 0",
    ),
    "tabs": ("class A(keras.Model):\n\tdef call(self, x):\n\t\treturn x if x > 0 else -x\n", "x if x > 0 else -x"),
    "tabs and spaces": (
        "class A(keras.Model):\n  \tdef call(self, x):\n  \t\t y = 1\n  \t\t return x if x > 0 else -x\n",
        "x if x > 0 else -x",
    ),
    "non-ASCII before the site": (
        "class Ä(keras.Model):\n    def call(self, x):\n        é = '𝔘ñï'; y = x if x > 0 else -x\n        return y\n",
        "x if x > 0 else -x",
    ),
    "line continuation": (
        "class A(keras.Model):\n    def call(self, x):\n        y = \\\n            x \\\n  if x > 0 else -x\n        return y\n",
        "x \\\n  if x > 0 else -x",
    ),
    "brackets over several lines": (
        "class A(keras.Model):\n    def call(self, x):\n        return (\n            x\n            if x > 0\n"
        "            else -x\n        )\n",
        "x\n            if x > 0\n            else -x",
    ),
    "form feed": (
        "\fclass A(keras.Model):\n\f\n    def call(self, x):\n        \f\n        return x if x > 0 else -x\n",
        "x if x > 0 else -x",
    ),
    "odd line breaks in strings and comments": (
        "class A(keras.Model):\n    def call(self, x):\n        s = '\x0b\x1c\x85\u2028'  # \x0c\u2029\n"
        "        return x if x > 0 else -x\n",
        "x if x > 0 else -x",
    ),
    "a string over several lines": (
        "class A(keras.Model):\n    def call(self, x):\n        '''one\ntwo\n  three'''\n# four\n"
        "        return x if x > 0 else -x\n",
        "x if x > 0 else -x",
    ),
    "decorators": (
        "class A(keras.Model):\n    @property\n    def p(self): return 1\n\n    @(\n        tf.Module.with_name_scope\n    )\n"
        "    # comment\n    @staticmethod\n    def g(): pass\n\n    @tf.Module.with_name_scope\n\n    # comment\n"
        "    def call(self, x):\n        return x if x > 0 else -x\n",
        "x if x > 0 else -x",
    ),
    "a decorator in brackets": (
        "class A(keras.Model):\n    @(\n        tf.Module.with_name_scope\n    )\n    def call(self, x):\n"
        "        return x if x > 0 else -x\n",
        "x if x > 0 else -x",
    ),
    "nested classes": (
        "if True:\n  class A:\n   class B(keras.Model):\n     def call(self, x):\n        return x if x > 0 else -x\n",
        "x if x > 0 else -x",
    ),
    "one line": ("class A(keras.Model):\n    def call(self, x): return x if x > 0 else -x\n", "x if x > 0 else -x"),
    "semicolons": (
        "class A(keras.Model):\n    def call(self, x): y = 1; z = x if x > 0 else -x; return z\n",
        "x if x > 0 else -x",
    ),
    "no newline at the end": (
        "class A(keras.Model):\n    def call(self, x):\n        return x if x > 0 else -x",
        "x if x > 0 else -x",
    ),
    "an elif": (
        "class A(keras.Model):\n    def call(self, x, training=None):\n        if training:\n            return x\n"
        "        elif x > 0:\n            return x\n        return -x\n",
        "elif x > 0",
    ),
    "comments everywhere": (
        "class A(keras.Model):  # a\n    # b\n    def call(self, x):  # c\n        # d\n\n        return (  # e\n"
        "            # f\n            x if x > 0 else -x  # g\n        )  # h\n# i\n",
        "x if x > 0 else -x",
    ),
    "type parameters and defaults over lines": (
        "class A(keras.Model):\n    def call(\n        self,\n        x,\n        *,\n        y=(1,\n           2),\n    ) -> int:\n"
        "        return x if x > 0 else -x\n",
        "x if x > 0 else -x",
    ),
}


def cut(text: str, span: Span) -> str:
    """The text that ``span`` covers."""
    lines = text.split("\n")[span.line - 1 : span.end_line]
    lines[-1] = lines[-1][: span.end_column]
    lines[0] = lines[0][span.column :]
    return "\n".join(lines)


@pytest.mark.parametrize("name", SITES)
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"], ids=["LF", "CRLF", "CR"])
def test_span(lint, name, ending):
    source, expected = SITES[name]
    text = HEAD + source
    (finding,) = lint(text.replace("\n", ending))
    assert cut(text, finding.span) == expected


@pytest.mark.parametrize("blank", [" ", "\n\n\t  ", "  # one\n            ", " \\\n "], ids=repr)
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"], ids=["LF", "CRLF", "CR"])
def test_loop_of_a_comprehension(lint, blank, ending):
    text = HEAD + (
        "class A(keras.Model):\n    def call(self, x):\n"
        f"        return tf.stack([tf.square(x + i){blank}for i in range(3)])\n"
    )
    (finding,) = lint(text.replace("\n", ending), select=("KG301",))
    assert cut(text, finding.span) == "for i in range(3)"


def test_several_on_one_line_are_in_order(lint):
    text = HEAD + (
        "class A(keras.Model):\n    def call(self, x):\n"
        "        return [x if x > 0 else 1, x if x > 1 else 2, int(tf.reduce_sum(x))]\n"
    )
    found = lint(text)
    assert [cut(text, finding.span) for finding in found] == [
        "x if x > 0 else 1",
        "x if x > 1 else 2",
        "int(tf.reduce_sum(x))",
    ]


def test_sites_of_the_whole_file_count_characters(lint):
    text = HEAD + "ñ = '𝔘'; ñ.compile(run_eagerly=True)\n"
    for finding in lint(text, select=("KG501",)):
        assert cut(text, finding.span) == "ñ.compile(run_eagerly=True)"


def test_the_chain_of_reasons_is_in_order(lint):
    text = (
        HEAD
        + """
class A(keras.Model):
    def __init__(self):
        super().__init__()
        self.dense = keras.layers.Dense(3)

    def call(self, inputs):
        hidden = self.dense(inputs)
        score = tf.reduce_sum(hidden)
        return self.pick(score)

    def pick(self, score):
        if score > 0:
            return score
        return -score
"""
    )
    (finding,) = lint(text)
    assert [(step.span.line, cut(text, step.span)) for step in finding.why] == [
        (9, "inputs"),
        (10, "self.dense(inputs)"),
        (11, "tf.reduce_sum(hidden)"),
        (12, "self.pick(score)"),
        (15, "score > 0"),
        (15, cut(text, finding.why[-1].span)),
    ]
    assert "what Keras passes to `call`" in finding.why[0].text
    assert "passed to `pick` as `score`" in finding.why[3].text
    assert finding.symbol == "A"


def test_symbols_are_dotted_where_classes_nest(lint):
    text = HEAD + (
        "class A(keras.Model):\n    class B(keras.layers.Layer):\n        def call(self, x):\n"
        "            return x if x > 0 else -x\n"
        "def make():\n    class C(keras.layers.Layer):\n        def call(self, x):\n"
        "            return x if x > 0 else -x\n"
    )
    assert [finding.symbol for finding in lint(text)] == ["A.B", "make.C"]
