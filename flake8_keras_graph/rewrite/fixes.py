"""Mechanical fixes for findings, by rule code."""

from __future__ import annotations

from collections.abc import Sequence

from flake8_keras_graph.records import Finding


def with_fixes(findings: Sequence[Finding], text: str) -> list[Finding]:
    """``findings`` of ``text``, each with its ``fix`` where there is one whose preconditions hold."""
    raise NotImplementedError


def why_not(finding: Finding, text: str) -> str:
    """Why ``finding`` has no fix; empty where it has one."""
    raise NotImplementedError
