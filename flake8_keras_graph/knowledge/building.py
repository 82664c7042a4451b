"""What only computes or constructs: calling it reads, writes, fetches, trains, starts and ends nothing.

The records say this of most functions, by their effects; here stands what they do not hold, of packages that models
are configured with. What has no place in either is not known to build. ``tests/knowledge`` compares the methods with
those of the installed libraries.
"""

from __future__ import annotations

from collections.abc import Mapping

# Effects of records that are none on anything outside, and end by themselves.
_EFFECTS = frozenset({"clock", "creates-variable", "log", "print", "random", "staged-loop", "traces"})

# Modules whose every function, class and value only computes.
_BUILDING_MODULES = """
    abc attr attrs box cmath collections collections.abc contextlib copy dataclasses datetime decimal easydict
    einops enum fractions functools itertools keras.activations keras.backend keras.callbacks keras.constraints
    keras.initializers keras.layers keras.layers.experimental keras.layers.experimental.preprocessing
    keras.losses keras.metrics keras.ops keras.optimizers keras.optimizers.legacy keras.optimizers.schedules
    keras.preprocessing.sequence keras.random keras.regularizers keras.tree keras_cv.layers keras_cv.losses
    keras_cv.models keras_hub.layers keras_hub.models keras_nlp.layers keras_nlp.models math ml_collections
    ml_collections.config_dict numbers numpy.fft numpy.linalg numpy.polynomial numpy.random operator os.path
    pprint pydantic pytest.mark random re scipy.special scipy.stats statistics string
    tensorflow_addons.activations tensorflow_addons.layers tensorflow_addons.losses tensorflow_addons.metrics
    tensorflow_addons.optimizers tensorflow_addons.rnn tensorflow_addons.seq2seq
    tensorflow_probability.bijectors tensorflow_probability.distributions tensorflow_probability.layers
    tensorflow_probability.math textwrap tf.autograph.experimental tf.debugging tf.dtypes tf.image
    tf.initializers tf.linalg tf.math tf.nest tf.nn tf.quantization tf.ragged tf.random tf.sets tf.signal
    tf.sparse tf.strings tf.tpu.experimental.embedding tf.types.experimental types typing typing_extensions uuid
    warnings"""
_MODULES = frozenset(_BUILDING_MODULES.split())

# Of other modules, or of those above where a record says otherwise: what only computes.
_NAMES: Mapping[str, str] = {
    "argparse": "ArgumentParser ArgumentDefaultsHelpFormatter Namespace RawTextHelpFormatter SUPPRESS",
    "builtins": """
        BaseException Ellipsis False None NotImplemented True __debug__ __name__ __file__ __doc__ anext aiter ascii
        bytearray classmethod delattr getattr memoryview object property setattr slice staticmethod super""",
    "inspect": "getfullargspec isclass isfunction signature",
    "json": "dumps loads",
    "keras": "Input InputSpec Model Sequential Variable DTypePolicy KerasTensor StatelessScope",
    "keras.mixed_precision": "Policy",
    "keras.models": "clone_model Model Sequential",
    "keras.preprocessing.text": "Tokenizer",
    "keras.saving": "custom_object_scope get_custom_objects register_keras_serializable serialize_keras_object",
    "keras.utils": """
        CustomObjectScope PyDataset Sequence custom_object_scope get_custom_objects normalize pad_sequences
        set_random_seed split_dataset to_categorical""",
    "logging": "DEBUG ERROR INFO WARNING basicConfig getLogger",
    "numpy": """
        bool bool8 bool_ complex128 complex64 dtype e empty_like errstate euler_gamma float float16 float32 float64
        floating fromiter generic inf int int16 int32 int64 int8 integer nan ndarray newaxis number object_ pi
        printoptions set_printoptions uint16 uint32 uint64 uint8 vectorize""",
    "omegaconf": "DictConfig ListConfig",
    "omegaconf.OmegaConf": "create",
    "os": "PathLike cpu_count environ fspath getenv pathsep sep",
    "pathlib": "Path PosixPath PurePath PurePosixPath",
    "pytest": "fixture mark param",
    "scipy.sparse": "coo_matrix csc_matrix csr_matrix diags eye identity",
    "sys": "argv byteorder float_info maxsize path platform version version_info",
    "tf": """
        DType Module RaggedTensor RaggedTensorSpec SparseTensor SparseTensorSpec Tensor TensorArraySpec
        UnconnectedGradients VariableAggregation VariableSynchronization __version__ bfloat16 bool complex128 complex64
        constant_initializer control_dependencies device double float16 float32 float64 get_logger half
        init_scope int16 int32 int64 int8 name_scope newaxis no_gradient ones_initializer
        random_normal_initializer random_uniform_initializer resource string uint16 uint32 uint64 uint8
        variable_creator_scope zeros_initializer""",
    "tf.data": "AUTOTUNE Options",
    "tf.data.Dataset": "from_tensor_slices from_tensors range zip",
    "tf.data.experimental": "AUTOTUNE",
    "tf.feature_column": """
        bucketized_column categorical_column_with_hash_bucket categorical_column_with_identity
        categorical_column_with_vocabulary_list crossed_column embedding_column indicator_column numeric_column
        shared_embeddings""",
    "tf.lookup": "KeyValueTensorInitializer StaticHashTable StaticVocabularyTable",
    "time": "gmtime localtime monotonic perf_counter process_time strftime time",
}

# Of those modules, and among the records: what reads, writes, fetches, waits or runs what it is given.
_ACTING: Mapping[str, str] = {
    "builtins": "__import__ breakpoint compile eval exec exit globals input locals open quit",
    "keras.backend": "load_img",
    "os.path": "walk",
    "tf.image": "decode_image",
}
_ACTING_MODULES = frozenset({"tf.audio", "tf.io", "tf.io.gfile"})

# Methods, by the class of what they are called on.
BUILDING_METHODS: Mapping[str, str] = {
    "argparse.ArgumentParser": """
        add_argument add_argument_group add_mutually_exclusive_group add_subparsers format_help format_usage
        get_default parse_args parse_intermixed_args parse_known_args parse_known_intermixed_args register
        set_defaults add_parser""",
    "builtins": """
        add append as_integer_ratio bit_count bit_length capitalize casefold center clear conjugate copy count decode
        difference difference_update discard encode endswith expandtabs extend find format format_map from_bytes
        fromhex fromkeys get hex index insert intersection intersection_update is_integer isalnum isalpha isascii
        isdecimal isdigit isdisjoint isidentifier islower isnumeric isprintable isspace issubset issuperset istitle
        isupper items join keys ljust lower lstrip maketrans partition pop popitem remove removeprefix removesuffix
        replace reverse rfind rindex rjust rpartition rsplit rstrip setdefault sort split splitlines startswith strip
        swapcase symmetric_difference symmetric_difference_update title to_bytes translate union update upper values
        zfill""",
    "collections": "appendleft elements extendleft most_common move_to_end popleft rotate subtract total",
    "keras.Layer": """
        add_loss add_metric add_variable add_weight build build_from_config call compute_mask
        compute_output_shape compute_output_spec count_params get_build_config get_config get_weights from_config
        quantize quantized_build quantized_call rematerialized_call set_weights stateless_call symbolic_call""",
    "keras.Model": """
        compile compile_from_config compiled_loss compute_loss compute_metrics get_compile_config get_layer
        get_metrics_result get_quantization_layer_structure get_state_tree
        reset_metrics reset_states set_state_tree stateless_compute_loss summary
        to_json""",
    "keras.losses.Loss keras.metrics.Metric keras.optimizers.Optimizer": """
        add_optimizer_variables add_variable_from_reference apply apply_gradients assign assign_add assign_sub
        exclude_from_weight_decay finalize_variable_values minimize reset_state result scale_loss stateless_apply
        stateless_reset_state stateless_result stateless_update_state update_state update_step""",
    "logging.Logger": """
        critical debug error exception fatal getChild getEffectiveLevel hasHandlers info isEnabledFor log setLevel warn
        warning""",
    "numpy.ndarray": """
        all any argmax argmin argpartition argsort astype byteswap choose clip compress conj cumprod cumsum diagonal
        dot fill flatten getfield item max mean min nonzero partition prod ptp put ravel repeat reshape
        resize round searchsorted setfield setflags squeeze std sum swapaxes take to_device tobytes tolist trace
        transpose var view""",
    "numpy.random.Generator numpy.random.RandomState random.Random": """
        beta binomial chisquare choice choices exponential gamma gauss integers logistic lognormal multinomial
        multivariate_normal normal permutation permuted poisson rand randint randn random random_sample sample seed
        shuffle standard_normal triangular uniform""",
    "pathlib.PurePath": """
        absolute as_posix as_uri exists expanduser is_absolute is_dir is_file is_relative_to joinpath match
        relative_to resolve with_name with_segments with_stem with_suffix""",
    "re.Match re.Pattern": """
        end expand findall finditer fullmatch group groupdict groups scanner search span start sub subn""",
    "tf.Tensor tf.Variable": """
        as_list assign assign_add assign_sub eval get_shape is_compatible_with merge_with num_elements
        numpy read_value ref set_shape value with_rank""",
    "tf.data.Dataset": """
        apply as_numpy_iterator batch bucket_by_sequence_length cardinality concatenate enumerate filter flat_map
        from_tensor_slices from_tensors range zip
        fingerprint get_single_element group_by_window ignore_errors interleave map options padded_batch prefetch
        ragged_batch rebatch reduce rejection_resample scan shard skip sparse_batch take take_while unbatch unique
        window with_options""",
}
# Methods of what only builds that act: they train, save, load, write, read or run something given.
ACTING_METHODS: Mapping[str, str] = {
    "argparse.ArgumentParser": "convert_arg_line_to_args error exit print_help print_usage",
    "keras.Layer": "load_own_variables save_own_variables",
    "keras.Model": """
        enable_lora evaluate export fit load_weights make_predict_function make_test_function make_train_function
        predict predict_on_batch predict_step save save_weights test_on_batch test_step train_on_batch train_step
        evaluate_generator fit_generator predict_generator""",
    "numpy.ndarray": "dump dumps tofile",
    "pathlib.PurePath": """
        chmod copy_into cwd from_uri full_match glob group hardlink_to home info is_block_device is_char_device is_fifo
        is_junction is_mount is_reserved is_socket is_symlink iterdir lchmod link_to lstat mkdir move move_into open
        owner read_bytes read_text readlink rename rglob rmdir samefile stat symlink_to touch unlink walk write_bytes
        write_text""",
    "tf.data.Dataset": """
        cache choose_from_datasets counter from_generator list_files load sample_from_datasets save snapshot""",
}


def _joined(table: Mapping[str, str]) -> frozenset[str]:
    return frozenset(f"{module}.{name}" for module, names in table.items() for name in names.split())


_BUILDING_NAMES, _ACTING_NAMES = _joined(_NAMES), _joined(_ACTING)
_METHODS = frozenset(name for names in BUILDING_METHODS.values() for name in names.split())
_METHODS_THAT_ACT = frozenset(name for names in ACTING_METHODS.values() for name in names.split()) - _METHODS


def is_building_name(name: str, is_recorded: bool, effect: str | None) -> bool:
    """Whether the callable or value of this canonical name only computes, by its record's effect where it has one."""
    module = name.rpartition(".")[0]
    if name in _ACTING_NAMES or module in _ACTING_MODULES or (effect is not None and effect not in _EFFECTS):
        return False
    return is_recorded or name in _BUILDING_NAMES or module in _MODULES


def is_building_method(name: str) -> bool:
    """Whether a method of this name only computes, whatever of what this module knows it is called on."""
    return name in _METHODS


def is_acting_method(name: str) -> bool:
    """Whether a method of this name is known to do something besides: handing it on is as good as calling it."""
    return name in _METHODS_THAT_ACT
