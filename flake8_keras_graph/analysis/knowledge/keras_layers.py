"""What calling a Keras layer, loss, metric or initializer returns, by the class it is an instance of."""

from __future__ import annotations

import dataclasses


@dataclasses.dataclass(frozen=True, slots=True)
class LayerReturns:
    """What calling an instance returns: ``default``, or the spec of the first condition in ``when`` that holds.

    A condition is ``[PARAMETER.]KEYWORD[=LITERAL]``: the keyword of the constructor or of the call is given
    and true, or, with a literal, equals it. ``layer.return_state`` asks the object passed as ``layer``. Where the
    keyword is given with a value that is not known, neither the default nor that spec is certain.
    """

    default: str
    when: tuple[tuple[str, str], ...] = ()


_RNN_3 = (("return_state", "(batched, batched, batched)"),)
_RNN_2 = (("return_state", "(batched, batched)"),)

LAYERS: dict[str, str] = {
    "batched": """
        Activation ActivityRegularization Add AlphaDropout Average AveragePooling1D AveragePooling2D
        AveragePooling3D BatchNormalization Conv1D Conv1DTranspose Conv2D Conv2DTranspose Conv3D Conv3DTranspose
        Dense DepthwiseConv1D DepthwiseConv2D Dropout ELU Embedding Flatten GaussianDropout GaussianNoise
        GlobalAveragePooling1D GlobalAveragePooling2D GlobalAveragePooling3D GlobalMaxPooling1D GlobalMaxPooling2D
        GlobalMaxPooling3D GroupNormalization Identity LayerNormalization LeakyReLU MaxPooling1D MaxPooling2D
        MaxPooling3D Maximum Minimum Multiply PReLU Permute RMSNormalization ReLU RepeatVector Reshape
        SeparableConv1D SeparableConv2D Softmax SpatialDropout1D SpatialDropout2D SpatialDropout3D Subtract
        UnitNormalization UpSampling1D UpSampling2D UpSampling3D ZeroPadding1D ZeroPadding2D ZeroPadding3D""",
    "tensor": "Concatenate EinsumDense",
    "unknown": "Lambda Layer Wrapper",
}

SPECIAL: dict[str, LayerReturns] = {
    "keras.layers.GRU": LayerReturns("batched", _RNN_2),
    "keras.layers.LSTM": LayerReturns("batched", _RNN_3),
    "keras.layers.MultiHeadAttention": LayerReturns(
        "batched", (("return_attention_scores", "(batched, batched)"),)
    ),
    "keras.layers.SimpleRNN": LayerReturns("batched", _RNN_2),
}
