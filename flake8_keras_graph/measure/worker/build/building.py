"""Build programs: a variant of the model, constructed, its variables made, ready to be called. In the worker."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import importlib
import inspect
import itertools
import time
import types
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from flake8_keras_graph.measure.class_uses import from_message, symbol_of
from flake8_keras_graph.measure.tables import is_tensor_table, is_toml
from flake8_keras_graph.measure.worker.build import arguments, feeding, guessing, parameters, vocabularies, watching
from flake8_keras_graph.measure.worker.build.arguments import Arguments, short
from flake8_keras_graph.measure.worker.build.feed_corrections import Failed
from flake8_keras_graph.measure.worker.build.feeding import Feed
from flake8_keras_graph.measure.worker.build.input_tables import InputTables
from flake8_keras_graph.measure.worker.build.loading import TargetFile, find_symbol
from flake8_keras_graph.measure.worker.build.own_inputs import inputs_made_by
from flake8_keras_graph.measure.worker.build.search import Budget, feeds_that_run
from flake8_keras_graph.measure.worker.build.tracebacks import Raised, raised, reached

_BUILD_BATCH = 4
_USUAL_BATCH = 32
_SHARE = 0.4
"""The part of a model's time that may go into finding out how to build and feed it."""
# What says nothing of the values that were given.
_NOT_OF_VALUES = (NameError, ImportError, NotImplementedError, OSError)
_MAX_ATTEMPTS = 60
_MAX_MORE = 12
_NEIGHBOUR_SECONDS = 10.0
_MAX_FOUND = 6
"""So many ways that run are looked at until one compiles."""
_MAX_CONSTRUCTIONS = 48
_MAX_BRANCHES = 8


@dataclasses.dataclass(frozen=True)
class Recipe:
    """One way to build and feed the class that was seen to work."""

    arguments: Arguments
    feed: Feed
    call: dict[str, Any]
    batch_size: int
    guessed: bool
    labels: Any = None
    loss: str | None = None
    optimizer: str = "adam"
    uncompiled: BaseException | None = None
    """What a guessed one raises where it is compiled: of the code that says nothing."""
    fails_alike: bool = False
    """But where every guess of inputs that runs raises it at one line."""

    def describe(self) -> dict[str, Any]:
        """For the report: what was constructed and fed, as JSON."""
        return {
            "constructor": self.arguments.text,
            "where": self.arguments.where,
            "inputs": self.feed,
            "call": {key: short(value) for key, value in self.call.items()},
            "batch_size": self.batch_size,
            "guessed": self.guessed,
        }


@dataclasses.dataclass(frozen=True)
class Attempt:
    """One way to build and feed the class that failed; ``feed`` is None where it was not constructed."""

    error: BaseException
    frames: Sequence[Raised]
    arguments: Arguments
    feed: Feed | None
    guessed: bool

    @property
    def progress(self) -> tuple[int, int, tuple[int, int]]:
        """How far it came: past the constructor, on what is known, and the line that ``call`` had reached."""
        return self.feed is not None, not self.guessed, reached(self.frames)

    def wrong(self, path: Path) -> dict[str, Any] | None:
        """What of it was tried and raised, and where in the file; None where the error is of another kind."""
        if isinstance(self.error, _NOT_OF_VALUES) or not self.guessed:
            return None
        here = next((frame for frame in self.frames if frame.path == str(path)), None)
        place = {"line": here.line, "source": here.source} if here is not None else {}
        if self.feed is None:
            return {"of": "arguments", "tried": self.arguments.text, **place}
        tried = "; ".join(f"{name} = {short(part)}" for name, part in self.feed.items())
        return {"of": "inputs", "tried": tried, **place}


def _leaves_out(given: Arguments, cls: Any) -> bool:
    """Whether None is given for what the constructor requires: the defaults of a function that hands its own on."""
    if "None" not in given.text:
        return False
    try:
        args, kwargs = given.make(cls)
        bound = inspect.signature(cls.__init__).bind(None, *args, **kwargs).arguments
    except BaseException:  # it is said where it is constructed
        return False
    required = {p.name for p in parameters.parameters(cls.__init__) if p.default is p.empty}
    return any(value is None for name, value in bound.items() if name in required and name != "self")


def _as_toml(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values that TOML has; None for the others."""
    return {name: value if is_toml(value) else None for name, value in values.items()}


def _farther(one: Attempt | None, other: Attempt) -> Attempt:
    """The attempt that came farther; the first of two that came as far."""
    return other if one is None or other.progress > one.progress else one


class Program:
    """A built model or layer: call it, and know its variables in the order in which they were created."""

    def __init__(
        self, model: Any, recipe: Recipe, several_in_one: bool, variables: Sequence[Any], inner: Any = None
    ) -> None:
        self.model = model
        self.inner = model if inner is None else inner
        self._call = recipe.call if inner is None else {}
        self._direct = recipe.call
        self._several_in_one = several_in_one
        self.takes_training = _takes_training(model)
        self.variables = list(variables)

    def __call__(self, feed: Mapping[str, Any], training: bool, options: Mapping[str, Any] | None = None) -> Any:
        """Call as the trainer does: ``training`` is passed only where ``call`` takes it."""
        values = [_copied(value) for value in feed.values()]
        keywords = {**self._call, **(options or {})}
        if self.takes_training:
            keywords["training"] = training
        if self._several_in_one:
            return self.model(values if len(values) > 1 else values[0], **keywords)
        names = list(feed)[1:]
        return self.model(values[0], **dict(zip(names, values[1:], strict=True)), **keywords)

    def direct(self, feed: Mapping[str, Any], training: bool) -> Any:
        """``call`` of the class itself, without Keras's ``__call__`` around it."""
        keywords: dict[str, Any] = dict(self._direct)
        if _takes_training(self.inner):
            keywords["training"] = training
        values = [_copied(value) for value in feed.values()]
        return self.inner.call(values[0], **dict(zip(list(feed)[1:], values[1:], strict=True)), **keywords)

    @property
    def trainable(self) -> list[Any]:
        """The trainable variables, in creation order."""
        wanted = {id(tf_variable(v)) for v in self.model.trainable_variables}
        return [v for v in self.variables if id(v) in wanted]

    @property
    def fixed(self) -> list[Any]:
        """The other variables (statistics, seeds), in creation order."""
        wanted = {id(v) for v in self.trainable}
        return [v for v in self.variables if id(v) not in wanted]


def _copied(structure: Any) -> Any:
    """New lists and dicts around the same tensors: a model may change those it is given."""
    if isinstance(structure, dict):
        return {key: _copied(part) for key, part in structure.items()}
    if isinstance(structure, list):
        return [_copied(part) for part in structure]
    return structure


def tf_variable(variable: Any) -> Any:
    """The tf.Variable behind a Keras 3 variable, or the variable itself."""
    return getattr(variable, "_value", variable)


def _takes_training(model: Any) -> bool:
    for name in ("_call_has_training_arg", "_expects_training_arg"):
        if isinstance(known := getattr(model, name, None), bool):
            return known
    return False


@contextlib.contextmanager
def _creations() -> Iterator[list[Any]]:
    """Every tf.Variable made inside the block, in order."""
    import tensorflow as tf

    created: list[Any] = []

    def record(next_creator: Callable[..., Any], **keywords: Any) -> Any:
        created.append(next_creator(**keywords))
        return created[-1]

    with tf.variable_creator_scope(record):
        yield created


class Builder:
    """Builds variants of one class, all from the same recipe."""

    def __init__(self, target: TargetFile, symbol: str, keras: Any, job: Mapping[str, Any]) -> None:
        self._target = target
        self._symbol = symbol
        self._keras = keras
        self._job = job
        self.classes = from_message(job["classes"])
        self.inputs: list[str] = []
        self.guessed_arguments: dict[str, Any] = {}
        """What the constructor requires, as guessed: for a suggestion. None where TOML has no such value."""
        self.guessed_feed: Feed = {}
        self.attempt: Attempt | None = None
        """The attempt that came farthest, where none succeeded."""
        self.compile_error: Callable[[Program, Recipe], BaseException | None] | None = None
        """What a program raises where it is compiled and run; asked for guesses alone, set by who can compile."""
        self.attempts_allowed = _MAX_ATTEMPTS
        self._program: Program | None = None
        self._made: dict[str, Any] = {}
        self._last: Attempt | None = None
        self._adapted = False
        self._seen_feed: Feed | None = None
        self._seen_guessed = False
        self._module: types.ModuleType | None = None
        self._places: dict[str, types.ModuleType] = {}

    def find_recipe(self, module: types.ModuleType) -> Recipe | None:
        """The first of the ways known or guessed that runs, and compiles; None with the failure in ``failure``.

        What runs on guessed inputs and does not compile is taken where nothing better is found in time; the recipe
        says so.
        """
        self._module = module
        cls = find_symbol(module, self._symbol)
        self.suggest(cls)
        until = time.monotonic() + _SHARE * float(self._job.get("budget_seconds", 60.0))
        uncompiled: list[Recipe] = []
        for recipe in self._recipes(module, cls, until):
            error = self._uncompiled(recipe)
            if error is None:
                return recipe
            uncompiled.append(dataclasses.replace(recipe, uncompiled=error))
        if not uncompiled:
            return None
        places = {self._place(recipe.uncompiled) for recipe in uncompiled}
        return dataclasses.replace(uncompiled[0], fails_alike=len(places) == 1)

    def _uncompiled(self, recipe: Recipe) -> BaseException | None:
        """What the program built last raises where it is compiled, asked for guesses alone."""
        if not recipe.guessed or self.compile_error is None or self._program is None:
            return None
        return self.compile_error(self._program, recipe)

    def _place(self, error: BaseException | None) -> tuple[Any, ...]:
        """What tells the failures of compiling apart: the type, and the line of the project that it came from."""
        frames = self._failed_with(error) if error is not None else []
        return type(error), *((frame.path, frame.line) for frame in frames[:1])

    def _recipes(self, module: types.ModuleType, cls: type, until: float) -> Iterator[Recipe]:
        """Ways that run, the ones that are known best first; what is guessed is corrected by what it raises."""
        found = 0
        for given, instance in self._instances(module, cls):
            self.inputs = parameters.call_parameters(instance)
            budget = Budget(self.attempts_allowed if not found else _MAX_MORE, until)
            self._last = None
            run = functools.partial(self._run, cls, given)
            for feed, feed_guessed in feeds_that_run(self._feeds(instance), run, budget):
                found += 1
                recipe = self.recipe(given, feed, feed_guessed)
                yield dataclasses.replace(recipe, guessed=recipe.guessed or self._adapted)
                if found >= _MAX_FOUND:
                    return

    def _run(self, cls: type, given: Arguments, feed: Feed, feed_guessed: bool) -> Failed | None:
        """What comes of it, None where it runs."""
        recipe = self.recipe(given, feed, feed_guessed)
        try:
            self._program = self.construct(cls, recipe)
            return None
        except BaseException as error:
            attempt = Attempt(error, self._failed_with(error), given, feed, recipe.guessed)
            self._note(attempt)
            self._last = _farther(self._last, attempt)
            return Failed(feed, self._made, error, attempt.frames, _BUILD_BATCH)

    def suggest(self, cls: Any, method: str = "call") -> None:
        """Guess what could be said of the class in pyproject.toml, where nothing else is known."""
        with contextlib.suppress(Exception):
            for guess in parameters.constructor_guesses(cls, self._keras, self.classes.get(symbol_of(cls))):
                made = guess.make(cls)[1]
                self.guessed_arguments = _as_toml(made)
        names = parameters.call_parameters(cls, method)
        self.guessed_feed = {name: {"shape": [16], "dtype": "float32"} for name in names}

    def suggested(self, uncompiled: Recipe | None = None) -> dict[str, Any]:
        """What could be said in pyproject.toml: what is known, and which of it was tried and raised.

        ``uncompiled`` is a recipe that runs, and raises where it is compiled.
        """
        attempt = self.attempt
        if uncompiled is not None and uncompiled.uncompiled is not None:
            error, given = uncompiled.uncompiled, uncompiled.arguments
            attempt = Attempt(error, self._failed_with(error), given, uncompiled.feed, True)
        if attempt is None:
            return {"arguments": self.guessed_arguments, "inputs": self.guessed_feed}
        known = attempt.arguments
        arguments = _as_toml(known.make(type)[1]) if known.guessed and attempt.feed is not None else {}
        if attempt.feed is None and known.guessed:
            arguments = self.guessed_arguments
        inputs = self.guessed_feed if attempt.feed is None else attempt.feed
        return {"arguments": arguments, "inputs": inputs, "wrong": attempt.wrong(self._target.path)}

    def recipe(self, given: Arguments, feed: Feed, feed_guessed: bool) -> Recipe:
        """What the spec says beside them, too."""
        spec = self._job.get("spec") or {}
        return Recipe(
            given, feed, spec.get("call", {}), self._batch_size(spec), given.guessed or feed_guessed,
            self._labels_by(spec.get("labels")), spec.get("loss"), spec.get("optimizer", "adam"),
        )  # fmt: skip

    def _batch_size(self, spec: Mapping[str, Any]) -> int:
        """What pyproject.toml says, or how the project trains."""
        return int(spec.get("batch_size") or self._job.get("batch_size") or _USUAL_BATCH)

    def _failed_with(self, error: BaseException) -> list[Raised]:
        return raised(error, (Path(self._job["root"]), self._target.scratch))

    def _note(self, attempt: Attempt) -> None:
        """Keep the attempt that came farthest, for the report: the first of those that did."""
        self.attempt = _farther(self.attempt, attempt)

    @property
    def failure(self) -> BaseException | None:
        """What the attempt that came farthest raised."""
        return None if self.attempt is None else self.attempt.error

    def note_failure(self, error: BaseException, given: Arguments, feed: Feed) -> None:
        """Something outside of the search raised with these."""
        self._note(Attempt(error, self._failed_with(error), given, feed, True))

    def instances(self, module: types.ModuleType, cls: type) -> Iterator[tuple[Arguments, Any]]:
        """The arguments that construct, each with an instance made of them."""
        self._last = None
        yield from self._instances(module, cls)

    def _instances(self, module: types.ModuleType, cls: type) -> Iterator[tuple[Arguments, Any]]:
        """As ``instances``; where what was done with the last one failed, others that this suggests come next."""
        tried: set[str] = set()
        for first in self.constructions(module, cls):
            pending = [first]
            while pending and len(tried) < _MAX_CONSTRUCTIONS:
                given = pending.pop()
                if given.guessed and given.text in tried:
                    continue
                tried.add(given.text)
                try:
                    instance = given.instance(cls)
                except BaseException as error:
                    frames = self._failed_with(error)
                    self._note(Attempt(error, frames, given, None, given.guessed))
                    pending += self._corrected(given, error, frames)
                    continue
                self._last = None
                yield given, instance
                if self._last is not None:
                    pending += self._corrected(given, self._last.error, self._last.frames)

    @staticmethod
    def _corrected(given: Arguments, error: BaseException, frames: Sequence[Raised]) -> list[Arguments]:
        """What to construct with instead, the likeliest last."""
        return list(itertools.islice(given.corrected(error, frames), _MAX_BRANCHES))[::-1]

    def constructions(self, module: types.ModuleType, cls: type) -> Iterator[Arguments]:
        """Arguments of the constructor, the ones that are known best first."""
        spec = self._job.get("spec")
        if spec and spec.get("factory"):
            yield self._by_factory(module, cls, spec)
            return
        if spec and (spec.get("args") is not None or spec.get("kwargs") is not None):
            yield arguments.fixed(spec.get("args") or (), spec.get("kwargs") or {}, "pyproject.toml")
            return
        written = [arguments.written(found, self._target.namespace_of) for found in self._job.get("constructions", ())]
        empty = [given for given in written if _leaves_out(given, cls)]
        yield from (given for given in written if given not in empty)
        for neighbour in self._job.get("neighbours", ()):
            if (used := self._used_by(module, cls, neighbour)) is not None:
                yield used
        self._seen_feed = None
        yield from parameters.constructor_guesses(cls, self._keras, self.classes.get(symbol_of(cls)))
        yield from empty

    def _used_by(self, module: types.ModuleType, cls: Any, neighbour: Mapping[str, Any]) -> Arguments | None:
        """How another class of the file constructs and calls this one, seen while that one runs."""
        job = {**self._job, **neighbour, "spec": None, "neighbours": (), "kind": "model"}
        other = Builder(self._target, neighbour["symbol"], self._keras, {**job, "budget_seconds": _NEIGHBOUR_SECONDS})
        other.attempts_allowed = _MAX_MORE
        with watching.watching(cls) as seen:
            try:
                recipe = other.find_recipe(module)
            except BaseException:
                return None
        if recipe is None or seen.arguments is None or seen.feed is None:
            return None
        self._seen_feed, self._seen_guessed = seen.feed, recipe.guessed
        args, kwargs = seen.arguments
        where = f"as {neighbour['symbol']} uses it, {recipe.arguments.where}"
        return arguments.fixed(args, kwargs, where, recipe.guessed)

    def _by_factory(self, module: types.ModuleType, cls: Any, spec: Mapping[str, Any]) -> Arguments:
        """What the factory uses; layers among it are made again for every instance."""
        args, kwargs = self._from_factory(module, cls, spec)
        where = f"pyproject.toml, by {spec['factory']}"
        if watching.is_plain(args) and watching.is_plain(kwargs):
            return arguments.fixed(args, kwargs, where)
        again = functools.partial(self._from_factory, module, cls, spec)
        return Arguments(lambda _: again(), arguments.shown(args, kwargs), where)

    def _from_factory(self, module: types.ModuleType, cls: Any, spec: Mapping[str, Any]) -> tuple[Any, Any]:
        """The constructor's arguments that the project's own function uses, read off while it runs."""
        place, _, name = str(spec["factory"]).rpartition(":")
        owner = module if not place or self._is_target(place) else self._imported(place)
        function = getattr(owner, name)
        seen: list[tuple[Any, Any]] = []
        original = cls.__init__

        def recording(self: Any, *args: Any, **kwargs: Any) -> None:
            seen.append((args, kwargs))
            original(self, *args, **kwargs)

        cls.__init__ = recording
        try:
            function(*(spec.get("args") or ()), **(spec.get("kwargs") or {}))
        finally:
            cls.__init__ = original
        if not seen:
            raise TypeError(f"{spec['factory']} did not construct a {cls.__name__}")
        return seen[-1]

    def _is_target(self, place: str) -> bool:
        return place.endswith(".py") and (Path(self._job["root"]) / place).resolve() == self._target.path

    def _feeds(self, instance: Any) -> Iterator[tuple[Feed, bool]]:
        if self._seen_feed is not None:
            yield self._seen_feed, self._seen_guessed
            return
        spec = self._job.get("spec")
        given = spec.get("inputs") if spec else None
        if isinstance(given, str):
            yield self._feed_by(given), False
        elif isinstance(given, dict) and not is_tensor_table(given) and set(given) & set(self.inputs[:1]):
            yield given, False
        elif given is not None:
            yield {self.inputs[0]: given}, False
        else:
            read = InputTables(instance, self.classes)
            for own in inputs_made_by(instance, self._job.get("own_inputs", ())):
                yield guessing.filled_feed(own, read)
            for arguments in self._job.get("inputs_found", ()):
                named = dict(zip(self.inputs, arguments, strict=False))
                if len(named) == len(self.inputs):
                    yield guessing.filled_feed(named, read)
            for feed in guessing.feed_guesses(instance, self.classes):
                yield feed, True

    def _feed_by(self, named: str) -> Feed:
        """What a function of the project makes: a mapping with the names of ``call``'s parameters, or the first one."""
        draw = self._function(named)
        first = draw(_BUILD_BATCH, self._job["seed"])
        if not (isinstance(first, Mapping) and self.inputs[0] in first):
            return {self.inputs[0]: feeding.drawn(named, draw)}
        return {
            name: feeding.drawn(named, lambda batch, seed, name=name: draw(batch, seed)[name])  # type: ignore[misc]
            for name in [self.inputs[0], *(n for n in first if n != self.inputs[0])]
        }

    def _labels_by(self, given: Any) -> Any:
        return feeding.drawn(given, self._function(given)) if isinstance(given, str) else given

    def _function(self, named: str) -> Callable[[int, int], Any]:
        """``path.py:function`` or ``package.module:function``; without a place it is in the file of the class."""
        place, _, name = named.rpartition(":")
        owner = self._module if not place or self._is_target(place) else self._imported(place)
        found: Callable[[int, int], Any] = getattr(owner, name)
        return found

    def _imported(self, place: str) -> types.ModuleType:
        if place not in self._places:
            self._places[place] = _import_place(place, Path(self._job["root"]))
        return self._places[place]

    def construct(self, cls: type, recipe: Recipe) -> Program:
        """An instance, called once so that its variables exist. Raises whatever the class raises."""
        with _creations() as created:
            instance = recipe.arguments.instance(cls)
            self._adapted |= vocabularies.adapt(instance)
            program = Program(instance, recipe, False, created)
            self._made = feeding.make(recipe.feed, _BUILD_BATCH, self._job["seed"])
            program(self._made, training=False)
            if self._job["kind"] == "layer" and (wrapped := self._wrapped(instance, recipe)) is not None:
                return Program(wrapped, recipe, True, created, instance)
        return Program(instance, recipe, False, created)

    def _wrapped(self, layer: Any, recipe: Recipe) -> Any:
        """The layer as the only one of a functional model, as ``fit`` would run it.

        None where it cannot be called on symbols; it is then measured bare.
        """
        try:
            symbols = feeding.keras_inputs(recipe.feed, self._keras)
            first, *others = symbols.items()
            outputs = layer(_copied(first[1]), **{name: _copied(part) for name, part in others}, **recipe.call)
            inputs = list(symbols.values())
            return self._keras.Model(inputs if others else inputs[0], outputs)
        except Exception:
            return None

    def construct_functional(self, variant: Mapping[str, Any], module: types.ModuleType, recipe: Recipe) -> Program:
        """The model that a functional builder's source makes. Raises whatever that raises."""
        namespace = dict(vars(module))
        file = self._target.scratch / f"functional_{len(list(self._target.scratch.iterdir()))}.py"
        file.write_text(variant["source"], encoding="utf-8")
        exec(compile(variant["source"], str(file), "exec", dont_inherit=True), namespace)
        with _creations() as created:
            if len(variant["inputs"]) != len(recipe.feed):
                raise TypeError(f"it takes {len(variant['inputs'])} inputs, not {len(recipe.feed)}")
            inputs = [feeding.keras_inputs(part, self._keras) for part in recipe.feed.values()]
            args, kwargs = recipe.arguments.make(find_symbol(module, self._symbol))
            model = namespace[variant["function"]](*inputs, *args, **kwargs)
            vocabularies.adapt(model)
        return Program(model, dataclasses.replace(recipe, call={}), True, created)


def _import_place(place: str, root: Path) -> types.ModuleType:
    if not place.endswith(".py"):
        return importlib.import_module(place)
    spec = importlib.util.spec_from_file_location(Path(place).stem, root / place)
    if spec is None or spec.loader is None:
        raise ImportError(f"cannot import {place}")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
