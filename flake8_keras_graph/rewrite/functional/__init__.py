"""A Model subclass as a function that builds the same model with the functional API."""
