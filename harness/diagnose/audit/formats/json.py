"""JSON, for programs."""

from __future__ import annotations

import json as library
import math
from collections.abc import Iterable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from harness.diagnose.audit.report import Report


def _one(report: Report) -> dict[str, Any]:
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
    """A list with one object for each report."""
    return library.dumps([_one(report) for report in reports], indent=2)
