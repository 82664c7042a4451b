"""What the tables say, in the forms that several tests go over."""

from __future__ import annotations

from flake8_keras_graph import knowledge


def all_records() -> list[knowledge.ApiRecord]:
    """Every record, by name."""
    return [found for name in sorted(knowledge.record_names()) if (found := knowledge.record(name)) is not None]


def specs() -> dict[str, str]:
    """The return specs of functions, by name."""
    return {found.name: found.returns for found in all_records() if found.kind == "function" and found.returns}
