"""What the functions of TensorFlow return, by namespace and return spec (the language is the package's)."""

from __future__ import annotations

_Groups = dict[str, str]

_MATH: _Groups = {
    "batched": """
        abs acos acosh angle asin asinh atan atanh bessel_i0 bessel_i0e bessel_i1 bessel_i1e ceil conj cos cosh
        cumprod cumsum cumulative_logsumexp digamma erf erfc erfcinv erfinv exp expm1 floor imag in_top_k
        invert_permutation is_finite is_inf is_nan l2_normalize lgamma log log1p log_sigmoid log_softmax
        logical_not ndtri negative real reciprocal reciprocal_no_nan rint round rsqrt sigmoid sign sin sinh
        softmax softplus softsign sqrt square tan tanh""",
    "broadcast": """
        add atan2 betainc divide divide_no_nan equal floordiv floormod greater greater_equal igamma igammac less
        less_equal logical_and logical_or logical_xor maximum minimum mod multiply multiply_no_nan nextafter
        not_equal polygamma pow scalar_mul squared_difference subtract truediv xdivy xlog1py xlogy zeta""",
    "tensor": """
        accumulate_n add_n argmax argmin bincount confusion_matrix count_nonzero is_non_decreasing
        is_strictly_increasing lbeta polyval reduce_all reduce_any reduce_euclidean_norm reduce_logsumexp
        reduce_max reduce_mean reduce_min reduce_prod reduce_std reduce_sum reduce_variance segment_max
        segment_mean segment_min segment_prod segment_sum sobol_sample unsorted_segment_max
        unsorted_segment_mean unsorted_segment_min unsorted_segment_prod unsorted_segment_sqrt_n
        unsorted_segment_sum zero_fraction""",
    "(tensor, tensor)": "approx_max_k approx_min_k top_k",
}

_MATH_SPECIAL: _Groups = {
    "batched": """
        bessel_i0 bessel_i0e bessel_i1 bessel_i1e bessel_j0 bessel_j1 bessel_k0 bessel_k0e bessel_k1 bessel_k1e
        bessel_y0 bessel_y1 dawsn expint fresnel_cos fresnel_sin spence""",
}

_ROOT: _Groups = {
    "batched": """
        abs acos acosh argsort asin asinh as_string atan atanh cast clip_by_norm clip_by_value cos cosh cumsum
        ensure_shape exp fingerprint floor grad_pass_through guarantee_const histogram_fixed_width_bins identity
        logical_not matrix_square_root negative one_hot ones_like reverse reverse_sequence roll round
        saturate_cast sigmoid sign sin sinh sort sqrt square stop_gradient tan tanh tensor_scatter_nd_add
        tensor_scatter_nd_max tensor_scatter_nd_min tensor_scatter_nd_sub tensor_scatter_nd_update
        to_bfloat16 to_complex128 to_complex64 to_double to_float to_int32 to_int64 zeros_like""",
    "broadcast": """
        add atan2 divide equal greater greater_equal less less_equal logical_and logical_or maximum minimum
        multiply not_equal pow realdiv scalar_mul subtract truediv truncatediv truncatemod where""",
    "tensor": """
        add_n argmax argmin batch_to_space bitcast boolean_mask broadcast_dynamic_shape broadcast_to concat
        constant convert_to_tensor conv dynamic_stitch edit_distance eigvals einsum expand_dims
        extract_volume_patches eye fftnd fill gather gather_nd histogram_fixed_width ifftnd irfftnd linspace
        matmul norm ones pad parallel_stack random_index_shuffle range rank reduce_all reduce_any
        reduce_logsumexp reduce_max reduce_mean reduce_min reduce_prod reduce_sum repeat reshape rfftnd
        scatter_nd searchsorted sequence_mask size slice space_to_batch space_to_batch_nd squeeze stack
        strided_slice tensordot tile timestamp transpose unravel_index zeros""",
    "tensors": "dynamic_partition gradients hessians identity_n meshgrid shape_n split unstack",
    "(tensor, tensor)": "clip_by_global_norm eig required_space_to_batch_paddings unique",
    "(tensor, tensor, tensor)": "unique_with_counts",
    "shape-tensor": "shape",
    "static-shape": "TensorShape broadcast_static_shape",
    "static": """
        DType TensorSpec as_dtype executing_eagerly get_current_name_scope get_static_value inside_function
        is_symbolic_tensor is_tensor type_spec_from_value""",
    "none": "assert_equal assert_greater assert_less assert_rank print group no_op",
    "instance:tf.GradientTape": "GradientTape",
    "instance:tf.RaggedTensor": "RaggedTensor",
    "instance:tf.SparseTensor": "SparseTensor",
    "instance:tf.TensorArray": "TensorArray",
}

_NN: _Groups = {
    "batched": """
        atrous_conv2d avg_pool avg_pool1d avg_pool2d avg_pool3d batch_normalization bias_add conv1d conv2d conv3d
        convolution depthwise_conv2d dilation2d dropout elu erosion2d gelu in_top_k isotonic_regression
        l2_normalize leaky_relu local_response_normalization log_softmax lrn max_pool max_pool1d max_pool2d
        max_pool3d relu relu6 selu separable_conv2d sigmoid silu softmax softplus softsign swish tanh""",
    "broadcast": "log_poisson_loss",
    "tensor": """
        conv_transpose conv1d_transpose conv2d_transpose conv3d_transpose crelu ctc_loss depth_to_space
        embedding_lookup embedding_lookup_sparse l2_loss nce_loss pool safe_embedding_lookup_sparse
        sampled_softmax_loss sigmoid_cross_entropy_with_logits softmax_cross_entropy_with_logits space_to_batch
        space_to_depth sparse_softmax_cross_entropy_with_logits weighted_cross_entropy_with_logits zero_fraction""",
    "(tensor, tensor)": """
        approx_max_k approx_min_k max_pool_with_argmax moments normalize_moments top_k weighted_moments""",
}

_LINALG: _Groups = {
    "batched": "band_part cholesky diag expm inv l2_normalize logm set_diag sqrtm",
    "tensor": """
        adjoint banded_triangular_solve cholesky_solve cross det diag_part eigvals eigvalsh einsum eye global_norm
        logdet lstsq lu_matrix_inverse lu_reconstruct lu_solve matmul matrix_rank matrix_transpose matvec norm
        pinv solve tensor_diag tensor_diag_part tensordot trace triangular_solve tridiagonal_matmul
        tridiagonal_solve""",
    "(tensor, tensor)": "eig eigh lu normalize qr slogdet",
}

_DEBUGGING: _Groups = {
    "none": """
        Assert assert_equal assert_greater assert_greater_equal assert_integer assert_less assert_less_equal
        assert_near assert_negative assert_non_negative assert_non_positive assert_none_equal assert_positive
        assert_proper_iterable assert_rank assert_rank_at_least assert_rank_in assert_scalar assert_shapes
        assert_type""",
    "batched": "assert_all_finite check_numerics",
    "static": "is_numeric_tensor",
}

_RANDOM: _Groups = {
    "tensor": """
        categorical gamma normal poisson shuffle stateless_binomial stateless_categorical stateless_gamma
        stateless_normal stateless_parameterized_truncated_normal stateless_poisson stateless_truncated_normal
        stateless_uniform truncated_normal uniform""",
}

RETURNS: dict[str, _Groups] = {
    "tf": _ROOT,
    "tf.debugging": _DEBUGGING,
    "tf.linalg": _LINALG,
    "tf.math": _MATH,
    "tf.math.special": _MATH_SPECIAL,
    "tf.nn": _NN,
    "tf.random": _RANDOM,
}
