"""Building a model and feeding it."""
