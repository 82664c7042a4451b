"""Functions that leave the first dimension as it is, unless they are told to work along that one."""

from __future__ import annotations

_Groups = dict[str, str]

# What takes an axis, and whether it stands at ``axis`` or, of a list of tensors, goes along it; None is all of them.
ALONG: dict[str, _Groups] = {
    "keras.ops": {
        "1 axis": "all amax amin any argmax argmin count_nonzero expand_dims logsumexp max mean min prod std sum var"
    },
    "tf": {
        "1 axis": """
            argmax argmin expand_dims reduce_all reduce_any reduce_logsumexp reduce_max reduce_mean reduce_min
            reduce_prod reduce_sum""",
    },
    "tf.math": {
        "1 axis": """
            argmax argmin reduce_all reduce_any reduce_euclidean_norm reduce_logsumexp reduce_max reduce_mean
            reduce_min reduce_prod reduce_std reduce_sum reduce_variance""",
    },
}

# What joins tensors; along the first dimension, the result's is not known either.
JOINING = "keras.ops.concatenate tf.concat"
