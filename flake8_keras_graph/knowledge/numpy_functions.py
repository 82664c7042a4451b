"""The functions of NumPy; ``numpy`` entries raise when they are given a traced tensor.

Some do not: ``numpy.array_equal`` answers False, ``numpy.flip`` flips it (its spec is therefore not known).
"""

from __future__ import annotations

from flake8_keras_graph.knowledge.columns import Table

FUNCTIONS: Table = {
    "numpy": {
        "static": """
            array_equal array_equiv base_repr binary_repr broadcast_shapes can_cast dtype finfo iinfo isdtype
            isscalar issubdtype iterable ndim promote_types result_type shape""",
        "static; sizes": """
            bartlett blackman diag_indices empty eye hamming hanning identity indices kaiser ones tri
            tril_indices triu_indices zeros""",
        "numpy": """
            acos acosh add allclose amax amin angle append apply_along_axis apply_over_axes arccosh arcsinh
            arctanh argpartition argwhere around array array_repr array_split array_str asanyarray asarray
            asarray_chkfinite ascontiguousarray asfortranarray asin asinh atan atan2 atanh atleast_1d atleast_2d
            atleast_3d average bincount bitwise_and bitwise_count bitwise_invert bitwise_left_shift bitwise_not
            bitwise_or bitwise_right_shift bitwise_xor bool_ broadcast_arrays broadcast_to cbrt choose
            column_stack complex128 complex64 compress concat conj conjugate convolve copy copysign corrcoef
            correlate count_nonzero cov cumprod cumulative_prod cumulative_sum deg2rad degrees delete diag
            diagflat diff digitize divmod double dsplit dstack ediff1d einsum exp2 extract fabs fix flatnonzero
            fliplr flipud float16 float32 float64 float_power floor_divide fmax fmin fmod frexp full gcd
            geomspace gradient half heaviside histogram histogram2d histogram_bin_edges histogramdd hsplit
            hstack hypot i0 imag inner insert int16 int32 int64 int8 interp intersect1d invert isclose iscomplex
            isin isneginf isposinf isreal ix_ kron lcm ldexp left_shift lexsort linspace logaddexp logaddexp2
            logical_xor logspace matvec meshgrid mod modf moveaxis nan_to_num nanargmax nanargmin nancumprod
            nancumsum nanmax nanmean nanmedian nanmin nanpercentile nanprod nanquantile nanstd nansum nanvar
            nextafter nonzero packbits pad partition percentile permute_dims piecewise poly polyadd polyder
            polydiv polyfit polyint polymul polysub polyval positive pow ptp quantile rad2deg radians ravel
            ravel_multi_index real real_if_close remainder require resize right_shift rint rollaxis roots rot90
            searchsorted select setdiff1d setxor1d signbit sinc size sort_complex spacing split take_along_axis
            trapezoid trim_zeros true_divide trunc uint16 uint32 uint64 uint8 union1d unique unique_all
            unique_counts unique_inverse unique_values unpackbits unravel_index unstack unwrap vander vdot
            vecmat vsplit vstack""",
        "numpy; same-arguments": """
            all any arange arctan2 argmax argmin argsort cumsum divide dot equal full_like greater greater_equal
            isfinite isinf isnan less less_equal logical_and logical_not logical_or median multiply not_equal
            outer power prod round sort subtract take tensordot""",
        "numpy; keeps-dtype; same-arguments": """
            abs absolute arccos arcsin arctan ceil clip concatenate cos cosh exp expand_dims expm1 floor log
            log10 log1p log2 matmul max maximum mean min minimum negative ones_like reciprocal repeat reshape
            roll sign sin sinh sqrt square squeeze stack std sum swapaxes tan tanh tile transpose tril triu var
            where zeros_like""",
        "-; effect write": "save savetxt savez savez_compressed",
        "-; keeps-dtype; same-arguments": "flip",
    },
    "numpy numpy.linalg": {
        "numpy": "cross diagonal matrix_transpose trace vecdot",
    },
    "numpy.fft": {
        "static": "fftfreq rfftfreq",
        "numpy": "fft fft2 fftn fftshift hfft ifft ifft2 ifftn ifftshift ihfft irfft irfft2 irfftn rfft rfft2 rfftn",
    },
    "numpy.linalg": {
        "numpy": """
            cholesky cond det eig eigh eigvals eigvalsh inv lstsq matmul matrix_norm matrix_power matrix_rank
            multi_dot norm outer pinv qr slogdet solve svd svdvals tensordot tensorinv tensorsolve vector_norm""",
    },
    "numpy.random": {
        "static; effect random": "beta binomial choice exponential gamma permutation poisson randint",
        "instance:numpy.random.Generator; no-effect": "Generator default_rng",
        "instance:numpy.random.RandomState; no-effect": "RandomState",
        "static; effect random; with *sizes -> shape": "rand->random.uniform randn->random.normal",
        "static; effect random; with loc scale size -> mean stddev shape": "normal->random.normal",
        "static; effect random; with low high size -> minval maxval shape": "uniform->random.uniform",
        "static; effect random; with size -> shape": """
            random->random.uniform random_sample->random.uniform standard_normal->random.normal""",
        "none; effect random": "shuffle",
        "none; no-effect": "seed",
        "-; no-effect": "PCG64 SeedSequence get_state set_state",
    },
    "numpy.random.Generator": {
        "static; effect random": "choice integers normal permutation random standard_normal uniform",
    },
    "numpy.random.RandomState": {
        "-; no-effect": "get_state seed set_state",
    },
}
