"""What the functions of Keras outside keras.ops return, and which names are models, variables and the like."""

from __future__ import annotations

_Groups = dict[str, str]

_ACTIVATIONS: _Groups = {
    "batched": """
        celu elu exponential gelu hard_shrink hard_sigmoid hard_silu hard_swish hard_tanh leaky_relu linear
        log_sigmoid log_softmax mish relu relu6 selu sigmoid silu soft_shrink softmax softplus softsign
        sparse_plus sparse_sigmoid sparsemax squareplus swish tanh tanh_shrink threshold""",
    "tensor": "glu",
    "static": "serialize",
}

_BACKEND: _Groups = {
    "batched": """
        abs batch_flatten batch_normalization bias_add cast cast_to_floatx clip conv1d conv2d conv3d cos
        depthwise_conv2d dropout elu exp hard_sigmoid l2_normalize local_conv1d local_conv2d log ones_like
        pool2d pool3d print_tensor relu resize_images resize_volumes reverse round separable_conv2d sigmoid
        sign sin softmax softplus softsign spatial_2d_padding spatial_3d_padding sqrt square tanh
        temporal_padding to_dense zeros_like""",
    "broadcast": "equal greater greater_equal less less_equal maximum minimum not_equal pow",
    "tensor": """
        all any arange argmax argmin batch_dot binary_crossentropy binary_focal_crossentropy
        categorical_crossentropy categorical_focal_crossentropy concatenate constant conv2d_transpose
        ctc_batch_cost cumprod cumsum dot expand_dims eye flatten foldl foldr gather in_top_k max mean min
        moving_average_update one_hot ones permute_dimensions placeholder prod random_bernoulli
        random_binomial random_normal random_uniform repeat repeat_elements reshape
        sparse_categorical_crossentropy squeeze stack std sum tile transpose truncated_normal update
        update_add update_sub var zeros""",
    "tensors": "gradients",
    "(tensors, tensor)": "ctc_decode",
    "(tensor, tensor, tensor)": "normalize_batch_in_training",
    "(tensor, tensor, unknown)": "rnn",
    "instance:tf.SparseTensor": "ctc_label_dense_to_sparse",
    "shape-tensor": "shape",
    "static-shape": "int_shape",
    "static": """
        backend count_params dtype epsilon floatx get_uid image_data_format is_float_dtype is_int_dtype
        is_keras_tensor is_sparse ndim result_type standardize_dtype""",
    "host": "batch_get_value eval get_value",
    "unknown": "in_test_phase in_train_phase map_fn stop_gradient switch",
}

_LOSSES: _Groups = {
    "tensor": """
        KLD MAE MAPE MSE MSLE binary_crossentropy binary_focal_crossentropy categorical_crossentropy
        categorical_focal_crossentropy categorical_generalized_cross_entropy categorical_hinge circle
        cosine_similarity ctc dice hinge huber kl_divergence kld kullback_leibler_divergence log_cosh
        logcosh mae mape mean_absolute_error mean_absolute_percentage_error mean_squared_error
        mean_squared_logarithmic_error mse msle poisson sparse_categorical_crossentropy squared_hinge
        tversky""",
}

_METRICS: _Groups = {
    "tensor": """
        KLD MAE MAPE MSE MSLE binary_accuracy binary_crossentropy binary_focal_crossentropy
        categorical_accuracy categorical_crossentropy categorical_focal_crossentropy categorical_hinge
        concordance_correlation hinge huber kl_divergence kld kullback_leibler_divergence log_cosh logcosh
        mae mape mean_absolute_error mean_absolute_percentage_error mean_squared_error
        mean_squared_logarithmic_error mse msle pearson_correlation poisson sparse_categorical_accuracy
        sparse_categorical_crossentropy sparse_top_k_categorical_accuracy squared_hinge
        top_k_categorical_accuracy""",
}

_RANDOM: _Groups = {
    "batched": "categorical dropout shuffle",
    "tensor": "beta binomial gamma normal randint truncated_normal uniform",
    "instance:keras.random.SeedGenerator": "SeedGenerator",
}

_TREE: _Groups = {
    "leaves": "flatten",
    "none": "assert_same_structure",
    "static": "is_nested",
    "unknown": "flatten_with_path lists_to_tuples pack_sequence_as",
    "result": "map_structure",
}

_UTILS: _Groups = {
    "static": "get_registered_name is_interactive_logging_enabled is_keras_tensor standardize_dtype",
    "(unknown, unknown, unknown)": "unpack_x_y_sample_weight",
}

_MERGING_FUNCTIONS: _Groups = {
    "tensor": "Input add average concatenate dot maximum minimum multiply subtract",
}

_LAYER: _Groups = {
    "instance:keras.Variable": "add_weight",
    "none": "add_loss build set_weights",
    "static": "count_params get_config",
    "host": "get_weights",
}

_MODEL: _Groups = {
    "host": "evaluate predict predict_on_batch test_on_batch train_on_batch",
    "tensor": "compute_loss",
}

RETURNS: dict[str, _Groups] = {
    "keras": {"tensor": "Input"},
    "keras.Layer": _LAYER,
    "keras.Model": _MODEL,
    "keras.activations": _ACTIVATIONS,
    "keras.backend": _BACKEND,
    "keras.config": {
        "static": """
            backend dtype_policy epsilon floatx image_data_format is_flash_attention_enabled
            is_interactive_logging_enabled is_traceback_filtering_enabled""",
    },
    "keras.layers": _MERGING_FUNCTIONS,
    "keras.losses": _LOSSES,
    "keras.metrics": _METRICS,
    "keras.random": _RANDOM,
    "keras.random.SeedGenerator": {"tensor": "next"},
    "keras.tree": _TREE,
    "keras.utils": _UTILS,
}

MODELS = """
    keras.Functional keras.Model keras.Sequential keras.models.Functional keras.models.Model
    keras.models.Sequential"""

VARIABLES = "keras.Variable keras.backend.variable tf.Variable tf.get_variable"
