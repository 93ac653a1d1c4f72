"""One sentence for each method: where many are compared at many places, and for those beside the ones in question."""

from __future__ import annotations

from collections.abc import Iterator

from harness.analysis.equalities import repeated
from harness.analysis.findings import Findings
from harness.analysis.gaps import Gap
from harness.analysis.sentences.wording import count, listed, of, where
from harness.analysis.settings import DEFAULT
from harness.analysis.statistics import DIFFERENT

MOST = 12
"""With more gaps than that, one sentence a method replaces one a gap; the summary has them all."""


def crowded(found: Findings, every: list[Gap]) -> bool:
    """Whether a sentence for each gap would be too much to read."""
    return len(every) > MOST and len({gap.arm for gap in every}) > 1


def overview(found: Findings, every: list[Gap]) -> Iterator[str]:
    """For each method where it loses, wins, is equivalent, or is undecided, and by how much."""
    baseline = found.arm_labels[found.baseline] if found.baseline is not None else ""
    for arm in dict.fromkeys(gap.arm for gap in every):
        own = [gap for gap in every if gap.arm == arm]
        parts = [
            *_moved(own, "worse", [gap for gap in own if gap.sign < 0]),
            *_moved(own, "better", [gap for gap in own if gap.sign > 0]),
        ]
        rest = {
            "both better and worse": [gap for gap in own if gap.mixed],
            f"equivalent within ± {found.study.margin:g} points": [gap for gap in own if gap.no_effect],
            "undecided": [gap for gap in own if len(gap.judged) and not len(gap.robust) and not gap.no_effect],
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
    """All combinations by their number, a few by their names."""
    if len(there) == len(own):
        return f"on {of(len(own), len(own), 'combination')} of model, data and transfer"
    names = list(dict.fromkeys(where(gap.place) for gap in there))
    return (
        f"on {listed(names)}"
        if len(names) <= 3
        else f"on {len(names)} of {count(len(own), 'combination')} of model, data and transfer"
    )


LIMIT = 12


def others(found: Findings) -> Iterator[str]:
    """For each further method: in how many configurations it is better or worse than the baseline, and the range.

    Hybrid models are left to the Shapley attribution.
    """
    shown = found.cells[found.cells["comparison"] & (found.cells["verdict"] != "")]
    if "bridge" in shown:
        shown = shown[shown["bridge"] == DEFAULT]
    further = [arm for arm in shown["arm"].unique() if arm not in found.contrasts]
    labels = found.arm_labels
    same = {arm: repeated(found.equalities, arm, [*found.contrasts, *further[:at]]) for at, arm in enumerate(further)}
    for contrast in found.contrasts:
        alike = [labels[arm] for arm, first in same.items() if first == contrast]
        if alike:
            verb = "gives" if len(alike) == 1 else "give"
            yield f"{'; '.join(alike)} {verb} the same runs as {labels[contrast]}, number by number."
    further = [arm for arm in further if same[arm] is None]
    for arm in further[:LIMIT]:
        alike = [labels[other] for other, first in same.items() if first == arm]
        names = (
            f"{labels[arm]} (and {listed(alike)}, which give the same runs number by number)" if alike else labels[arm]
        )
        cells = shown[shown["arm"] == arm]
        robust = cells[cells["verdict"] == DIFFERENT]
        up, down = int((robust["diff_mean"] > 0).sum()), int((robust["diff_mean"] < 0).sum())
        yield (
            f"{names} against the baseline: better in {up} and worse in {down} of {count(len(cells), 'configuration')} "
            f"after {found.study.guard}, {cells['diff_mean'].min():+.1f} to {cells['diff_mean'].max():+.1f} "
            "points."
        )
    if len(further) > LIMIT:
        yield f"{count(len(further) - LIMIT, 'further method')} are in the summary."
