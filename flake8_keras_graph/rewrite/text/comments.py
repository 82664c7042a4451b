"""Comments in code that is replaced: those that its replacement does not hold go above it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence

import libcst as cst

from flake8_keras_graph.rewrite.text.syntax import Statement

Replacements = Mapping[cst.CSTNode, Sequence[cst.CSTNode]]
Above = dict[cst.CSTNode, list[cst.EmptyLine]]


def keep_comments(
    replacements: Replacements, statement_of: Callable[[cst.CSTNode], Statement | None]
) -> tuple[Replacements, Above]:
    """``replacements`` with the comments they would lose, and comments to be put above statements that stay."""
    left = Counter(text for made in replacements.values() for node in made for text in _texts(node))
    lost: dict[cst.CSTNode, list[str]] = {}
    for node in replacements:
        for text in _texts(node):
            if left[text]:
                left[text] -= 1
            else:
                lost.setdefault(node, []).append(text)
    changed = dict(replacements)
    above: Above = {}
    for node, texts in lost.items():
        lines = [cst.EmptyLine(comment=cst.Comment(text)) for text in texts]
        place = node if _takes_lines(changed[node]) else next((n for n in changed if _takes_lines(changed[n])), None)
        holder = None if isinstance(node, cst.BaseExpression) else place
        if holder is not None:
            first, *rest = changed[holder]
            before = getattr(first, "leading_lines", ())
            changed[holder] = [first.with_changes(leading_lines=[*before, *lines]), *rest]
        elif isinstance(node, cst.BaseExpression) and (line := statement_of(node)) is not None:
            above.setdefault(line, []).extend(lines)
    return changed, above


def comments_in(node: cst.CSTNode) -> list[cst.Comment]:
    """The comments in and above ``node``, in the order in which they are written."""
    collector = _Comments()
    node.visit(collector)
    return collector.found


class _Comments(cst.CSTVisitor):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[cst.Comment] = []

    def visit_Comment(self, node: cst.Comment) -> None:
        self.found.append(node)


def _texts(node: cst.CSTNode) -> list[str]:
    return [comment.value for comment in comments_in(node)]


def _takes_lines(made: Sequence[cst.CSTNode]) -> bool:
    return bool(made) and hasattr(made[0], "leading_lines")
