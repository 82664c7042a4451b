"""What Keras 3 and TensorFlow 2 no longer have, with what takes its place.

Names are canonical, as everywhere in ``knowledge``. In the tables each stands as ``name->replacement``, or alone where
nothing takes its place; a replacement that is no name of Keras or TensorFlow stands in ``_IN_WORDS``.
``tests/knowledge`` looks each up: the name has to be gone, to be there in tf_keras or TensorFlow 1, and its replacement
in what is installed.
"""

from __future__ import annotations

from collections.abc import Mapping

_OF_KERAS: Mapping[str, str] = {
    "keras": "estimator dtensor",
    "keras.backend": """
        batch_dot->keras.ops.einsum batch_get_value->keras.ops.convert_to_numpy
        binary_focal_crossentropy->keras.losses.binary_focal_crossentropy
        categorical_focal_crossentropy->keras.losses.categorical_focal_crossentropy cast_to_floatx->keras.ops.cast
        constant->keras.ops.convert_to_tensor conv1d->keras.ops.conv conv2d->keras.ops.conv
        conv2d_transpose->keras.ops.conv_transpose conv3d->keras.ops.conv ctc_batch_cost->keras.ops.ctc_loss
        ctc_label_dense_to_sparse->tf.sparse.from_dense depthwise_conv2d->keras.ops.depthwise_conv
        dropout->keras.random.dropout eval->keras.ops.convert_to_numpy flatten->keras.ops.ravel foldl->keras.ops.scan
        foldr->keras.ops.scan function->keras.Model gather->keras.ops.take get_value->keras.ops.convert_to_numpy
        gradients->tf.GradientTape l2_normalize->keras.ops.normalize local_conv1d local_conv2d
        manual_variable_initialization map_fn->keras.ops.map name_scope->keras.name_scope
        normalize_batch_in_training->keras.ops.batch_normalization permute_dimensions->keras.ops.transpose
        placeholder->keras.Input pool2d->keras.ops.max_pool pool3d->keras.ops.max_pool print_tensor->tf.print
        random_bernoulli->keras.random.binomial random_binomial->keras.random.binomial
        random_normal->keras.random.normal random_normal_variable->keras.random.normal
        random_uniform->keras.random.uniform random_uniform_variable->keras.random.uniform
        repeat_elements->keras.ops.repeat reset_uids->keras.utils.clear_session resize_images->keras.ops.image.resize
        resize_volumes->keras.ops.repeat reverse->keras.ops.flip rnn->keras.layers.RNN
        separable_conv2d->keras.ops.separable_conv spatial_2d_padding->keras.ops.pad spatial_3d_padding->keras.ops.pad
        switch->keras.ops.cond temporal_padding->keras.ops.pad to_dense->tf.sparse.to_dense
        truncated_normal->keras.random.truncated_normal variable->keras.Variable""",
    "keras.callbacks": "BaseLogger",
    "keras.constraints": "RadialConstraint",
    "keras.experimental": """
        CosineDecay->keras.optimizers.schedules.CosineDecay LinearModel SequenceFeatures WideDeepModel
        CosineDecayRestarts->keras.optimizers.schedules.CosineDecayRestarts""",
    "keras.layers": """
        AbstractRNNCell->keras.layers.Layer DenseFeatures->keras.utils.FeatureSpace LocallyConnected1D
        LocallyConnected2D RandomHeight->keras.layers.RandomZoom RandomWidth->keras.layers.RandomZoom
        ThresholdedReLU->keras.layers.ReLU""",
    "keras.layers.experimental": """
        DynamicEmbedding DynamicLookup EinsumDense->keras.layers.EinsumDense RandomFourierFeatures
        SyncBatchNormalization->keras.layers.BatchNormalization preprocessing->keras.layers""",
    "keras.layers.experimental.preprocessing": """
        PreprocessingLayer->keras.layers.Layer RandomHeight->keras.layers.RandomZoom
        RandomWidth->keras.layers.RandomZoom""",
    "keras.losses keras.metrics": """
        KLD->keras.losses.kl_divergence MAE->keras.losses.mean_absolute_error
        MAPE->keras.losses.mean_absolute_percentage_error MSE->keras.losses.mean_squared_error
        MSLE->keras.losses.mean_squared_logarithmic_error kld->keras.losses.kl_divergence
        kullback_leibler_divergence->keras.losses.kl_divergence logcosh->keras.losses.log_cosh
        mae->keras.losses.mean_absolute_error mape->keras.losses.mean_absolute_percentage_error
        mse->keras.losses.mean_squared_error msle->keras.losses.mean_squared_logarithmic_error""",
    "keras.metrics": "MeanRelativeError MeanTensor",
    "keras.models": "model_from_config->keras.Model.from_config model_from_yaml->keras.models.model_from_json",
    "keras.preprocessing.image": "ImageDataGenerator->keras.utils.image_dataset_from_directory",
    "keras.preprocessing.sequence": """
        TimeseriesGenerator->keras.utils.timeseries_dataset_from_array make_sampling_table skipgrams""",
    "keras.preprocessing.text": """
        Tokenizer->keras.layers.TextVectorization hashing_trick->keras.layers.Hashing
        one_hot->keras.layers.CategoryEncoding text_to_word_sequence->keras.layers.TextVectorization""",
    "keras.utils": """
        GeneratorEnqueuer->keras.utils.PyDataset OrderedEnqueuer->keras.utils.PyDataset
        SequenceEnqueuer->keras.utils.PyDataset""",
}
# Modules, under the names that old code imports them by.
_MODULES: Mapping[str, str] = {
    "keras": """
        engine->keras.layers experimental->keras.optimizers.schedules objectives->keras.losses""",
    "keras.layers": """
        advanced_activations->keras.layers convolutional->keras.layers core->keras.layers embeddings->keras.layers
        experimental->keras.layers merge->keras.layers noise->keras.layers normalization->keras.layers
        pooling->keras.layers recurrent->keras.layers wrappers->keras.layers""",
    "keras.optimizers": "experimental->keras.optimizers",
    "keras.preprocessing": "text->keras.layers.TextVectorization",
    "keras.utils": """
        conv_utils->keras.utils data_utils->keras.utils generic_utils->keras.utils np_utils->keras.utils
        vis_utils->keras.utils""",
}
_OF_TENSORFLOW: Mapping[str, str] = {
    "tf": """
        AUTO_REUSE ConfigProto Dimension GraphKeys InteractiveSession Print->tf.print Session app arg_max->tf.argmax
        assign ceil->tf.math.ceil contrib count_nonzero->tf.math.count_nonzero diag->tf.linalg.diag
        diag_part->tf.linalg.diag_part digamma->tf.math.digamma div->tf.math.divide enable_eager_execution
        erf->tf.math.erf fft->tf.signal.fft flags get_collection get_default_graph get_variable->keras.Variable
        gfile->tf.io.gfile global_variables_initializer glorot_normal_initializer->keras.initializers.GlorotNormal
        glorot_uniform_initializer->keras.initializers.GlorotUniform ifft->tf.signal.ifft is_finite->tf.math.is_finite
        is_inf->tf.math.is_inf is_nan->tf.math.is_nan layers->keras.layers lgamma->tf.math.lgamma log->tf.math.log
        log1p->tf.math.log1p log_sigmoid->tf.math.log_sigmoid
        matrix_band_part->tf.linalg.band_part matrix_determinant->tf.linalg.det matrix_diag->tf.linalg.diag
        matrix_diag_part->tf.linalg.diag_part matrix_inverse->tf.linalg.inv matrix_transpose->tf.linalg.matrix_transpose
        mod->tf.math.floormod multinomial->tf.random.categorical
        orthogonal_initializer->keras.initializers.Orthogonal placeholder->keras.Input
        placeholder_with_default->keras.Input py_func->tf.numpy_function random_normal->tf.random.normal
        random_shuffle->tf.random.shuffle random_uniform->tf.random.uniform read_file->tf.io.read_file
        reset_default_graph->keras.utils.clear_session rint->tf.math.rint segment_sum->tf.math.segment_sum
        self_adjoint_eig->tf.linalg.eigh set_random_seed->tf.random.set_seed
        sparse_placeholder->keras.Input sparse_tensor_dense_matmul->tf.sparse.sparse_dense_matmul
        sparse_tensor_to_dense->tf.sparse.to_dense sparse_to_dense->tf.sparse.to_dense to_double->tf.cast
        to_float->tf.cast to_int32->tf.cast to_int64->tf.cast trainable_variables
        truncated_normal->tf.random.truncated_normal
        truncated_normal_initializer->keras.initializers.TruncatedNormal
        unsorted_segment_sum->tf.math.unsorted_segment_sum variable_scope
        variance_scaling_initializer->keras.initializers.VarianceScaling""",
    "tf.image": """
        resize_area->tf.image.resize resize_bicubic->tf.image.resize resize_bilinear->tf.image.resize
        resize_images->tf.image.resize resize_nearest_neighbor->tf.image.resize""",
    "tf.nn": """
        bidirectional_dynamic_rnn->keras.layers.Bidirectional dynamic_rnn->keras.layers.RNN
        rnn_cell->keras.layers softmax_cross_entropy_with_logits_v2->tf.nn.softmax_cross_entropy_with_logits
        static_rnn->keras.layers.RNN xw_plus_b->keras.layers.Dense""",
    "tf.train": """
        AdagradOptimizer->keras.optimizers.Adagrad AdamOptimizer->keras.optimizers.Adam
        GradientDescentOptimizer->keras.optimizers.SGD MomentumOptimizer->keras.optimizers.SGD
        RMSPropOptimizer->keras.optimizers.RMSprop""",
}
# Not maintained any more, and seldom installed.
_OF_ADDONS: Mapping[str, str] = {
    "tensorflow_addons.activations": "gelu->keras.activations.gelu mish->keras.activations.mish",
    "tensorflow_addons.layers": """
        GELU->keras.activations.gelu GroupNormalization->keras.layers.GroupNormalization
        MultiHeadAttention->keras.layers.MultiHeadAttention
        SpectralNormalization->keras.layers.SpectralNormalization""",
    "tensorflow_addons.losses": """
        SigmoidFocalCrossEntropy->keras.losses.BinaryFocalCrossentropy
        sigmoid_focal_crossentropy->keras.losses.binary_focal_crossentropy""",
    "tensorflow_addons.metrics": "F1Score->keras.metrics.F1Score RSquare->keras.metrics.R2Score",
    "tensorflow_addons.optimizers": "AdamW->keras.optimizers.AdamW LAMB->keras.optimizers.Lamb",
}
# Packages all of whose names have moved.
_MOVED: Mapping[str, str] = {
    "keras.layers.experimental.preprocessing.": "keras.layers.",
    "keras.optimizers.experimental.": "keras.optimizers.",
}
_IN_WORDS: Mapping[str, str] = {
    "keras.backend.batch_flatten": "keras.ops.reshape(x, (keras.ops.shape(x)[0], -1))",
    "keras.backend.batch_set_value": "variable.assign(value)",
    "keras.backend.bias_add": "x + bias",
    "keras.backend.count_params": "math.prod(x.shape)",
    "keras.backend.dtype": "x.dtype",
    "keras.backend.in_test_phase": "the argument `training` of `call`",
    "keras.backend.in_train_phase": "the argument `training` of `call`",
    "keras.backend.int_shape": "x.shape",
    "keras.backend.is_sparse": "isinstance(x, tf.SparseTensor)",
    "keras.backend.learning_phase": "the argument `training` of `call`",
    "keras.backend.learning_phase_scope": "the argument `training` of `call`",
    "keras.backend.moving_average_update": "variable.assign(value)",
    "keras.backend.set_learning_phase": "the argument `training` of `call`",
    "keras.backend.set_value": "variable.assign(value)",
    "keras.backend.update": "variable.assign(value)",
    "keras.backend.update_add": "variable.assign_add(value)",
    "keras.backend.update_sub": "variable.assign_sub(value)",
    "keras.losses.Reduction": 'the name as a string, such as "sum"',
}
# Attributes of instances, by the class that had them.
_ATTRIBUTES: Mapping[str, Mapping[str, str]] = {
    "keras.layers.Layer": {
        "add_update": "variable.assign(value) in `call`",
        "get_input_at": "layer.input",
        "get_input_shape_at": "layer.input.shape",
        "get_output_at": "layer.output",
        "get_output_shape_at": "layer.output.shape",
        "input_shape": "layer.input.shape",
        "output_shape": "layer.output.shape",
    },
    "keras.KerasTensor": {"get_shape": "x.shape"},
    "keras.Model": {
        "evaluate_generator": "model.evaluate",
        "fit_generator": "model.fit",
        "predict_generator": "model.predict",
        "to_yaml": "model.to_json()",
    },
    "keras.metrics.Metric": {"reset_states": "metric.reset_state()"},
    "keras.optimizers.Optimizer": {
        "compute_gradients": "tf.GradientTape and optimizer.apply_gradients",
        "lr": "optimizer.learning_rate",
        "minimize": "tf.GradientTape and optimizer.apply_gradients",
    },
}


def _read(*tables: Mapping[str, str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for table in tables:
        for modules, block in table.items():
            for entry in block.split():
                name, _, replacement = entry.partition("->")
                found.update({f"{module}.{name}": replacement for module in modules.split()})
    return found


REMOVED: Mapping[str, str] = {**_read(_OF_KERAS, _MODULES, _OF_TENSORFLOW), **_IN_WORDS}
"""Canonical names with what takes their place, empty where nothing does."""
ADDONS: Mapping[str, str] = _read(_OF_ADDONS)
"""Names of a package that is seldom installed with what Keras itself has."""
_METHODS = {name: text for names in _ATTRIBUTES.values() for name, text in names.items()}


def moved(name: str) -> str:
    """The name under which a package holds now what ``name`` was in one that is gone; empty where it is none."""
    return next((new + name.removeprefix(old) for old, new in _MOVED.items() if name.startswith(old)), "")


def attribute_replacement(name: str) -> str | None:
    """What takes the place of an attribute that layers, models, metrics or optimizers no longer have."""
    return _METHODS.get(name)
