"""Python's own functions of numbers, which ask what they are given for a float."""

from __future__ import annotations

# Functions of Python's ``math`` whose every argument is made a float.
OF_FLOATS = """
    acos acosh asin asinh atan atan2 atanh cbrt ceil cos cosh degrees erf erfc exp exp2 expm1 fabs floor fmod gamma
    hypot isfinite isinf isnan lgamma log log10 log1p log2 pow radians sin sinh sqrt tan tanh trunc"""
