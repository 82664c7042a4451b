"""How to build and call every Keras class that the tables name: constructor arguments, then call arguments."""

from __future__ import annotations

# Layer names -> (constructor, call). Several calls are separated by ";". The samples are those of ``calls``.
LAYER_CALLS: tuple[tuple[str, str, str], ...] = (
    ("", "x; img; v; seq", "ActivityRegularization ELU Identity LeakyReLU ReLU ThresholdedReLU"),
    ("", "x; img; seq", "Softmax"),
    (
        "",
        "x; seq; img",
        """
        BatchNormalization Flatten LayerNormalization RMSNormalization SyncBatchNormalization UnitNormalization""",
    ),
    ("", "x; img", "PReLU"),
    ("groups=1", "x; seq; img", "GroupNormalization"),
    ("'relu'", "x; img; v", "Activation"),
    ("0.5", "x; img; seq", "AlphaDropout Dropout GaussianDropout GaussianNoise"),
    ("", "[x, y]; [seq, seq, seq]; [seq, seq[:, :1]]", "Add Average Maximum Minimum Multiply"),
    ("", "[x, y]", "Subtract Concatenate"),
    ("1", "[x, y]", "Dot"),
    ("2", "seq", "AdaptiveAveragePooling1D AdaptiveMaxPooling1D AveragePooling1D AvgPool1D MaxPool1D MaxPooling1D"),
    ("2", "img", "AdaptiveAveragePooling2D AdaptiveMaxPooling2D AveragePooling2D AvgPool2D MaxPool2D MaxPooling2D"),
    ("2", "vol", "AdaptiveAveragePooling3D AdaptiveMaxPooling3D AveragePooling3D AvgPool3D MaxPool3D MaxPooling3D"),
    (
        "2, 3",
        "seq",
        """
        Conv1D Conv1DTranspose Convolution1D Convolution1DTranspose LocallyConnected1D SeparableConv1D
        SeparableConvolution1D""",
    ),
    (
        "2, 3",
        "img",
        """
        Conv2D Conv2DTranspose Convolution2D Convolution2DTranspose LocallyConnected2D SeparableConv2D
        SeparableConvolution2D""",
    ),
    ("2, 3", "vol", "Conv3D Conv3DTranspose Convolution3D Convolution3DTranspose"),
    ("3", "seq", "DepthwiseConv1D"),
    ("3", "img", "DepthwiseConv2D"),
    ("1", "seq", "Cropping1D ZeroPadding1D"),
    ("1", "img", "Cropping2D ZeroPadding2D"),
    ("1", "vol", "Cropping3D ZeroPadding3D"),
    ("2", "seq", "UpSampling1D"),
    ("2", "img", "UpSampling2D"),
    ("2", "vol", "UpSampling3D"),
    ("0.5", "seq", "SpatialDropout1D"),
    ("0.5", "img", "SpatialDropout2D"),
    ("0.5", "vol", "SpatialDropout3D"),
    ("", "seq", "GlobalAveragePooling1D GlobalAvgPool1D GlobalMaxPool1D GlobalMaxPooling1D Masking"),
    ("", "img", "GlobalAveragePooling2D GlobalAvgPool2D GlobalMaxPool2D GlobalMaxPooling2D"),
    ("", "vol", "GlobalAveragePooling3D GlobalAvgPool3D GlobalMaxPool3D GlobalMaxPooling3D"),
    ("keepdims=True", "seq", "GlobalAveragePooling1D GlobalMaxPooling1D"),
    ("3", "x; seq", "Dense"),
    ("3", "x", "RandomFourierFeatures"),
    ("3", "x", "RepeatVector"),
    ("(2, 1)", "seq", "Permute"),
    ("(2, -1)", "x; img", "Reshape"),
    ("9, 3", "i; ids", "Embedding ReversibleEmbedding"),
    ("0.5", "x; img", "Rescaling"),
    ("'ab,bc->ac', 3", "x", "EinsumDense"),
    ("K.layers.Conv2D(2, 3)", "img", "SpectralNormalization"),
    ("K.layers.Dense(2)", "seq; img", "TimeDistributed"),
    ("", "x; x[:, 0]", "Normalization"),
    ("fft_length=8, sequence_stride=4, num_mel_bins=4", "seq[:, :, 0]; img[0, :, 0, 0]", "MelSpectrogram"),
    ("frame_length=4", "seq", "STFTSpectrogram"),
    ("0.5", "img; img[0]", "RandomHeight RandomWidth"),
    # attention and recurrence
    ("", "[seq, seq]; [seq, seq, seq]", "AdditiveAttention Attention"),
    ("2, 2", "seq, seq; query=seq, value=seq", "MultiHeadAttention"),
    ("2, 2, 2", "seq, seq", "GroupQueryAttention"),
    ("2", "seq", "GRU LSTM SimpleRNN"),
    ("2, return_sequences=True", "seq", "GRU LSTM SimpleRNN"),
    ("K.layers.LSTMCell(2)", "seq", "RNN"),
    ("[K.layers.LSTMCell(2), K.layers.GRUCell(2)]", "seq", "RNN"),
    ("K.layers.LSTM(2)", "seq", "Bidirectional"),
    ("K.layers.GRU(2, return_sequences=True), merge_mode='sum'", "seq", "Bidirectional"),
    ("2, 3", "vol[..., 0]", "ConvLSTM1D"),
    ("2, 3", "vol", "ConvLSTM2D"),
    ("2, 3", "vol[:, :, :, :, None, :] * tf.ones([6, 1])", "ConvLSTM3D"),
    ("2", "x, [x[:, :2], x[:, 2:]]", "LSTMCell"),
    ("2", "x, [x[:, :2]]; x, x[:, :2]", "GRUCell SimpleRNNCell"),
    ("[K.layers.GRUCell(2), K.layers.GRUCell(3)]", "x, [x[:, :2], x[:, :3]]", "StackedRNNCells"),
    # preprocessing
    ("num_tokens=5", "i; ids", "CategoryEncoding"),
    ("[0.2, 0.5]", "x", "Discretization"),
    ("5", "(ids, ids); [ids, ids]", "HashedCrossing"),
    ("5", "i; s", "Hashing"),
    ("vocabulary=[1, 2]", "i", "IntegerLookup"),
    ("vocabulary=['a', 'b']", "s", "StringLookup"),
    ("vocabulary=['a', 'b']", "s[:, 0]", "TextVectorization"),
    (
        "",
        "pixels",
        """
        AugMix AutoContrast ContrastLimitedAdaptiveHistogramEqualization Equalization RandAugment Solarization""",
    ),
    ("0.5", "pixels; pixels[0]", "RandomGrayscale"),
    ("4", "pixels; pixels[0]; {'images': pixels}", "RandomPosterization"),
    ("", "{'images': pixels, 'labels': x}", "CutMix MixUp"),
    ("4, 4", "pixels; pixels[0]", "CenterCrop RandomCrop Resizing"),
    (
        "0.5",
        "pixels; pixels[0]",
        """
        RandomBrightness RandomColorDegeneration RandomContrast RandomHue RandomInvert RandomRotation
        RandomSaturation RandomSharpness RandomZoom""",
    ),
    (
        "",
        "pixels",
        """
        RandomColorJitter RandomElasticTransform RandomErasing RandomFlip RandomGaussianBlur RandomPerspective
        RandomShear""",
    ),
    ("0.1, 0.1", "pixels", "RandomTranslation"),
)

# Keras 3 alone takes images in a dict, and gives one back.
KERAS_3_CALLS: tuple[tuple[str, str, str], ...] = (
    ("", "{'images': pixels, 'labels': x}", "AugMix AutoContrast Equalization RandAugment Solarization"),
    ("4, 4", "{'images': pixels}", "CenterCrop RandomCrop Resizing"),
    (
        "0.5",
        "{'images': pixels}",
        """
        RandomBrightness RandomColorDegeneration RandomContrast RandomHue RandomInvert RandomRotation
        RandomSaturation RandomSharpness RandomZoom""",
    ),
    (
        "",
        "{'images': pixels}",
        """
        RandomColorJitter RandomElasticTransform RandomErasing RandomFlip RandomGaussianBlur RandomPerspective
        RandomShear""",
    ),
    ("0.1, 0.1", "{'images': pixels}", "RandomTranslation"),
)

# Where the call of a ``when`` condition needs more than the keyword: (layer, condition) -> (constructor, call).
CONDITION_CALLS: dict[tuple[str, str], tuple[str, str]] = {
    ("Bidirectional", "layer.return_state"): ("K.layers.LSTM(2, return_state=True)", "seq"),
    ("Bidirectional", "merge_mode=None"): ("K.layers.GRU(2), merge_mode=None", "seq"),
    ("CategoryEncoding", "sparse"): ("5, sparse=True", "i"),
    ("Discretization", "sparse"): ("[0.2, 0.5], output_mode='one_hot', sparse=True", "x[:, :1]"),
    ("HashedCrossing", "sparse"): ("5, output_mode='one_hot', sparse=True", "(ids, ids)"),
    ("Hashing", "sparse"): ("5, output_mode='one_hot', sparse=True", "i[:, :1]"),
    ("IntegerLookup", "sparse"): ("vocabulary=[1, 2], output_mode='multi_hot', sparse=True", "i"),
    ("StringLookup", "sparse"): ("vocabulary=['a', 'b'], output_mode='multi_hot', sparse=True", "s"),
    ("TextVectorization", "ragged"): ("vocabulary=['a', 'b'], ragged=True", "s[:, 0]"),
    ("TextVectorization", "sparse"): ("vocabulary=['a', 'b'], output_mode='multi_hot', sparse=True", "s[:, 0]"),
}

# Sparse results that the TensorFlow backend of Keras 3 gives eagerly and cannot trace for an unknown batch.
EAGER_SPARSE = {"CategoryEncoding", "Discretization", "HashedCrossing", "Hashing"}

# Losses, metrics and initializers: the rest is built with nothing and called with (x, y).
OTHER_CALLS: dict[str, tuple[str, str]] = {
    "keras.losses.CTC": ("", "i + 1, seq"),
    "keras.losses.CategoricalGeneralizedCrossEntropy": ("", "ids % 2, x"),
    "keras.losses.Circle": ("", "ids % 2, x"),
    "keras.losses.SparseCategoricalCrossentropy": ("", "ids % 2, x"),
    "keras.metrics.BinaryIoU": ("[0, 1]", "i > 0, x"),
    "keras.metrics.IoU": ("2, [0]", "i % 2, i % 2"),
    "keras.metrics.Mean": ("", "x"),
    "keras.metrics.MeanIoU": ("2", "i % 2, i % 2"),
    "keras.metrics.MeanMetricWrapper": ("lambda a, b: a - b", "x, y"),
    "keras.metrics.MeanRelativeError": ("[1.0] * 4", "x, y"),
    "keras.metrics.MeanTensor": ("", "square"),
    "keras.metrics.OneHotIoU": ("4, [0]", "x, y"),
    "keras.metrics.OneHotMeanIoU": ("4", "x, y"),
    "keras.metrics.PrecisionAtRecall": ("0.5", "b, x"),
    "keras.metrics.RecallAtPrecision": ("0.5", "b, x"),
    "keras.metrics.SensitivityAtSpecificity": ("0.5", "b, x"),
    "keras.metrics.SparseCategoricalAccuracy": ("", "ids % 2, x"),
    "keras.metrics.SparseCategoricalCrossentropy": ("", "ids % 2, x"),
    "keras.metrics.SparseTopKCategoricalAccuracy": ("", "ids % 2, x"),
    "keras.metrics.SpecificityAtSensitivity": ("0.5", "b, x"),
    "keras.metrics.Sum": ("", "x"),
    "keras.initializers.stft": ("", "(3, 1, 4)"),
    "keras.initializers.STFT": ("", "(3, 1, 4)"),
    "keras.initializers.STFTInitializer": ("", "(3, 1, 4)"),
}
