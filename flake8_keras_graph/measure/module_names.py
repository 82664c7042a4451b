"""Under which name a file is imported, and from which folder; parent and worker have to agree on it."""

from __future__ import annotations

import ast
from pathlib import Path


def module_name(path: Path, root: Path) -> tuple[Path, str]:
    """The folder to put on ``sys.path`` and the dotted name under which ``path`` is imported from it.

    Inside regular packages (``__init__.py``) that is the package's parent; elsewhere the file's own folder,
    or ``root`` where the file uses relative imports and so lives in a namespace package.
    """
    folder = path.parent
    parts = [] if path.stem == "__init__" else [path.stem]
    while (folder / "__init__.py").exists() and folder.parent != folder:
        parts.insert(0, folder.name)
        folder = folder.parent
    if len(parts) == 1 and _imports_relatively(path) and path.is_relative_to(root) and path.parent != root:
        return root, ".".join(path.relative_to(root).with_suffix("").parts)
    return folder, ".".join(parts)


def _imports_relatively(path: Path) -> bool:
    tree = ast.parse(path.read_bytes())
    return any(isinstance(node, ast.ImportFrom) and node.level for node in ast.walk(tree))
