"""What keras.ops returns, by return spec; keras.ops.numpy, nn and linalg are read as keras.ops."""

from __future__ import annotations

_Groups = dict[str, str]

_OPS: _Groups = {
    "batched": """
        abs absolute angle arccos arccosh arcsin arcsinh arctan arctanh argsort bitwise_invert bitwise_not cast cbrt
        ceil celu clip conj conjugate copy cos cosh cumsum deg2rad elu erf erfc erfinv exp exp2 expm1 fabs flip
        floor gelu hard_shrink hard_sigmoid hard_silu hard_swish hard_tanh i0 identity imag isfinite isinf isnan
        isneginf isposinf isreal leaky_relu log log10 log1p log2 log_sigmoid log_softmax logical_not nan_to_num
        negative one_hot ones_like positive rad2deg real reciprocal relu relu6 round rsqrt saturate_cast selu
        sigmoid sign signbit silu sin sinc sinh soft_shrink softmax softplus softsign sort sparse_plus
        sparse_sigmoid sparsemax sqrt square squareplus stop_gradient swish tan tanh tanh_shrink threshold trunc
        zeros_like""",
    "broadcast": """
        add arctan2 bitwise_and bitwise_left_shift bitwise_or bitwise_right_shift bitwise_xor copysign divide
        divide_no_nan equal floor_divide fmax fmin fmod gcd greater greater_equal heaviside hypot isclose lcm
        ldexp left_shift less less_equal logaddexp logaddexp2 logical_and logical_or logical_xor maximum minimum
        mod multiply nextafter not_equal power right_shift subtract true_divide""",
    "tensor": """
        all amax amin any append arange argmax argmin average broadcast_to concatenate convert_to_tensor
        count_nonzero diag diagonal dot einsum expand_dims eye full full_like linspace logsumexp matmul max mean
        median min moveaxis ones outer pad prod ravel repeat reshape roll scatter slice slice_update squeeze
        stack std sum swapaxes take take_along_axis tensordot tile transpose tril triu vander var where zeros""",
    "tensors": "array_split dsplit hsplit meshgrid split unstack vsplit",
    "(tensor, tensor)": "moments top_k",
    "shape-tuple": "shape",
    "static": "dtype is_tensor ndim",
    "host": "convert_to_numpy",
}

RETURNS: dict[str, _Groups] = {"keras.ops": _OPS}
