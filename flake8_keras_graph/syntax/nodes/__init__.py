"""libcst nodes without the price of libcst's parser."""

from flake8_keras_graph.syntax.nodes.expressions import Unsupported, expression
from flake8_keras_graph.syntax.nodes.fields import assigned_targets, children, walk
from flake8_keras_graph.syntax.nodes.origins import origins
from flake8_keras_graph.syntax.nodes.pairs import pairs
from flake8_keras_graph.syntax.nodes.statements import function

__all__ = ["Unsupported", "assigned_targets", "children", "expression", "function", "origins", "pairs", "walk"]
