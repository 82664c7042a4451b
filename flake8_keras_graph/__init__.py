"""Find what Python in a Keras ``call`` does to the compiled graph, and measure what it costs."""

__version__ = "0.1.0"
