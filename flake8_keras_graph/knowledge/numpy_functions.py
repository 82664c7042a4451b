"""What the functions of NumPy return; ``numpy`` entries raise when they are given a traced tensor.

Some do not: ``numpy.array_equal`` answers False, ``numpy.flip`` flips it (and is therefore not listed).
"""

from __future__ import annotations

_Groups = dict[str, str]

_ROOT: _Groups = {
    "numpy": """
        abs absolute acos acosh add all allclose amax amin angle any append apply_along_axis
        apply_over_axes arange arccos arccosh arcsin arcsinh arctan arctan2 arctanh argmax argmin
        argpartition argsort argwhere around array array_repr array_split array_str asanyarray asarray
        asarray_chkfinite ascontiguousarray asfortranarray asin asinh atan atan2 atanh atleast_1d
        atleast_2d atleast_3d average bincount bitwise_and bitwise_count bitwise_invert bitwise_left_shift
        bitwise_not bitwise_or bitwise_right_shift bitwise_xor bool_ broadcast_arrays broadcast_to cbrt
        ceil choose clip column_stack complex128 complex64 compress concat concatenate conj conjugate
        convolve copy copysign corrcoef correlate cos cosh count_nonzero cov cross cumprod cumsum
        cumulative_prod cumulative_sum deg2rad degrees delete diag diagflat diagonal diff digitize divide
        divmod dot double dsplit dstack ediff1d einsum equal exp exp2 expand_dims expm1 extract fabs fix
        flatnonzero fliplr flipud float16 float32 float64 float_power floor floor_divide fmax fmin fmod
        frexp full full_like gcd geomspace gradient greater greater_equal half heaviside histogram
        histogram2d histogram_bin_edges histogramdd hsplit hstack hypot i0 imag inner insert int16 int32
        int64 int8 interp intersect1d invert isclose iscomplex isfinite isin isinf isnan isneginf isposinf
        isreal ix_ kron lcm ldexp left_shift less less_equal lexsort linspace log log10 log1p log2
        logaddexp logaddexp2 logical_and logical_not logical_or logical_xor logspace matmul
        matrix_transpose matvec max maximum mean median meshgrid min minimum mod modf moveaxis multiply
        nan_to_num nanargmax nanargmin nancumprod nancumsum nanmax nanmean nanmedian nanmin nanpercentile
        nanprod nanquantile nanstd nansum nanvar negative nextafter nonzero not_equal ones_like outer
        packbits pad partition percentile permute_dims piecewise poly polyadd polyder polydiv polyfit
        polyint polymul polysub polyval positive pow power prod ptp quantile rad2deg radians ravel
        ravel_multi_index real real_if_close reciprocal remainder repeat require reshape resize right_shift
        rint roll rollaxis roots rot90 round searchsorted select setdiff1d setxor1d sign signbit sin sinc
        sinh size sort sort_complex spacing split sqrt square squeeze stack std subtract sum swapaxes take
        take_along_axis tan tanh tensordot tile trace transpose trapezoid tril trim_zeros triu true_divide
        trunc uint16 uint32 uint64 uint8 union1d unique unique_all unique_counts unique_inverse
        unique_values unpackbits unravel_index unstack unwrap vander var vdot vecdot vecmat vsplit vstack
        where zeros_like""",
    "static": """
        array_equal array_equiv bartlett base_repr binary_repr blackman broadcast_shapes can_cast
        diag_indices dtype empty eye finfo hamming hanning identity iinfo indices isdtype isscalar
        issubdtype iterable kaiser ndim ones promote_types result_type shape tri tril_indices triu_indices
        zeros""",
}

RETURNS: dict[str, _Groups] = {
    "numpy": _ROOT,
    "numpy.fft": {
        "numpy": """
            fft fft2 fftn fftshift hfft ifft ifft2 ifftn ifftshift ihfft irfft irfft2 irfftn rfft rfft2
            rfftn""",
        "static": "fftfreq rfftfreq",
    },
    "numpy.linalg": {
        "numpy": """
            cholesky cond cross det diagonal eig eigh eigvals eigvalsh inv lstsq matmul matrix_norm
            matrix_power matrix_rank matrix_transpose multi_dot norm outer pinv qr slogdet solve svd
            svdvals tensordot tensorinv tensorsolve trace vecdot vector_norm""",
    },
    "numpy.random": {
        "static": """
            beta binomial choice default_rng exponential gamma normal permutation poisson rand randint
            randn random random_sample standard_normal uniform""",
        "none": "seed shuffle",
    },
}
