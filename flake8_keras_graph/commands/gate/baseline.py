"""Findings that were there before, in a file: they pass, new ones fail.

The file is meant to be committed: sorted, and the same for the same findings. It never grows by itself; what is gone
from the code goes from it as well.
"""

from __future__ import annotations

import collections
import json
import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from flake8_keras_graph.config import ConfigError
from flake8_keras_graph.project import files
from flake8_keras_graph.project.files import Sources
from flake8_keras_graph.records import Finding
from flake8_keras_graph.report.findings.identity import Identity, identity_of
from flake8_keras_graph.results.evidence import LOCATION

VERSION = 1

Known = collections.Counter[Identity]
IsChecked = Callable[[Identity], bool]
"""Whether this run would have found it: its file was checked, its code was asked for."""


class Baseline:
    """The findings of one file on disk; their paths are relative to its folder, or to that of its ``.keras-graph``."""

    def __init__(self, name: str) -> None:
        self.file = Path(name)
        folder = Path(os.path.abspath(name)).parent
        self.root = folder.parent if folder.name == LOCATION.parent.name else folder
        self.known: Known = collections.Counter()

    def load(self) -> None:
        """Read the file. Raises ConfigError where there is none, or it is not one of ours."""
        try:
            self.known = _parsed(json.loads(self.file.read_text(encoding="utf-8")))
        except FileNotFoundError:
            raise ConfigError(f"{self.file}: no such baseline; --update-baseline writes it") from None
        except OSError as error:
            raise ConfigError(f"{self.file}: {error.strerror}") from None
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise ConfigError(f"{self.file}: not a baseline of version {VERSION} ({error})") from None

    def new_among(self, findings: Iterable[Finding], sources: Sources) -> list[Finding]:
        """Those that were not there before; of several alike, as many as there are more now."""
        left = self.known.copy()
        new = []
        for finding in findings:
            identity = identity_of(finding, sources, self.root)
            if left[identity] > 0:
                left[identity] -= 1
            else:
                new.append(finding)
        return new

    def shrink(self, present: Sequence[Finding], sources: Sources, is_checked: IsChecked) -> int:
        """Forget what is gone, and write the file if anything is; how many went. Raises OSError.

        ``present`` are the findings of this run, with those that evidence keeps it from giving.
        """
        now = self._identities(present, sources)
        kept: Known = collections.Counter(
            {known: min(count, now[known]) if is_checked(known) else count for known, count in self.known.items()}
        )
        gone = self.known.total() - kept.total()
        if gone:
            self.known = +kept
            self._write()
        return gone

    def update(
        self, given: Sequence[Finding], present: Sequence[Finding], sources: Sources, is_checked: IsChecked
    ) -> int:
        """Make ``given`` what is known, and write the file; how many there are. Raises OSError.

        What this run did not look for stays, and so does what it knows of and evidence keeps it from giving.
        """
        now, all_of_them = self._identities(given, sources), self._identities(present, sources)
        for known, count in self.known.items():
            now[known] = max(now[known], min(count, all_of_them[known]) if is_checked(known) else count)
        self.known = +now
        self._write()
        return self.known.total()

    def _identities(self, findings: Iterable[Finding], sources: Sources) -> Known:
        return collections.Counter(identity_of(finding, sources, self.root) for finding in findings)

    def _write(self) -> None:
        self.file.parent.mkdir(parents=True, exist_ok=True)
        files.replace(self.file, _as_json(self.known).encode("utf-8", "backslashreplace"))


def _as_json(known: Known) -> str:
    by_path: dict[str, list[dict[str, Any]]] = {}
    for identity, count in sorted(known.items()):
        record: dict[str, Any] = {"code": identity.code, "symbol": identity.symbol, "content": identity.content}
        by_path.setdefault(identity.path, []).append({**record, "count": count} if count > 1 else record)
    return json.dumps({"version": VERSION, "findings": by_path}, indent=1, ensure_ascii=False) + "\n"


def _parsed(data: Any) -> Known:
    if data["version"] != VERSION:
        raise ValueError(f"version {data['version']!r}")
    known: Known = collections.Counter()
    for path, records in data["findings"].items():
        for record in records:
            identity = Identity(str(path), str(record["code"]), str(record["symbol"]), str(record["content"]))
            known[identity] += int(record.get("count", 1))
    return known
