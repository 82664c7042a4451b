"""Which versions a dependency's specifier allows: those of pip, Poetry, Pipenv and conda, as far as a bound needs them.

Suffixes (``rc0``, ``.post1``), exclusions (``!=``) and markers are left out: a bound between two minor versions does
not turn on them. Source: packaging.python.org, "Version specifiers"; python-poetry.org, "Dependency specification".
"""

from __future__ import annotations

import dataclasses
import re

Version = tuple[int, ...]

# Not compiled before they are needed: whatever flake8 checks imports this.
_CLAUSE = r"\s*(===?|=|~=|~|\^|>=|<=|!=|>|<)?\s*v?(\d{1,9}(?:\.\d{1,9})*)((?:\.\*)?)(\S*)\s*"
_REQUIREMENT = r"\s*(?:[\w.-]+::)?([A-Za-z0-9][\w.-]*)\s*(?:\[[^\]]*\])?\s*\(?([^()@]*)\)?\s*"


@dataclasses.dataclass(frozen=True, slots=True)
class Range:
    """The versions from ``low`` to ``high``; None where there is no bound."""

    low: Version | None = None
    high: Version | None = None
    with_high: bool = False

    def is_below(self, bound: Version) -> bool:
        """Whether it holds no version from ``bound`` on."""
        return self.high is not None and (self.high < bound or (self.high == bound and not self.with_high))

    def is_from(self, bound: Version) -> bool:
        """Whether it holds no version before ``bound``."""
        return self.low is not None and self.low >= bound

    def within(self, other: Range) -> Range:
        """The versions that both hold."""
        low = max((each.low for each in (self, other) if each.low is not None), default=None)
        highs = [(each.high, each.with_high) for each in (self, other) if each.high is not None]
        return Range(low, *min(highs)) if highs else Range(low)


def requirement(text: str) -> tuple[str, str] | None:
    """The name, as PyPI normalises it, and the specifier of ``tensorflow-gpu[x]>=2.0 ; python_version < "3.9"  # y``.

    None where ``text`` is no requirement. A URL in the place of a specifier is left out.
    """
    plain = re.split(r"\s#|;|\s--|\s@\s|\\", text, maxsplit=1)[0]
    found = re.fullmatch(_REQUIREMENT, plain)
    return (normalised(found[1]), found[2].strip()) if found else None


def normalised(name: str) -> str:
    """Source: PEP 503."""
    return re.sub(r"[-_.]+", "-", name).lower()


def ranges(specifier: str) -> tuple[Range, ...]:
    """The ranges that ``specifier`` allows one of; none where it says nothing, or nothing that can be read."""
    found = []
    for alternative in re.split(r"\|\|?", specifier):
        whole = Range()
        for clause in re.split(r"\s*,\s*|\s+(?=[<>=~!^])", alternative.strip()):
            one = _range(clause)
            if one is None:
                return ()
            whole = whole.within(one)
        found.append(whole)
    return tuple(found)


def _range(clause: str) -> Range | None:
    matched = re.fullmatch(_CLAUSE, clause)
    if matched is None or matched[4].startswith("*"):  # 2.1* of conda is 2.1 and 2.10
        return None
    operator, written, star = matched[1] or "==", matched[2], bool(matched[3])
    parts = tuple(int(part) for part in written.split("."))
    version = _without_zeros(parts)
    if operator == "!=":
        return Range()
    if operator in (">=", ">"):
        return Range(version)
    if operator in ("<=", "<"):
        return Range(None, version, operator == "<=")
    after = _first_after(operator, parts, star)
    return Range(version, version, True) if after is None else Range(version, after)


def _first_after(operator: str, parts: Version, star: bool) -> Version | None:
    """The first version that ``operator`` leaves out; None where it allows one version alone."""
    if operator == "^":
        kept = next((place + 1 for place, part in enumerate(parts) if part), len(parts))
    elif operator == "~":
        kept = min(len(parts), 2)
    elif operator == "~=":
        kept = max(len(parts) - 1, 1)
    elif star or operator == "=":
        kept = len(parts)
    else:
        return None
    return (*parts[: kept - 1], parts[kept - 1] + 1)


def _without_zeros(parts: Version) -> Version:
    while len(parts) > 1 and parts[-1] == 0:
        parts = parts[:-1]
    return parts
