"""JUnit's XML, which most CI systems show as tests: a case for each finding, grouped by file."""

from __future__ import annotations

import collections
import re
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from pathlib import Path

from flake8_keras_graph.project.files import Sources
from flake8_keras_graph.records import Finding, Report, Unchecked
from flake8_keras_graph.report.findings.concise import line
from flake8_keras_graph.report.findings.identity import path_from

_NO_CHARACTER_OF_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def render(report: Report, sources: Sources) -> str:
    """Errors and warnings are failures, notes pass; a file that could not be checked is an error."""
    names = {rule.code: rule.name for rule in report.rules}
    by_path: dict[str, list[Finding]] = collections.defaultdict(list)
    for finding in report.findings:
        by_path[finding.path].append(finding)
    failed: dict[str, list[Unchecked]] = collections.defaultdict(list)
    for each in report.unchecked:
        failed[each.path].append(each)
    root = ET.Element("testsuites", name="keras-graph")
    for path in dict.fromkeys((*by_path, *failed)):
        _suite(root, path, by_path.get(path, ()), failed.get(path, ()), names)
    if not len(root):  # some readers take an empty report for a run that was lost
        suite = ET.SubElement(root, "testsuite", name="keras-graph", tests="1", failures="0", errors="0")
        ET.SubElement(suite, "testcase", classname="keras-graph", name="no findings")
    ET.indent(root)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{ET.tostring(root, encoding="unicode")}\n'


def _suite(
    root: ET.Element, path: str, findings: Sequence[Finding], failed: Sequence[Unchecked], names: dict[str, str]
) -> None:
    shown = _text(path_from(path, Path.cwd()))
    failures = sum(finding.level != "note" for finding in findings)
    counts = {"tests": len(findings) + len(failed), "failures": failures, "errors": len(failed)}
    suite = ET.SubElement(root, "testsuite", {"name": shown, **{key: str(count) for key, count in counts.items()}})
    for finding in findings:
        place = f"line {finding.span.line}, column {finding.span.column + 1}"
        case = _case(suite, shown, f"{finding.code} {names[finding.code]} ({place})", finding.span.line)
        if finding.level == "note":
            ET.SubElement(case, "system-out").text = _text(line(finding))
        else:
            failure = ET.SubElement(case, "failure", type=finding.level, message=_text(finding.message))
            failure.text = _text(line(finding))
    for each in failed:
        case = _case(suite, shown, "not checked", each.line or 1)
        ET.SubElement(case, "error", type="not checked", message=_text(each.reason))


def _case(suite: ET.Element, path: str, name: str, number: int) -> ET.Element:
    return ET.SubElement(suite, "testcase", classname=path, name=name, file=path, line=str(number))


def _text(text: str) -> str:
    """Without what XML cannot hold."""
    return _NO_CHARACTER_OF_XML.sub("\N{REPLACEMENT CHARACTER}", text)
