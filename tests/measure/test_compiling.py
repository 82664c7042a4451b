"""What is told of an exception."""

from __future__ import annotations

import pytest

from flake8_keras_graph.measure.worker.run.compiling import failure


@pytest.mark.parametrize(
    ("message", "told"),
    [
        ("{{function_node __wrapped__Cast_device_/job:localhost}} Cast of a float", "Cast of a float"),
        (
            "Detected unsupported operations when trying to compile graph "
            "__inference_forward_48060[_XlaMustCompile=true,executor_type=1] on XLA_CPU_JIT: RaggedTensorToTensor",
            "Detected unsupported operations when trying to compile graph on XLA_CPU_JIT: RaggedTensorToTensor",
        ),
        ("Exception encountered when calling Net.call().\n\nThe rank is wrong. Ask somebody", "The rank is wrong."),
        (
            "Exception encountered when calling layer 'net' (type Net).\n\nin user code:\n\n"
            '    File "net.py", line 7, in call  *\n        x = f(x)\n\n    TypeError: no f\n',
            "TypeError: no f",
        ),
        (
            "Graph execution error:\n\nDetected at node net/Reshape defined at (most recent call last):\n"
            "<stack traces unavailable>\nInput to reshape is a tensor with 4 values\n\t [[{{node net/Reshape}}]]",
            "Input to reshape is a tensor with 4 values",
        ),
        (
            "Graph execution error:\n\nDetected at node 'net/add' defined at (most recent call last):\n"
            "    File \"net.py\", line 7, in call\n      return x + y\nNode: 'net/add'\n"
            "2 root error(s) found.\n  (0) INVALID_ARGUMENT:  Incompatible shapes: [4,16] vs. [4,9]\n\t [[{{node net/add}}]]",
            "Incompatible shapes: [4,16] vs. [4,9]",
        ),
        ("", "ValueError"),
    ],
)
def test_the_first_sentence_that_says_something(message: str, told: str) -> None:
    assert failure(ValueError(message), []).message == told
