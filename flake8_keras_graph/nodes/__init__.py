"""libcst nodes without the price of libcst's parser."""

from flake8_keras_graph.nodes.expressions import Unsupported, expression
from flake8_keras_graph.nodes.fields import children, walk
from flake8_keras_graph.nodes.origins import origins
from flake8_keras_graph.nodes.pairs import pairs
from flake8_keras_graph.nodes.statements import function

__all__ = ["Unsupported", "children", "expression", "function", "origins", "pairs", "walk"]
