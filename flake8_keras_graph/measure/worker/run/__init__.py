"""Running steps of a model: traced, compiled, in ``fit``; and the graphs that come of it."""
