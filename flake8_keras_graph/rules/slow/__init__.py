"""KG3: what is slow in a graph."""
