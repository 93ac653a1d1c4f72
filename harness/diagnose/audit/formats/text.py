"""Plain text, for people."""

from __future__ import annotations

import re
import textwrap
from collections import defaultdict
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harness.diagnose.audit.report import Report

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
    return f"  not checked: {count}{give}; reasons by report.text(unchecked=True), unchecked=true"


def _one(report: Report, unchecked: bool) -> str:
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
    """Headline, numbers, findings with their fix, and what was not checked: in one line, or each with its reason."""
    return "\n\n".join(_one(report, unchecked) for report in reports)
