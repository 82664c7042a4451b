"""Puts the builder together: parameters, layers, helpers, the body of ``call``, the model."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence

import libcst as cst
from libcst.metadata import CodeRange

from flake8_keras_graph.rewrite.body import FunctionBuilder
from flake8_keras_graph.rewrite.construction import (
    Construction,
    Line,
    bound_names,
    build_lines,
    read_construction,
    renamed,
)
from flake8_keras_graph.rewrite.context import Context, Refusal
from flake8_keras_graph.rewrite.dynamic import deletes_names
from flake8_keras_graph.rewrite.imports import Imports
from flake8_keras_graph.rewrite.kinds import Kind, Kinds
from flake8_keras_graph.rewrite.layers import LayerClasses
from flake8_keras_graph.rewrite.model import Method, ModelClass
from flake8_keras_graph.rewrite.naming import choose_names
from flake8_keras_graph.rewrite.operations import counterpart, keyword_argument
from flake8_keras_graph.rewrite.syntax import (
    Statement,
    code,
    is_docstring,
    names_bound,
    names_read,
    outer_names,
    own_attribute,
    parameters,
    self_name,
    snake,
    statements,
    walk,
)

# Methods that make fit, evaluate or predict differ from those of a plain functional model.
_OWN_TRAINING = (
    "train_step", "test_step", "predict_step", "compute_loss", "compute_metrics", "fit", "evaluate", "predict",
    "make_train_function", "make_test_function", "make_predict_function", "__call__",
)  # fmt: skip
_LINE_LENGTH = 88
# Attributes of a Keras model: marks that a functional model has by itself, and settings that change it.
_MARKS = frozenset({"built", "supports_masking"})
_SETTINGS = frozenset({"trainable", "input_spec", "dtype_policy", "run_eagerly", "jit_compile"})


@dataclasses.dataclass(frozen=True, slots=True)
class Built:
    """The source of the builder and its parameters; ``refusals`` where there cannot be one."""

    source: str
    inputs: tuple[str, ...]
    parameters: tuple[str, ...]
    refusals: tuple[Refusal, ...]


def assemble(
    module: cst.Module,
    positions: Mapping[cst.CSTNode, CodeRange],
    imports: Imports,
    model: ModelClass,
    name: str,
) -> Built:
    """The builder of ``model``, a function called ``name``."""
    construction = read_construction(model)
    context = _context(module, positions, imports, model, construction)
    context.functions_of_module = (
        frozenset(node.name.value for node in walk(module) if isinstance(node, cst.FunctionDef)) - model.method_names()
    )
    _refuse_construction(context, construction)
    call = model.method("call")
    _refuse_class(context, model, call)
    if call is None or context.refusals:
        return Built("", (), (), tuple(context.refusals))
    return _Assembly(module, context, construction, call, name).built()


def _refuse_construction(context: Context, construction: Construction) -> None:
    for node, reason in construction.refusals:
        context.refuse(node, reason)
    for line in construction.lines:
        context.refuse_dynamic(line.statement, line.own)


def _refuse_class(context: Context, model: ModelClass, call: Method | None) -> None:
    top = model.lineage[0]
    if model.stranger:
        context.refuse(top.bases[0], f"its base `{model.stranger}` is not in this file")
    elif model.base is None:
        context.refuse(top, "it is not a keras.Model")
    if call is None:
        context.refuse(top, "it has no `call` of its own")
        return
    for name in _OWN_TRAINING:
        method = model.method(name)
        if method is not None:
            context.refuse(method.node, f"`{name}` is the model's own: a functional model would not run it")
    for decorator in call.decorators:
        if context.imports.canonical(decorator) != "tensorflow.function":
            context.refuse(call.node, f"`call` is decorated with `{decorator}`")
    if call.node.asynchronous is not None:
        context.refuse(call.node, "`call` is a coroutine")
    context.refuse_dynamic(call.node.body, self_name(call.node))


def _context(
    module: cst.Module,
    positions: Mapping[cst.CSTNode, CodeRange],
    imports: Imports,
    model: ModelClass,
    construction: Construction,
) -> Context:
    build = model.method("build")
    values = construction.attributes()
    if build is not None:
        for name, more in build_lines(model, build).attributes().items():
            values.setdefault(name, []).extend(more)
    weights = frozenset(name for name, given in values.items() if any(_is_weight(imports, value) for value in given))
    taken = set(imports.names)
    for owner in model.lineage:
        for node in statements(owner):
            taken |= names_read(node) | names_bound(node)
    taken -= model.method_names() | set(model.constants())
    context = Context(model, imports, positions, LayerClasses(imports, values), {}, weights, taken)
    context.names_of_module = frozenset(outer_names(module.body))
    context.callables = frozenset(
        name for name, given in values.items() if any(_is_function(imports, value) for value in given)
    )
    context.names = choose_names(context, construction, values)
    return context


def _is_function(imports: Imports, value: cst.BaseExpression) -> bool:
    """A function of TensorFlow's without counterpart, or a lambda that calls one: no symbolic tensors for them."""
    if imports.keras == 2:
        return False
    if isinstance(value, cst.Lambda):
        return any(
            isinstance(part, cst.Call) and not imports.canonical(part.func).startswith("keras.")
            for part in walk(value.body)
        )
    path = imports.canonical(value)
    named = path.startswith("tensorflow.") and path.rpartition(".")[2][:1].islower()
    return named and isinstance(value, cst.Attribute) and counterpart(path) == ""


def _is_weight(imports: Imports, value: cst.BaseExpression) -> bool:
    """Whether a variable is made anywhere in ``value``: it may be a list of them."""
    return any(
        imports.canonical(part.func) in ("tensorflow.Variable", "keras.Variable")
        or (isinstance(part.func, cst.Attribute) and part.func.attr.value in ("add_weight", "add_variable"))
        for part in walk(value)
        if isinstance(part, cst.Call)
    )


@dataclasses.dataclass(slots=True)
class _Assembly:
    module: cst.Module
    context: Context
    construction: Construction
    call: Method
    name: str

    def built(self) -> Built:
        lines = self._apart_from_construction(statements(self.call.node))
        tensors, options = self._call_parameters()
        names, lines, left = self._inputs(tensors, lines)
        kinds = Kinds(self.context.imports, self_name(self.call.node), {}, self.context.weights)
        layers = self._layers(self.construction, kinds) + self._build_section(kinds, names)
        kinds = dataclasses.replace(kinds, names=self._initial_kinds(tensors, names, options))
        first = set(self.context.functions)
        builder = FunctionBuilder(self.context, self.call, kinds, {"training"})
        body = builder.pruned(builder.block(lines, set()))
        for name, given in left.items():
            body = _started(body, name, given)
        if not any(_returns(line) for line in body):
            self.context.refuse(self.call.node, "`call` returns nothing")
        body = [self._model_returned(line, names) for line in body]
        early = [line for name in first for line in self.context.functions[name]]
        late = [line for name, made in self.context.functions.items() if name not in first for line in made]
        sections = [self._opening(), early, layers, late, body]
        whole = _sections([section for section in sections if section], 1 if self._opening() else 0)
        function = self._function(names, options, _suite(whole))
        code_of = cst.Module([*self.context.generated, function], default_indent=self.module.default_indent)
        source = code_of.code.lstrip("\n")
        constructor = self._constructor_names()
        return Built(source, tuple(names), tuple(constructor), tuple(self.context.refusals))

    # -- parameters ---------------------------------------------------------------------------------------

    def _call_parameters(self) -> tuple[list[cst.Param], list[cst.Param]]:
        """The parameters of ``call`` that are tensors, and the others less ``training``."""
        params = self.call.node.params
        positional = [*params.posonly_params, *params.params][1:]
        tensors = [
            param
            for index, param in enumerate(positional)
            if param.name.value != "training" and (index == 0 or param.default is None) and not _is_plain(param)
        ]
        if not tensors or isinstance(params.star_arg, cst.Param):
            self.context.refuse(self.call.node, "`call` has no first parameter for its inputs")
        if params.star_kwarg is not None and self._reads(params.star_kwarg.name.value):
            self.context.refuse(params.star_kwarg, "`call` hands on keyword arguments that are not known here")
        everything = [*positional, *params.kwonly_params]
        training = [param for param in everything if param.name.value == "training"]
        if training and training[0].default is not None and code(training[0].default) == "True":
            self.context.refuse(training[0], "`training` defaults to True: a functional model's does not")
        options = [param for param in everything if param not in tensors and param not in training]
        constructor = set(self._constructor_names()) | bound_names(self.construction.lines)
        for param in options:
            if param.name.value in constructor:
                self.context.refuse(
                    param, f"`{param.name.value}` is an argument of `call`, and another name in the constructor"
                )
        return tensors, options

    def _apart_from_construction(self, lines: list[Statement]) -> list[Statement]:
        """``lines`` with locals renamed that are globals to the constructor, and the other way round.

        Both become one function, in which a name is either.
        """
        made = [line.statement for line in self.construction.lines]
        bound = (bound_names(self.construction.lines), set().union(*map(names_bound, lines)))
        reads = [set().union(*map(names_read, part)) for part in (made, lines)]
        arguments = set(self._constructor_names())
        own = {name: self.context.fresh(f"{name}_value") for name in bound[1] & reads[0] - bound[0] - arguments}
        other = {
            name: self.context.fresh(f"{name}_value")
            for name in bound[0] & reads[1] - bound[1] - arguments - _parameter_names(self.call)
        }
        if other:
            self.construction.lines = [
                dataclasses.replace(line, statement=renamed(line.statement, other)) for line in self.construction.lines
            ]
        return [renamed(line, own) for line in lines] if own else lines

    def _reads(self, name: str) -> bool:
        return any(name in names_read(line) for line in statements(self.call.node))

    def _constructor_names(self) -> list[str]:
        method = self.context.model.method("__init__")
        if method is None:
            return []
        params = method.node.params
        plain = [*params.posonly_params, *params.params][1:]
        return [param.name.value for param in (*plain, *params.kwonly_params)]

    def _inputs(
        self, tensors: Sequence[cst.Param], lines: list[Statement]
    ) -> tuple[list[str], list[Statement], dict[str, str]]:
        """Names of the builder's tensors, ``lines`` with them, and names that have to start as one of them.

        A name that ``call`` binds again is left to it: the tensor that the model starts from keeps its own.
        """
        names: list[str] = []
        left: dict[str, str] = {}
        rebound = outer_names(lines)
        clashing = set(self._constructor_names()) | bound_names(self.construction.lines)
        for param in tensors:
            name = param.name.value
            if name not in rebound and name not in clashing:
                names.append(name)
                continue
            wanted = "inputs" if len(tensors) == 1 and name != "inputs" else f"{name}_input"
            names.append(self.context.fresh(wanted, "tensor"))
            first = _first_use(lines, name)
            if name not in rebound:
                lines = [renamed(line, {name: names[-1]}) for line in lines]
            elif first is not None:
                lines = [*lines[:first], _renamed_value(lines[first], name, names[-1]), *lines[first + 1 :]]
            else:
                left[name] = names[-1]
        return names, [line for line in lines if not is_docstring(line)], left

    def _initial_kinds(
        self, tensors: Sequence[cst.Param], names: Sequence[str], options: Sequence[cst.Param]
    ) -> dict[str, Kind]:
        kinds: dict[str, Kind] = {param.name.value: "structure" for param in tensors}
        kinds |= dict.fromkeys(names, "structure")
        return kinds | {param.name.value: "static" for param in options}

    def _function(self, names: Sequence[str], options: Sequence[cst.Param], body: cst.IndentedBlock) -> cst.FunctionDef:
        method = self.context.model.method("__init__")
        params = method.node.params if method is not None else cst.Parameters()
        own = [*params.posonly_params, *params.params][1:]
        positional = [cst.Param(cst.Name(name), star="") for name in names] + [_bare(param) for param in own]
        keywords = [_bare(param) for param in (*params.kwonly_params, *options)]
        star = params.star_kwarg if self._keeps_keywords(params) else None
        made = cst.Parameters(
            params=positional,
            kwonly_params=keywords,
            star_arg=cst.ParamStar() if keywords else cst.MaybeSentinel.DEFAULT,
            star_kwarg=star,
        )
        function = cst.FunctionDef(
            cst.Name(self.name), made, body,
            leading_lines=[cst.EmptyLine(indent=False)] * 2,
        )  # fmt: skip
        header = code(function.with_changes(body=_suite([]), leading_lines=[])).splitlines()[0]
        return function if len(header) <= _LINE_LENGTH else _exploded(function)

    def _keeps_keywords(self, params: cst.Parameters) -> bool:
        return params.star_kwarg is not None and any(argument.star == "**" for argument in self.construction.arguments)

    # -- sections -----------------------------------------------------------------------------------------

    def _opening(self) -> list[Statement]:
        """The docstring, imports that the file lacks, class attributes."""
        lines: list[Statement] = []
        docstring = self.context.model.docstring()
        if docstring is not None:
            lines.append(docstring)
        texts = list(self.context.extra_imports)
        texts += [
            f"{self.context.names[attribute]} = {code(value)}"
            for attribute, value in self.context.used_constants.items()
        ]
        return lines + [cst.parse_statement(f"{text}\n") for text in texts]

    def _layers(self, construction: Construction, kinds: Kinds) -> list[Statement]:
        """The statements of a constructor on locals; what only stored an argument is gone."""
        made: list[Statement] = []
        for line in construction.lines:
            if self._only_stores(line) or self._is_for_keras(line) or deletes_names(line.statement):
                continue
            builder = FunctionBuilder(
                self.context, self.call, dataclasses.replace(kinds, self_name=line.own), set(), constructing=True
            )
            made.append(builder.constructed(line.statement))
        return made

    def _only_stores(self, line: Line) -> bool:
        """``self.units = units`` where the local is ``units`` already."""
        statement = line.statement
        if not (isinstance(statement, cst.SimpleStatementLine) and len(statement.body) == 1):
            return False
        small = statement.body[0]
        if isinstance(small, (cst.Assign, cst.AnnAssign)) and isinstance(small.value, cst.Name):
            targets = [t.target for t in small.targets] if isinstance(small, cst.Assign) else [small.target]
            names = [own_attribute(target, line.own) for target in targets]
            return all(name and self.context.names.get(name) == small.value.value for name in names)
        return False

    def _is_for_keras(self, line: Line) -> bool:
        """``self.built = True`` and the like, which a functional model sets itself."""
        statement = line.statement
        if not (isinstance(statement, cst.SimpleStatementLine) and len(statement.body) == 1):
            return False
        small = statement.body[0]
        if not isinstance(small, cst.Assign):
            return False
        names = {own_attribute(target.target, line.own) for target in small.targets}
        if names & _SETTINGS:
            self.context.refuse(small, f"sets `{sorted(names & _SETTINGS)[0]}` of the model")
        return names <= _MARKS

    def _build_section(self, kinds: Kinds, names: Sequence[str]) -> list[Statement]:
        """The statements of ``build``, its shape read off the inputs."""
        build = self.context.model.method("build")
        if build is None:
            return []
        construction = build_lines(self.context.model, build)
        _refuse_construction(self.context, construction)
        made = self._layers(construction, kinds)
        params = [*build.node.params.posonly_params, *build.node.params.params][1:]
        shape = params[0].name.value if params else ""
        if not any(shape in names_read(line) for line in made):
            return made
        if len(names) != 1 or self._unpacks(names[0]):
            self.context.refuse(build.node, "`build` reads the shapes of several inputs")
        return [cst.parse_statement(f"{shape} = {names[0]}.shape\n"), *made]

    def _unpacks(self, name: str) -> bool:
        """Whether ``call`` takes its input apart, so that it is more than one tensor."""
        for line in statements(self.call.node):
            if not isinstance(line, cst.SimpleStatementLine):
                continue
            for small in line.body:
                if isinstance(small, cst.Assign) and code(small.value) == name:
                    if isinstance(small.targets[0].target, (cst.Tuple, cst.List)):
                        return True
        return False

    # -- the model ----------------------------------------------------------------------------------------

    def _model_returned(self, line: Statement, names: Sequence[str]) -> Statement:
        changed = line.visit(_ReturnModel(lambda value: self._model(value, names)))
        assert isinstance(changed, cst.BaseStatement)
        return changed

    def _model(self, outputs: cst.BaseExpression, names: Sequence[str]) -> cst.BaseExpression:
        """``keras.Model(inputs=..., outputs=..., name=...)``."""
        base = self.context.model.base
        assert base is not None
        if isinstance(outputs, cst.Tuple) and not outputs.lpar:
            outputs = outputs.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])
        inputs = names[0] if len(names) == 1 else f"[{', '.join(names)}]"
        arguments = [
            keyword_argument("inputs", cst.parse_expression(inputs)),
            keyword_argument("outputs", outputs),
            *self._model_arguments(),
        ]
        text = code(cst.Call(base, arguments))
        if "\n" in text or len(text) + 4 + len("return ") <= _LINE_LENGTH:
            return cst.Call(base, arguments)
        return _exploded_call(cst.Call(base, arguments))

    def _model_arguments(self) -> list[cst.Arg]:
        given = self.construction.arguments
        star = [argument for argument in given if argument.star == "**"]
        named = [argument for argument in given if argument.keyword is not None]
        plain = [argument for argument in given if argument.keyword is None and not argument.star]
        if plain or any(argument.keyword and argument.keyword.value in ("inputs", "outputs") for argument in named):
            self.context.refuse(given[0], "the constructor gives Keras inputs and outputs: it is functional already")
        kinds = Kinds(self.context.imports, "self", {})
        builder = FunctionBuilder(self.context, self.call, kinds, set(), constructing=True)
        made = [
            keyword_argument(argument.keyword.value, builder.constructed_expression(argument.value))
            for argument in named
            if argument.keyword is not None
        ]
        keeps = [argument.with_changes(comma=cst.MaybeSentinel.DEFAULT) for argument in star]
        if not keeps and not any(argument.keyword.value == "name" for argument in made if argument.keyword):
            name = cst.SimpleString(f'"{snake(self.context.model.name)}"')
            made.append(keyword_argument("name", name))
        return made + keeps


class _ReturnModel(cst.CSTTransformer):
    """Returns the model where ``call`` returns its outputs; nested functions keep their returns."""

    def __init__(self, model: Callable[[cst.BaseExpression], cst.BaseExpression]) -> None:
        super().__init__()
        self._model = model

    def visit_FunctionDef(self, node: cst.FunctionDef) -> bool:
        return False

    def visit_Lambda(self, node: cst.Lambda) -> bool:
        return False

    def leave_Return(self, original_node: cst.Return, updated_node: cst.Return) -> cst.Return:
        if updated_node.value is None:
            return updated_node
        return updated_node.with_changes(
            value=self._model(updated_node.value), whitespace_after_return=cst.SimpleWhitespace(" ")
        )


def _parameter_names(method: Method) -> set[str]:
    return {parameter.name.value for parameter in parameters(method.node)}


def _returns(line: cst.CSTNode) -> bool:
    if isinstance(line, (cst.FunctionDef, cst.Lambda, cst.ClassDef)):
        return False
    return (isinstance(line, cst.Return) and line.value is not None) or any(map(_returns, line.children))


def _is_plain(param: cst.Param) -> bool:
    """Whether the annotation says that it is no tensor."""
    return param.annotation is not None and code(param.annotation.annotation) in ("bool", "int", "str", "float")


def _bare(param: cst.Param) -> cst.Param:
    return param.with_changes(
        comma=cst.MaybeSentinel.DEFAULT,
        star="",
        whitespace_after_param=cst.SimpleWhitespace(""),
        equal=_equal(param),
    )


def _equal(param: cst.Param) -> cst.AssignEqual | cst.MaybeSentinel:
    if param.default is None:
        return cst.MaybeSentinel.DEFAULT
    if param.annotation is not None:
        return cst.AssignEqual()
    return cst.AssignEqual(cst.SimpleWhitespace(""), cst.SimpleWhitespace(""))


def _exploded(function: cst.FunctionDef) -> cst.FunctionDef:
    """The parameters of ``function`` one to a line."""
    lines = "".join(f"    {part},\n" for part in _parts(function.params))
    wrapped = cst.parse_statement(f"def f(\n{lines}): pass\n")
    assert isinstance(wrapped, cst.FunctionDef)
    return function.with_changes(params=wrapped.params, whitespace_before_params=wrapped.whitespace_before_params)


def _parts(params: cst.Parameters) -> list[str]:
    plain = [code(param) for param in params.params]
    star = ["*"] if params.kwonly_params else []
    keywords = [code(param) for param in params.kwonly_params]
    last = [f"**{params.star_kwarg.name.value}"] if params.star_kwarg is not None else []
    return plain + star + keywords + last


def _exploded_call(call: cst.Call) -> cst.Call:
    """The arguments of ``call`` one to a line, in a body one level deep."""
    inner = "".join(f"    {code(argument)},\n" for argument in call.args)
    wrapped = cst.parse_expression(f"{code(call.func)}(\n{inner})")
    assert isinstance(wrapped, cst.Call)
    return wrapped


def _first_use(lines: Sequence[Statement], name: str) -> int | None:
    """The statement that first reads ``name``, where it is one that binds it again: ``x = f(x)``."""
    for index, line in enumerate(lines):
        if name not in names_read(line) | names_bound(line):
            continue
        if isinstance(line, cst.SimpleStatementLine) and len(line.body) == 1:
            small = line.body[0]
            if isinstance(small, cst.Assign) and name in outer_names([line]):
                return index
        return None
    return None


def _started(body: list[Statement], name: str, given: str) -> list[Statement]:
    """``body`` with ``name`` starting as ``given``: in the statement that first reads it, or by one of its own."""
    first = _first_use(body, name)
    if first is not None:
        return [*body[:first], _renamed_value(body[first], name, given), *body[first + 1 :]]
    line = cst.parse_statement(f"{name} = {given}\n")
    assert isinstance(line, cst.BaseStatement)
    return [line, *body]


def _renamed_value(line: Statement, name: str, new: str) -> Statement:
    assert isinstance(line, cst.SimpleStatementLine)
    small = line.body[0]
    assert isinstance(small, cst.Assign)
    changed = renamed(cst.SimpleStatementLine([cst.Expr(small.value)]), {name: new})
    assert isinstance(changed, cst.SimpleStatementLine)
    assert isinstance(changed.body[0], cst.Expr)
    return line.with_changes(body=[small.with_changes(value=changed.body[0].value)])


def _sections(sections: list[list[Statement]], joined: int) -> list[Statement]:
    """All statements, an empty line between sections but for the first ``joined`` of them."""
    lines: list[Statement] = []
    for place, section in enumerate(sections):
        apart = place > joined or (place > 0 and isinstance(section[0], cst.FunctionDef))
        lines += [_spaced(section[0], apart), *section[1:]]
    return lines


def _spaced(line: Statement, apart: bool) -> Statement:
    leading = [above for above in getattr(line, "leading_lines", ()) if above.comment is not None]
    return line.with_changes(leading_lines=[cst.EmptyLine(indent=False), *leading] if apart else leading)


def _suite(lines: Sequence[Statement]) -> cst.IndentedBlock:
    return cst.IndentedBlock(lines or [cst.parse_statement("pass\n")])
