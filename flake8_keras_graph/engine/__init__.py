"""From a file's text to its findings, its Keras classes, and a hash of the code that a class reaches."""

from flake8_keras_graph.engine.check import check, fingerprint, is_selected, keras_classes
from flake8_keras_graph.engine.session import Session, Source, shared_session

__all__ = ["Session", "Source", "check", "fingerprint", "is_selected", "keras_classes", "shared_session"]
