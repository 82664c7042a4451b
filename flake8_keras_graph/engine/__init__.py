"""From a file's text to its findings."""

from flake8_keras_graph.engine.check import Source, check, fingerprint, is_selected, keras_classes, shared_session

__all__ = ["Source", "check", "fingerprint", "is_selected", "keras_classes", "shared_session"]
