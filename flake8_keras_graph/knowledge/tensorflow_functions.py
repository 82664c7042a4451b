"""The functions of TensorFlow.

``tf.compat.v1`` is read as ``tf``: an entry holds for both, and names of TensorFlow 1 alone have a table of their own.
"""

from __future__ import annotations

from flake8_keras_graph.knowledge.columns import Table

FUNCTIONS: Table = {
    "tf": {
        "batched": """
            clip_by_norm reverse_sequence roll sort tensor_scatter_nd_add tensor_scatter_nd_max
            tensor_scatter_nd_min tensor_scatter_nd_sub tensor_scatter_nd_update""",
        "batched; elementwise": "guarantee_const identity",
        "batched; integers": "argsort",
        "batched; with tensor axis name -> x axis -": "reverse->flip",
        "batched; elementwise; stacks": "convert_to_tensor",
        "batched; elementwise; of-shape; with input dtype name -> x dtype -": "ones_like zeros_like",
        "batched; elementwise; with input name -> variable -": "stop_gradient",
        "batched; elementwise; with t clip_value_min clip_value_max name -> x x_min x_max -": "clip_by_value->clip",
        "batched; elementwise; with x dtype name -> x dtype -": "cast",
        "broadcast; elementwise": "realdiv truncatediv truncatemod",
        "tensor": """
            batch_to_space bitcast broadcast_dynamic_shape constant conv conv2d_backprop_filter_v2
            conv2d_backprop_input_v2 dynamic_stitch ensure_shape extract_volume_patches gather_nd
            histogram_fixed_width_bins parallel_stack random_index_shuffle space_to_batch_nd strided_slice
            unravel_index""",
        "tensor; xla never": "edit_distance fingerprint histogram_fixed_width matrix_square_root timestamp",
        "tensor; size dims@0": "fill",
        "tensor; size shape@2": "scatter_nd",
        "tensor; bound begin@1; bound size@2": "slice",
        "tensor; boolean; value maxlen@1": "sequence_mask",
        "tensor; data-dependent": "boolean_mask",
        "tensor; integers": "searchsorted",
        "tensor; integers; of-shape": "rank",
        "tensor; range; size start@0; size delta@2; limit limit@1": "range",
        "tensor; with a b axes name -> x1 x2 axes -": "tensordot",
        "tensor; with a perm conjugate name -> x axes ! -": "transpose",
        "tensor; with equation *inputs -> subscripts *operands": "einsum",
        "tensor; with input axis name -> x axis -": "expand_dims squeeze",
        "tensor; with input multiples name -> x repeats -; size multiples@1": "tile",
        "tensor; with input repeats axis name -> x repeats axis -; size repeats@1": "repeat",
        "tensor; with input shape name -> x shape -; size shape@1": "broadcast_to",
        "tensor; with tensor shape name -> x newshape -; size shape@1": "reshape",
        "tensor; reduction; integers; of-shape": "size",
        (
            "tensor; with params indices validate_indices axis batch_dims name -> x indices ! axis ! -; default axis=0"
        ): "gather->take",
        "tensor; elementwise; count 3: broadcast; with condition x y name -> condition x1 x2 -": "where",
        "tensor; grows; stacks; with values axis name -> x axis -": "stack",
        "tensor; joins; grows; with values axis name -> xs axis -": "concat->concatenate",
        (
            "tensor; with indices depth on_value off_value axis dtype name -> x num_classes ! ! axis dtype -; "
            'default axis=-1; default dtype="float32"; size depth@1'
        ): "one_hot",
        "tensors": "dynamic_partition hessians identity_n shape_n tuple",
        "tensors; with value num axis name -> x num axis -": "unstack",
        "tensors; with value num_or_size_splits axis num name -> x indices_or_sections axis ! -": "split",
        "(tensor, tensor)": "approx_top_k required_space_to_batch_paddings",
        "(tensor, tensor); data-dependent": "unique",
        "(tensor, tensor, tensor); data-dependent; xla never": "unique_with_counts",
        "(tensor, tensor, tensor, tensor)": "ragged_fill_empty_rows",
        "(tensors, tensor)": "clip_by_global_norm",
        "shape-tensor; integers": "shape",
        "static": """
            TensorSpec executing_eagerly get_current_name_scope get_static_value inside_function
            is_symbolic_tensor type_spec_from_value""",
        "static; tensor-test": "is_tensor",
        "static-shape": "TensorShape broadcast_static_shape",
        "none": "group no_op",
        "none; xla never": "print",
        "instance:tf.GradientTape": "GradientTape",
        "instance:tf.TensorArray": "TensorArray",
        "result; runs branches; functions branch_fns@1": "switch_case",
        "result; runs branches; staged-test; function true_fn@1; function false_fn@2": "cond",
        "result; effect staged-loop; runs loop; function fn@0(row:elems); at elems@1": "vectorized_map",
        (
            "like:initializer; effect staged-loop; runs loop; function fn@0(like:initializer, row:elems); "
            "at elems@1; at initializer@2"
        ): "foldl foldr",
        (
            "like:loop_vars; effect staged-loop; runs loop; xla gradient if bounded; "
            "function cond@0(*like:loop_vars); function body@1(*like:loop_vars); at loop_vars@2"
        ): "while_loop",
        "unknown": "gradients",
        "unknown; runs branches; function default@1": "case",
        "unknown; effect host-callback; host-function func@0(*like:inp); at inp@1": "numpy_function py_function",
        "unknown; effect staged-loop; runs loop; function fn@0(row:elems); at elems@1": "map_fn",
        (
            "unknown; effect staged-loop; runs loop; function fn@0(like:initializer, row:elems); at elems@1; "
            "at initializer@2"
        ): "scan",
        "-; wraps autograph": "nondifferentiable_batch_function",
        "-; effect traces; wraps autograph": "function",
        "-; wraps traced; function f@0(*call)": "custom_gradient grad_pass_through recompute_grad",
        "-; effect host-callback; host-function func@0(*like:inp); at inp@1": "py_func",
    },
    "tf tf.debugging": {
        "none": "Assert assert_equal assert_greater assert_less assert_rank",
    },
    "tf tf.dtypes": {
        "batched; elementwise": "saturate_cast",
        "broadcast; elementwise": "complex",
        "static": "as_dtype",
    },
    "tf tf.experimental.numpy": {
        "tensor; size num@2": "linspace",
        "tensor; size shape@0": "ones zeros",
        "tensor; size paddings@1": "pad",
        "tensors": "meshgrid",
    },
    "tf tf.linalg": {
        "tensor; xla never": "eigvals",
        "tensor; with a b transpose_a transpose_b -> x1 x2 ! !": "matmul",
        "tensor; reduction; with tensor ord axis keepdims name -> x ord axis keepdims -": "norm",
        "(tensor, tensor); xla never": "eig",
    },
    "tf tf.math": {
        "batched; elementwise": "acosh asinh atanh round",
        "batched; elementwise; with x name -> x -": """
            abs->absolute acos->arccos asin->arcsin atan->arctan cos cosh exp floor negative sign sin sinh sqrt
            square tan""",
        "batched; with x axis exclusive reverse name -> x axis ! ! -; default axis=0": "cumsum",
        "batched; elementwise; boolean; with x name -> x -": "logical_not",
        "broadcast": "scalar_mul",
        "broadcast; elementwise; with x y name -> x1 x2 -": """
            add divide maximum minimum multiply pow->power subtract truediv->divide""",
        "broadcast; elementwise; with y x name -> x1 x2 -": "atan2->arctan2",
        "broadcast; elementwise; boolean; with x y name -> x1 x2 -": """
            equal greater greater_equal less less_equal logical_and logical_or not_equal""",
        "tensor": "add_n",
        "tensor; reduction; along-axis; with input_tensor axis keepdims name -> x axis keepdims -": """
            reduce_logsumexp->logsumexp reduce_max->max reduce_mean->mean reduce_min->min reduce_prod->prod
            reduce_sum->sum""",
        "tensor; integers; along-axis; with input axis output_type name -> x axis ! -; default axis=0": "argmax argmin",
        "tensor; reduction; boolean; along-axis; with input_tensor axis keepdims name -> x axis keepdims -": """
            reduce_all->all reduce_any->any""",
    },
    "tf tf.nn": {
        "tensor": "space_to_batch",
    },
    "tf tf.signal": {
        "tensor": "fftnd ifftnd irfftnd rfftnd",
    },
    "tf tf.sparse": {
        "instance:tf.SparseTensor": "SparseTensor",
    },
    "tf tf.strings": {
        "batched; elementwise; xla never": "as_string",
    },
    "tf tf.experimental.numpy tf.linalg": {
        "tensor; size num_rows@0; size batch_shape@2; limit num_columns@1": "eye",
    },
    "tf tf.math tf.nn": {
        "batched; elementwise; with x name -> x -": "sigmoid tanh",
    },
    "tf.GradientTape": {
        "tensor": "batch_jacobian",
        "none": "watch",
        "unknown": "gradient jacobian",
    },
    "tf.GradientTape tf.random.Generator": {
        "none": "reset",
    },
    "tf.RaggedTensor": {
        "tensor": "bounding_shape nrows row_lengths row_limits row_starts value_rowids",
        "tensor; xla never": "to_tensor",
        "tensors": "nested_row_lengths nested_value_rowids",
        "host": "numpy to_list",
        "instance:tf.RaggedTensor": """
            from_nested_row_lengths from_nested_row_splits from_nested_value_rowids from_row_lengths from_row_limits
            from_row_splits from_row_starts from_sparse from_tensor from_uniform_row_length with_flat_values
            with_row_splits_dtype""",
        "instance:tf.RaggedTensor; xla never": "from_value_rowids",
        "instance:tf.SparseTensor": "to_sparse",
    },
    "tf.RaggedTensor tf.SparseTensor": {
        "static-shape": "get_shape",
    },
    "tf.SparseTensor": {
        "instance:tf.SparseTensor": "from_value with_values",
    },
    "tf.TensorArray": {
        "tensor": "concat gather read",
        "instance:tf.TensorArray": "identity scatter split unstack write",
    },
    "tf.TensorArray tf.experimental.numpy": {
        "tensor": "stack",
    },
    "tf.TensorArray tf.sets": {
        "tensor": "size",
    },
    "tf.audio": {
        "tensor": "encode_wav",
        "(tensor, tensor)": "decode_wav",
    },
    "tf.autograph": {
        "-; wraps autograph": "to_graph",
    },
    "tf.autograph.experimental": {
        "-; wraps no-autograph": "do_not_convert",
    },
    "tf.bitwise": {
        "batched; elementwise": "invert",
        "broadcast; elementwise": "left_shift right_shift",
    },
    "tf.bitwise tf.experimental.numpy": {
        "broadcast; elementwise": "bitwise_and bitwise_or bitwise_xor",
    },
    "tf.compat": {
        "static": "as_bytes as_str as_str_any as_text dimension_at_index dimension_value",
    },
    "tf.config": {
        "static": """
            functions_run_eagerly get_soft_device_placement get_visible_devices list_logical_devices
            list_physical_devices""",
    },
    "tf.debugging": {
        "batched; elementwise": "assert_all_finite check_numerics",
        "static": "assert_same_float_dtype is_numeric_tensor",
        "none": """
            assert_greater_equal assert_integer assert_less_equal assert_near assert_negative
            assert_non_negative assert_non_positive assert_none_equal assert_positive assert_proper_iterable
            assert_rank_at_least assert_rank_in assert_shapes assert_type""",
        "unknown": "assert_scalar",
    },
    "tf.distribute": {
        "static": "has_strategy in_cross_replica_context",
    },
    "tf.dtypes": {
        "batched; elementwise": "cast",
    },
    "tf.experimental.numpy": {
        "batched; elementwise": """
            abs absolute arccos arccosh arcsin arcsinh arctan arctanh bitwise_not cbrt ceil conjugate copy cos
            cosh deg2rad exp exp2 expm1 fabs fix floor log log10 log1p log2 negative ones_like positive rad2deg
            reciprocal sign sin sinc sinh sqrt square tan tanh zeros_like""",
        "batched; elementwise; boolean": "isfinite isnan isreal logical_not signbit",
        "broadcast; elementwise": """
            add arctan2 divide float_power floor_divide gcd heaviside hypot lcm logaddexp logaddexp2 maximum
            minimum mod multiply power remainder subtract true_divide""",
        "broadcast; elementwise; boolean": """
            equal greater greater_equal isclose less less_equal logical_and logical_or not_equal""",
        "tensor": """
            append arange array asanyarray asarray ascontiguousarray broadcast_to clip compress concatenate
            cumprod cumsum diagflat diagonal diff dot dstack empty empty_like expand_dims flatten flip fliplr
            flipud full full_like geomspace hstack identity inner kron logspace matmul moveaxis outer ravel
            repeat reshape roll select sort squeeze swapaxes take take_along_axis tile tri tril triu vander vdot
            vstack""",
        "tensor; boolean": "allclose array_equal",
        "tensor; integers": "argsort",
        "tensor; reduction": "amax amin average max mean min nanmean nanprod nansum prod ptp std sum var",
        "tensor; reduction; boolean": "all any",
        "tensor; reduction; integers": "argmax argmin",
        "tensors": "broadcast_arrays diag_indices dsplit hsplit ix_ nonzero split vsplit",
        "(tensor, tensor)": "divmod",
        "static": "finfo iinfo iscomplexobj isrealobj isscalar issubdtype promote_types result_type",
    },
    "tf.experimental.numpy tf.image": {
        "tensor": "rot90 transpose",
    },
    "tf.experimental.numpy tf.linalg": {
        "tensor": "cross diag einsum tensordot trace",
    },
    "tf.experimental.numpy tf.math": {
        "batched; elementwise": "angle conj imag real",
        "broadcast; elementwise": "nextafter",
        "broadcast; elementwise; boolean": "logical_xor",
        "tensor": "polyval",
        "tensor; reduction; integers": "count_nonzero",
    },
    "tf.image": {
        "batched": """
            adjust_contrast adjust_hue adjust_saturation convert_image_dtype extract_patches flip_left_right
            flip_up_down hsv_to_rgb per_image_standardization rgb_to_hsv rgb_to_yiq rgb_to_yuv sobel_edges
            stateless_random_brightness stateless_random_contrast stateless_random_flip_left_right
            stateless_random_flip_up_down stateless_random_hue stateless_random_saturation yiq_to_rgb yuv_to_rgb""",
        "batched; xla never": "draw_bounding_boxes extract_glimpse",
        "batched; draws": """
            random_brightness random_contrast random_flip_left_right random_flip_up_down random_hue
            random_saturation""",
        "batched; elementwise": "adjust_brightness adjust_gamma",
        "tensor": """
            central_crop crop_to_bounding_box grayscale_to_rgb non_max_suppression non_max_suppression_overlaps
            pad_to_bounding_box psnr resize_with_crop_or_pad resize_with_pad rgb_to_grayscale ssim ssim_multiscale
            stateless_random_crop stateless_random_jpeg_quality total_variation""",
        "tensor; xla never": "adjust_jpeg_quality crop_and_resize",
        "tensor; size size@1": "resize",
        "tensor; draws": "random_crop",
        "tensor; draws; xla never": "random_jpeg_quality",
        "(batched, batched)": "image_gradients",
        "(batched, batched, batched, batched); xla never": "combined_non_max_suppression",
        "(tensor, tensor)": "non_max_suppression_padded non_max_suppression_with_scores",
        "(tensor, tensor, tensor)": "stateless_sample_distorted_bounding_box",
        "(tensor, tensor, tensor); draws; xla never": "sample_distorted_bounding_box",
    },
    "tf.image tf.io": {
        "tensor": """
            decode_and_crop_jpeg decode_bmp decode_gif decode_image decode_jpeg decode_png encode_jpeg
            extract_jpeg_shape""",
        "tensor; xla never": "encode_png",
        "tensor; boolean": "is_jpeg",
    },
    "tf.io": {
        "batched; elementwise": "decode_compressed",
        "batched; elementwise; xla never": "decode_base64 encode_base64",
        "tensor": "decode_json_example matching_files read_file serialize_many_sparse serialize_sparse",
        "tensor; xla never": "decode_raw parse_tensor serialize_tensor",
        "tensors": "decode_csv",
        "none": "write_file",
    },
    "tf.io.gfile": {
        "-; effect write": "GFile makedirs remove",
    },
    "tf.linalg": {
        "batched": "band_part set_diag",
        "tensor": """
            adjoint banded_triangular_solve cholesky cholesky_solve det diag_part eigvalsh expm global_norm inv logdet
            lstsq lu_reconstruct matrix_transpose matvec pinv solve tensor_diag tensor_diag_part triangular_solve
            tridiagonal_matmul""",
        "tensor; xla never": "logm lu_matrix_inverse lu_solve sqrtm tridiagonal_solve",
        "tensor; integers": "matrix_rank",
        "(tensor, tensor)": "eigh normalize qr slogdet",
        "(tensor, tensor); xla never": "lu",
    },
    "tf.linalg tf.math tf.nn": {
        "batched; with x axis epsilon name -> x axis ! -": "l2_normalize->normalize",
    },
    "tf.linalg.experimental": {
        "unknown": "conjugate_gradient",
    },
    "tf.logging": {
        "-; no-effect": "get_verbosity set_verbosity",
    },
    "tf.math": {
        "batched": "cumprod cumulative_logsumexp invert_permutation log_softmax softmax",
        "batched; elementwise": "digamma erfc erfcinv erfinv lgamma ndtri reciprocal_no_nan rint softsign",
        "batched; elementwise; with x name -> x -": "ceil erf expm1 log log1p log_sigmoid reciprocal rsqrt",
        "batched; elementwise; boolean; with x name -> x -": "is_finite->isfinite is_inf->isinf is_nan->isnan",
        "broadcast; elementwise": "igamma igammac multiply_no_nan squared_difference xdivy xlog1py xlogy",
        "broadcast; elementwise; with x y name -> x1 x2 -": "divide_no_nan floordiv->floor_divide floormod->mod mod",
        "tensor": "accumulate_n betainc confusion_matrix lbeta polygamma sobol_sample zeta",
        "tensor; xla never": "bincount segment_max segment_min segment_prod",
        "tensor; size num_segments@2": """
            unsorted_segment_max unsorted_segment_mean unsorted_segment_min unsorted_segment_prod
            unsorted_segment_sqrt_n unsorted_segment_sum""",
        "tensor; reduction; along-axis": "reduce_euclidean_norm",
        "tensor; reduction; boolean": "is_non_decreasing is_strictly_increasing",
        "tensor; reduction; along-axis; with input_tensor axis keepdims name -> x axis keepdims -": """
            reduce_std->std reduce_variance->var""",
    },
    "tf.math tf.math.special": {
        "batched; elementwise": "bessel_i0e bessel_i1e",
        "batched; elementwise; xla never": "bessel_i0 bessel_i1",
    },
    "tf.math tf.nn": {
        "batched": "in_top_k",
        "batched; elementwise; with features name -> x -": "softplus",
        "tensor; reduction": "zero_fraction",
        "(tensor, tensor)": "approx_max_k approx_min_k",
        "(tensor, tensor); with input k sorted index_type name -> x k sorted ! -; default k=1": "top_k",
    },
    "tf.math tf.sparse": {
        "tensor; xla never": "segment_mean segment_sum",
    },
    "tf.math.special": {
        "batched; elementwise; xla never": """
            bessel_j0 bessel_j1 bessel_k0 bessel_k0e bessel_k1 bessel_k1e bessel_y0 bessel_y1 dawsn expint fresnel_cos
            fresnel_sin spence""",
    },
    "tf.nest": {
        "static": "is_nested",
        "none": "assert_same_structure",
        "result; function func@0(leaf:structure); at structure@1": "map_structure",
        "leaves": "flatten",
        "unknown": "pack_sequence_as",
    },
    "tf.nn": {
        "batched": """
            atrous_conv2d avg_pool avg_pool1d avg_pool2d avg_pool3d bias_add conv1d conv2d conv3d convolution
            depthwise_conv2d local_response_normalization lrn max_pool max_pool1d max_pool2d max_pool3d
            separable_conv2d""",
        "batched; xla never": "dilation2d erosion2d",
        "batched; draws": "dropout",
        "batched; with logits axis name -> x axis -": "log_softmax softmax",
        "batched; elementwise; with features beta -> x !": "silu swish->silu",
        "batched; elementwise; with features name -> x -": "elu relu relu6 selu softsign",
        "batched; elementwise; with features alpha name -> x negative_slope -; default negative_slope=0.2": """
            leaky_relu""",
        "batched; elementwise; with features approximate name -> x approximate -; default approximate=False": "gelu",
        "broadcast; elementwise": "log_poisson_loss",
        "tensor": """
            atrous_conv2d_transpose batch_norm_with_global_normalization batch_normalization conv1d_transpose
            conv2d_transpose conv3d_transpose conv_transpose crelu ctc_loss depth_to_space
            depthwise_conv2d_backprop_filter depthwise_conv2d_backprop_input embedding_lookup pool
            sigmoid_cross_entropy_with_logits softmax_cross_entropy_with_logits space_to_depth
            sparse_softmax_cross_entropy_with_logits weighted_cross_entropy_with_logits with_space_to_batch
            xw_plus_b""",
        "tensor; xla never": "embedding_lookup_sparse safe_embedding_lookup_sparse",
        "tensor; draws; xla never": "nce_loss sampled_softmax_loss",
        "tensor; reduction": "compute_average_loss l2_loss scale_regularization_loss",
        "(batched, batched); xla never": "isotonic_regression",
        "(tensor, tensor)": "collapse_repeated ctc_unique_labels moments normalize_moments weighted_moments",
        "(tensor, tensor); xla never": "max_pool_with_argmax",
        "(tensor, tensor, tensor)": "compute_accidental_hits",
        "(tensor, tensor, tensor); draws; xla never": "fractional_avg_pool fractional_max_pool",
        "(tensor, tensor, tensor, unknown)": "sufficient_statistics",
        "(unknown, tensor); xla never": "ctc_beam_search_decoder ctc_greedy_decoder",
    },
    "tf.nn tf.random": {
        "(tensor, tensor, tensor); draws; xla never": """
            all_candidate_sampler fixed_unigram_candidate_sampler learned_unigram_candidate_sampler""",
    },
    "tf.nn.experimental": {
        "batched": "stateless_dropout",
        "batched; draws": "general_dropout",
    },
    "tf.quantization": {
        "batched": "dequantize fake_quant_with_min_max_vars_per_channel quantize_and_dequantize_v2",
        "batched; elementwise": "fake_quant_with_min_max_args fake_quant_with_min_max_vars",
        "(tensor, tensor, tensor)": "quantize",
    },
    "tf.ragged": {
        "tensor": "row_splits_to_segment_ids segment_ids_to_row_splits",
        "instance:tf.RaggedTensor": "cross cross_hashed stack stack_dynamic_partitions",
        "instance:tf.RaggedTensor; xla never": "range",
        "unknown": "boolean_mask constant",
        "unknown; function op@0(*as:args); at args@1": "map_flat_values",
    },
    "tf.random": {
        "batched": "stateless_categorical",
        "batched; draws": "categorical shuffle",
        "tensor": "fold_in split stateless_parameterized_truncated_normal",
        "tensor; xla never": "stateless_binomial stateless_gamma stateless_poisson",
        "tensor; size shape@0": "stateless_normal stateless_truncated_normal stateless_uniform",
        "tensor; draws; size shape@0; xla never": "gamma poisson",
        "(tensor, tensor, tensor); draws; xla never": "log_uniform_candidate_sampler uniform_candidate_sampler",
        "none": "set_seed",
    },
    "tf.random tf.random.Generator": {
        "tensor; draws; size shape@0": "normal truncated_normal uniform",
    },
    "tf.random tf.random.experimental": {
        "tensor": "create_rng_state",
        "instance:tf.random.Generator": "get_global_generator",
    },
    "tf.random.Generator": {
        "tensor; draws": "binomial make_seeds uniform_full_int",
        "none": "reset_from_seed",
    },
    "tf.random.Generator tf.random.experimental.Generator": {
        "instance:tf.random.Generator": "from_seed",
    },
    "tf.random.experimental": {
        "batched": "stateless_shuffle",
        "tensor": "index_shuffle stateless_fold_in stateless_split",
    },
    "tf.sets": {
        "instance:tf.SparseTensor; xla never": "difference intersection union",
    },
    "tf.signal": {
        "batched": "fft fft2d fft3d fftshift ifft ifft2d ifft3d ifftshift",
        "tensor": """
            dct frame hamming_window hann_window idct inverse_mdct inverse_stft irfft irfft2d irfft3d
            kaiser_bessel_derived_window kaiser_window linear_to_mel_weight_matrix mdct
            mfccs_from_log_mel_spectrograms overlap_and_add rfft rfft2d rfft3d stft vorbis_window""",
    },
    "tf.sparse": {
        "tensor": "to_dense to_indicator",
        "tensor; xla never": "segment_sqrt_n sparse_dense_matmul",
        "(instance:tf.SparseTensor, tensor); xla never": "fill_empty_rows",
        "instance:tf.SparseTensor": """
            bincount cross_hashed expand_dims eye from_dense map_values reset_shape reshape retain transpose""",
        "instance:tf.SparseTensor; xla never": "concat cross maximum minimum reorder slice softmax",
        "unknown": "mask",
        "unknown; xla never": "add reduce_max reduce_sum",
    },
    "tf.sparse tf.strings": {
        "unknown; xla never": "split",
    },
    "tf.strings": {
        "batched; elementwise; xla never": """
            length lower regex_replace strip to_hash_bucket to_hash_bucket_fast to_hash_bucket_strong to_number
            unicode_script unicode_transcode upper""",
        "batched; elementwise; boolean; xla never": "regex_full_match",
        "tensor; xla never": "format join reduce_join substr unsorted_segment_join",
        "unknown; xla never": """
            bytes_split ngrams unicode_decode unicode_decode_with_offsets unicode_encode unicode_split
            unicode_split_with_offsets""",
    },
}

# Names of TensorFlow 1 that the second version lacks; code that imports tensorflow.compat.v1 has them.
FUNCTIONS_VERSION_1: Table = {
    "tf": {
        "batched": """
            cumprod fft fft2d fft3d ifft ifft2d ifft3d invert_permutation matrix_band_part matrix_set_diag
            reverse_v2""",
        "batched; draws": "random_shuffle",
        "batched; elementwise": """
            angle ceil conj digamma erf erfc imag lgamma log log1p log_sigmoid real reciprocal rint rsqrt
            to_bfloat16 to_complex128 to_complex64 to_double to_float to_int32 to_int64""",
        "batched; elementwise; boolean": "is_finite is_inf is_nan",
        "broadcast; elementwise": "div div_no_nan floor_div floordiv floormod igamma igammac mod squared_difference",
        "tensor": """
            accumulate_n batch_gather betainc cholesky cholesky_solve confusion_matrix cross decode_base64
            decode_raw depth_to_space diag diag_part extract_image_patches global_norm lbeta matrix_determinant
            matrix_diag matrix_diag_part matrix_inverse matrix_solve matrix_transpose matrix_triangular_solve
            placeholder placeholder_with_default polygamma segment_max segment_mean segment_min segment_prod
            segment_sum self_adjoint_eigvals space_to_depth sparse_to_dense trace unsorted_segment_max
            unsorted_segment_mean unsorted_segment_sum where_v2 zeta""",
        "tensor; xla never": "bincount",
        "tensor; draws": "multinomial random_gamma random_poisson truncated_normal",
        "tensor; draws; size shape@0": "random_normal random_uniform",
        "tensor; reduction; integers": "count_nonzero",
        "(tensor, tensor)": "qr self_adjoint_eig",
        "static": "dimension_at_index dimension_value executing_eagerly_outside_functions",
        "none": """
            assert_greater_equal assert_integer assert_less_equal assert_near assert_negative
            assert_non_negative assert_non_positive assert_none_equal assert_positive assert_rank_at_least
            assert_rank_in assert_type""",
    },
}

VARIABLES: Table = {
    "tf": {
        "-; effect creates-variable": "Variable get_variable",
    },
}
