"""Which arguments of an API are functions, what these are called with, and which APIs wrap one."""

from __future__ import annotations

import dataclasses


@dataclasses.dataclass(frozen=True, slots=True)
class FunctionArgument:
    """One parameter that takes a function (or, with ``many``, a list of functions).

    ``gets`` are the positional arguments it is called with, in the language of return specs, and further:
    ``like:NAME`` the structure passed as parameter NAME with tensors at the leaves, ``*like:NAME`` the items of
    that structure, one argument each, ``as:NAME`` and ``*as:NAME`` the same, passed as they are,
    ``row:NAME`` the structure with one row of each tensor, ``leaf:NAME`` one leaf of it, and ``*call`` what the
    function that is returned is called with.
    ``host`` says that the body runs on the host, eagerly, whenever the graph gets there; else it is traced.
    """

    name: str
    position: int
    gets: tuple[str, ...] = ()
    many: bool = False
    host: bool = False


_BRANCHES = (FunctionArgument("true_fn", 1), FunctionArgument("false_fn", 2))
_FOLD = (FunctionArgument("fn", 0, ("like:initializer", "row:elems")),)
_WHILE = (
    FunctionArgument("cond", 0, ("*like:loop_vars",)),
    FunctionArgument("body", 1, ("*like:loop_vars",)),
)
_ON_HOST = (FunctionArgument("func", 0, ("*like:inp",), host=True),)

FUNCTIONS: dict[str, tuple[FunctionArgument, ...]] = {
    "keras.backend.foldl": _FOLD,
    "keras.backend.foldr": _FOLD,
    "keras.backend.map_fn": (FunctionArgument("fn", 0, ("row:elems",)),),
    "keras.backend.rnn": (FunctionArgument("step_function", 0, ("like:inputs", "like:initial_states")),),
    "keras.backend.switch": (FunctionArgument("then_expression", 1), FunctionArgument("else_expression", 2)),
    "keras.ops.associative_scan": (FunctionArgument("f", 0, ("row:elems", "row:elems")),),
    "keras.ops.cond": _BRANCHES,
    "keras.ops.custom_gradient": (FunctionArgument("f", 0, ("*call",)),),
    "keras.ops.fori_loop": (FunctionArgument("body_fun", 2, ("tensor", "like:init_val")),),
    "keras.ops.jvp": (FunctionArgument("fun", 0, ("*like:primals",)),),
    "keras.ops.map": (FunctionArgument("f", 0, ("row:xs",)),),
    "keras.ops.scan": (FunctionArgument("f", 0, ("like:init", "row:xs")),),
    "keras.ops.switch": (FunctionArgument("branches", 1, ("*as:operands",), many=True),),
    "keras.ops.vectorized_map": (FunctionArgument("function", 0, ("row:elements",)),),
    "keras.ops.while_loop": _WHILE,
    "keras.tree.map_structure": (FunctionArgument("func", 0, ("leaf:structures",)),),
    "tf.case": (FunctionArgument("default", 1),),
    "tf.cond": _BRANCHES,
    "tf.custom_gradient": (FunctionArgument("f", 0, ("*call",)),),
    "tf.foldl": _FOLD,
    "tf.foldr": _FOLD,
    "tf.grad_pass_through": (FunctionArgument("f", 0, ("*call",)),),
    "tf.map_fn": (FunctionArgument("fn", 0, ("row:elems",)),),
    "tf.nest.map_structure": (FunctionArgument("func", 0, ("leaf:structure",)),),
    "tf.numpy_function": _ON_HOST,
    "tf.py_func": _ON_HOST,
    "tf.py_function": _ON_HOST,
    "tf.ragged.map_flat_values": (FunctionArgument("op", 0, ("*as:args",)),),
    "tf.recompute_grad": (FunctionArgument("f", 0, ("*call",)),),
    "tf.scan": _FOLD,
    "tf.switch_case": (FunctionArgument("branch_fns", 1, many=True),),
    "tf.vectorized_map": (FunctionArgument("fn", 0, ("row:elems",)),),
    "tf.while_loop": _WHILE,
}

# Where the parameters named in ``gets`` and in ``like:`` stand, by the name of the API.
_LOOP = {"loop_vars": 2}
_FOLDED = {"elems": 1, "initializer": 2}
POSITIONS: dict[str, dict[str, int]] = {
    "keras.backend.foldl": _FOLDED,
    "keras.backend.foldr": _FOLDED,
    "keras.backend.map_fn": {"elems": 1},
    "keras.backend.rnn": {"inputs": 1, "initial_states": 2},
    "keras.ops.associative_scan": {"elems": 1},
    "keras.ops.fori_loop": {"init_val": 3},
    "keras.ops.jvp": {"primals": 1},
    "keras.ops.map": {"xs": 1},
    "keras.ops.scan": {"init": 1, "xs": 2},
    "keras.ops.switch": {"operands": 2},
    "keras.ops.vectorized_map": {"elements": 1},
    "keras.ops.while_loop": _LOOP,
    "keras.tree.map_structure": {"structures": 1},
    "tf.foldl": _FOLDED,
    "tf.foldr": _FOLDED,
    "tf.map_fn": {"elems": 1},
    "tf.nest.map_structure": {"structure": 1},
    "tf.numpy_function": {"inp": 1},
    "tf.py_func": {"inp": 1},
    "tf.py_function": {"inp": 1},
    "tf.ragged.map_flat_values": {"args": 1},
    "tf.scan": _FOLDED,
    "tf.vectorized_map": {"elems": 1},
    "tf.while_loop": _LOOP,
}

# Decorators and functions that give back a function called as their first argument is.
WRAPS: dict[str, str] = {
    "autograph": "AutoGraph converts the body: it stages what depends on tensors",
    "no-autograph": "AutoGraph leaves the body as it is, also where it converts the caller",
    "traced": "the body is traced as it stands where it is called",
}
WRAPPERS: dict[str, str] = {
    "functools.cache": "traced",
    "functools.lru_cache": "traced",
    "keras.ops.custom_gradient": "traced",
    "keras.remat": "traced",
    "keras.saving.register_keras_serializable": "traced",
    "keras.utils.register_keras_serializable": "traced",
    "tf.autograph.experimental.do_not_convert": "no-autograph",
    "tf.autograph.to_graph": "autograph",
    "tf.custom_gradient": "traced",
    "tf.function": "autograph",
    "tf.grad_pass_through": "traced",
    "tf.nondifferentiable_batch_function": "autograph",
    "tf.recompute_grad": "traced",
}
