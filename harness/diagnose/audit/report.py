"""What an audit says: its findings, and what it could not check."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from harness.diagnose.audit import formats


class NotCheckedError(Exception):
    """A finding could not be looked for; the text says what it would have needed."""


SHOWN = 3


def listed(names: Sequence[str]) -> str:
    """The first few names, and how many more there are."""
    shown = ", ".join(names[:SHOWN])
    return shown if len(names) <= SHOWN else f"{shown} and {len(names) - SHOWN} more"


Severity = Literal["error", "warning", "note"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")


class SeriousFindingsError(AssertionError):
    """Raised by `Report.raise_if_serious`; its text is the report's."""


@dataclass(frozen=True)
class Finding:
    """One fault: what was seen (with the numbers), why it matters, what to do, and where.

    `id` names the kind of fault and never changes, `location` is a module's or parameter's name (empty: the model).
    """

    id: str
    severity: Severity
    seen: str
    why: str
    fix: str
    location: str = ""


@dataclass(frozen=True)
class Unchecked:
    """A finding that could not be looked for, and what it would have needed."""

    id: str
    reason: str


@dataclass(frozen=True)
class Report:
    """All findings on one model, the most serious first.

    `source` and `line` are the file and line of the code that made it, where they are known. `failure` says why the
    model could not be run; empty where it was. `heads` are the layers that make the logits, where they were found.
    """

    subject: str
    findings: tuple[Finding, ...]
    unchecked: tuple[Unchecked, ...] = ()
    checked: tuple[str, ...] = ()
    measured: Mapping[str, float] = field(default_factory=dict)
    source: str = ""
    line: int = 1
    failure: str = ""
    heads: tuple[str, ...] = ()

    @property
    def serious(self) -> tuple[Finding, ...]:
        """The errors: what will cost accuracy or makes the numbers wrong."""
        return tuple(finding for finding in self.findings if finding.severity == "error")

    @property
    def ok(self) -> bool:
        """Whether the model was run and nothing serious was found."""
        return not self.failure and not self.serious

    @property
    def ids(self) -> frozenset[str]:
        """The kinds of fault that were found, of any severity."""
        return frozenset(finding.id for finding in self.findings)

    def raise_if_serious(self) -> None:
        """Stop here if something serious was found, or the model could not be run.

        Raises:
            SeriousFindingsError: with the whole report as its text.
        """
        if not self.ok:
            raise SeriousFindingsError(f"\n{self}")

    def text(self, unchecked: bool = False) -> str:
        """The report for people; `unchecked` lists each finding that could not be looked for, with the reason."""
        return formats.text([self], unchecked)

    def __str__(self) -> str:
        return self.text()
