"""KG4: what makes TensorFlow trace again."""
