"""What is public in TensorFlow and Keras is in the tables, or left out on purpose, for a reason that stands here."""

from __future__ import annotations

import inspect

import pytest

pytest.importorskip("tensorflow")

from sampling import probe

from flake8_keras_graph import knowledge

pytestmark = pytest.mark.tensorflow

_OPERATORS = """
    LinearOperator LinearOperatorAdjoint LinearOperatorBlockDiag LinearOperatorBlockLowerTriangular
    LinearOperatorCirculant LinearOperatorCirculant2D LinearOperatorCirculant3D LinearOperatorComposition
    LinearOperatorDiag LinearOperatorFullMatrix LinearOperatorHouseholder LinearOperatorIdentity
    LinearOperatorInversion LinearOperatorKronecker LinearOperatorLowRankUpdate LinearOperatorLowerTriangular
    LinearOperatorPermutation LinearOperatorScaledIdentity LinearOperatorToeplitz LinearOperatorTridiag
    LinearOperatorZeros"""

# Namespace -> reason -> names.
OMITTED: dict[str, dict[str, str]] = {
    "keras.activations": {"gives a function": "deserialize get"},
    "keras.losses": {"gives or takes an object": "deserialize get serialize"},
    "keras.metrics": {"gives or takes an object": "deserialize get serialize"},
    "keras.ops": {"gives a function": "custom_gradient vectorize"},
    "keras.ops.image": {},
    "keras.random": {},
    "keras.tree": {
        "the structure depends on a function": "map_shape_structure map_structure_up_to traverse",
        "for tests": "assert_same_paths",
        "a marker": "MAP_TO_NONE",
    },
    "numpy.fft": {"for tests": "test"},
    "numpy.linalg": {"for tests": "test", "an exception": "LinAlgError"},
    "tf.audio": {},
    "tf.bitwise": {},
    "tf.debugging": {
        "a setting": """
            disable_check_numerics disable_traceback_filtering enable_check_numerics enable_traceback_filtering
            get_log_device_placement is_traceback_filtering_enabled set_log_device_placement""",
    },
    "tf.image": {
        "a class": "ResizeMethod",
        "wants a file of its kind, or hardware": "decode_jxl decode_webp generate_bounding_box_proposals",
    },
    "tf.linalg": {
        "a class": _OPERATORS,
        "depends on compute_uv, or on eigvals_only": "eigh_tridiagonal svd",
    },
    "tf.math": {},
    "tf.math.special": {},
    "tf.nest": {},
    "tf.nn": {"wraps a cell": "RNNCellDeviceWrapper RNNCellDropoutWrapper RNNCellResidualWrapper"},
    "tf.quantization": {
        "only used by gradients, or superseded": """
            fake_quant_with_min_max_args_gradient fake_quant_with_min_max_vars_gradient
            fake_quant_with_min_max_vars_per_channel_gradient quantize_and_dequantize quantized_concat""",
    },
    "tf.ragged": {},
    "tf.random": {"a setting, or a class": "Algorithm Generator set_global_generator"},
    "tf.sets": {},
    "tf.signal": {"gives a function": "inverse_stft_window_fn"},
    "tf.sparse": {"wants hardware": "sampled_addmm"},
    "tf.strings": {},
}


def _functions(module: object) -> set[str]:
    public = {name: getattr(module, name) for name in dir(module) if not name.startswith("_")}
    return {name for name, value in public.items() if callable(value) and not inspect.ismodule(value)}


def _is_for_a_class(name: str) -> bool:
    kinds = (knowledge.is_loss, knowledge.is_metric, knowledge.is_layer)
    return any(kind(name) for kind in kinds)


@pytest.mark.skipif(probe.is_older(), reason="the lists are those of the versions in probe")
@pytest.mark.parametrize("namespace", sorted(OMITTED))
def test_every_public_function_is_known_or_left_out(namespace: str) -> None:
    public = {name for name in _functions(probe.resolve(namespace)) if not _is_for_a_class(f"{namespace}.{name}")}
    omitted = {name for block in OMITTED[namespace].values() for name in block.split()}
    known = {name for name in public if knowledge.returns(f"{namespace}.{name}") is not None}
    assert known & omitted == set()
    assert public - known == omitted
