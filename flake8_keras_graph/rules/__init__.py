"""The rules, one module each; importing the package finds them all."""

from __future__ import annotations

import importlib
import pkgutil

from flake8_keras_graph.records import RuleInfo
from flake8_keras_graph.rules.base import RULES, Rule

_HELPERS = {"base", "docs", "page"}


def load() -> dict[str, Rule]:
    """Every rule by its code; modules are imported on the first call."""
    if not RULES:
        for module in pkgutil.iter_modules(__path__):
            if module.name not in _HELPERS:
                importlib.import_module(f"{__name__}.{module.name}")
    return RULES


def all_rules() -> tuple[RuleInfo, ...]:
    """What is known of every rule, by code."""
    return tuple(rule.info for _, rule in sorted(load().items()))


def rule_info(code: str) -> RuleInfo:
    """One rule's page and name. Raises KeyError."""
    return load()[code].info
