"""Where a class is called, each time with the statements before it as running once would come to it. Nothing is run."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from flake8_keras_graph.measure.project.slicing import last_name


def calls(tree: ast.Module, is_wanted: Callable[[ast.expr], bool]) -> Iterator[tuple[ast.Call, list[list[ast.stmt]]]]:
    """Calls of what is wanted, each with the statements before it: in the module, then in each function around it."""

    def visit(node: ast.AST, scopes: list[list[ast.stmt]]) -> Iterator[tuple[ast.Call, list[list[ast.stmt]]]]:
        if isinstance(node, ast.Call) and is_wanted(node.func):
            yield node, scopes
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            for default in [*node.args.defaults, *filter(None, node.args.kw_defaults), *node.decorator_list]:
                yield from visit(default, scopes)
            yield from block(node.body, [*scopes, [*_parameters(node.args), *_first_cases(node.decorator_list)]])
            return
        if isinstance(node, ast.ClassDef):
            yield from block(node.body, [*scopes, []])
            return
        inner = scopes
        if isinstance(node, (ast.For, ast.AsyncFor)):
            inner = [*scopes[:-1], [*scopes[-1], _first_of(node)]]
        for field, value in ast.iter_fields(node):
            if isinstance(value, list) and value and isinstance(value[0], ast.stmt):
                yield from block(value, inner if field == "body" else scopes)
            else:
                for child in value if isinstance(value, list) else [value]:
                    if isinstance(child, ast.AST):
                        yield from visit(child, scopes)

    def block(body: Sequence[ast.stmt], scopes: list[list[ast.stmt]]) -> Iterator[Any]:
        for index, statement in enumerate(body):
            yield from visit(statement, [*scopes[:-1], [*scopes[-1], *body[:index]]])

    yield from block(tree.body, [[]])


def _parameters(arguments: ast.arguments) -> list[ast.stmt]:
    """The function's parameters as assignments of their defaults; those without one are assigned nothing."""
    named = [*arguments.posonlyargs, *arguments.args]
    without = len(named) - len(arguments.defaults)
    pairs: list[tuple[ast.arg, ast.expr | None]] = [(arg, None) for arg in named[:without]]
    pairs += zip(named[without:], arguments.defaults, strict=True)
    pairs += zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    pairs += [(arg, ast.Tuple([], ast.Load())) for arg in (arguments.vararg,) if arg is not None]
    pairs += [(arg, ast.Dict([], [])) for arg in (arguments.kwarg,) if arg is not None]
    unknown = ast.Name("", ast.Load())
    return [_assignment(ast.Name(arg.arg, ast.Store()), default or unknown, arg) for arg, default in pairs]


def _first_cases(decorators: Iterable[ast.expr]) -> Iterator[ast.stmt]:
    """The parameters of a test as ``pytest.mark.parametrize`` gives them first."""
    for decorator in decorators:
        if not isinstance(decorator, ast.Call) or last_name(decorator.func) != "parametrize" or len(decorator.args) < 2:
            continue
        named, cases = decorator.args[:2]
        try:
            given = ast.literal_eval(named)
        except (ValueError, TypeError, SyntaxError, RecursionError):
            continue
        given = given.split(",") if isinstance(given, str) else given
        parameters = [str(name).strip() for name in given] if isinstance(given, (list, tuple)) else []
        first = cases.elts[0] if isinstance(cases, (ast.List, ast.Tuple)) and cases.elts else None
        if isinstance(first, ast.Call) and last_name(first.func) == "param":
            alone = len(parameters) == len(first.args) == 1
            first = first.args[0] if alone else ast.Tuple(list(first.args), ast.Load())
        targets = [ast.Name(parameter, ast.Store()) for parameter in parameters]
        values = [first] if len(targets) == 1 else getattr(first, "elts", [])
        if first is not None and len(values) == len(targets):
            yield from (_assignment(t, v, decorator) for t, v in zip(targets, values, strict=True))


def _first_of(loop: ast.For | ast.AsyncFor) -> ast.stmt:
    """The loop's variable, at its first iteration."""
    first = ast.Call(ast.Name("next", ast.Load()), [ast.Call(ast.Name("iter", ast.Load()), [loop.iter], [])], [])
    return _assignment(loop.target, first, loop)


def _assignment(target: ast.expr, value: ast.expr, place: Any) -> ast.stmt:
    return ast.fix_missing_locations(ast.copy_location(ast.Assign([target], value), place))
