"""From a file's text to its findings."""

from flake8_keras_graph.engine.check import (
    Session,
    Source,
    check,
    fingerprint,
    is_selected,
    keras_classes,
    shared_session,
)

__all__ = ["Session", "Source", "check", "fingerprint", "is_selected", "keras_classes", "shared_session"]
