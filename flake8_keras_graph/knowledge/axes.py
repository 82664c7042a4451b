"""Functions that leave the first dimension as it is, unless they are told to work along that one."""

from __future__ import annotations

# Their second parameter is ``axis``; where it is None, they work along all of them.
ALONG: dict[str, str] = {
    "keras.ops": "all amax amin any argmax argmin count_nonzero logsumexp max mean min prod std sum var",
    "tf": """
        argmax argmin reduce_all reduce_any reduce_logsumexp reduce_max reduce_mean reduce_min reduce_prod
        reduce_sum""",
    "tf.math": """
        argmax argmin reduce_all reduce_any reduce_euclidean_norm reduce_logsumexp reduce_max reduce_mean
        reduce_min reduce_prod reduce_std reduce_sum reduce_variance""",
}

# What joins tensors; along the first dimension, the length of the result is not known either.
JOINING = "keras.ops.concatenate tf.concat"
