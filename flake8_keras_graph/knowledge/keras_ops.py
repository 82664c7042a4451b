"""The functions of keras.ops; its submodules numpy, nn and linalg are read as keras.ops."""

from __future__ import annotations

from flake8_keras_graph.knowledge.columns import Table

FUNCTIONS: Table = {
    "keras.ops": {
        "batched": """
            adaptive_average_pool adaptive_max_pool average_pool batch_normalization conv conv_transpose
            depth_to_space depthwise_conv dot_product_attention empty_like flip in_top_k layer_normalization
            log_softmax max_pool normalize rms_normalization roll scatter_update separable_conv slice_update
            softmax space_to_depth sparsemax""",
        "batched; elementwise": """
            abs absolute angle arccos arccosh arcsin arcsinh arctan arctanh bitwise_invert bitwise_not cbrt ceil
            celu clip conj conjugate copy cos cosh deg2rad digitize elu erf erfc erfinv exp exp2 expm1 fabs
            floor gelu hard_shrink hard_sigmoid hard_silu hard_swish hard_tanh i0 imag leaky_relu log log10
            log1p log2 log_sigmoid nan_to_num negative ones_like rad2deg real reciprocal relu6 round rsqrt
            saturate_cast selu sigmoid sign silu sin sinc sinh soft_shrink softplus softsign sparse_plus
            sparse_sigmoid sqrt square squareplus swish tan tanh tanh_shrink threshold trunc zeros_like""",
        "batched; elementwise; boolean": "isfinite isin isinf isnan isneginf isposinf isreal signbit",
        "batched; elementwise; dense": "relu",
        "batched; elementwise; same-arguments": "stop_gradient",
        "batched; elementwise; stacks": "convert_to_tensor",
        "batched; elementwise; boolean; same-arguments": "logical_not",
        "batched; elementwise; dense; same-arguments": "cast",
        "broadcast; elementwise": """
            arctan2 bitwise_and bitwise_left_shift bitwise_or bitwise_right_shift bitwise_xor divide
            divide_no_nan floor_divide fmax fmin fmod gcd heaviside hypot lcm ldexp left_shift logaddexp
            logaddexp2 mod multiply nextafter polar power right_shift true_divide""",
        "broadcast; elementwise; boolean": "greater greater_equal isclose less less_equal logical_xor not_equal",
        "broadcast; elementwise; dense": "add subtract",
        "broadcast; elementwise; boolean; same-arguments": "equal logical_and logical_or",
        "broadcast; elementwise; dense; same-arguments": "maximum minimum",
        "tensor": """
            argpartition array bartlett binary_crossentropy blackman categorical_crossentropy cdist cholesky
            cholesky_inverse corrcoef correlate cross ctc_loss cumprod cumsum det diag diagflat diagonal diff dot
            dstack einsum expand_dims extract_sequences fliplr flipud fold full_like geomspace get_item glu hamming
            hanning inner inv irfft istft kaiser kron logdet logspace lstsq matmul moveaxis multi_hot nancumprod
            nancumsum nanpercentile nanquantile norm outer percentile pinv psnr quantile ravel rearrange rot90
            segment_max segment_min segment_prod segment_sum select solve solve_triangular sort
            sparse_categorical_crossentropy squeeze swapaxes take_along_axis tensordot trace transpose trapezoid tri
            tril triu unfold vander vdot view view_as_complex view_as_real""",
        "tensor; xla never": "bincount",
        "tensor; size shape@1": "broadcast_to",
        "tensor; size shape@0": "empty full ones zeros",
        "tensor; size N@0; limit M@1": "eye",
        "tensor; size n@0": "identity",
        "tensor; size num@2": "linspace",
        "tensor; size num_classes@1": "one_hot",
        "tensor; size pad_width@1": "pad",
        "tensor; size repeats@1": "repeat tile",
        "tensor; size newshape@1": "reshape",
        "tensor; size shape@2": "scatter",
        "tensor; bound start_indices@1; bound shape@2": "slice",
        "tensor; boolean": "allclose",
        "tensor; grows": "append hstack vstack",
        "tensor; integers": "argsort matrix_rank searchsorted",
        "tensor; range; size start@0; limit stop@1": "arange",
        "tensor; reduction": "average median nanmax nanmean nanmedian nanmin nanprod nanstd nansum nanvar ptp",
        "tensor; same-arguments": "take->gather",
        "tensor; reduction; along-axis": "amax amin logsumexp mean prod std var",
        "tensor; reduction; integers": "nanargmax nanargmin size",
        "tensor; grows; stacks; same-arguments": "stack",
        "tensor; reduction; along-axis; same-arguments": "max->reduce_max min->reduce_min sum->reduce_sum",
        "tensor; reduction; integers; along-axis": "argmax argmin count_nonzero",
        "tensor; joins; grows; dense; same-arguments": "concatenate->concat",
        "tensor; reduction; boolean; along-axis; same-arguments": "all->reduce_all any->reduce_any",
        "tensor; elementwise; dense; count 1: tensors; count 3: broadcast; same-arguments": "where",
        "tensors": "array_split dsplit hsplit meshgrid split unravel_index vsplit",
        "tensors; data-dependent": "nonzero",
        "tensors; same-arguments": "unstack",
        "(batched, batched)": "fft fft2 ifft2",
        (
            "(like:init, unknown); effect staged-loop; runs loop; xla no gradient; "
            "function f@0(like:init, row:xs); at init@1; at xs@2"
        ): "scan",
        "(tensor, tensor)": "eigh histogram moments qr rfft slogdet stft top_k",
        "(tensor, tensor); xla never": "ctc_decode eig lu_factor",
        "shape-tuple; same-arguments": "shape",
        "static": "dtype ndim",
        "static; tensor-test": "is_tensor",
        "host; host-read": "convert_to_numpy",
        "result; runs branches; functions branches@1(*as:operands); at operands@2": "switch",
        "result; runs branches; function true_fn@1; function false_fn@2; same-arguments": "cond",
        "like:elems; effect staged-loop; runs loop; function f@0(row:elems, row:elems); at elems@1": "associative_scan",
        (
            "like:init_val; effect staged-loop; runs loop; xla no gradient; "
            "function body_fun@2(tensor, like:init_val); at init_val@3"
        ): "fori_loop",
        (
            "like:loop_vars; effect staged-loop; runs loop; xla gradient if bounded; "
            "function cond@0(*like:loop_vars); function body@1(*like:loop_vars); at loop_vars@2; same-arguments"
        ): "while_loop",
        "unknown": "svd",
        "unknown; data-dependent": "unique",
        "unknown; function fun@0(*like:primals); at primals@1": "jvp",
        "unknown; effect staged-loop; runs loop; function f@0(row:xs); at xs@1": "map",
        (
            "unknown; effect staged-loop; runs loop; function function@0(row:elements); at elements@1; same-arguments"
        ): "vectorized_map",
        "-; wraps traced; function f@0(*call)": "custom_gradient",
    },
    "keras.ops.image": {
        "batched": "affine_transform gaussian_blur perspective_transform",
        "tensor": """
            crop_images extract_patches extract_patches_3d hsv_to_rgb map_coordinates pad_images rgb_to_grayscale
            rgb_to_hsv scale_and_translate sobel_edges ssim""",
        "tensor; size size@1": "resize",
        "tensor; draws": "elastic_transform",
    },
}
