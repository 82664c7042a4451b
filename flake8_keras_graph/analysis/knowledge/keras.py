"""What the functions of Keras outside keras.ops return, and which names are models, losses, metrics and the like."""

from __future__ import annotations

_Groups = dict[str, str]

_ACTIVATIONS: _Groups = {
    "batched": """
        celu elu exponential gelu hard_shrink hard_sigmoid hard_silu hard_swish hard_tanh leaky_relu linear
        log_sigmoid log_softmax mish relu relu6 selu sigmoid silu soft_shrink softmax softplus softsign
        sparse_plus sparse_sigmoid sparsemax squareplus swish tanh tanh_shrink threshold""",
    "tensor": "glu",
}

RETURNS: dict[str, _Groups] = {"keras.activations": _ACTIVATIONS}

MODELS = """
    keras.Model keras.Sequential keras.models.Functional keras.models.Model keras.models.Sequential
    keras.Functional"""

VARIABLES = "keras.Variable keras.backend.Variable tf.Variable tf.get_variable"
