"""Python imports this module when it starts, where its folder is in ``PYTHONPATH``: TensorFlow then cannot be imported.

Where a package is installed can still be asked (``importlib.util.find_spec``): only running it is refused.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType

HEAVY = ("keras", "keras_hub", "tensorflow", "tf_keras")


class Refusing:
    """A finder of the packages in HEAVY, and the loader that refuses them."""

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The spec of a package that this refuses to run; None leaves the others to the usual finders."""
        spec = PathFinder.find_spec(name, path, target) if name in HEAVY else None
        if spec is not None:
            spec.loader = self  # type: ignore[assignment]
        return spec

    def create_module(self, spec: ModuleSpec) -> None:
        """The usual empty module, which never becomes visible."""

    def exec_module(self, module: ModuleType) -> None:
        """Raises ImportError always."""
        raise ImportError(f"{module.__name__} is imported, in the test or a process that it starts: mark it tensorflow")


sys.meta_path.insert(0, Refusing())  # type: ignore[arg-type]
