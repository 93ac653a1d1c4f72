"""Plain text, for people."""

from __future__ import annotations

import textwrap
from collections import defaultdict
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harness.audit.report import Report

WIDTH = 110


def _paragraph(label: str, content: str) -> list[str]:
    """Wrapped under its label; a line of code is left as it is."""
    if label == "fix":
        return [f"    {label:<5}{content}"]
    return textwrap.wrap(content, WIDTH, initial_indent=f"    {label:<5}", subsequent_indent=" " * 9)


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"


def _one(report: Report) -> str:
    counts = [
        _count(sum(finding.severity == severity for finding in report.findings), severity)
        for severity in ("error", "warning", "note")
    ]
    lines = [f"{report.subject}: {', '.join(counts)}; {len(report.checked)} checked, {len(report.unchecked)} not"]
    if report.measured:
        lines.append("  " + ", ".join(f"{name} {value:.4g}" for name, value in report.measured.items()))
    for finding in report.findings:
        place = f" at {finding.location}" if finding.location else ""
        lines += ["", f"  {finding.severity} {finding.id}{place}"]
        lines += _paragraph("seen", finding.seen) + _paragraph("why", finding.why) + _paragraph("fix", finding.fix)
    if report.unchecked:
        reasons: dict[str, list[str]] = defaultdict(list)
        for each in report.unchecked:
            reasons[each.reason].append(each.id)
        lines += ["", "  not checked"]
        for reason, ids in reasons.items():
            lines += textwrap.wrap(
                f"{', '.join(ids)}: {reason}", WIDTH, initial_indent="    ", subsequent_indent=" " * 6
            )
    return "\n".join(lines)


def text(reports: Iterable[Report]) -> str:
    """Headline, numbers, findings with their fix, and what was not checked."""
    return "\n\n".join(_one(report) for report in reports)
