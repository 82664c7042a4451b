"""Which written-out recurrences become a layer, and why others do not; what runs is tested in test_fixes_run."""

from __future__ import annotations

import pytest
from page_examples import check
from readings import reading_of
from recurrences import COLLECTED, LAST, LEAKY, UNPACKED, model

from flake8_keras_graph.rewrite.apply import fix_text
from flake8_keras_graph.rewrite.fixes.registry import why_not


def fixed(source: str) -> str:
    """``source`` with its unsafe fixes made, of which there are some."""
    result = fix_text(reading_of(source, "model.py"), check, unsafe=True)
    assert result.applied, result.dropped
    assert not result.remaining
    return result.text


def reason(source: str) -> str:
    """Why the loop in ``source`` is not fixed."""
    found = [finding for finding in check("model.py", source) if finding.code == "KG307"]
    assert [finding.level for finding in found] == ["warning"]
    return why_not(found[0], reading_of(source))


def test_collected_outputs_become_a_sequence():
    text = fixed(model("Net", "layers.GRUCell(3)", COLLECTED))
    assert "        self.cell_rnn = layers.RNN(self.cell, return_sequences=True)\n" in text
    assert "        # every step\n        # kept\n        outputs = self.cell_rnn(x, initial_state=states)\n" in text
    assert "return self.head(ops.mean(outputs, axis=1))" in text
    assert "outputs = []" not in text


def test_the_last_output_alone():
    text = fixed(model("Net", "layers.LSTMCell(3)", LAST))
    assert "self.cell_rnn = layers.RNN(self.cell)\n" in text
    assert "out = self.cell_rnn(x[:, :self.steps], initial_state=states, training=training)\n" in text


def test_outputs_stacked_in_front():
    text = fixed(model("Net", "layers.LSTMCell(3)", UNPACKED))
    assert "rows = self.cell_rnn(x[:, :20], initial_state=[h, c])\n" in text
    assert "self.head(ops.sum(ops.swapaxes(rows, 0, 1), axis=0))" in text


def test_the_fix_is_unsafe():
    source = model("Net", "layers.GRUCell(3)", COLLECTED)
    assert not fix_text(reading_of(source, "model.py"), check).applied


@pytest.mark.parametrize(
    ("cell", "body", "part"),
    [
        ("layers.GRUCell(3, dropout=0.5)", COLLECTED, "drops values"),
        ("layers.Dense(3)", COLLECTED, "neither a cell of Keras nor a class of the project"),
        ("LeakyCell(3)", COLLECTED.replace("[ops.zeros((ops.shape(x)[0], 3))]", "inputs"), "gives a list"),
        ("layers.GRUCell(3)", COLLECTED + "\n", ""),
        ("layers.GRUCell(3)", COLLECTED.replace("self.head(", "states[0] + self.head("), "`states` of the last step"),
        ("layers.GRUCell(3)", COLLECTED.replace("self.head(", "out + self.head("), "`out` of the last step"),
        ("layers.GRUCell(3)", COLLECTED.replace("append(out)", "append(out * 2)"), "does more than apply its cell"),
        (
            "layers.GRUCell(3)",
            COLLECTED.replace("append(out)  # kept", "append(out)\n    states = states"),
            "does more",
        ),
        ("layers.GRUCell(3)", COLLECTED.replace("x.shape[1])", "1, x.shape[1])"), "from the first on"),
        ("layers.GRUCell(3)", COLLECTED.replace("x.shape[1])", "19, -1, -1)"), "from the first on"),
        ("layers.GRUCell(3)", COLLECTED.replace("axis=1), axis=1", "axis=2), axis=1"), "neither the first nor"),
        ("layers.GRUCell(3)", COLLECTED.replace("x[:, t]", "x[:, 0]"), "write the step as a cell"),
        ("layers.Dense(4)", "for _ in range(20):\n    x = self.cell(x)\nreturn x", "write the step as a cell"),
        ("layers.LSTMCell(3)", UNPACKED.replace("out, [h, c]", "out, [c, h]"), "are not those that the next one takes"),
    ],
)
def test_why_not(cell, body, part):
    said = reason(model("Net", cell, body, LEAKY))
    assert (part in said) if part else said == "", said


def test_a_cell_needs_a_state_size():
    source = model("Net", "LeakyCell(3)", COLLECTED, LEAKY.replace("self.state_size = units", "self.units = units"))
    assert "has no `state_size`" in reason(source)


def test_a_mask_would_be_honoured():
    source = model("Net", "layers.GRUCell(3)", COLLECTED).replace("layers.Dense(80)", "layers.Masking()")
    assert "may have a mask" in reason(source)


def test_a_cell_that_is_not_always_set():
    source = model("Net", "layers.GRUCell(3)", COLLECTED)
    source = source.replace("        self.cell =", "        if steps:\n            self.cell =")
    assert "is not always set" in reason(source)


def test_loops_over_layers_need_no_fix():
    source = model("Net", "[layers.Dense(4), layers.Dense(4)]", "for one in self.cell:\n    x = one(x)\nreturn x")
    notes = [finding for finding in check("model.py", source) if finding.code == "KG301"]
    assert [finding.level for finding in notes] == ["note"]
    assert "costs nothing" in why_not(notes[0], source)
