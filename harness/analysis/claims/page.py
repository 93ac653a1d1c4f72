"""All claims on one page, as HTML and as Markdown, from evidence alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from harness.analysis.claims.evidence import KINDS, Claim, Evidence, Item, claims
from harness.analysis.predictions import CONDITIONAL, HOLDS, OPEN, REFUTED, ExpectationVerdict, verdict
from harness.analysis.report.render import environment
from harness.records.store import write_text

TEMPLATES = Path(__file__).parent / "templates"
WORDS = (HOLDS, CONDITIONAL, REFUTED, OPEN)


@dataclass(frozen=True)
class Entry:
    """A claim, what was found, and its verdict."""

    claim: Claim
    evidence: Evidence
    verdict: ExpectationVerdict

    @property
    def kind(self) -> str:
        """In words."""
        return KINDS[self.claim.kind]

    @property
    def conclusion(self) -> str:
        """The verdict in a sentence that is as wide as what was tried."""
        counts = self.verdict
        if not self.evidence.items:
            return "Open: nothing here speaks to it."
        decided = f"{counts.as_said} as said, {counts.otherwise} otherwise, {counts.undecided} undecided"
        if counts.word == CONDITIONAL:
            return f"Holds only in part: {counts.when}. Rows: {decided}."
        word = {HOLDS: "Holds where it was tried", REFUTED: "Refuted where it was tried", OPEN: "Open"}[counts.word]
        return f"{word}. Rows: {decided}."

    @property
    def scope(self) -> str:
        """What it was tried on."""
        told = [f"{name}: {', '.join(values)}" for name, values in self.evidence.scope.items()]
        if self.evidence.runs:
            told.append(f"{self.evidence.runs} runs")
        return "; ".join(told)

    @property
    def sources(self) -> dict[str, list[Item]]:
        """The items by the folder that they come from."""
        found: dict[str, list[Item]] = {}
        for item in self.evidence.items:
            found.setdefault(item.source, []).append(item)
        return found


def entries(evidence: Mapping[int, Evidence]) -> list[Entry]:
    """Every claim with its verdict."""
    found = []
    for claim in claims():
        own = evidence.get(claim.number, Evidence())
        found.append(Entry(claim, own, verdict([item.row for item in own.items])))
    return found


def publish(found: list[Entry], folder: Path) -> dict[str, Path]:
    """Write `index.html` and `claims.md` into the folder; returns their paths."""
    words = Counter(entry.verdict.word for entry in found)
    context = {
        "entries": found,
        "words": [(word, words[word]) for word in WORDS],
        "real": sum(any(item.real for item in entry.evidence.items) for entry in found),
    }
    written = {}
    for name, template, html in (("index.html", "claims.html.j2", True), ("claims.md", "claims.md.j2", False)):
        written[name] = folder / name
        write_text(written[name], environment(TEMPLATES, html).get_template(template).render(context))
    return written
