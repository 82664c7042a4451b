"""The class that a builder makes its model of, where Keras's own would be another: with training of its own."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import libcst as cst

from flake8_keras_graph.analysis import values
from flake8_keras_graph.analysis.values import UNKNOWN, Value
from flake8_keras_graph.rewrite.functional.read.kinds import contents
from flake8_keras_graph.rewrite.functional.read.model import Method
from flake8_keras_graph.rewrite.functional.read.obstacles import STATELESS_LAYERS
from flake8_keras_graph.rewrite.functional.write.context import Context
from flake8_keras_graph.rewrite.text.fresh_names import fresh_name
from flake8_keras_graph.rewrite.text.syntax import (
    Statement,
    code,
    dotted,
    is_docstring,
    names_read,
    own_attribute,
    parameters,
    self_name,
    snake,
    statement,
    statements,
    super_name,
)
from flake8_keras_graph.syntax.nodes import walk

# Methods that make fit, evaluate or predict differ from those of a plain functional model, and what they rest on.
OWN_TRAINING = (
    "train_step", "test_step", "predict_step", "compute_loss", "compute_metrics", "fit", "evaluate", "predict",
    "make_train_function", "make_test_function", "make_predict_function", "train_on_batch", "test_on_batch", "compile",
    "metrics", "reset_metrics",
)  # fmt: skip
# What a constructor may set of the model itself, which a functional model has its own of.
_OF_THE_MODEL = frozenset({"inputs", "outputs", "layers", "name", "built", "metrics", "input_shape", "output_shape"})

_TRAINS_BY_DEFAULT = '''class {name}({base}):
    """A functional model that trains where it is called and not told whether to."""

    def call(self, inputs, training=True, mask=None):
        return super().call(inputs, training=training, mask=mask)
'''
_LOADER = '''def {name}(model, source):
    """Give `model`, of `{builder}`, the weights of `source`, of `{cls}`, which has them in another order."""
    for name in ({names}):
        for mine, other in zip({flatten}(getattr(model, name)), {flatten}(getattr(source, name))):
            mine.set_weights(other.get_weights())
'''
_BY_DEFAULT = """def call(self, inputs, training=True, mask=None):
    return super().call(inputs, training=training, mask=mask)
"""


@dataclasses.dataclass(frozen=True, slots=True)
class ModelOf:
    """What the model is made of: the expression of its class, and the attributes that are set on it afterwards."""

    base: cst.BaseExpression
    attributes: tuple[str, ...] = ()


def own_training(context: Context) -> list[Method]:
    """The methods of the class that ``fit``, ``evaluate`` and ``predict`` run, with those that they call."""
    model = context.model
    found: dict[str, Method] = {}
    pending = [name for name in OWN_TRAINING if model.method(name) is not None]
    while pending:
        name = pending.pop(0)
        method = model.method(name)
        if (
            method is None
            or name in found
            or name in ("__init__", "call", "build")
            or _only_calls_super(context, method)
        ):
            continue
        found[name] = method
        own = self_name(method.node)
        pending += [own_attribute(part, own) for part in walk(method.node.body) if own_attribute(part, own)]
    order = [node for owner in model.lineage for node in statements(owner)]
    return sorted(found.values(), key=lambda method: order.index(method.node))


def _only_calls_super(context: Context, method: Method) -> bool:
    """Whether the method only hands on what it is given to Keras's own of that name."""
    body = [line for line in statements(method.node) if not is_docstring(line)]
    small = body[0].body[0] if len(body) == 1 and isinstance(body[0], cst.SimpleStatementLine) else None
    call = small.value if isinstance(small, (cst.Return, cst.Expr)) else None
    if not isinstance(call, cst.Call) or super_name(call) != method.name:
        return False
    params = method.node.params
    taken = [parameter.name.value for parameter in parameters(method.node)]
    stars = [each.name.value for each in (params.star_arg, params.star_kwarg) if isinstance(each, cst.Param)]
    plain = all(argument.keyword is None or argument.keyword.value == dotted(argument.value) for argument in call.args)
    given = [dotted(argument.value) for argument in call.args]
    return plain and given == [*taken, *stars] and context.model.method(method.name, above=method.owner) is None


def keep_training(context: Context, call: Method, methods: Sequence[Method]) -> None:
    """Note that ``methods``, of the class's own training, are kept, and what of it cannot be.

    Where ``call`` takes no ``training``, a step of the class's own says whether its layers train, for Keras hands on
    what the model is called with.
    """
    step = context.model.method("train_step")
    if step is not None and "super" not in names_read(step.node.body):
        context.told = True
    kept = ", ".join(f"`{method.name}`" for method in methods)
    context.note(methods[0].node, f"the model is of a class that keeps {kept}; its forward pass is functional")
    needed = [param for param in parameters(call.node) if param.default is None and param.name.value != "training"]
    several = len(needed) > 1
    for method in methods:
        for part in walk(method.node.body):
            if not isinstance(part, cst.Call):
                continue
            if super_name(part) and context.model.method(super_name(part), above=method.owner) is not None:
                context.refuse(part, f"`{code(part.func)}` in `{method.name}`, of a class in between")
            elif isinstance(part.func, cst.Name) and part.func.value == self_name(method.node):
                words = {argument.keyword.value for argument in part.args if argument.keyword is not None}
                plain = sum(argument.keyword is None for argument in part.args)
                if plain != 1 or words - {"training", "mask"} or several:
                    context.refuse(part, f"`{code(part)}` in `{method.name}`: a functional model takes one structure")
        if any(_is_private(own_attribute(part, self_name(method.node))) for part in walk(method.node.body)):
            context.refuse(method.node, f"`{method.name}` uses names that belong to its class")


def _is_private(name: str) -> bool:
    return name.startswith("__") and not name.endswith("__")


def model_of(context: Context, methods: Sequence[Method], *, trains_by_default: bool) -> ModelOf:
    """The class of the model; it is written where it is not Keras's own, for the class's own training, ``methods``."""
    base = context.model.base
    assert base is not None
    if not methods and not trains_by_default:
        return ModelOf(base)
    if not methods:
        name = context.fresh_class("TrainsByDefault")
        made = statement(_TRAINS_BY_DEFAULT.format(name=name, base=code(base)))
        assert isinstance(made, cst.ClassDef)
        context.generated.append(made.with_changes(leading_lines=[cst.EmptyLine(indent=False)] * 2))
        return ModelOf(cst.Name(name))
    name = context.fresh_class(f"Functional{context.model.name}")
    top = context.model.name
    members: list[Statement] = [statement(f'"""`{top}` with its own training and a functional forward pass."""\n')]
    members += _constants(context, methods)
    if trains_by_default:
        members.append(statement(_BY_DEFAULT))
    members += [_kept(method) for method in methods]
    members[1:] = [member.with_changes(leading_lines=_apart(member)) for member in members[1:]]
    context.generated.append(
        cst.ClassDef(
            cst.Name(name), cst.IndentedBlock(members), [cst.Arg(base)],
            leading_lines=[cst.EmptyLine(indent=False)] * 2,
        )
    )  # fmt: skip
    return ModelOf(cst.Name(name), _attributes(context, methods))


def _kept(method: Method) -> cst.FunctionDef:
    """The method as it stood, ``super(Net, self)`` without the class that it no longer stands in."""
    changed = method.node.visit(_PlainSuper())
    assert isinstance(changed, cst.FunctionDef)
    return changed


def _apart(member: Statement) -> list[cst.EmptyLine]:
    comments = [line for line in getattr(member, "leading_lines", ()) if line.comment is not None]
    return [cst.EmptyLine(indent=False), *comments]


def _constants(context: Context, methods: Sequence[Method]) -> list[Statement]:
    """Assignments of the class body that ``methods`` read through the instance."""
    read = _read(methods)
    return [
        statement(f"{name} = {code(value)}\n")
        for name, value in context.model.constants().items()
        if name in read and name not in context.names
    ]


def _attributes(context: Context, methods: Sequence[Method]) -> tuple[str, ...]:
    """Attributes that the constructor sets and ``methods`` read."""
    read = _read(methods)
    found = tuple(name for name in context.names if name in read)
    for name in found:
        if name in _OF_THE_MODEL:
            context.refuse(methods[0].node, f"`{name}` is an attribute that a functional model has its own of")
    return found


def _read(methods: Sequence[Method]) -> set[str]:
    return {
        own_attribute(part, self_name(method.node))
        for method in methods
        for part in walk(method.node)
        if isinstance(part, cst.Attribute)
    } - {""}


class _PlainSuper(cst.CSTTransformer):
    def leave_Call(self, original_node: cst.Call, updated_node: cst.Call) -> cst.Call:
        if isinstance(updated_node.func, cst.Name) and updated_node.func.value == "super":
            return updated_node.with_changes(args=[])
        return updated_node


def set_on(model: str, attributes: Sequence[str], context: Context) -> list[Statement]:
    """``model.encoder = encoder`` for each attribute that the model's own training reads."""
    return [statement(f"{model}.{name} = {context.names[name]}\n") for name in attributes]


def order_of_weights(context: Context, call: Method) -> tuple[str, ...]:
    """The layers by their attributes, as constructed, where ``call`` uses them in another order; else none.

    A class has its weights in the order of construction, a functional model in that of use.
    """
    held = context.places.reading.attributes
    made = [name for name in context.names if name in context.used and _may_have_weights(held.get(name, UNKNOWN))]
    used = [name for name in context.used if name in made]
    if made == used:
        return ()
    moved = context.imports.keras == 3 or bool(context.imports.spelling("tf"))
    remedy = (
        f"`{loader_name(context)}(model, source)` moves them, not `get_weights()`" if moved else "move them by name"
    )
    context.note(
        call.node,
        f"the weights of the model come in the order in which its layers are used ({', '.join(used)}), those of the "
        f"class in that of their construction ({', '.join(made)}): {remedy if moved else 'move them by name'}",
    )
    return tuple(made) if moved else ()


def _may_have_weights(value: Value) -> bool:
    """Whether ``value`` is a layer, or holds some, that may have weights."""
    if isinstance(value, values.Union):
        return any(map(_may_have_weights, values.options(value)))
    if isinstance(value, (values.Seq, values.Mapping)):
        return any(map(_may_have_weights, contents(value)))
    if isinstance(value, values.External):
        return value.name.startswith("keras.") and value.name.rpartition(".")[2] not in STATELESS_LAYERS
    return isinstance(value, values.Instance)


def loader_name(context: Context) -> str:
    """The name of the function that moves weights from an instance of the class."""
    return fresh_name(context.names_of_module, f"load_{snake(context.model.name)}")


def loader(context: Context, builder: str, attributes: Sequence[str]) -> cst.FunctionDef:
    """The function that gives a model of ``builder`` the weights of an instance of the class."""
    nest = "keras.tree" if context.imports.keras == 3 else "tf.nest"
    flatten = f"{context.spelling(nest)}.flatten"
    names = ", ".join(f'"{name}"' for name in attributes)
    made = statement(
        _LOADER.format(name=loader_name(context), builder=builder, cls=context.model.name, names=names, flatten=flatten)
    )
    assert isinstance(made, cst.FunctionDef)
    return made.with_changes(leading_lines=[cst.EmptyLine(indent=False)] * 2)


def free_name(lines: Sequence[Statement], context: Context) -> str:
    """A local name for the model."""
    context.taken |= set().union(*map(names_read, lines)) if lines else set()
    return context.fresh("model", "functional_model")
