"""The functions of Keras outside keras.ops, and what makes variables."""

from __future__ import annotations

from flake8_keras_graph.knowledge.columns import Table

FUNCTIONS: Table = {
    "keras": {
        "-; wraps traced": "remat",
    },
    "keras keras.layers": {
        "tensor": "Input",
    },
    "keras.Layer": {
        "static": "get_config",
        "none": "add_loss build set_weights",
        "host": "get_weights",
        "instance:keras.Variable": "add_weight",
    },
    "keras.Layer keras.backend": {
        "static": "count_params",
    },
    "keras.Model": {
        "tensor": "compute_loss",
        "host": "evaluate predict predict_on_batch test_on_batch train_on_batch",
    },
    "keras.activations": {
        "batched": "log_softmax softmax sparsemax",
        "batched; elementwise": """
            celu elu exponential gelu hard_shrink hard_silu hard_swish hard_tanh leaky_relu linear log_sigmoid
            mish relu relu6 selu sigmoid silu soft_shrink softplus sparse_plus sparse_sigmoid squareplus swish
            tanh tanh_shrink threshold""",
        "tensor": "glu",
        "static": "serialize",
    },
    "keras.activations keras.backend": {
        "batched; elementwise": "hard_sigmoid softsign",
    },
    "keras.backend": {
        "batched": """
            batch_flatten batch_normalization bias_add conv1d conv2d conv3d depthwise_conv2d l2_normalize
            local_conv1d local_conv2d pool2d pool3d resize_images resize_volumes reverse separable_conv2d
            spatial_2d_padding spatial_3d_padding temporal_padding""",
        "same": "cast_to_floatx",
        "batched; elementwise": "cos print_tensor round sin to_dense",
        "batched; same-arguments": "softmax",
        "batched; elementwise; same-arguments": """
            abs->absolute cast clip elu exp log ones_like relu sigmoid sign softplus sqrt square tanh zeros_like""",
        "broadcast; elementwise; boolean": "greater_equal less_equal",
        "broadcast; elementwise; same-arguments": "maximum minimum pow->power",
        "broadcast; elementwise; boolean; same-arguments": "equal greater less not_equal",
        "tensor": """
            batch_dot constant conv2d_transpose ctc_batch_cost cumprod cumsum eye flatten gather in_top_k
            moving_average_update permute_dimensions placeholder transpose update update_add update_sub""",
        "tensor; size num_classes@1": "one_hot",
        "tensor; size shape@0": "ones zeros",
        "tensor; size n@1": "repeat tile",
        "tensor; size rep@1": "repeat_elements",
        "tensor; draws": "random_bernoulli random_binomial",
        "tensor; draws; size shape@0": "random_normal random_uniform",
        "tensor; integers": "argmax argmin",
        "tensor; range; size start@0": "arange",
        "tensor; same-arguments": "expand_dims squeeze",
        "tensor; same-arguments; size shape@1": "reshape",
        "tensor; reduction; boolean": "all any",
        "tensor; reduction; same-arguments": "max mean min prod std sum var",
        "tensor; grows; stacks; same-arguments": "stack",
        "tensor; joins; grows; same-arguments": "concatenate",
        "tensor; effect staged-loop; function fn@0(like:initializer, row:elems); at elems@1; at initializer@2": """
            foldl foldr""",
        "tensors": "gradients",
        "(tensor, tensor, tensor)": "normalize_batch_in_training",
        (
            "(tensor, tensor, unknown); effect staged-loop; "
            "function step_function@0(like:inputs, like:initial_states); at inputs@1; at initial_states@2"
        ): "rnn",
        "(tensors, tensor)": "ctc_decode",
        "shape-tensor; integers": "shape",
        "static": "dtype get_uid is_float_dtype is_int_dtype is_sparse ndim result_type",
        "static-shape": "int_shape",
        "host": "batch_get_value eval",
        "host; host-read": "get_value",
        "instance:tf.SparseTensor": "ctc_label_dense_to_sparse",
        "unknown": "in_test_phase in_train_phase",
        "unknown; same-arguments": "stop_gradient",
        "unknown; function then_expression@1; function else_expression@2": "switch",
        "unknown; effect staged-loop; function fn@0(row:elems); at elems@1": "map_fn",
        "-; effect creates-variable": "random_normal_variable random_uniform_variable",
    },
    "keras.backend keras.config": {
        "static": "backend epsilon floatx image_data_format",
    },
    "keras.backend keras.layers": {
        "tensor": "dot",
    },
    "keras.backend keras.random": {
        "batched; draws": "dropout",
        "tensor; draws; size shape@0": "truncated_normal",
    },
    "keras.backend keras.utils": {
        "static": "is_keras_tensor standardize_dtype",
    },
    "keras.backend keras.losses keras.metrics": {
        "tensor": """
            binary_crossentropy binary_focal_crossentropy categorical_crossentropy
            categorical_focal_crossentropy sparse_categorical_crossentropy""",
    },
    "keras.config": {
        "static": "dtype_policy is_flash_attention_enabled is_traceback_filtering_enabled",
    },
    "keras.config keras.utils": {
        "static": "is_interactive_logging_enabled",
    },
    "keras.layers": {
        "tensor": "add average maximum minimum multiply subtract",
        "tensor; joins; grows": "concatenate",
    },
    "keras.losses": {
        "tensor": "categorical_generalized_cross_entropy circle cosine_similarity ctc dice tversky",
    },
    "keras.losses keras.metrics": {
        "tensor": """
            KLD MAE MAPE MSE MSLE categorical_hinge hinge huber kl_divergence kld kullback_leibler_divergence
            log_cosh logcosh mae mape mean_absolute_error mean_absolute_percentage_error mean_squared_error
            mean_squared_logarithmic_error mse msle poisson squared_hinge""",
    },
    "keras.metrics": {
        "tensor": """
            binary_accuracy categorical_accuracy concordance_correlation pearson_correlation
            sparse_categorical_accuracy sparse_top_k_categorical_accuracy top_k_categorical_accuracy""",
    },
    "keras.random": {
        "batched; draws": "categorical shuffle",
        "tensor; draws": "beta binomial gamma",
        "tensor; draws; size shape@0": "normal randint uniform",
        "instance:keras.random.SeedGenerator": "SeedGenerator",
    },
    "keras.random.SeedGenerator": {
        "tensor; draws": "next",
    },
    "keras.saving keras.utils": {
        "-; wraps traced": "register_keras_serializable",
    },
    "keras.tree": {
        "static": "is_nested",
        "none": "assert_same_structure",
        "result; function func@0(leaf:structures); at structures@1": "map_structure",
        "leaves": "flatten",
        "unknown": "flatten_with_path lists_to_tuples pack_sequence_as",
    },
    "keras.utils": {
        "(unknown, unknown, unknown)": "unpack_x_y_sample_weight",
        "static": "get_registered_name",
    },
}

VARIABLES: Table = {
    "keras": {
        "-; effect creates-variable": "Variable",
    },
    "keras.backend": {
        "-; effect creates-variable": "variable",
    },
}
