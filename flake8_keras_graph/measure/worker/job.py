"""One model from import to verdict, stage by stage; what is established is said at once. Runs in the worker.

Whatever is said before the process dies is kept, so the stages that may crash it come last.
"""

from __future__ import annotations

import ast
import dataclasses
import os
import re
import sys
import time
import traceback
import types
from collections.abc import Mapping, Sequence, Set
from pathlib import Path
from typing import Any

from flake8_keras_graph import knowledge
from flake8_keras_graph.measure.statements import names
from flake8_keras_graph.measure.worker import conclusions
from flake8_keras_graph.measure.worker.actions import Actions
from flake8_keras_graph.measure.worker.build import feeding
from flake8_keras_graph.measure.worker.build.building import Builder, Program, Recipe
from flake8_keras_graph.measure.worker.build.loading import TargetFile, find_symbol
from flake8_keras_graph.measure.worker.build.missing_modules import (
    MissingModules,
    UsedFailed,
    UsedMissing,
    failure_behind,
    require_bases,
)
from flake8_keras_graph.measure.worker.causes import find_cause
from flake8_keras_graph.measure.worker.compare import equivalence
from flake8_keras_graph.measure.worker.compare.comparison import AS_WRITTEN, STEPS, Bench, Variant
from flake8_keras_graph.measure.worker.compare.rewrites import Contest
from flake8_keras_graph.measure.worker.device import Device, NoSuchDevice, supports_jit
from flake8_keras_graph.measure.worker.guard import Guard, Refused
from flake8_keras_graph.measure.worker.messages import Emit, Messages
from flake8_keras_graph.measure.worker.probe import scoring
from flake8_keras_graph.measure.worker.probe.judgement import CONFIRMING, Confirming
from flake8_keras_graph.measure.worker.probe.stages import Key, Probing, key_of
from flake8_keras_graph.measure.worker.removed_names import describe_removed
from flake8_keras_graph.measure.worker.run import behaviour, fitting, lengths, own_steps, steps, train_steps
from flake8_keras_graph.measure.worker.run.compiling import Compiler, Failure, failure
from flake8_keras_graph.records import FindingResult, Mode

_OF_TRACING = re.compile(
    r"[Ss]ymbolic|singleton tf\.Variable|outside of .*graph|out of scope|only available when eager"
    r"|Failed to convert elements of .*None"
)


def run(job: Mapping[str, Any], emit: Emit) -> None:
    """Do the job; failures of the target are said as {"event": "failed"}, others are raised."""
    device = Device(job["device"])
    keras = _prepare(job, device, emit)
    if keras is None:
        return
    if job["task"] == "environment":
        emit({"event": "environment", **device.describe()})
        return
    _Job(job, emit, device, keras).run()


def _prepare(job: Mapping[str, Any], device: Device, emit: Emit) -> Any:
    if job.get("keras") == 2:
        os.environ["TF_USE_LEGACY_KERAS"] = "1"
    import tensorflow as tf

    try:
        device.prepare()
        if job.get("keras") == 2:
            import tf_keras as keras

            _import_legacy_keras_from_tensorflow(tf, keras)
        else:
            import keras
    except (NoSuchDevice, ImportError) as error:
        Messages(emit).failed("import", str(error))
        return None
    tf.debugging.disable_traceback_filtering()
    if hasattr(keras, "config") and hasattr(keras.config, "disable_traceback_filtering"):
        keras.config.disable_traceback_filtering()
    keras.utils.set_random_seed(job.get("seed", 0))
    return keras


def _import_legacy_keras_from_tensorflow(tf: Any, tf_keras: Any) -> None:
    """Make ``import tensorflow.keras.layers`` mean tf_keras, as TensorFlow does where it is told before it starts."""
    legacy = Path(tf_keras.__file__).parent / "api" / "_v2"
    tf.__path__ = [str(legacy), *(place for place in tf.__path__ if Path(place).name != "_tf_keras")]
    for name in [name for name in sys.modules if name == "tensorflow.keras" or name.startswith("tensorflow.keras.")]:
        del sys.modules[name]


class _Job:
    def __init__(self, job: Mapping[str, Any], emit: Emit, device: Device, keras: Any) -> None:
        self._job, self._say, self._device, self._keras = job, Messages(emit), device, keras
        self._path = Path(job["path"])
        self._deadline: float = time.monotonic() + job["budget_seconds"]
        scratch = Path(job["scratch"])
        self._target = TargetFile(self._path, Path(job["root"]), sorted(_used_names(job)), scratch)
        self._files = [str(self._path)]
        self._fitted: frozenset[Key] = frozenset()
        self._builder = Builder(self._target, job["symbol"], keras, job)
        self._builder.compile_error = self._compile_error
        self._guard = Guard(Path(job["root"]), scratch)
        self._stopped_by = ""
        self._own: own_steps.OwnStep | None = None
        self._missing = MissingModules(Path(job["root"]), scratch)
        sys.argv = [str(self._path)]

    def run(self) -> None:
        self._guard.start()
        self._missing.install()
        try:
            self._run()
        finally:
            if self._missing.names:
                self._say.warning(f"not installed, and stood in for: {', '.join(self._missing.names)}")
            for action in self._guard.refused:
                if action != self._stopped_by:
                    self._say.warning(f"not allowed, and refused: its code would {action}")

    def _run(self) -> None:
        self._say.stage("import")
        if function := self._job["made_by"]:
            self._say.failed("class", f"it is defined inside the function {function}, and exists only while that runs")
            return
        try:
            module = self._target.import_as_written()
            find_symbol(module, self._job["symbol"])
        except BaseException as error:
            self._failed("import", error)
            return
        self._say.stage("build")
        self._missing.forbid_use()
        self._guard.may_read_data = _is_told(self._job.get("spec") or {})
        if not self._guard.may_read_data:
            self._guard.enter_scratch()
        cls = find_symbol(module, self._job["symbol"])
        try:
            require_bases(cls)
        except (UsedFailed, UsedMissing) as error:
            self._failed("build", error)
            return
        if self._job["kind"] in ("loss", "metric"):
            self._score(cls)
            return
        if not train_steps.has_call(cls):
            if self._job["kind"] == "model" and fitting.has_own_steps(cls, ("train_step",)):
                self._steps(cls, module)
            elif (line := self._job["built_functionally"]) is not None:
                reason = f"it is built with the functional API already, at line {line}: it has no `call` of its own"
                self._say.failed("class", reason)
            else:
                self._say.failed("class", "it has no `call` of its own to run")
            return
        try:
            recipe = self._builder.find_recipe(module)
        except BaseException as error:
            self._failed("build", error)
            return
        if recipe is None:
            self._failed("build", self._builder.failure or TypeError("no way to build and feed it was found"))
            return
        if recipe.uncompiled is not None and not self._is_of_the_code(recipe, recipe.uncompiled):
            known = failure(recipe.uncompiled, self._files)
            reason = f"it runs on guessed inputs, and compiled it raises {known}"
            self._say.failed("build", reason, exception=known.type, **self._builder.suggested(recipe))
            return
        self._say.spec(recipe.describe())
        self._measure(module, recipe)

    def _compile_error(self, program: Program, recipe: Recipe) -> BaseException | None:
        """What calling it as ``fit`` does raises, on other numbers of rows than it was built with."""
        compiler = Compiler(self._job["keras"], False, self._files, self._device.synchronise)
        function = compiler.as_function(steps.forward_step(program), "graph")
        try:
            function.get_concrete_function(feeding.signature(recipe.feed))
            for rows in (3, recipe.batch_size):
                function(feeding.make(recipe.feed, rows, self._job["seed"]))
        except BaseException as error:
            return error
        return None

    def _is_of_the_code(self, recipe: Recipe, error: BaseException) -> bool:
        """Whether other inputs would raise as well: the linter says that the line breaks, or no guess got by it.

        Of the latter only what Python cannot do with a tensor while tracing counts, shapes are the guess's fault; and
        iterating over one where a list may be meant, only if the constructor's arguments are known.
        """
        line = failure(error, self._files).line
        breaking = [f for f in self._job["findings"] if CONFIRMING[f["confirmed_by"]].line_raises]
        if any(line is not None and f["line"] <= line <= f["end_line"] for f in breaking):
            return True
        text = str(error)
        is_structure = "Iterating" in text and recipe.arguments.guessed
        return recipe.fails_alike and not is_structure and _OF_TRACING.search(text) is not None

    def _score(self, cls: type) -> None:
        """A loss or a metric: only what its sites see is established, and whether it compiles."""
        self._builder.suggest(cls, "call" if self._job["kind"] == "loss" else "update_state")
        try:
            score = scoring.find_score(cls, self._keras, self._job, self._target.namespace_of)
        except BaseException as error:
            self._failed("build", error)
            return
        self._say.spec(score.describe())
        probing = Probing(self._job, self._say, self._target, self._builder, self._keras, self._files)
        probed = probing.run_score(score)
        self._say.stage("compile", "graph")
        compiler = Compiler(self._job["keras"], False, self._files, self._device.synchronise)
        failed = scoring.compile_score(score, cls, compiler, self._files)
        what = {"works": False, "error": dataclasses.asdict(failed)} if failed else {"works": True}
        self._say.compiled("forward", "graph", what)
        self._say.findings(self._concluded(probing, probed, [failed] if failed else []))

    def _steps(self, cls: type, module: types.ModuleType) -> None:
        """A model that only ``fit`` runs: what its sites see there, and whether ``fit`` compiles it."""
        import tensorflow as tf

        tf.config.run_functions_eagerly(True)
        try:
            found = train_steps.find(self._builder, cls, module, self._job, self._keras)
        except BaseException as error:
            self._failed("build", error)
            return
        finally:
            tf.config.run_functions_eagerly(False)
        if found is None:
            self._failed("build", self._builder.failure or TypeError("no way to build it and fit it was found"))
            return
        self._say.spec(found.recipe.describe())
        probing = Probing(self._job, self._say, self._target, self._builder, self._keras, self._files)
        probed = probing.run_steps(found.recipe, found.data)
        if self._job["task"] != "measure":
            return
        self._say.stage("compile", "fit")
        what = fitting.fit_once(cls, found.data, found.recipe, self._keras, self._files)
        failures = []
        if what is not None:
            self._say.compiled("train", "fit", what)
            failures = [] if what["works"] else [Failure(**what["error"])]
        uses = [u for u, step in (("evaluate", "test_step"), ("predict", "predict_step")) if _has_step(cls, step)]
        failures += fitting.use_once(cls, found.data, found.recipe, self._keras, self._files, uses)
        known = self._concluded(probing, probed, failures)
        self._say.findings(self._with_actions(known, self._actions().in_fit(found.recipe, found.data)))

    def _failed(self, stage: str, error: BaseException) -> None:
        doing = {"import": "importing the file", "build": "building it"}[stage]
        if (missing := find_cause(error, UsedMissing)) is not None:
            replacement = knowledge.replacement_of_removed(missing.used)
            instead = f": Keras has {replacement}" if replacement else ""
            reason = f"{doing} uses {missing.used}, and {missing.module} is not installed{instead}"
            self._say.failed("missing", reason, exception=type(error).__name__)
            return
        used = ""
        if (failed := failure_behind(error)) is not None:
            used = f" ({doing} uses {failed[0]})"
            doing, error = "importing the file", failed[1]
        known = failure(error, self._files)
        if (refused := find_cause(error, Refused)) is not None:
            self._stopped_by = refused.action
            self._say.failed("refused", f"{doing} would {refused.action}{used}", exception=known.type)
            return
        if self._job["keras"] == 3 and (removed := describe_removed(error)):
            line = f" at line {known.line}" if known.line else ""
            reason = f"{doing} failed{line}: {removed}{self._place(error)}{used}"
            self._say.failed("removed", reason, exception=known.type)
            return
        if used or stage == "import":
            self._say.failed("import", f"{known}{self._place(error)}{used}", exception=known.type)
            return
        refusals = "".join(f"; {a['where']} is not repeated, as it runs {a['why']}" for a in self._refused())
        self._say.failed(stage, f"{known}{refusals}", exception=known.type, **self._builder.suggested())

    def _refused(self) -> Sequence[Mapping[str, str]]:
        """Calls of the constructor that do more than build, where nobody said how to build the class."""
        return () if self._job.get("spec") else self._job.get("refused", ())[:1]

    def _place(self, error: BaseException) -> str:
        """The last line of the project that the exception passed, where that is in another file."""
        root = Path(self._job["root"])
        for frame in reversed(traceback.extract_tb(error.__traceback__)):
            path = Path(frame.filename)
            if path.is_relative_to(root) and not {"site-packages", "dist-packages"} & set(path.parts):
                place = f" (in {path.relative_to(root).as_posix()}, line {frame.lineno})"
                return "" if path == self._path else place
        return ""

    def _left(self) -> float:
        return self._deadline - time.monotonic()

    # -- the stages after building ----------------------------------------------------------------------

    def _measure(self, module: types.ModuleType, recipe: Recipe) -> None:
        probing = Probing(self._job, self._say, self._target, self._builder, self._keras, self._files)
        probed = probing.run(recipe, self._deadline)
        if self._job["task"] == "probe":
            probing.run_fit(recipe)
            self._say.sites(probing.executed())
            return
        program = self._builder.construct(find_symbol(module, self._job["symbol"]), recipe)
        equivalence.randomise(program.variables, self._job["seed"])
        jit = self._device.jit_compile(program.model)
        compiler = Compiler(self._job["keras"], jit, self._files, self._device.synchronise)
        own, trains = self._own_step(module, program, recipe)
        bench = Bench(recipe, compiler, self._device, self._keras, self._job["seed"], own, trains)
        original = bench.variant(AS_WRITTEN, program)
        self._compile(bench, original, ("graph", "eager"))
        graph_failures = [
            made.failure for (_, mode), made in original.compiled.items() if mode == "graph" and made.failure
        ]
        self._say.findings(self._concluded(probing, probed, graph_failures))
        variants = self._variants(bench, original, module, recipe, conclusions.not_run(probed))
        contest = Contest(bench, original, variants, self._say, self._left, self._job["comparison_seconds"])
        if self._job["task"] == "verify":
            contest.verify()
            return
        contest.compare()
        self._compile(bench, original, ("autograph",))
        if self._left() > 0:
            probed = probing.run_fit(recipe)
        graph_failures += self._fit(module, program, recipe, probing)
        known = self._concluded(probing, probed, graph_failures, probing.only_fitted - self._fitted)
        if self._left() > 0 and not original.compiled["forward", "graph"].failure:
            known = self._after_running(known, program, recipe, compiler, variants)
        if self._left() > 0 and probing.data is not None and probing.only_fitted:
            known = self._with_actions(known, self._actions().in_fit(recipe, probing.data))
        self._say.findings(known)
        if not supports_jit(program.model):
            return
        self._compile(bench, original, ("xla",))
        if (made := original.compiled.get(("train", "xla"))) and made.failure:
            self._say.findings(conclusions.with_xla_failure(self._job, known, made.failure))
        elif self._left() > 0:
            contest.compare_under_xla()

    def _own_step(
        self, module: types.ModuleType, program: Program, recipe: Recipe
    ) -> tuple[own_steps.OwnStep | None, bool]:
        """The class's own training step, and whether there is one to compare: Keras's where the class has none."""
        cls = find_symbol(module, self._job["symbol"])
        if self._job["kind"] != "model" or not fitting.has_own_steps(cls, ("train_step",)):
            return None, True
        self._own = own_steps.find(cls, program, recipe, self._keras, self._job["seed"])
        if self._own is None:
            self._say.warning(
                "its own train_step ran with no labels that were tried: only its forward pass is compared"
            )
        return self._own, self._own is not None

    # -- findings ---------------------------------------------------------------------------------------

    def _concluded(
        self,
        probing: Probing,
        probed: Sequence[FindingResult],
        failures: Sequence[Failure],
        not_compiled: Set[Key] = frozenset(),
    ) -> list[FindingResult]:
        return conclusions.after_compiling(self._job, probed, failures, not_compiled, probing.unwatched)

    def _after_running(
        self,
        found: Sequence[FindingResult],
        program: Program,
        recipe: Recipe,
        compiler: Compiler,
        variants: Sequence[Variant],
    ) -> list[FindingResult]:
        """Findings with what compiled calls did: what they left, what ran once per trace, what traced again."""
        self._say.stage("compile", "traces")
        traced = behaviour.retraces(program, recipe, compiler, self._job["seed"])
        self._say.retraces(traced)
        varied = lengths.vary_lengths(program, recipe, compiler, self._job["seed"], self._left)
        self._say.lengths(varied)
        found = [conclusions.at_other_lengths(self._how()[f.code, f.ordinal], f, varied) for f in found]
        for variant in (each for each in variants if each.clears and varied and self._left() > 0):
            freed = lengths.without_retraces(varied, variant.program, recipe, compiler, self._job["seed"])
            found = conclusions.without_retraces(found, variant.name, variant.clears, freed)
        acted = behaviour.behaviour(program, recipe, compiler, self._job["seed"], training=False)
        if acted is not None and acted.eager_repeats and acted.graph_repeats and not acted.graph_is_eager:
            by = "" if acted.largest_difference is None else f", by {acted.largest_difference:.3g}"
            self._say.warning(f"compiled it gives other results than run eagerly{by}")
        return self._with_actions(found, self._actions().in_call(program, recipe, compiler), traced)

    def _how(self) -> dict[Key, Confirming]:
        """What confirms each finding."""
        return {key_of(f): CONFIRMING[f["confirmed_by"]] for f in self._job["findings"]}

    def _actions(self) -> Actions:
        return Actions(self._job, self._target, self._builder, self._keras)

    def _with_actions(
        self, found: Sequence[FindingResult], acted: conclusions.Acted, traced: Sequence[behaviour.Retrace] = ()
    ) -> list[FindingResult]:
        how = self._how()
        return [conclusions.after_running(how[f.code, f.ordinal], f, acted, traced) for f in found]

    # -- compile ----------------------------------------------------------------------------------------

    def _compile(self, bench: Bench, original: Variant, modes: Sequence[Mode]) -> None:
        for mode in modes:
            for step in bench.steps(original) if mode != "autograph" else STEPS[:1]:
                if self._left() <= 0:
                    return
                self._say.stage("compile", f"{step}, {mode}")
                made = bench.compile(original, step, mode)
                self._say.compiled(step, mode, made.describe() | self._guessed(step))

    def _fit(self, module: types.ModuleType, program: Program, recipe: Recipe, probing: Probing) -> list[Failure]:
        """Run ``fit`` on a fresh model, and what else is the class's own; failures, where they are the model's."""
        if self._job["kind"] != "model" or self._left() <= 0:
            return []
        cls = find_symbol(module, self._job["symbol"])
        data = probing.data or self._plain_data(cls, program, recipe)
        if data is None:
            return []
        self._say.stage("compile", "fit")
        what = fitting.fit_once(cls, data, recipe, self._keras, self._files)
        if what is None:
            return []
        self._say.compiled("train", "fit", what | self._guessed("train"))
        failures = [] if what["works"] else [Failure(**what["error"])]
        if fitting.has_own_steps(cls) and self._left() > 0:
            failures += fitting.use_once(cls, data, recipe, self._keras, self._files)
            self._fitted = probing.only_fitted
        return failures

    def _guessed(self, step: str) -> dict[str, Any]:
        """A mark on what was made of labels that were guessed for the class's own step: it says nothing of the code."""
        return {"guessed": True} if step == "train" and self._own is not None and self._own.data.guessed else {}

    def _plain_data(self, cls: type, program: Program, recipe: Recipe) -> fitting.Data | None:
        """What to fit with where the class trains as Keras does; what its own steps want only running tells."""
        if fitting.has_own_steps(cls):
            return None
        return next(fitting.data_to_try(cls, program, recipe, self._job["seed"]), None)

    # -- variants ---------------------------------------------------------------------------------------

    def _variants(
        self, bench: Bench, original: Variant, module: types.ModuleType, recipe: Recipe, not_run: frozenset[str]
    ) -> list[Variant]:
        """The rewrites that build, trace and are equal to the original, in the order asked for.

        ``not_run`` are findings that ``call`` did not come to: comparing what changes nothing else says nothing.
        """
        found: dict[str, Variant] = {}
        for asked in self._job["variants"]:
            if asked["name"] in found or self._left() <= 0:
                continue
            if set(asked.get("clears", ())) & not_run and self._job["task"] != "verify":
                self._say.refused(asked["name"], "not compared: no run of call came to that line")
                continue
            self._say.stage("rewrite", asked["name"])
            try:
                program = self._program(asked, module, recipe)
            except BaseException as error:
                self._say.refused(asked["name"], f"does not build: {failure(error, self._target.copies)}")
                continue
            self._say.stage("equal", asked["name"])
            variant = bench.paired(asked["name"], original, program, asked.get("joined", ()))
            variant.eagerly, variant.clears = asked.get("eagerly", False), tuple(asked.get("clears", ()))
            made = bench.compile(variant, "forward", "graph")
            if made.failure is not None:
                self._say.refused(asked["name"], f"does not compile: {made.failure}")
            elif not variant.equality["forward"].equal:
                self._say.refused(asked["name"], f"is not equal: {variant.equality['forward'].reason}")
            else:
                found[asked["name"]] = variant
                self._say.rewrite(asked["name"], asked.get("source"))
        return list(found.values())

    def _program(self, asked: Mapping[str, Any], module: types.ModuleType, recipe: Recipe) -> Program:
        text = asked.get("text")
        owner = module if text is None else self._target.import_text(text, "variant")
        if asked["kind"] == "builder":
            return self._builder.construct_functional(asked, owner, recipe)
        return self._builder.construct(find_symbol(owner, self._job["symbol"]), recipe)


def _used_names(job: Mapping[str, Any]) -> set[str]:
    """The names at the top of the file that the job uses besides what the class itself needs."""
    spec = job.get("spec") or {}
    named = [given for key in ("factory", "inputs", "labels") if isinstance(given := spec.get(key), str)]
    found = {job["symbol"].partition(".")[0], *(given.rpartition(":")[2] for given in named)}
    for each in (job, *job.get("neighbours", ())):
        found.add(each["symbol"].partition(".")[0])
        for written in each.get("constructions", ()):
            if written["own"]:
                found |= names(ast.parse(f"{written['setup']}\n{written['arguments']}"))
    for variant in job.get("variants", ()):
        if variant["kind"] == "builder":
            found |= names(ast.parse(variant["source"]))
    return found


def _is_told(spec: Mapping[str, Any]) -> bool:
    """Whether the user says how to build or feed the class, and so what may be read for it."""
    return any(spec.get(key) is not None for key in ("factory", "args", "kwargs", "inputs", "labels"))


def _has_step(cls: type, name: str) -> bool:
    """Whether the class says itself how to do that step."""
    return fitting.has_own_steps(cls, (name,))
