"""Parameters that need a number or a shape: given None, or a shape with None in it, the call raises while tracing."""

from __future__ import annotations

_Groups = dict[str, str]

# Position and name of each such parameter, and the functions that have it. To ``range`` and ``arange``, None for the
# second is as if it were not given.
SIZES: dict[str, _Groups] = {
    "keras.backend": {
        "0 shape": "random_normal random_uniform",
        "0 start": "arange",
        "1 n": "tile",
        "1 shape": "reshape",
    },
    "keras.ops": {
        "0 N": "eye",
        "0 shape": "empty full ones zeros",
        "0 start": "arange",
        "0 x": "cast convert_to_tensor",
        "1 newshape": "reshape",
        "1 repeats": "tile",
        "1 shape": "broadcast_to",
    },
    "keras.random": {"0 shape": "normal randint truncated_normal uniform"},
    "numpy": {
        "0 N": "eye",
        "0 shape": "empty full ones zeros",
        "0 start": "arange",
        "0 x": "ceil exp floor log log2 sqrt",
        "0 x1 1 x2": "maximum minimum power",
    },
    "numpy.random": {"2 size": "normal uniform"},
    "tf": {
        "0 dims": "fill",
        "0 num_rows": "eye",
        "0 shape": "ones zeros",
        "0 start": "range",
        "0 value": "constant convert_to_tensor",
        "0 x": "cast",
        "1 multiples": "tile",
        "1 shape": "broadcast_to reshape",
    },
    "tf.random": {"0 shape": "normal truncated_normal uniform"},
}

# Functions of Python's ``math`` whose every argument is made a float.
OF_FLOATS = """
    acos acosh asin asinh atan atan2 atanh cbrt ceil cos cosh degrees erf erfc exp exp2 expm1 fabs floor fmod gamma
    hypot isfinite isinf isnan lgamma log log10 log1p log2 pow radians sin sinh sqrt tan tanh trunc"""
