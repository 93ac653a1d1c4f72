"""How reports are written: each public function is one format, from reports to text."""

from __future__ import annotations

import importlib
import json as library
import math
import re
import textwrap
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import harness
from harness.spec.variants import variants

if TYPE_CHECKING:
    from harness.diagnose.audit.report import Finding, Report

WIDTH = 110


def _paragraph(label: str, content: str) -> list[str]:
    """Wrapped under its label; a line of code is left as it is."""
    if label == "fix":
        return [f"    {label:<5}{content}"]
    return textwrap.wrap(content, WIDTH, initial_indent=f"    {label:<5}", subsequent_indent=" " * 9)


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"


def _folded(report: Report) -> str:
    """What was not checked, in one line: how much, and the arguments that would let it be."""
    needed = {name for each in report.unchecked for name in re.findall(r"\b([a-z_]+)=", each.reason)}
    give = f" (give {', '.join(f'{name}=' for name in sorted(needed))})" if needed else ""
    count = _count(len(report.unchecked), "finding")
    return f"  not checked: {count}{give}; reasons: unchecked=true, in Python report.text(unchecked=True)"


def _paragraphs(report: Report, unchecked: bool) -> str:
    counts = [
        _count(sum(finding.severity == severity for finding in report.findings), severity)
        for severity in ("error", "warning", "note")
    ]
    headline = f"{', '.join(counts)}; {len(report.checked)} checked, {len(report.unchecked)} not"
    failed = f"PARTLY EXAMINED, the model could not be run: {report.failure}; " if report.failure else ""
    lines = [f"{report.subject}: {failed}{headline}"]
    if report.measured:
        lines.append("  " + ", ".join(f"{name} {value:.4g}" for name, value in report.measured.items()))
    for finding in report.findings:
        place = f" at {finding.location}" if finding.location else ""
        lines += ["", f"  {finding.severity} {finding.id}{place}"]
        lines += _paragraph("seen", finding.seen) + _paragraph("why", finding.why) + _paragraph("fix", finding.fix)
    if report.unchecked and not unchecked:
        lines += ["", _folded(report)]
    elif report.unchecked:
        reasons: dict[str, list[str]] = defaultdict(list)
        for each in report.unchecked:
            reasons[each.reason].append(each.id)
        lines += ["", "  not checked"]
        for reason, ids in reasons.items():
            lines += textwrap.wrap(
                f"{', '.join(ids)}: {reason}", WIDTH, initial_indent="    ", subsequent_indent=" " * 6
            )
    return "\n".join(lines)


def text(reports: Iterable[Report], unchecked: bool = False) -> str:
    """For people: headline, numbers, findings with their fix; what was not checked in a line, or with reasons."""
    return "\n\n".join(_paragraphs(report, unchecked) for report in reports)


def _fields(report: Report) -> dict[str, Any]:
    return {
        "subject": report.subject,
        "serious": len(report.serious),
        "ok": report.ok,
        "failure": report.failure,
        "heads": list(report.heads),
        "findings": [asdict(finding) for finding in report.findings],
        "checked": list(report.checked),
        "unchecked": [asdict(each) for each in report.unchecked],
        # JSON has no infinity and no NaN
        "measured": {name: value if math.isfinite(value) else None for name, value in report.measured.items()},
    }


def json(reports: Iterable[Report]) -> str:
    """For programs: a list with one object for each report."""
    return library.dumps([_fields(report) for report in reports], indent=2)


SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
FINDINGS = "harness.diagnose.audit.findings"


def _rules(found: Iterable[Finding]) -> list[dict[str, Any]]:
    """Every finding that `check` looks for, described by the first line of its module, then those of a whole run.

    The latter (`harness audit` alone looks for them) have no module; they are described by why they matter.
    """
    described = {}
    for name in variants(FINDINGS):
        summary = (importlib.import_module(f"{FINDINGS}.{name}").__doc__ or name).strip().splitlines()[0]
        described[name.replace("_", "-")] = summary
    for finding in found:
        described.setdefault(finding.id, finding.why)
    return [{"id": each, "shortDescription": {"text": summary}} for each, summary in described.items()]


def _result(report: Report, finding: Finding, rules: list[str]) -> dict[str, Any]:
    place = f"{report.subject}.{finding.location}" if finding.location else report.subject
    location: dict[str, Any] = {"logicalLocations": [{"fullyQualifiedName": place, "kind": "object"}]}
    if report.source:
        location["physicalLocation"] = {
            "artifactLocation": {"uri": report.source},
            "region": {"startLine": report.line},
        }
    return {
        "ruleId": finding.id,
        "ruleIndex": rules.index(finding.id),
        "level": finding.severity,
        "message": {"text": f"{finding.seen} {finding.why} Fix: {finding.fix}"},
        "locations": [location],
    }


def sarif(reports: Iterable[Report]) -> str:
    """SARIF 2.1.0 (OASIS standard), which code hosts show beside a change: one run of the tool.

    A place is a module of a model, and a line of the code that made it where that is known.
    """
    reports = list(reports)
    rules = _rules(finding for report in reports for finding in report.findings)
    ids = [rule["id"] for rule in rules]
    results = [_result(report, finding, ids) for report in reports for finding in report.findings]
    driver = {"name": "harness-audit", "semanticVersion": harness.__version__, "rules": rules}
    return library.dumps(
        {"$schema": SCHEMA, "version": "2.1.0", "runs": [{"tool": {"driver": driver}, "results": results}]}, indent=2
    )
