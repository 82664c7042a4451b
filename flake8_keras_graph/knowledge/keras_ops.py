"""What keras.ops returns, by return spec; keras.ops.numpy, nn and linalg are read as keras.ops."""

from __future__ import annotations

_Groups = dict[str, str]

_OPS: _Groups = {
    "batched": """
        abs absolute adaptive_average_pool adaptive_max_pool angle arccos arccosh arcsin arcsinh arctan
        arctanh average_pool batch_normalization bitwise_invert bitwise_not cast cbrt ceil celu clip conj
        conjugate conv conv_transpose convert_to_tensor copy cos cosh deg2rad depth_to_space depthwise_conv
        digitize dot_product_attention elu empty_like erf erfc erfinv exp exp2 expm1 fabs flip floor gelu
        hard_shrink hard_sigmoid hard_silu hard_swish hard_tanh i0 identity imag in_top_k isfinite isin
        isinf isnan isneginf isposinf isreal layer_normalization leaky_relu log log10 log1p log2
        log_sigmoid log_softmax logical_not max_pool nan_to_num negative normalize ones_like rad2deg real
        reciprocal relu relu6 rms_normalization roll round rsqrt saturate_cast scatter_update selu
        separable_conv sigmoid sign signbit silu sin sinc sinh slice_update soft_shrink softmax softplus
        softsign space_to_depth sparse_plus sparse_sigmoid sparsemax sqrt square squareplus stop_gradient
        swish tan tanh tanh_shrink threshold trunc zeros_like""",
    "broadcast": """
        add arctan2 bitwise_and bitwise_left_shift bitwise_or bitwise_right_shift bitwise_xor divide
        divide_no_nan equal floor_divide fmax fmin fmod gcd greater greater_equal heaviside hypot isclose
        lcm ldexp left_shift less less_equal logaddexp logaddexp2 logical_and logical_or logical_xor
        maximum minimum mod multiply nextafter not_equal polar power right_shift subtract true_divide""",
    "tensor": """
        all allclose amax amin any append arange argmax argmin argpartition argsort array average bartlett
        binary_crossentropy bincount blackman broadcast_to categorical_crossentropy cdist cholesky
        cholesky_inverse concatenate corrcoef correlate count_nonzero cross ctc_loss cumprod cumsum det
        diag diagflat diagonal diff dot dstack einsum empty expand_dims extract_sequences eye fliplr flipud
        fold full full_like geomspace get_item glu hamming hanning hstack inner inv irfft istft kaiser kron
        linspace logdet logspace logsumexp lstsq matmul matrix_rank max mean median min moveaxis multi_hot
        nanargmax nanargmin nancumprod nancumsum nanmax nanmean nanmedian nanmin nanpercentile nanprod
        nanquantile nanstd nansum nanvar norm one_hot ones outer pad percentile pinv prod psnr ptp quantile
        ravel rearrange repeat reshape rot90 scatter searchsorted segment_max segment_min segment_prod
        segment_sum select size slice solve solve_triangular sort sparse_categorical_crossentropy squeeze
        stack std sum swapaxes take take_along_axis tensordot tile trace transpose trapezoid tri tril triu
        unfold vander var vdot view view_as_complex view_as_real vstack where zeros""",
    "tensors": "array_split dsplit hsplit meshgrid nonzero split unravel_index unstack vsplit",
    "(batched, batched)": "fft fft2 ifft2",
    "(tensor, tensor)": "ctc_decode eig eigh histogram lu_factor moments qr rfft slogdet stft top_k",
    "shape-tuple": "shape",
    "static": "dtype is_tensor ndim",
    "host": "convert_to_numpy",
    "result": "cond switch",
    "like:init_val": "fori_loop",
    "like:loop_vars": "while_loop",
    "like:elems": "associative_scan",
    "(like:init, unknown)": "scan",
    "unknown": "jvp map svd unique vectorized_map",
}

_IMAGE: _Groups = {
    "batched": "affine_transform gaussian_blur perspective_transform",
    "tensor": """
        crop_images elastic_transform extract_patches extract_patches_3d hsv_to_rgb map_coordinates
        pad_images resize rgb_to_grayscale rgb_to_hsv scale_and_translate sobel_edges ssim""",
}

RETURNS: dict[str, _Groups] = {"keras.ops": _OPS, "keras.ops.image": _IMAGE}

# The spec with exactly so many arguments, where it is another one: a list with one tensor per dimension.
BY_COUNT: dict[tuple[str, int | None], str] = {
    ("keras.ops.where", 1): "tensors",
    ("keras.ops.where", 3): "broadcast",
}
