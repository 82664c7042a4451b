"""A class of a file, built and ready to run in the test's own process: what a job has before it measures."""

from __future__ import annotations

import contextlib
import dataclasses
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from flake8_keras_graph.measure.parent.jobs import make_job
from flake8_keras_graph.measure.parent.session import Settings, Target
from flake8_keras_graph.measure.parent.variants import Variants
from flake8_keras_graph.measure.project.project_files import ProjectFiles
from flake8_keras_graph.measure.worker.build.building import Builder, Program, Recipe
from flake8_keras_graph.measure.worker.build.loading import TargetFile, find_symbol
from flake8_keras_graph.measure.worker.run.compiling import Compiler


@dataclasses.dataclass
class Built:
    """A job and what it works with; the compiler does as ``fit`` of Keras 3 on a CPU."""

    job: dict[str, Any]
    file: TargetFile
    builder: Builder
    recipe: Recipe
    program: Program
    compiler: Compiler


@contextlib.contextmanager
def build(target: Target, inputs: Any, scratch: Path) -> Iterator[Built]:
    """The target, fed with ``inputs`` as a table of pyproject.toml gives them; how it was imported is forgotten then."""
    known, paths, finders = set(sys.modules), list(sys.path), list(sys.meta_path)
    try:
        yield _built(target, inputs, scratch)
    finally:
        sys.path[:], sys.meta_path[:] = paths, finders
        for name in set(sys.modules) - known:
            if name.startswith("_keras_graph_") or name == Path(target.path).stem:
                del sys.modules[name]


def _built(target: Target, inputs: Any, scratch: Path) -> Built:
    import keras

    path = Path(target.path)
    settings = Settings(specs=({"target": f"{path.name}:{target.symbol}", "inputs": inputs},))
    files = ProjectFiles(path.parent)
    job = make_job(target, settings, files, scratch, "cpu", Variants((), (), {}))
    file = TargetFile(path, files.root, [target.symbol], scratch)
    sys.modules.pop(file.name, None)  # of another class of the file, whose definitions alone it has
    module = file.import_as_written()
    builder = Builder(file, target.symbol, keras, job)
    recipe = builder.find_recipe(module)
    assert recipe is not None, builder.failure
    program = builder.construct(find_symbol(module, target.symbol), recipe)
    return Built(job, file, builder, recipe, program, Compiler(3, False, [target.path], lambda: None))
