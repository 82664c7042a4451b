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


# Layers whose result is told by their class alone. "batched" is not said of layers that also take a single
# example without a batch (Resizing), whose constructor may move the first
# dimension (EinsumDense), or which take the batch from whichever input knows it (Add).
LAYERS: dict[str, str] = {
    "batched": """
        Activation ActivityRegularization AdaptiveAveragePooling1D AdaptiveAveragePooling2D
        AdaptiveAveragePooling3D AdaptiveMaxPooling1D AdaptiveMaxPooling2D AdaptiveMaxPooling3D
        AlphaDropout AveragePooling1D AveragePooling2D AveragePooling3D AvgPool1D AvgPool2D AvgPool3D
        BatchNormalization Conv1D Conv1DTranspose Conv2D Conv2DTranspose Conv3D Conv3DTranspose
        Convolution1D Convolution1DTranspose Convolution2D Convolution2DTranspose Convolution3D
        Convolution3DTranspose Cropping1D Cropping2D Cropping3D Dense DepthwiseConv1D DepthwiseConv2D
        Dropout ELU Embedding Flatten GaussianDropout GaussianNoise GlobalAveragePooling1D
        GlobalAveragePooling2D GlobalAveragePooling3D GlobalAvgPool1D GlobalAvgPool2D GlobalAvgPool3D
        GlobalMaxPool1D GlobalMaxPool2D GlobalMaxPool3D GlobalMaxPooling1D GlobalMaxPooling2D
        GlobalMaxPooling3D GroupNormalization Identity LayerNormalization LeakyReLU LocallyConnected1D
        LocallyConnected2D Masking MaxPool1D MaxPool2D MaxPool3D MaxPooling1D MaxPooling2D MaxPooling3D
        PReLU Permute RMSNormalization RandomFourierFeatures ReLU RepeatVector Rescaling Reshape
        ReversibleEmbedding SeparableConv1D SeparableConv2D SeparableConvolution1D SeparableConvolution2D
        Softmax SpatialDropout1D SpatialDropout2D SpatialDropout3D SpectralNormalization
        SyncBatchNormalization ThresholdedReLU TimeDistributed UnitNormalization UpSampling1D UpSampling2D
        UpSampling3D ZeroPadding1D ZeroPadding2D ZeroPadding3D""",
    "tensor": """
        Add Average Concatenate Dot EinsumDense Maximum MelSpectrogram Minimum Multiply Normalization
        RandomHeight RandomWidth STFTSpectrogram Subtract""",
    "structure": """
        AugMix AutoContrast CenterCrop ContrastLimitedAdaptiveHistogramEqualization CutMix Equalization
        MixUp RandAugment RandomBrightness RandomColorDegeneration RandomColorJitter RandomContrast
        RandomCrop RandomElasticTransform RandomErasing RandomFlip RandomGaussianBlur RandomGrayscale
        RandomHue RandomInvert RandomPerspective RandomPosterization RandomRotation RandomSaturation
        RandomSharpness RandomShear RandomTranslation RandomZoom Resizing Solarization""",
    "(batched, (batched, batched))": "LSTMCell",
    "(batched, unknown)": "GRUCell SimpleRNNCell StackedRNNCells",
    "unknown": """
        AbstractRNNCell DenseFeatures FlaxLayer InputLayer JaxLayer Lambda Layer MaxNumBoundingBoxes
        Pipeline TFSMLayer TorchModuleWrapper Wrapper""",
}

# Those without variables of their own; a seed is one, but no weight.
WEIGHTLESS = """
    Activation ActivityRegularization AdaptiveAveragePooling1D AdaptiveAveragePooling2D AdaptiveAveragePooling3D
    AdaptiveMaxPooling1D AdaptiveMaxPooling2D AdaptiveMaxPooling3D Add AlphaDropout Attention AugMix AutoContrast
    Average AveragePooling1D AveragePooling2D AveragePooling3D AvgPool1D AvgPool2D AvgPool3D CategoryEncoding
    CenterCrop Concatenate ContrastLimitedAdaptiveHistogramEqualization Cropping1D Cropping2D Cropping3D CutMix
    Discretization Dot Dropout ELU Equalization Flatten GaussianDropout GaussianNoise GlobalAveragePooling1D
    GlobalAveragePooling2D GlobalAveragePooling3D GlobalAvgPool1D GlobalAvgPool2D GlobalAvgPool3D GlobalMaxPool1D
    GlobalMaxPool2D GlobalMaxPool3D GlobalMaxPooling1D GlobalMaxPooling2D GlobalMaxPooling3D HashedCrossing Hashing
    Identity InputLayer IntegerLookup Lambda LeakyReLU Masking MaxNumBoundingBoxes MaxPool1D MaxPool2D MaxPool3D
    MaxPooling1D MaxPooling2D MaxPooling3D Maximum MelSpectrogram Minimum MixUp Multiply Permute RandAugment
    RandomBrightness RandomColorDegeneration RandomColorJitter RandomContrast RandomCrop RandomElasticTransform
    RandomErasing RandomFlip RandomGaussianBlur RandomGrayscale RandomHeight RandomHue RandomInvert
    RandomPerspective RandomPosterization RandomRotation RandomSaturation RandomSharpness RandomShear
    RandomTranslation RandomWidth RandomZoom ReLU RepeatVector Rescaling Reshape Resizing Softmax Solarization
    SpatialDropout1D SpatialDropout2D SpatialDropout3D StringLookup Subtract TextVectorization ThresholdedReLU
    UnitNormalization UpSampling1D UpSampling2D UpSampling3D ZeroPadding1D ZeroPadding2D ZeroPadding3D"""

# Those that give a tensor of the shape they are given, whatever that is.
KEEPS_SHAPE = """
    Activation ActivityRegularization AlphaDropout BatchNormalization Dropout ELU GaussianDropout GaussianNoise
    Identity LayerNormalization LeakyReLU Masking PReLU ReLU RMSNormalization Softmax ThresholdedReLU
    UnitNormalization"""

_ATTENTION = (("return_attention_scores", "(batched, batched)"),)
# With time_major (tf_keras) the batch comes second.
_ONE_STATE = (("time_major", "unknown"), ("return_state", "(batched, batched)"))
_TWO_STATES = (("time_major", "unknown"), ("return_state", "(batched, batched, batched)"))
_SPARSE = (("sparse", "instance:tf.SparseTensor"),)
_RAGGED_OR_SPARSE = (("ragged", "instance:tf.RaggedTensor"), *_SPARSE)

# Layers whose result depends on a keyword of the constructor or of the call.
LAYERS_BY_KEYWORD: dict[str, LayerReturns] = {
    "AdditiveAttention": LayerReturns("batched", _ATTENTION),
    "Attention": LayerReturns("batched", _ATTENTION),
    "Bidirectional": LayerReturns("batched", (("layer.return_state", "tensors"), ("merge_mode=None", "tensors"))),
    "CategoryEncoding": LayerReturns("tensor", _SPARSE),
    "ConvLSTM1D": LayerReturns("batched", _TWO_STATES),
    "ConvLSTM2D": LayerReturns("batched", _TWO_STATES),
    "ConvLSTM3D": LayerReturns("batched", _TWO_STATES),
    "Discretization": LayerReturns("tensor", _SPARSE),
    "GRU": LayerReturns("batched", _ONE_STATE),
    "GroupQueryAttention": LayerReturns("batched", _ATTENTION),
    "HashedCrossing": LayerReturns("tensor", _SPARSE),
    "Hashing": LayerReturns("tensor", _SPARSE),
    "IntegerLookup": LayerReturns("tensor", _SPARSE),
    "LSTM": LayerReturns("batched", _TWO_STATES),
    "MultiHeadAttention": LayerReturns("batched", _ATTENTION),
    "RNN": LayerReturns("batched", (("time_major", "unknown"), ("return_state", "unknown"))),
    "SimpleRNN": LayerReturns("batched", _ONE_STATE),
    "StringLookup": LayerReturns("tensor", _SPARSE),
    "TextVectorization": LayerReturns("tensor", _RAGGED_OR_SPARSE),
}

# Calling one of these returns a tensor, whatever its arguments.
LOSSES = """
    BinaryCrossentropy BinaryFocalCrossentropy CTC CategoricalCrossentropy CategoricalFocalCrossentropy
    CategoricalGeneralizedCrossEntropy CategoricalHinge Circle CosineSimilarity Dice Hinge Huber
    KLDivergence LogCosh MeanAbsoluteError MeanAbsolutePercentageError MeanSquaredError
    MeanSquaredLogarithmicError Poisson SparseCategoricalCrossentropy SquaredHinge Tversky"""

METRICS = """
    AUC Accuracy BinaryAccuracy BinaryCrossentropy BinaryIoU CategoricalAccuracy CategoricalCrossentropy
    CategoricalHinge ConcordanceCorrelation CosineSimilarity F1Score FBetaScore FalseNegatives
    FalsePositives Hinge IoU KLDivergence LogCoshError Mean MeanAbsoluteError MeanAbsolutePercentageError
    MeanIoU MeanMetricWrapper MeanRelativeError MeanSquaredError MeanSquaredLogarithmicError MeanTensor
    OneHotIoU OneHotMeanIoU PearsonCorrelation Poisson Precision PrecisionAtRecall R2Score Recall
    RecallAtPrecision RootMeanSquaredError SensitivityAtSpecificity SparseCategoricalAccuracy
    SparseCategoricalCrossentropy SparseTopKCategoricalAccuracy SpecificityAtSensitivity SquaredHinge Sum
    TopKCategoricalAccuracy TrueNegatives TruePositives"""

INITIALIZERS = """
    Constant GlorotNormal GlorotUniform HeNormal HeUniform Identity IdentityInitializer LecunNormal
    LecunUniform Ones Orthogonal OrthogonalInitializer RandomNormal RandomUniform STFT STFTInitializer
    TruncatedNormal VarianceScaling Zeros constant glorot_normal glorot_uniform he_normal he_uniform
    identity lecun_normal lecun_uniform ones orthogonal random_normal random_uniform stft truncated_normal
    variance_scaling zeros"""

OPTIMIZERS = """
    Adadelta Adafactor Adagrad Adam AdamW Adamax Ftrl Lamb Lion LossScaleOptimizer MultiOptimizer Muon
    Nadam RMSprop SGD ScheduleFreeAdamW"""
