"""Two variants of a model: equal or not, one graph or two, how long each takes."""
