"""SARIF 2.1.0 (OASIS standard), which code hosts show beside a change."""

from __future__ import annotations

import importlib
import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import harness
from harness.spec.variants import variants

if TYPE_CHECKING:
    from harness.diagnose.audit.report import Finding, Report

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
    """One run of the tool. A place is a module of a model, and a line of the code that made it where that is known."""
    reports = list(reports)
    rules = _rules(finding for report in reports for finding in report.findings)
    ids = [rule["id"] for rule in rules]
    results = [_result(report, finding, ids) for report in reports for finding in report.findings]
    driver = {"name": "harness-audit", "semanticVersion": harness.__version__, "rules": rules}
    return json.dumps(
        {"$schema": SCHEMA, "version": "2.1.0", "runs": [{"tool": {"driver": driver}, "results": results}]}, indent=2
    )
