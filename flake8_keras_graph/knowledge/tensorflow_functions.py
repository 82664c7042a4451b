"""What the functions of TensorFlow return, by namespace and return spec (the language is the package's).

``tf.compat.v1`` is read as ``tf``: an entry holds for both, and names of TensorFlow 1 alone are at the end.
"""

from __future__ import annotations

_Groups = dict[str, str]

_ROOT: _Groups = {
    "batched": """
        abs acos acosh argsort as_string asin asinh atan atanh cast clip_by_norm clip_by_value
        convert_to_tensor cos cosh cumsum exp floor guarantee_const identity logical_not negative ones_like
        reverse reverse_sequence roll round saturate_cast sigmoid sign sin sinh sort sqrt square
        stop_gradient tan tanh tensor_scatter_nd_add tensor_scatter_nd_max tensor_scatter_nd_min
        tensor_scatter_nd_sub tensor_scatter_nd_update zeros_like""",
    "broadcast": """
        add atan2 complex divide equal greater greater_equal less less_equal logical_and logical_or maximum
        minimum multiply not_equal pow realdiv scalar_mul subtract truediv truncatediv truncatemod""",
    "tensor": """
        add_n argmax argmin batch_to_space bitcast boolean_mask broadcast_dynamic_shape broadcast_to concat
        constant conv conv2d_backprop_filter_v2 conv2d_backprop_input_v2 dynamic_stitch edit_distance
        eigvals einsum ensure_shape expand_dims extract_volume_patches eye fftnd fill fingerprint gather
        gather_nd histogram_fixed_width histogram_fixed_width_bins ifftnd irfftnd linspace matmul
        matrix_square_root norm one_hot ones pad parallel_stack random_index_shuffle range rank reduce_all
        reduce_any reduce_logsumexp reduce_max reduce_mean reduce_min reduce_prod reduce_sum repeat reshape
        rfftnd scatter_nd searchsorted sequence_mask size slice space_to_batch space_to_batch_nd squeeze
        stack strided_slice tensordot tile timestamp transpose unravel_index where zeros""",
    "tensors": "dynamic_partition hessians identity_n meshgrid shape_n split tuple unstack",
    "(tensors, tensor)": "clip_by_global_norm",
    "(tensor, tensor)": "approx_top_k eig required_space_to_batch_paddings unique",
    "(tensor, tensor, tensor)": "unique_with_counts",
    "(tensor, tensor, tensor, tensor)": "ragged_fill_empty_rows",
    "shape-tensor": "shape",
    "static-shape": "TensorShape broadcast_static_shape",
    "static": """
        TensorSpec as_dtype executing_eagerly get_current_name_scope get_static_value inside_function
        is_symbolic_tensor is_tensor type_spec_from_value""",
    "none": "Assert assert_equal assert_greater assert_less assert_rank group no_op print",
    "instance:tf.GradientTape": "GradientTape",
    "instance:tf.SparseTensor": "SparseTensor",
    "instance:tf.TensorArray": "TensorArray",
    "result": "cond switch_case vectorized_map",
    "like:loop_vars": "while_loop",
    "like:initializer": "foldl foldr",
    "unknown": "case gradients map_fn numpy_function py_function scan",
}

_MATH: _Groups = {
    "batched": """
        abs acos acosh angle asin asinh atan atanh bessel_i0 bessel_i0e bessel_i1 bessel_i1e ceil conj cos
        cosh cumprod cumsum cumulative_logsumexp digamma erf erfc erfcinv erfinv exp expm1 floor imag
        in_top_k invert_permutation is_finite is_inf is_nan l2_normalize lgamma log log1p log_sigmoid
        log_softmax logical_not ndtri negative real reciprocal reciprocal_no_nan rint round rsqrt sigmoid
        sign sin sinh softmax softplus softsign sqrt square tan tanh""",
    "broadcast": """
        add atan2 divide divide_no_nan equal floordiv floormod greater greater_equal igamma igammac less
        less_equal logical_and logical_or logical_xor maximum minimum mod multiply multiply_no_nan
        nextafter not_equal pow scalar_mul squared_difference subtract truediv xdivy xlog1py xlogy""",
    "tensor": """
        accumulate_n add_n argmax argmin betainc bincount confusion_matrix count_nonzero is_non_decreasing
        is_strictly_increasing lbeta polygamma polyval reduce_all reduce_any reduce_euclidean_norm
        reduce_logsumexp reduce_max reduce_mean reduce_min reduce_prod reduce_std reduce_sum
        reduce_variance segment_max segment_mean segment_min segment_prod segment_sum sobol_sample
        unsorted_segment_max unsorted_segment_mean unsorted_segment_min unsorted_segment_prod
        unsorted_segment_sqrt_n unsorted_segment_sum zero_fraction zeta""",
    "(tensor, tensor)": "approx_max_k approx_min_k top_k",
}

_MATH_SPECIAL: _Groups = {
    "batched": """
        bessel_i0 bessel_i0e bessel_i1 bessel_i1e bessel_j0 bessel_j1 bessel_k0 bessel_k0e bessel_k1
        bessel_k1e bessel_y0 bessel_y1 dawsn expint fresnel_cos fresnel_sin spence""",
}

_NN: _Groups = {
    "batched": """
        atrous_conv2d avg_pool avg_pool1d avg_pool2d avg_pool3d bias_add conv1d conv2d conv3d convolution
        depthwise_conv2d dilation2d dropout elu erosion2d gelu in_top_k l2_normalize leaky_relu
        local_response_normalization log_softmax lrn max_pool max_pool1d max_pool2d max_pool3d relu relu6
        selu separable_conv2d sigmoid silu softmax softplus softsign swish tanh""",
    "broadcast": "log_poisson_loss",
    "(batched, batched)": "isotonic_regression",
    "tensor": """
        atrous_conv2d_transpose batch_norm_with_global_normalization batch_normalization
        compute_average_loss conv1d_transpose conv2d_transpose conv3d_transpose conv_transpose crelu
        ctc_loss depth_to_space depthwise_conv2d_backprop_filter depthwise_conv2d_backprop_input
        embedding_lookup embedding_lookup_sparse l2_loss nce_loss pool safe_embedding_lookup_sparse
        sampled_softmax_loss scale_regularization_loss sigmoid_cross_entropy_with_logits
        softmax_cross_entropy_with_logits space_to_batch space_to_depth
        sparse_softmax_cross_entropy_with_logits weighted_cross_entropy_with_logits with_space_to_batch
        xw_plus_b zero_fraction""",
    "(tensor, tensor)": """
        approx_max_k approx_min_k collapse_repeated ctc_unique_labels max_pool_with_argmax moments
        normalize_moments top_k weighted_moments""",
    "(tensor, tensor, tensor)": """
        all_candidate_sampler compute_accidental_hits fixed_unigram_candidate_sampler fractional_avg_pool
        fractional_max_pool learned_unigram_candidate_sampler""",
    "(tensor, tensor, tensor, unknown)": "sufficient_statistics",
    "(unknown, tensor)": "ctc_beam_search_decoder ctc_greedy_decoder",
}

_LINALG: _Groups = {
    "batched": "band_part l2_normalize set_diag",
    "tensor": """
        adjoint banded_triangular_solve cholesky cholesky_solve cross det diag diag_part eigvals eigvalsh
        einsum expm eye global_norm inv logdet logm lstsq lu_matrix_inverse lu_reconstruct lu_solve matmul
        matrix_rank matrix_transpose matvec norm pinv solve sqrtm tensor_diag tensor_diag_part tensordot
        trace triangular_solve tridiagonal_matmul tridiagonal_solve""",
    "(tensor, tensor)": "eig eigh lu normalize qr slogdet",
}

_DEBUGGING: _Groups = {
    "batched": "assert_all_finite check_numerics",
    "none": """
        Assert assert_equal assert_greater assert_greater_equal assert_integer assert_less
        assert_less_equal assert_near assert_negative assert_non_negative assert_non_positive
        assert_none_equal assert_positive assert_proper_iterable assert_rank assert_rank_at_least
        assert_rank_in assert_shapes assert_type""",
    "static": "assert_same_float_dtype is_numeric_tensor",
    "unknown": "assert_scalar",
}

_IMAGE: _Groups = {
    "batched": """
        adjust_brightness adjust_contrast adjust_gamma adjust_hue adjust_saturation convert_image_dtype
        draw_bounding_boxes extract_glimpse extract_patches flip_left_right flip_up_down hsv_to_rgb
        per_image_standardization random_brightness random_contrast random_flip_left_right
        random_flip_up_down random_hue random_saturation rgb_to_hsv rgb_to_yiq rgb_to_yuv sobel_edges
        stateless_random_brightness stateless_random_contrast stateless_random_flip_left_right
        stateless_random_flip_up_down stateless_random_hue stateless_random_saturation yiq_to_rgb
        yuv_to_rgb""",
    "tensor": """
        adjust_jpeg_quality central_crop crop_and_resize crop_to_bounding_box decode_and_crop_jpeg
        decode_bmp decode_gif decode_image decode_jpeg decode_png encode_jpeg encode_png extract_jpeg_shape
        grayscale_to_rgb is_jpeg non_max_suppression non_max_suppression_overlaps pad_to_bounding_box psnr
        random_crop random_jpeg_quality resize resize_with_crop_or_pad resize_with_pad rgb_to_grayscale
        rot90 ssim ssim_multiscale stateless_random_crop stateless_random_jpeg_quality total_variation
        transpose""",
    "(batched, batched)": "image_gradients",
    "(tensor, tensor)": "non_max_suppression_padded non_max_suppression_with_scores",
    "(tensor, tensor, tensor)": "sample_distorted_bounding_box stateless_sample_distorted_bounding_box",
    "(batched, batched, batched, batched)": "combined_non_max_suppression",
}

_IO: _Groups = {
    "batched": "decode_base64 decode_compressed encode_base64",
    "tensor": """
        decode_and_crop_jpeg decode_bmp decode_gif decode_image decode_jpeg decode_json_example decode_png
        decode_raw encode_jpeg encode_png extract_jpeg_shape is_jpeg matching_files parse_tensor read_file
        serialize_many_sparse serialize_sparse serialize_tensor""",
    "tensors": "decode_csv",
    "none": "write_file",
}

_RANDOM: _Groups = {
    "batched": "categorical shuffle stateless_categorical",
    "tensor": """
        create_rng_state fold_in gamma normal poisson split stateless_binomial stateless_gamma
        stateless_normal stateless_parameterized_truncated_normal stateless_poisson
        stateless_truncated_normal stateless_uniform truncated_normal uniform""",
    "(tensor, tensor, tensor)": """
        all_candidate_sampler fixed_unigram_candidate_sampler learned_unigram_candidate_sampler
        log_uniform_candidate_sampler uniform_candidate_sampler""",
    "none": "set_seed",
    "instance:tf.random.Generator": "Generator.from_seed get_global_generator",
}

_RANDOM_EXPERIMENTAL: _Groups = {
    "batched": "stateless_shuffle",
    "tensor": "create_rng_state index_shuffle stateless_fold_in stateless_split",
    "instance:tf.random.Generator": "Generator.from_seed get_global_generator",
}

_SIGNAL: _Groups = {
    "batched": "fft fft2d fft3d fftshift ifft ifft2d ifft3d ifftshift",
    "tensor": """
        dct fftnd frame hamming_window hann_window idct ifftnd inverse_mdct inverse_stft irfft irfft2d
        irfft3d irfftnd kaiser_bessel_derived_window kaiser_window linear_to_mel_weight_matrix mdct
        mfccs_from_log_mel_spectrograms overlap_and_add rfft rfft2d rfft3d rfftnd stft vorbis_window""",
}

_SPARSE: _Groups = {
    "tensor": "segment_mean segment_sqrt_n segment_sum sparse_dense_matmul to_dense to_indicator",
    "instance:tf.SparseTensor": """
        SparseTensor bincount concat cross cross_hashed expand_dims eye from_dense map_values maximum
        minimum reorder reset_shape reshape retain slice softmax transpose""",
    "(instance:tf.SparseTensor, tensor)": "fill_empty_rows",
    "unknown": "add mask reduce_max reduce_sum split",
}

_STRINGS: _Groups = {
    "batched": """
        as_string length lower regex_full_match regex_replace strip to_hash_bucket to_hash_bucket_fast
        to_hash_bucket_strong to_number unicode_script unicode_transcode upper""",
    "tensor": "format join reduce_join substr unsorted_segment_join",
    "unknown": """
        bytes_split ngrams split unicode_decode unicode_decode_with_offsets unicode_encode unicode_split
        unicode_split_with_offsets""",
}

_EXPERIMENTAL_NUMPY: _Groups = {
    "batched": """
        abs absolute angle arccos arccosh arcsin arcsinh arctan arctanh bitwise_not cbrt ceil conj
        conjugate copy cos cosh deg2rad exp exp2 expm1 fabs fix floor imag isfinite isnan isreal log log10
        log1p log2 logical_not negative ones_like positive rad2deg real reciprocal sign signbit sin sinc
        sinh sqrt square tan tanh zeros_like""",
    "broadcast": """
        add arctan2 bitwise_and bitwise_or bitwise_xor divide equal float_power floor_divide gcd greater
        greater_equal heaviside hypot isclose lcm less less_equal logaddexp logaddexp2 logical_and
        logical_or logical_xor maximum minimum mod multiply nextafter not_equal power remainder subtract
        true_divide""",
    "tensor": """
        all allclose amax amin any append arange argmax argmin argsort array array_equal asanyarray asarray
        ascontiguousarray average broadcast_to clip compress concatenate count_nonzero cross cumprod cumsum
        diag diagflat diagonal diff dot dstack einsum empty empty_like expand_dims eye flatten flip fliplr
        flipud full full_like geomspace hstack identity inner kron linspace logspace matmul max mean min
        moveaxis nanmean nanprod nansum ones outer pad polyval prod ptp ravel repeat reshape roll rot90
        select sort squeeze stack std sum swapaxes take take_along_axis tensordot tile trace transpose tri
        tril triu vander var vdot vstack zeros""",
    "tensors": "broadcast_arrays diag_indices dsplit hsplit ix_ meshgrid nonzero split vsplit",
    "(tensor, tensor)": "divmod",
    "static": "finfo iinfo iscomplexobj isrealobj isscalar issubdtype promote_types result_type",
}

_TENSOR_ARRAY: _Groups = {
    "instance:tf.TensorArray": "identity scatter split unstack write",
    "tensor": "concat gather read size stack",
}

_RAGGED_TENSOR: _Groups = {
    "tensor": "bounding_shape nrows row_lengths row_limits row_starts to_tensor value_rowids",
    "tensors": "nested_row_lengths nested_value_rowids",
    "instance:tf.SparseTensor": "to_sparse",
    "instance:tf.RaggedTensor": """
        from_nested_row_lengths from_nested_row_splits from_nested_value_rowids from_row_lengths
        from_row_limits from_row_splits from_row_starts from_sparse from_tensor from_uniform_row_length
        from_value_rowids with_flat_values with_row_splits_dtype""",
    "static-shape": "get_shape",
    "host": "numpy to_list",
}

_SPARSE_TENSOR: _Groups = {
    "instance:tf.SparseTensor": "from_value with_values",
    "static-shape": "get_shape",
}

_GENERATOR: _Groups = {
    "tensor": "binomial make_seeds normal truncated_normal uniform uniform_full_int",
    "none": "reset reset_from_seed",
}

_GRADIENT_TAPE: _Groups = {
    "tensor": "batch_jacobian",
    "none": "reset watch",
    "unknown": "gradient jacobian",
}

_NEST: _Groups = {
    "leaves": "flatten",
    "none": "assert_same_structure",
    "static": "is_nested",
    "unknown": "pack_sequence_as",
    "result": "map_structure",
}

_COMPAT: _Groups = {"static": "as_bytes as_str as_str_any as_text dimension_at_index dimension_value"}

# Names of TensorFlow 1 that the second version lacks; code that imports tensorflow.compat.v1 has them.
_VERSION_1: _Groups = {
    "batched": """
        angle ceil conj cumprod digamma erf erfc fft fft2d fft3d ifft ifft2d ifft3d imag invert_permutation
        is_finite is_inf is_nan lgamma log log1p log_sigmoid matrix_band_part matrix_set_diag
        random_shuffle real reciprocal reverse_v2 rint rsqrt to_bfloat16 to_complex128 to_complex64
        to_double to_float to_int32 to_int64""",
    "broadcast": "div div_no_nan floor_div floordiv floormod igamma igammac mod squared_difference",
    "tensor": """
        accumulate_n batch_gather betainc bincount cholesky cholesky_solve confusion_matrix count_nonzero
        cross decode_base64 decode_raw depth_to_space diag diag_part extract_image_patches global_norm
        lbeta matrix_determinant matrix_diag matrix_diag_part matrix_inverse matrix_solve matrix_transpose
        matrix_triangular_solve multinomial placeholder placeholder_with_default polygamma random_gamma
        random_normal random_poisson random_uniform segment_max segment_mean segment_min segment_prod
        segment_sum self_adjoint_eigvals space_to_depth sparse_to_dense trace truncated_normal
        unsorted_segment_max unsorted_segment_mean unsorted_segment_sum where_v2 zeta""",
    "(tensor, tensor)": "qr self_adjoint_eig",
    "static": "dimension_at_index dimension_value executing_eagerly_outside_functions",
    "none": """
        assert_greater_equal assert_integer assert_less_equal assert_near assert_negative
        assert_non_negative assert_non_positive assert_none_equal assert_positive assert_rank_at_least
        assert_rank_in assert_type""",
}

RETURNS: dict[str, _Groups] = {
    "tf": _ROOT,
    "tf.GradientTape": _GRADIENT_TAPE,
    "tf.RaggedTensor": _RAGGED_TENSOR,
    "tf.SparseTensor": _SPARSE_TENSOR,
    "tf.TensorArray": _TENSOR_ARRAY,
    "tf.audio": {"(tensor, tensor)": "decode_wav", "tensor": "encode_wav"},
    "tf.bitwise": {
        "batched": "invert",
        "broadcast": "bitwise_and bitwise_or bitwise_xor left_shift right_shift",
    },
    "tf.compat": _COMPAT,
    "tf.config": {
        "static": """
            functions_run_eagerly get_soft_device_placement get_visible_devices list_logical_devices
            list_physical_devices""",
    },
    "tf.debugging": _DEBUGGING,
    "tf.distribute": {"static": "has_strategy in_cross_replica_context"},
    "tf.dtypes": {"batched": "cast saturate_cast", "static": "as_dtype", "broadcast": "complex"},
    "tf.experimental.numpy": _EXPERIMENTAL_NUMPY,
    "tf.image": _IMAGE,
    "tf.io": _IO,
    "tf.linalg": _LINALG,
    "tf.linalg.experimental": {"unknown": "conjugate_gradient"},
    "tf.math": _MATH,
    "tf.math.special": _MATH_SPECIAL,
    "tf.nest": _NEST,
    "tf.nn": _NN,
    "tf.nn.experimental": {"batched": "general_dropout stateless_dropout"},
    "tf.quantization": {
        "batched": """
            dequantize fake_quant_with_min_max_args fake_quant_with_min_max_vars
            fake_quant_with_min_max_vars_per_channel quantize_and_dequantize_v2""",
        "(tensor, tensor, tensor)": "quantize",
    },
    "tf.ragged": {
        "tensor": "row_splits_to_segment_ids segment_ids_to_row_splits",
        "instance:tf.RaggedTensor": "cross cross_hashed range stack stack_dynamic_partitions",
        "unknown": "boolean_mask constant map_flat_values",
    },
    "tf.random": _RANDOM,
    "tf.random.Generator": _GENERATOR,
    "tf.random.experimental": _RANDOM_EXPERIMENTAL,
    "tf.sets": {"instance:tf.SparseTensor": "difference intersection union", "tensor": "size"},
    "tf.signal": _SIGNAL,
    "tf.sparse": _SPARSE,
    "tf.strings": _STRINGS,
}

RETURNS_VERSION_1: dict[str, _Groups] = {"tf": _VERSION_1}

# The spec with exactly so many arguments, where it is another one.
BY_COUNT: dict[tuple[str, int | None], str] = {("tf.where", 3): "broadcast"}
