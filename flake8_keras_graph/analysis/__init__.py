"""The abstract interpreter: what every name in ``call`` is while Keras traces it."""
