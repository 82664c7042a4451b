"""``isinstance``, ``hasattr`` and ``is_tensor``: what each kind of value answers."""

from __future__ import annotations

import functools
from collections.abc import Callable

from flake8_keras_graph.analysis.values import (
    UNKNOWN,
    Api,
    ClassValue,
    Dim,
    Family,
    Mapping,
    Seq,
    Tensor,
    Tensors,
    TypeTest,
    Value,
)

Matcher = Callable[[Value], "bool | None"]

_FAMILIES: dict[str, Family] = {
    **dict.fromkeys(("builtins.int", "builtins.float", "builtins.bool", "builtins.str", "builtins.bytes"), "python"),
    **dict.fromkeys(
        ("builtins.dict", "collections.abc.Mapping", "typing.Mapping", "collections.OrderedDict"), "mapping"
    ),
    **dict.fromkeys(("tf.Tensor", "keras.KerasTensor", "tf.Variable", "keras.Variable"), "tensor"),
    **dict.fromkeys(("tf.RaggedTensor", "tf.SparseTensor", "tf.IndexedSlices"), "special tensor"),
}
_SEQUENCES = {
    "builtins.list": ("list",),
    "builtins.tuple": ("tuple",),
    "builtins.set": ("set",),
    "collections.abc.Sequence": ("list", "tuple"),
    "collections.abc.Iterable": ("list", "tuple", "set"),
    "typing.Sequence": ("list", "tuple"),
}


def type_matcher(types: Value) -> Matcher:
    """A predicate for ``isinstance(_, types)``: True, False, or None where it is not known."""
    names = types.items if type(types) is Seq and types.items is not None else (types,)
    tests = [_type_test(name) for name in names]

    def matches(option: Value) -> bool | None:
        answers = [None if test is None else option.is_instance(test) for test in tests]
        if any(answer is True for answer in answers):
            return True
        return None if not answers or any(answer is None for answer in answers) else False

    return matches


def _type_test(types: Value) -> TypeTest | None:
    """The test for one type; None where it is not known which that is."""
    if type(types) is Api:
        return _test_of(types.name)
    return TypeTest("", "project") if type(types) is ClassValue else None


@functools.lru_cache(maxsize=256)
def _test_of(name: str) -> TypeTest:
    kinds = _SEQUENCES.get(name)
    if kinds is not None:
        return TypeTest(name, "sequence", kinds)
    if name.startswith("numpy.") or name.endswith(".EagerTensor"):
        return TypeTest(name, "array")  # Keras has made tensors of arrays, and fit traces a graph
    return TypeTest(name, _FAMILIES.get(name, ""))


def attribute_matcher(name: str) -> Matcher:
    """``hasattr(_, name)``: a tensor that is being traced has a graph and no value."""
    return lambda option: option.has_attribute(name)


def is_tensor_option(option: Value) -> bool | None:
    """``is_tensor(_)``."""
    if type(option) is Tensor:
        return True
    return None if type(option) in _PERHAPS_TENSORS else False


_PERHAPS_TENSORS = frozenset({Value, Tensors, Dim, Api})


def narrowed(option: Value, matches: Matcher) -> Value:
    """A structure of tensors that passed a type test is what the test says.

    A tensor that passes the test for a class we do not know may be another sort of object by the same API.
    """
    if type(option) is Tensor and matches(option) is None and not option.variable:
        return UNKNOWN
    if type(option) is Dim and option.batch:  # it is no None
        return option.known_size()
    if type(option) is Tensors:
        each = Tensors(option.batched, why=option.why)
        forms = (
            Tensor(option.batched, why=option.why),
            Seq("list", None, each, why=option.why),
            Mapping((), each, why=option.why),
        )
        kept = [form for form in forms if matches(form) is True]
        if len(kept) == 1:
            return kept[0]
    return option
