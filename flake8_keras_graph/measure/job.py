"""One model from import to verdict, stage by stage; what is established is said at once. Runs in the worker.

Whatever is said before the process dies is kept, so the stages that may crash it come last.
"""

from __future__ import annotations

import dataclasses
import os
import sys
import time
import traceback
import types
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from flake8_keras_graph.measure import behaviour, equivalence, feeding, fitting, scoring, stepping
from flake8_keras_graph.measure.building import Builder, Program, Recipe
from flake8_keras_graph.measure.comparing import AS_WRITTEN, STEPS, Bench, Variant
from flake8_keras_graph.measure.compiling import Compiler, Failure, failure
from flake8_keras_graph.measure.device import Device, NoSuchDevice, supports_jit
from flake8_keras_graph.measure.loading import LocalClass, TargetFile, find_symbol
from flake8_keras_graph.measure.probe import Instrumented
from flake8_keras_graph.measure.probing import Key, Probing
from flake8_keras_graph.records import Comparison, FindingResult, Mode, StepKind, Trial

Emit = Callable[[dict[str, Any]], None]
_CALLS = 3
# The changes of the feed that a rule speaks of, by how their names begin.
_CAUSES: Mapping[str, tuple[str, ...]] = {
    "KG401": ("training",),
    "KG402": ("the argument",),
    "KG403": ("a shorter", "another length"),
}


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
        emit({"event": "failed", "stage": "import", "reason": str(error)})
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
        self._job, self._emit, self._device, self._keras = job, emit, device, keras
        self._path = Path(job["path"])
        self._deadline: float = time.monotonic() + job["budget_seconds"]
        scratch = Path(job["scratch"])
        spec = job.get("spec") or {}
        named = [given for key in ("factory", "inputs", "labels") if isinstance(given := spec.get(key), str)]
        roots = [job["symbol"].partition(".")[0], *(given.rpartition(":")[2] for given in named)]
        self._target = TargetFile(self._path, Path(job["root"]), roots, scratch)
        self._files = [str(self._path)]
        self._fitted: frozenset[Key] = frozenset()
        self._builder = Builder(self._target, job["symbol"], keras, job)
        sys.argv = [str(self._path)]

    def run(self) -> None:
        self._stage("import")
        try:
            module = self._target.import_as_written()
            find_symbol(module, self._job["symbol"])
        except LocalClass as error:
            self._emit({"event": "failed", "stage": "class", "reason": str(error)})
            return
        except BaseException as error:
            self._failed("import", error)
            return
        self._stage("build")
        if self._job["kind"] in ("loss", "metric"):
            self._score(find_symbol(module, self._job["symbol"]))
            return
        cls = find_symbol(module, self._job["symbol"])
        if not stepping.has_call(cls):
            if self._job["kind"] == "model" and fitting.has_own_steps(cls, ("train_step",)):
                self._steps(cls, module)
            else:
                self._emit({"event": "failed", "stage": "class", "reason": "it has no `call` of its own to run"})
            return
        try:
            recipe = self._builder.find_recipe(module)
        except BaseException as error:
            self._failed("build", error)
            return
        if recipe is None:
            self._failed("build", self._builder.failure or TypeError("no way to build and feed it was found"))
            return
        self._emit({"event": "spec", "spec": recipe.describe()})
        self._measure(module, recipe)

    def _score(self, cls: type) -> None:
        """A loss or a metric: only what its sites see is established, and whether it compiles."""
        self._builder.suggest(cls, "call" if self._job["kind"] == "loss" else "update_state")
        try:
            score = scoring.find_score(cls, self._keras, self._job, self._target.namespace_of)
        except BaseException as error:
            self._failed("build", error)
            return
        self._emit({"event": "spec", "spec": score.describe()})
        probing = Probing(self._job, self._emit, self._target, self._builder, self._keras, self._files)
        probed = probing.run_score(score)
        self._stage("compile", "graph")
        compiler = Compiler(self._job["keras"], False, self._files, self._device.synchronise)
        failed = scoring.compile_score(score, cls, compiler, self._files)
        what = {"works": False, "error": dataclasses.asdict(failed)} if failed else {"works": True}
        self._emit({"event": "compiled", "step": "forward", "mode": "graph", "what": what})
        self._emit_findings(self._after_compiling(probed, [failed] if failed else []))

    def _steps(self, cls: type, module: types.ModuleType) -> None:
        """A model that only ``fit`` runs: what its sites see there, and whether ``fit`` compiles it."""
        import tensorflow as tf

        tf.config.run_functions_eagerly(True)
        try:
            found = stepping.find(self._builder, cls, module, self._job, self._keras)
        except BaseException as error:
            self._failed("build", error)
            return
        finally:
            tf.config.run_functions_eagerly(False)
        if found is None:
            self._failed("build", self._builder.failure or TypeError("no way to build it and fit it was found"))
            return
        self._emit({"event": "spec", "spec": found.recipe.describe()})
        probing = Probing(self._job, self._emit, self._target, self._builder, self._keras, self._files)
        probed = probing.run_steps(found.recipe, found.data)
        if self._job["task"] != "measure":
            return
        self._stage("compile", "fit")
        what = fitting.fit_once(cls, found.data, found.recipe, self._keras, self._files)
        failures = []
        if what is not None:
            self._emit({"event": "compiled", "step": "train", "mode": "fit", "what": what})
            failures = [] if what["works"] else [Failure(**what["error"])]
        uses = [u for u, step in (("evaluate", "test_step"), ("predict", "predict_step")) if has_step(cls, step)]
        failures += fitting.use_once(cls, found.data, found.recipe, self._keras, self._files, uses)
        known = self._after_compiling(probed, failures)
        self._emit_findings(_counted_in_fit(known, *probing.count_in_fit(found.recipe, found.data)))

    def _stage(self, stage: str, text: str = "") -> None:
        self._emit({"event": "stage", "stage": stage, "text": text})

    def _failed(self, stage: str, error: BaseException) -> None:
        known = failure(error, self._files)
        elsewhere = self._place(error) if stage == "import" else ""
        self._emit({
            "event": "failed", "stage": stage, "reason": f"{known}{elsewhere}", "exception": known.type,
            "arguments": self._builder.guessed_arguments, "inputs": self._builder.guessed_feed,
        })  # fmt: skip

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
        probing = Probing(self._job, self._emit, self._target, self._builder, self._keras, self._files)
        probed = probing.run(recipe, self._deadline)
        if self._job["task"] == "probe":
            probing.run_fit(recipe)
            self._emit({"event": "sites", "sites": probing.executed()})
            return
        program = self._builder.construct(find_symbol(module, self._job["symbol"]), recipe)
        equivalence.randomise(program.variables, self._job["seed"])
        jit = self._device.jit_compile(program.model)
        compiler = Compiler(self._job["keras"], jit, self._files, self._device.synchronise)
        bench = Bench(recipe, compiler, self._device, self._keras, self._job["seed"])
        original = bench.variant(AS_WRITTEN, program)
        self._compile(bench, original, ("graph", "eager"))
        graph_failures = [
            made.failure for (_, mode), made in original.compiled.items() if mode == "graph" and made.failure
        ]
        self._emit_findings(self._after_compiling(probed, graph_failures))
        variants = self._variants(bench, original, module, recipe, _not_run(probed))
        if self._job["task"] == "verify":
            self._verify(bench, original, variants)
            return
        self._compare(bench, original, variants)
        self._compile(bench, original, ("autograph",))
        if self._left() > 0:
            probed = probing.run_fit(recipe)
        graph_failures += self._fit(module, program, recipe, probing)
        known = self._after_compiling(probed, graph_failures, probing.only_fitted - self._fitted)
        if self._left() > 0 and not original.compiled["forward", "graph"].failure:
            known = self._after_running(known, program, recipe, compiler)
        self._emit_findings(known)
        if not supports_jit(program.model):
            return
        self._compile(bench, original, ("xla",))
        if (made := original.compiled.get(("train", "xla"))) and made.failure:
            self._emit_findings(_with_xla_failure(known, made.failure))
        elif self._left() > 0:
            self._compare_under_xla(bench, original, variants)

    # -- findings ---------------------------------------------------------------------------------------

    def _after_compiling(
        self,
        probed: Sequence[FindingResult],
        failures: Sequence[Failure],
        not_compiled: frozenset[Key] = frozenset(),
    ) -> list[FindingResult]:
        """Findings with the proof that compiling gave: what raised at a finding's line confirms it.

        ``not_compiled`` names findings in code that was never compiled: that nothing failed says nothing of them.
        """
        raised = {f.line: f for f in failures if f.line is not None}
        spans = {(f["code"], f["ordinal"]): range(f["line"], f["end_line"] + 1) for f in self._job["findings"]}
        changed = []
        seen = {line for f in probed if f.status == "confirmed" for line in spans[f.code, f.ordinal]}
        for result in probed:
            lines = spans[result.code, result.ordinal]
            proof = next((raised[line] for line in lines if line in raised), None)
            if result.status == "refuted" and any(line in seen for line in lines):
                proof = None  # another finding of that line was seen to be what raises
            worked = not failures and (result.code, result.ordinal) not in not_compiled
            if proof is not None and result.code.startswith(("KG1", "KG305")):
                detail = f"compiled as fit compiles, it raises {proof}; {result.detail}"
                result = dataclasses.replace(result, status="confirmed", detail=detail)
            elif result.code in ("KG104", "KG111", "KG113") and result.status == "confirmed" and worked:
                detail = f"compiled as fit compiles, it works; {result.detail}"
                result = dataclasses.replace(result, status="refuted", detail=detail)
            elif result.code == "KG502" and failures:
                result = dataclasses.replace(result, status="confirmed", detail=f"fit raises {failures[-1]}")
            elif self._job["keras"] == 2 and result.code.startswith("KG1") and worked:
                if result.status == "confirmed":
                    detail = f"AutoGraph stages it, so compiling works; {result.detail}"
                    result = dataclasses.replace(result, detail=detail)
            changed.append(result)
        return changed

    def _after_running(
        self, found: Sequence[FindingResult], program: Program, recipe: Recipe, compiler: Compiler
    ) -> list[FindingResult]:
        """Findings with what compiled calls did: what was frozen, what ran once per trace, what traced again."""
        self._stage("compile", "traces")
        seed = self._job["seed"]
        traced = behaviour.retraces(program, recipe, compiler, seed)
        self._emit({"event": "retraces", "retraces": [dataclasses.asdict(r) for r in traced]})
        acted = behaviour.behaviour(program, recipe, compiler, seed, training=False)
        if acted is not None and acted.eager_repeats and acted.graph_repeats and not acted.graph_is_eager:
            by = "" if acted.largest_difference is None else f", by {acted.largest_difference:.3g}"
            self._emit({"event": "warning", "text": f"compiled it gives other results than run eagerly{by}"})
        executed = self._executed(recipe, compiler) if any(f.code.startswith("KG2") for f in found) else {}
        return [self._with_behaviour(f, acted, traced, executed) for f in found]

    def _with_behaviour(
        self,
        result: FindingResult,
        acted: behaviour.Behaviour | None,
        traced: Sequence[behaviour.Retrace],
        executed: Mapping[tuple[str, int], tuple[int, int]],
    ) -> FindingResult:
        details = [result.detail]
        status = result.status
        if (result.code, result.ordinal) in executed:
            first, later = executed[result.code, result.ordinal]
            if status == "confirmed" and first:
                details.insert(0, f"compiled, it ran {first} times while tracing and {later} in {_CALLS} calls")
                status = "refuted" if later else "confirmed"
        if result.code == "KG201" and acted is not None and acted.frozen:
            details.insert(0, "two compiled calls gave the same result where two eager calls differed")
        if result.code == "KG206" and acted is not None and not acted.graph_is_eager:
            details.insert(0, "compiled it gives another result than run eagerly")
        if (causes := _CAUSES.get(result.code)) is not None:
            again = [r for r in traced[1:] if r.cause.startswith(causes)]
            details += [f"{r.cause}: {r.traces or 'no'} new trace" for r in again]
        return dataclasses.replace(result, status=status, detail="; ".join(details))

    def _executed(self, recipe: Recipe, compiler: Compiler) -> dict[tuple[str, int], tuple[int, int]]:
        """How often each site of KG2 ran while the instrumented model was traced, and in calls after that."""
        text = self._path.read_text(encoding="utf-8")
        instrumented = Instrumented(text, self._job["findings"])
        sites = {(f["code"], f["ordinal"]): f for f in self._job["findings"] if f["code"].startswith("KG2")}
        try:
            copy = self._target.import_text(text, "traced", instrumented.transform, instrumented.names)
            program = self._builder.construct(find_symbol(copy, self._job["symbol"]), recipe)
            function = compiler.as_function(lambda given: program(given, False), "graph")
            feed = feeding.make(recipe.feed, 4, self._job["seed"])
            instrumented.recorder.on = True
            function(feed)
            first = {k: instrumented.seen(instrumented.site_of(f)).times for k, f in sites.items()}
            for _ in range(_CALLS):
                function(feed)
        except Exception:
            return {}
        after = {k: instrumented.seen(instrumented.site_of(f)).times for k, f in sites.items()}
        return {key: (first[key], after[key] - first[key]) for key in sites}

    def _emit_findings(self, results: Sequence[FindingResult]) -> None:
        for result in results:
            self._emit({"event": "finding", "finding": dataclasses.asdict(result)})

    # -- compile ----------------------------------------------------------------------------------------

    def _compile(self, bench: Bench, original: Variant, modes: Sequence[Mode]) -> None:
        for mode in modes:
            for step in bench.steps(original) if mode != "autograph" else STEPS[:1]:
                if self._left() <= 0:
                    return
                self._stage("compile", f"{step}, {mode}")
                made = bench.compile(original, step, mode)
                self._emit({"event": "compiled", "step": step, "mode": mode, "what": made.describe()})

    def _fit(self, module: types.ModuleType, program: Program, recipe: Recipe, probing: Probing) -> list[Failure]:
        """Run ``fit`` on a fresh model, and what else is the class's own; failures, where they are the model's."""
        if self._job["kind"] != "model" or self._left() <= 0:
            return []
        cls = find_symbol(module, self._job["symbol"])
        data = probing.data or self._plain_data(cls, program, recipe)
        if data is None:
            return []
        self._stage("compile", "fit")
        what = fitting.fit_once(cls, data, recipe, self._keras, self._files)
        if what is None:
            return []
        self._emit({"event": "compiled", "step": "train", "mode": "fit", "what": what})
        failures = [] if what["works"] else [Failure(**what["error"])]
        if fitting.has_own_steps(cls) and self._left() > 0:
            failures += fitting.use_once(cls, data, recipe, self._keras, self._files)
            self._fitted = probing.only_fitted
        return failures

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

        ``not_run`` names those that change nothing but what ``call`` did not come to: comparing them says nothing.
        """
        found: dict[str, Variant] = {}
        for asked in self._job["variants"]:
            if asked["name"] in found or self._left() <= 0:
                continue
            if asked["name"] in not_run and self._job["task"] != "verify":
                self._refused(asked["name"], "not compared: no run of call came to that line")
                continue
            self._stage("rewrite", asked["name"])
            try:
                program = self._program(asked, module, recipe)
            except BaseException as error:
                self._refused(asked["name"], f"does not build: {failure(error, self._target.copies)}")
                continue
            self._stage("equal", asked["name"])
            variant = bench.paired(asked["name"], original, program)
            made = bench.compile(variant, "forward", "graph")
            if made.failure is not None:
                self._refused(asked["name"], f"does not compile: {made.failure}")
            elif not variant.equality["forward"].equal:
                self._refused(asked["name"], f"is not equal: {variant.equality['forward'].reason}")
            else:
                found[asked["name"]] = variant
                self._emit({"event": "rewrite", "name": asked["name"], "source": asked.get("source")})
        return list(found.values())

    def _program(self, asked: Mapping[str, Any], module: types.ModuleType, recipe: Recipe) -> Program:
        text = asked.get("text")
        owner = module if text is None else self._target.import_text(text, "variant")
        if asked["kind"] == "builder":
            return self._builder.construct_functional(asked, owner, recipe)
        return self._builder.construct(find_symbol(owner, self._job["symbol"]), recipe)

    def _verify(self, bench: Bench, original: Variant, variants: Sequence[Variant]) -> None:
        """Only whether each rewrite computes the same, forward and in a train step, and by how much it is off."""
        for variant in variants:
            for step in bench.steps(original):
                equality = variant.equality[step]
                if not equality.equal:
                    self._refused(variant.name, f"{step} is not equal: {equality.reason}")
                else:
                    self._emit({
                        "event": "verified", "name": variant.name, "step": step, "max_error": equality.max_error,
                    })  # fmt: skip

    def _refused(self, name: str, reason: str) -> None:
        self._emit({"event": "refused", "name": name, "reason": reason})

    # -- comparisons --------------------------------------------------------------------------------------

    def _compare(self, bench: Bench, original: Variant, variants: Sequence[Variant]) -> None:
        """Same-graph proofs first, for they cost nothing; then the clock, the remaining time shared out."""
        self._stage("graphs")
        to_time: list[tuple[Variant, StepKind, tuple[Mode, Mode]]] = []
        for step in bench.steps(original):
            works = bench.compile(original, step, "graph").works
            for variant in variants:
                if not variant.equality[step].equal:
                    self._refused(variant.name, f"{step} is not equal: {variant.equality[step].reason}")
                elif works and (same := bench.same_graph(original, variant, step)):
                    self._emit_comparison(same, ())
                elif bench.compile(variant, step, "graph").works:
                    before: Mode = "graph" if works else "eager"
                    to_time.append((variant, step, (before, "graph")))
            if works and bench.compile(original, step, "eager").works:
                to_time.append((original, step, ("eager", "graph")))
        for index, (variant, step, modes) in enumerate(to_time):
            share = min(self._share(modes[0]), self._left() / (len(to_time) - index))
            if self._left() < 0.2 or not bench.compile(original, step, modes[0]).works:
                text = f"no time left to time {variant.name}, {step}: --budget gives more"
                self._emit({"event": "warning", "text": text})
                continue
            self._stage("time", f"{variant.name}, {step}, {modes[0]}")
            self._emit_comparison(*bench.timed(original, variant, step, modes, share, self._left() / 2))

    def _share(self, mode: Mode) -> float:
        """Seconds for one comparison; eager against graph is a matter of factors, not of percents."""
        seconds: float = self._job["comparison_seconds"]
        return seconds / 2 if mode == "eager" else seconds

    def _compare_under_xla(self, bench: Bench, original: Variant, variants: Sequence[Variant]) -> None:
        """The rewrites whose graphs differ, once more compiled by XLA, as far as the time goes."""
        for step in bench.steps(original):
            for variant in variants:
                graphs = [bench.compile(v, step, "graph").facts for v in (original, variant)]
                if not variant.equality[step].equal or not all(graphs):
                    continue
                if graphs[0].digest == graphs[1].digest or self._left() < 2 * self._share("xla"):  # type: ignore[union-attr]
                    continue
                if bench.compile(original, step, "xla").works and bench.compile(variant, step, "xla").works:
                    self._stage("time", f"{variant.name}, {step}, xla")
                    seconds = (self._share("xla"), self._left() / 2)
                    timed = bench.timed(original, variant, step, ("xla", "xla"), *seconds)
                    self._emit_comparison(*timed)

    def _emit_comparison(self, comparison: Comparison, trials: Sequence[Trial]) -> None:
        self._emit({
            "event": "comparison",
            "comparison": dataclasses.asdict(comparison),
            "trials": [dataclasses.asdict(trial) for trial in trials],
        })  # fmt: skip


def _not_run(probed: Sequence[FindingResult]) -> frozenset[str]:
    """The names of fixes of lines that the probe did not come to."""
    names = {(f"fixed {f.code}:{f.line}", f.status == "not_reached") for f in probed}
    return frozenset(name for name, unseen in names if unseen and (name, False) not in names)


def has_step(cls: type, name: str) -> bool:
    """Whether the class says itself how to do that step."""
    return fitting.has_own_steps(cls, (name,))


def _counted_in_fit(found: Sequence[FindingResult], counts: Mapping[Key, int], steps: int) -> list[FindingResult]:
    """Findings of KG2 with how often they ran while a compiled ``fit`` made so many steps."""
    changed = []
    for result in found:
        times = counts.get((result.code, result.ordinal))
        if times and result.status == "confirmed":
            detail = f"compiled, it ran {times} times in {steps} steps of fit; {result.detail}"
            result = dataclasses.replace(result, status="refuted" if times >= steps else "confirmed", detail=detail)
        changed.append(result)
    return changed


def _with_xla_failure(found: Sequence[FindingResult], error: Failure) -> list[FindingResult]:
    """Findings about XLA, with the proof that compiling for it gave."""
    return [
        dataclasses.replace(f, status="confirmed", detail=f"trained under XLA, it raises {error}; {f.detail}")
        for f in found
        if f.code == "KG305"
    ]
