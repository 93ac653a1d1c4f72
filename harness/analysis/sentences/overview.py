"""Many arms at many places: one sentence for each arm, instead of one for each arm at each place."""

from __future__ import annotations

from collections.abc import Iterator

from harness.analysis.findings import Findings
from harness.analysis.gaps import Gap
from harness.analysis.sentences.wording import count, listed, of, where

MOST = 12
"""So many sentences a person reads; the table of cells has the rest."""


def crowded(found: Findings, every: list[Gap]) -> bool:
    """Whether telling each gap would be too much to read."""
    return len(every) > MOST and len({gap.arm for gap in every}) > 1


def overview(found: Findings, every: list[Gap]) -> Iterator[str]:
    """For each arm where it loses, wins, is equivalent, or is undecided, and by how much."""
    baseline = found.arm_labels[found.baseline] if found.baseline is not None else ""
    for arm in dict.fromkeys(gap.arm for gap in every):
        own = [gap for gap in every if gap.arm == arm]
        parts = [
            *_moved(own, "worse", [gap for gap in own if gap.sign < 0]),
            *_moved(own, "better", [gap for gap in own if gap.sign > 0]),
        ]
        rest = {
            "both better and worse": [gap for gap in own if gap.mixed],
            f"equivalent within ± {found.study.margin:g} points": [gap for gap in own if gap.innocent],
            "undecided": [gap for gap in own if len(gap.judged) and not len(gap.robust) and not gap.innocent],
            "without a verdict": [gap for gap in own if gap.judged.empty],
        }
        parts += [f"{what} {_at(own, there)}" for what, there in rest.items() if there]
        yield f"{found.arm_labels[arm]} against {baseline}: {'; '.join(parts)}."


def _moved(own: list[Gap], how: str, there: list[Gap]) -> Iterator[str]:
    if there:
        sizes = [abs(value) for gap in there for value in gap.robust["diff_mean"]]
        low, high = f"{min(sizes):.1f}", f"{max(sizes):.1f}"
        told = f"by {low} points" if low == high else f"by {low} to {high} points"
        yield f"{how} {told} {_at(own, there)}"


def _at(own: list[Gap], there: list[Gap]) -> str:
    """All places of the arm by their number, some by their names."""
    if len(there) == len(own):
        return f"at {of(len(own), len(own), 'place')}"
    names = list(dict.fromkeys(where(gap.place) for gap in there))
    return f"on {listed(names)}" if len(names) <= 3 else f"at {len(names)} of {count(len(own), 'place')}"
