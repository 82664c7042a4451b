"""The backend of Keras 3 that a file chooses: by the environment, by a call, or by what `call` computes with."""

from __future__ import annotations

import ast
import re
from typing import Literal, cast

from flake8_keras_graph.project.index import FunctionInfo, Module, walk

Backend = Literal["tensorflow", "jax", "torch"]

# environ["KERAS_BACKEND"] = "torch", setdefault and update of it, keras.config.set_backend("torch"); not environ.get.
_CHOOSES = re.compile(
    r"""(?m)^[^#\n]*(?:(?<!\.get\(["'])(?<!getenv\(["'])KERAS_BACKEND["']?\s*(?:\]\s*=|[,:=])|\bset_backend\()"""
    r"""\s*["'](tensorflow|jax|torch)["']"""
)
_LIBRARIES: tuple[tuple[str, Backend], ...] = (("jax", "jax"), ("torch", "torch"))
_TRACED = ("call", "train_step", "compute_loss", "update_state")


def chosen_backend(module: Module) -> Backend:
    """``tensorflow`` where the file says nothing.

    A file that computes with JAX in a traced method is for JAX, unless it names TensorFlow or asks for the backend.
    """
    text = module.text
    if "KERAS_BACKEND" in text or "set_backend" in text:
        chosen = _CHOOSES.search(text)
        if chosen is not None:
            return cast(Backend, chosen[1])
    if "tensorflow" in text or "backend()" in text:
        return "tensorflow"
    for library, backend in _LIBRARIES:
        if library in text and _computes_with(module, library):
            return backend
    return "tensorflow"


def _computes_with(module: Module, library: str) -> bool:
    names = {name for name, target in module.imports.items() if target.partition(".")[0] == library}
    methods = (info.methods.get(name) for info in module.classes.values() for name in _TRACED)
    return bool(names) and any(method is not None and _reads(method, names) for method in methods)


def _reads(method: FunctionInfo, names: set[str]) -> bool:
    return any(isinstance(node, ast.Name) and node.id in names for node in walk(method.node))
