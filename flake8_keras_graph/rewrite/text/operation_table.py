"""TensorFlow operations and their ``keras.ops`` counterparts, parameter by parameter.

A line of the table: TensorFlow's names, its parameters in order, the counterpart, what each parameter is
called there. ``-`` marks a parameter that only names or checks (dropped); ``!`` one the counterpart does
not have: a call that gives it is not converted.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

_TABLE = """
abs math.abs                | x name | absolute | x -
acos math.acos              | x name | arccos | x -
add math.add                | x y name | add | x1 x2 -
argmax math.argmax          | input axis output_type name | argmax | x axis ! -
argmin math.argmin          | input axis output_type name | argmin | x axis ! -
asin math.asin              | x name | arcsin | x -
atan math.atan              | x name | arctan | x -
atan2 math.atan2            | y x name | arctan2 | x1 x2 -
broadcast_to                | input shape name | broadcast_to | x shape -
cast                        | x dtype name | cast | x dtype -
clip_by_value               | t clip_value_min clip_value_max name | clip | x x_min x_max -
concat                      | values axis name | concatenate | xs axis -
cos math.cos                | x name | cos | x -
cosh math.cosh              | x name | cosh | x -
cumsum math.cumsum          | x axis exclusive reverse name | cumsum | x axis ! ! -
divide math.divide          | x y name | divide | x1 x2 -
math.divide_no_nan          | x y name | divide_no_nan | x1 x2 -
einsum                      | equation *inputs | einsum | subscripts *operands
equal math.equal            | x y name | equal | x1 x2 -
math.erf                    | x name | erf | x -
exp math.exp                | x name | exp | x -
expand_dims                 | input axis name | expand_dims | x axis -
math.expm1                  | x name | expm1 | x -
floor math.floor            | x name | floor | x -
math.ceil                   | x name | ceil | x -
gather                      | params indices validate_indices axis batch_dims name | take | x indices ! axis ! -
greater math.greater        | x y name | greater | x1 x2 -
greater_equal math.greater_equal | x y name | greater_equal | x1 x2 -
identity                    | input name | identity_ | x -
less math.less              | x y name | less | x1 x2 -
less_equal math.less_equal  | x y name | less_equal | x1 x2 -
math.is_finite              | x name | isfinite | x -
math.is_inf                 | x name | isinf | x -
math.is_nan                 | x name | isnan | x -
math.log                    | x name | log | x -
math.log1p                  | x name | log1p | x -
math.log_sigmoid            | x name | log_sigmoid | x -
logical_and math.logical_and | x y name | logical_and | x1 x2 -
logical_not math.logical_not | x name | logical_not | x -
logical_or math.logical_or  | x y name | logical_or | x1 x2 -
matmul linalg.matmul        | a b transpose_a transpose_b | matmul | x1 x2 ! !
maximum math.maximum        | x y name | maximum | x1 x2 -
minimum math.minimum        | x y name | minimum | x1 x2 -
multiply math.multiply      | x y name | multiply | x1 x2 -
negative math.negative      | x name | negative | x -
not_equal math.not_equal    | x y name | not_equal | x1 x2 -
norm linalg.norm            | tensor ord axis keepdims name | norm | x ord axis keepdims -
one_hot | indices depth on_value off_value axis dtype name | one_hot | x num_classes ! ! axis dtype -
ones_like                   | input dtype name | ones_like | x dtype -
pow math.pow                | x y name | power | x1 x2 -
math.reciprocal             | x name | reciprocal | x -
reduce_all math.reduce_all  | input_tensor axis keepdims name | all | x axis keepdims -
reduce_any math.reduce_any  | input_tensor axis keepdims name | any | x axis keepdims -
reduce_logsumexp math.reduce_logsumexp | input_tensor axis keepdims name | logsumexp | x axis keepdims -
reduce_max math.reduce_max  | input_tensor axis keepdims name | max | x axis keepdims -
reduce_mean math.reduce_mean | input_tensor axis keepdims name | mean | x axis keepdims -
reduce_min math.reduce_min  | input_tensor axis keepdims name | min | x axis keepdims -
reduce_prod math.reduce_prod | input_tensor axis keepdims name | prod | x axis keepdims -
reduce_sum math.reduce_sum  | input_tensor axis keepdims name | sum | x axis keepdims -
math.reduce_std             | input_tensor axis keepdims name | std | x axis keepdims -
math.reduce_variance        | input_tensor axis keepdims name | var | x axis keepdims -
repeat                      | input repeats axis name | repeat | x repeats axis -
reshape                     | tensor shape name | reshape | x newshape -
reverse                     | tensor axis name | flip | x axis -
math.rsqrt                  | x name | rsqrt | x -
sigmoid math.sigmoid nn.sigmoid | x name | sigmoid | x -
sign math.sign              | x name | sign | x -
sin math.sin                | x name | sin | x -
sinh math.sinh              | x name | sinh | x -
math.softplus nn.softplus   | features name | softplus | x -
split                       | value num_or_size_splits axis num name | split | x indices_or_sections axis ! -
sqrt math.sqrt              | x name | sqrt | x -
square math.square          | x name | square | x -
squeeze                     | input axis name | squeeze | x axis -
stack                       | values axis name | stack | x axis -
stop_gradient               | input name | stop_gradient | variable -
subtract math.subtract      | x y name | subtract | x1 x2 -
tan math.tan                | x name | tan | x -
tanh math.tanh nn.tanh      | x name | tanh | x -
tensordot                   | a b axes name | tensordot | x1 x2 axes -
tile                        | input multiples name | tile | x repeats -
transpose                   | a perm conjugate name | transpose | x axes ! -
linalg.band_part            | input num_lower num_upper name | band_part_ | x k l -
math.top_k nn.top_k         | input k sorted index_type name | top_k | x k sorted ! -
unstack                     | value num axis name | unstack | x num axis -
where                       | condition x y name | where | condition x1 x2 -
zeros_like                  | input dtype name | zeros_like | x dtype -
nn.elu                      | features name | elu | x -
nn.gelu                     | features approximate name | gelu | x approximate -
nn.leaky_relu               | features alpha name | leaky_relu | x negative_slope -
nn.log_softmax              | logits axis name | log_softmax | x axis -
nn.relu                     | features name | relu | x -
nn.relu6                    | features name | relu6 | x -
nn.selu                     | features name | selu | x -
nn.silu nn.swish            | features beta | silu | x !
nn.softmax                  | logits axis name | softmax | x axis -
nn.softsign                 | features name | softsign | x -
nn.sigmoid_cross_entropy_with_logits | labels logits name | ! |
math.squared_difference     | x y name | squared_difference_ | x1 x2 -
math.l2_normalize nn.l2_normalize linalg.l2_normalize | x axis epsilon name | normalize | x axis ! -
math.floordiv               | x y name | floor_divide | x1 x2 -
math.mod math.floormod      | x y name | mod | x1 x2 -
math.truediv truediv        | x y name | divide | x1 x2 -
"""

# Defaults that differ: what has to be said in keras.ops to mean TensorFlow's default.
_DEFAULTS: Mapping[str, Mapping[str, str]] = {
    "argmax": {"axis": "0"},
    "argmin": {"axis": "0"},
    "cumsum": {"axis": "0"},
    "take": {"axis": "0"},
    "top_k": {"k": "1"},
    "gelu": {"approximate": "False"},
    "leaky_relu": {"negative_slope": "0.2"},
    "one_hot": {"axis": "-1", "dtype": '"float32"'},
}
# Entries with an underscore end have no one-call counterpart; they stay in a layer.
_UNSUPPORTED = "_"


@dataclasses.dataclass(frozen=True, slots=True)
class Operation:
    """The counterpart ``name`` of one TensorFlow operation; ``renamed`` maps each parameter, in order."""

    name: str
    renamed: tuple[tuple[str, str], ...]
    defaults: tuple[tuple[str, str], ...] = ()


def _read_table() -> dict[str, Operation]:
    found: dict[str, Operation] = {}
    for line in _TABLE.strip().splitlines():
        names, given, target, wanted = (part.split() for part in line.split("|"))
        if target[0].endswith(_UNSUPPORTED) or target == ["!"]:
            continue
        defaults = _DEFAULTS.get(target[0], {})
        operation = Operation(
            target[0],
            tuple(zip(given, wanted, strict=True)),
            tuple((key, value) for key, value in defaults.items() if value is not None),
        )
        found |= {f"tf.{name}": operation for name in names}
    return found


TABLE = _read_table()
