"""What causes the gap, where exact equality shows it."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from harness.analysis.alternatives.head_draw import CAUSE, exchanges, same_law
from harness.analysis.findings import Findings
from harness.analysis.gaps import Gap
from harness.analysis.heads import unlike
from harness.analysis.sentences.wording import count, listed

MOST = 4


def _born(found: Findings, every: list[Gap]) -> str:
    """Initial loss on both sides where there is a gap."""
    rows = [cell for gap in every for cell in gap.robust["row"]]
    arms = {gap.arm for gap in every if len(gap.robust)}
    here = found.cells[found.cells["row"].isin(rows)].dropna(subset=["initial_loss", "uniform_loss"])
    left, right = here[here["baseline"]], here[here["arm"].isin(arms)]
    if left.empty or right.empty:
        return ""
    return (
        f" Where there is a gap, runs start at a loss of {left['initial_loss'].mean():.2f} nats with the "
        f"baseline and {right['initial_loss'].mean():.2f} with the other (ln(classes) is "
        f"{left['uniform_loss'].mean():.2f})."
    )


def _exchanged(found: Findings, backbones: set[str]) -> str:
    """Arms that were given another method's law and repeat that method, the baseline's method on one side."""
    swaps = exchanges(found)
    swaps = swaps[swaps["backbone"].isin(list(backbones))]
    own = found.runs.loc[found.runs["baseline"], "creation"].iloc[0]
    swaps = swaps[(swaps["creation_left"] == own) | (swaps["creation_right"] == own)]
    repeated: dict[tuple[str, str], list[str]] = {}
    for row in swaps.itertuples():
        sides = [str(row.arm_label_left), str(row.arm_label_right)]
        given, kept = sides if row.init_right == "keep" else sides[::-1]
        repeated.setdefault((given, str(row.backbone)), []).append(kept)
    told = [f"{given} repeats {listed(kept)} exactly on {backbone}" for (given, backbone), kept in repeated.items()]
    return f" {'; '.join(told[:MOST])}." if told else ""


def cause(found: Findings, every: list[Gap], table: pd.DataFrame) -> Iterator[str]:
    """The cause, or that the records do not show one; nothing where there is no gap."""
    with_gap = [gap for gap in every if len(gap.robust)]
    if not with_gap or not found.about_creation:
        return
    apart = [gap for gap in with_gap if unlike(found, gap.arm, gap.place)]
    if len(apart) == len(with_gap):
        yield (
            "Wherever there is a gap one side starts with a head that was trained already, and no other cause can be "
            f"told apart from that.{_born(found, every)}"
        )
        return
    with_gap = [gap for gap in with_gap if all(gap is not other for other in apart)]
    outcome = table.set_index("cause").at[CAUSE, "outcome"]
    if outcome == "shown":
        backbones = {gap.place[0] for gap in with_gap}
        equal, total = same_law(found, backbones)
        text = "The cause is the draw of the head's first weights, and nothing else."
        if total:
            text += (
                " Under one and the same init scheme the creation methods give the same run, number by number, "
                f"in {equal} of {total} pairs."
            )
        yield text + _exchanged(found, backbones) + _born(found, every)
    elif not found.bridges:  # which tell the cause, difference by difference
        left = table.loc[table["outcome"] == "not ruled out", "cause"].tolist()
        text = "The records do not show the cause: " + (
            "the draw of the head was not exchanged between the methods"
            if outcome == "not tested here"
            else "with the draw of the head made equal, some runs still differ"
        )
        yield f"{text}.{_born(found, every)}" + (f" Not ruled out: {listed(left)}." if left else "")
    ruled = int((table["outcome"] == "ruled out").sum())
    if ruled:
        yield f"Of {count(len(table), 'rival cause')} the records rule out {ruled} (see the table)."
