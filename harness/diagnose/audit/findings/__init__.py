"""What an audit looks for: one finding a file, a function `(case) -> findings` that bears the module's name.

The id is that name with hyphens. The function declares what it measures, and the page on audits is written from that.
A finding that lacks what it needs raises `NotCheckedError` with the reason.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from harness.diagnose.audit.case import Case
from harness.diagnose.audit.report import Finding, Severity

Check = Callable[[Case], Iterator[Finding]]


@dataclass(frozen=True)
class Declaration:
    """What a finding is: the severities that it may have, what is measured, and from where on it is a fault.

    `threshold` says where the number comes from; empty where there is none. Both are Markdown without line breaks.
    """

    severities: tuple[Severity, ...]
    measures: str
    threshold: str


def declares(*severities: Severity, measures: str, threshold: str = "") -> Callable[[Check], Check]:
    """Declare what a finding measures, for the page that lists all of them."""

    def mark(check: Check) -> Check:
        check.declaration = Declaration(severities, measures, threshold)  # type: ignore[attr-defined]
        return check

    return mark
