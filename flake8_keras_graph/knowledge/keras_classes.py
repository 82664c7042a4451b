"""The layers and models of Keras, and its losses, metrics, initializers and optimizers.

The spec is that of what calling an instance gives. "batched" is not said of layers that also take a single example
without a batch (Resizing), whose constructor may move the first dimension (EinsumDense), or which take the batch from
whichever input knows it (Add). A seed is a variable but no weight.
"""

from __future__ import annotations

from flake8_keras_graph.knowledge.columns import Table

LAYERS: Table = {
    "keras keras.layers": {
        "unknown; weights; wrapper": "Layer",
    },
    "keras.layers": {
        "batched": """
            Flatten Reshape""",
        "batched; keeps-shape": """
            Activation ActivityRegularization ELU Identity LeakyReLU Masking ReLU Softmax ThresholdedReLU
            UnitNormalization""",
        "batched; input image": """
            AdaptiveAveragePooling2D AdaptiveMaxPooling2D AveragePooling2D AvgPool2D Cropping2D
            GlobalAveragePooling2D GlobalAvgPool2D GlobalMaxPool2D GlobalMaxPooling2D MaxPool2D MaxPooling2D
            Rescaling UpSampling2D ZeroPadding2D""",
        "batched; input sequence": """
            AdaptiveAveragePooling1D AdaptiveMaxPooling1D AveragePooling1D AvgPool1D Cropping1D
            GlobalAveragePooling1D GlobalAvgPool1D GlobalMaxPool1D GlobalMaxPooling1D MaxPool1D MaxPooling1D
            Permute UpSampling1D ZeroPadding1D""",
        "batched; input vector": "RepeatVector",
        "batched; input volume": """
            AdaptiveAveragePooling3D AdaptiveMaxPooling3D AveragePooling3D AvgPool3D Cropping3D
            GlobalAveragePooling3D GlobalAvgPool3D GlobalMaxPool3D GlobalMaxPooling3D MaxPool3D MaxPooling3D
            UpSampling3D ZeroPadding3D""",
        "batched; weights": "GroupNormalization",
        "batched; weights; keeps-shape": "LayerNormalization PReLU RMSNormalization",
        "batched; seeded; training identity; keeps-shape": "AlphaDropout Dropout GaussianDropout GaussianNoise",
        "batched; weights; input image": """
            Conv2DTranspose Convolution2DTranspose DepthwiseConv2D LocallyConnected2D SeparableConv2D
            SeparableConvolution2D""",
        "batched; weights; input sequence": """
            Conv1DTranspose Convolution1DTranspose DepthwiseConv1D LocallyConnected1D SeparableConv1D
            SeparableConvolution1D""",
        "batched; weights; input tokens": "Embedding ReversibleEmbedding",
        "batched; weights; input vector": "RandomFourierFeatures",
        "batched; weights; input volume": "Conv3DTranspose Convolution3DTranspose",
        "batched; weights; training differs": "SpectralNormalization SyncBatchNormalization",
        "batched; weights; training differs; keeps-shape": "BatchNormalization",
        "batched; seeded; training identity; input image": "SpatialDropout2D",
        "batched; seeded; training identity; input sequence": "SpatialDropout1D",
        "batched; seeded; training identity; input volume": "SpatialDropout3D",
        "batched; weights; fusable; input image": "Conv2D Convolution2D",
        "batched; weights; fusable; input sequence": "Conv1D Convolution1D",
        "batched; weights; fusable; input vector": "Dense",
        "batched; weights; fusable; input volume": "Conv3D Convolution3D",
        "batched; when return_attention_scores: (batched, batched); training reads; input sequence": "Attention",
        "batched; weights; when return_attention_scores: (batched, batched); training reads; input sequence": """
            AdditiveAttention GroupQueryAttention MultiHeadAttention""",
        "batched; weights; wrapper; training reads; input sequence": "TimeDistributed",
        (
            "batched; weights; when time_major: unknown; when return_state: (batched, batched); training reads; "
            "input sequence"
        ): "GRU SimpleRNN",
        (
            "batched; weights; when time_major: unknown; when return_state: (batched, batched, batched); "
            "training reads; input frames"
        ): "ConvLSTM2D",
        (
            "batched; weights; when time_major: unknown; when return_state: (batched, batched, batched); "
            "training reads; input lines"
        ): "ConvLSTM1D",
        (
            "batched; weights; when time_major: unknown; when return_state: (batched, batched, batched); "
            "training reads; input sequence"
        ): "LSTM",
        (
            "batched; weights; when time_major: unknown; when return_state: (batched, batched, batched); "
            "training reads; input volumes"
        ): "ConvLSTM3D",
        (
            "batched; weights; wrapper; when time_major: unknown; when return_state: unknown; training reads; "
            "input sequence"
        ): "RNN",
        (
            "batched; weights; wrapper; copies; when layer.return_state: tensors; when merge_mode=None: tensors; "
            "training reads; input sequence"
        ): "Bidirectional",
        "tensor": "Add Average Concatenate Dot Maximum Minimum Multiply Subtract",
        "tensor; input vector": "MelSpectrogram",
        "tensor; weights": "Normalization",
        "tensor; when sparse: instance:tf.SparseTensor": "Discretization HashedCrossing",
        "tensor; weights; input sequence": "STFTSpectrogram",
        "tensor; when sparse: instance:tf.SparseTensor; input numbers": "CategoryEncoding Hashing",
        "tensor; adapts; when sparse: instance:tf.SparseTensor; input numbers": "IntegerLookup",
        "tensor; adapts; when sparse: instance:tf.SparseTensor; input texts": "StringLookup",
        "tensor; seeded; training identity; input image": "RandomHeight RandomWidth",
        "tensor; weights; fusable; input vector": "EinsumDense",
        (
            "tensor; adapts; when ragged: instance:tf.RaggedTensor; when sparse: instance:tf.SparseTensor; input texts"
        ): "TextVectorization",
        "(batched, (batched, batched)); weights; cell; training reads": "LSTMCell",
        "(batched, unknown); weights; wrapper; training reads": "StackedRNNCells",
        "(batched, unknown); weights; cell; training reads": "GRUCell SimpleRNNCell",
        "structure; input image": "CenterCrop Resizing",
        "structure; training identity; input image": "Equalization",
        "structure; training reads; input image": "AutoContrast ContrastLimitedAdaptiveHistogramEqualization",
        "structure; seeded; training differs; input image": "RandomCrop",
        "structure; seeded; training identity; input image": """
            AugMix CutMix MixUp RandAugment RandomBrightness RandomColorDegeneration RandomColorJitter
            RandomContrast RandomElasticTransform RandomErasing RandomFlip RandomGaussianBlur RandomGrayscale
            RandomHue RandomInvert RandomPerspective RandomPosterization RandomRotation RandomSaturation
            RandomSharpness RandomShear RandomTranslation RandomZoom Solarization""",
        "unknown": "InputLayer Lambda MaxNumBoundingBoxes",
        "unknown; weights": "AbstractRNNCell DenseFeatures FlaxLayer JaxLayer Pipeline TFSMLayer TorchModuleWrapper",
        "unknown; weights; wrapper": "Wrapper",
    },
}

MODELS: Table = {
    "keras keras.models": {
        "-; weights; wrapper": "Functional Model",
        "-; weights; wrapper; training reads": "Sequential",
    },
}

LOSSES: Table = {
    "keras keras.losses": {
        "-": "Loss",
    },
    "keras.losses": {
        "tensor": """
            BinaryCrossentropy BinaryFocalCrossentropy CTC CategoricalCrossentropy CategoricalFocalCrossentropy
            CategoricalGeneralizedCrossEntropy CategoricalHinge Circle CosineSimilarity Dice Hinge Huber
            KLDivergence LogCosh MeanAbsoluteError MeanAbsolutePercentageError MeanSquaredError
            MeanSquaredLogarithmicError Poisson SparseCategoricalCrossentropy SquaredHinge Tversky""",
    },
}

METRICS: Table = {
    "keras keras.metrics": {
        "-": "Metric",
    },
    "keras.metrics": {
        "tensor": """
            AUC Accuracy BinaryAccuracy BinaryCrossentropy BinaryIoU CategoricalAccuracy CategoricalCrossentropy
            CategoricalHinge ConcordanceCorrelation CosineSimilarity F1Score FBetaScore FalseNegatives
            FalsePositives Hinge IoU KLDivergence LogCoshError Mean MeanAbsoluteError
            MeanAbsolutePercentageError MeanIoU MeanMetricWrapper MeanRelativeError MeanSquaredError
            MeanSquaredLogarithmicError MeanTensor OneHotIoU OneHotMeanIoU PearsonCorrelation Poisson Precision
            PrecisionAtRecall R2Score Recall RecallAtPrecision RootMeanSquaredError SensitivityAtSpecificity
            SparseCategoricalAccuracy SparseCategoricalCrossentropy SparseTopKCategoricalAccuracy
            SpecificityAtSensitivity SquaredHinge Sum TopKCategoricalAccuracy TrueNegatives TruePositives""",
    },
}

INITIALIZERS: Table = {
    "keras keras.initializers": {
        "-": "Initializer",
    },
    "keras.initializers": {
        "tensor": """
            Constant GlorotNormal GlorotUniform HeNormal HeUniform Identity IdentityInitializer LecunNormal
            LecunUniform Ones Orthogonal OrthogonalInitializer RandomNormal RandomUniform STFT STFTInitializer
            TruncatedNormal VarianceScaling Zeros constant glorot_normal glorot_uniform he_normal he_uniform
            identity lecun_normal lecun_uniform ones orthogonal random_normal random_uniform stft
            truncated_normal variance_scaling zeros""",
    },
}

OPTIMIZERS: Table = {
    "keras keras.optimizers": {
        "-": "Optimizer",
    },
    "keras.optimizers": {
        "-": """
            Adadelta Adafactor Adagrad Adam AdamW Adamax Ftrl Lamb Lion LossScaleOptimizer MultiOptimizer Muon
            Nadam RMSprop SGD ScheduleFreeAdamW""",
    },
}
