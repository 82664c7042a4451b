"""KG403: a branch on a shape has no rewrite that could be compared, and this says why."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from flake8_keras_graph.rewrite.remedies.remedy import Remedied, remedy
from flake8_keras_graph.rewrite.text.document import Document, NotFixable


@remedy("one shape", "one shape", cst.If, cst.IfExp)
def feed_one_shape(document: Document, node: cst.CSTNode) -> Iterator[Remedied]:
    """Raises NotFixable: which side the inputs of another shape need is not seen with inputs of one."""
    raise NotFixable(
        "what comes in other shapes is for the data to say: pad or crop inputs to one shape, or to a few; "
        "each one more is traced anew"
    )
