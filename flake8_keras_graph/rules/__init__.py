"""The rules, a module each in a folder a family; ``load`` finds them all."""

from __future__ import annotations

import importlib
import pkgutil

from flake8_keras_graph import measured_cost, runs_into, unused_noqa
from flake8_keras_graph.records import RuleInfo
from flake8_keras_graph.rules.rule import RULES, Rule


def load() -> dict[str, Rule]:
    """Every rule by its code; modules are imported on the first call."""
    if not RULES:
        for family in pkgutil.iter_modules(__path__, f"{__name__}."):
            if family.ispkg:
                package = importlib.import_module(family.name)
                for module in pkgutil.iter_modules(package.__path__, f"{family.name}."):
                    importlib.import_module(module.name)
    return RULES


def all_rules() -> tuple[RuleInfo, ...]:
    """What is known of every rule, by code."""
    return tuple(rule.info for _, rule in sorted(load().items()))


def reported_rules() -> tuple[RuleInfo, ...]:
    """What is known of every code that a finding about somebody's code may have: what only running knows as well."""
    return (runs_into.RULE, measured_cost.RULE, unused_noqa.RULE, *all_rules())
