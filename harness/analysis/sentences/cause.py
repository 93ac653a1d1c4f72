"""What the methods start with, and what causes the gap."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pandas as pd

from harness.analysis.alternatives import INITIALISATION
from harness.analysis.equalities import exchanges, same_initialisation
from harness.analysis.findings import Findings
from harness.analysis.gaps import Gap
from harness.analysis.heads import head_origins, unlike_heads
from harness.analysis.sentences.wording import count, listed

_ANEW = "with init=torch_default (or zeros, ...) every method starts with a newly initialised head"
_MOST = 4
"""So many repetitions are named."""


def start(found: Findings) -> Iterator[str]:
    """Which methods start with a head from the pretrained weights, what follows for the comparison, and which keys of
    the weights were changed."""
    yield from _heads(found)
    changed = found.runs.dropna(subset=["weights_changes"]).drop_duplicates(["weights_label", "weights_changes"])
    for label, changes in zip(changed["weights_label"], changed["weights_changes"], strict=True):
        what = "; ".join(json.loads(changes))
        yield f"The keys of {label} were changed before they were loaded, for all methods alike: {what}."


def _heads(found: Findings) -> Iterator[str]:
    origins = head_origins(found)
    if origins is None:
        return
    fresh = [arm for arm in origins.fresh if arm not in origins.loaded]
    if fresh:
        verb = "start" if len(origins.loaded) > 1 else "starts"
        yield (
            f"The methods do not start alike: {listed(origins.loaded)} {verb} with the trained head of the pretrained "
            f"weights ({origins.source}), {listed(fresh)} with a newly initialised one. The differences between them "
            f"below compare a trained head with a new one, not the ways of creating the model; {_ANEW}."
        )
    else:
        some = " where the file's head has as many outputs as the data have classes" if origins.fresh else ""
        yield f"All methods start with the trained head of the pretrained weights ({origins.source}){some}; {_ANEW}."


def cause(found: Findings, every: list[Gap], table: pd.DataFrame) -> Iterator[str]:
    """The cause, or that the records do not show one; nothing where there is no gap.

    Args:
        found: The study's findings.
        every: All gaps, of which those with a difference count.
        table: The alternative explanations and their outcomes.
    """
    with_gap = [gap for gap in every if len(gap.robust)]
    if not with_gap or not found.about_creation:
        return
    apart = [gap for gap in with_gap if unlike_heads(found, gap.arm, gap.place)]
    if len(apart) == len(with_gap):
        yield (
            "Wherever there is a gap, one side starts with a trained head, and no other cause can be separated from "
            f"that.{_initial_loss(found, every)}"
        )
        return
    with_gap = [gap for gap in with_gap if all(gap is not other for other in apart)]
    outcome = table.set_index("cause").at[INITIALISATION, "outcome"]
    if outcome == "shown":
        backbones = {gap.place[0] for gap in with_gap}
        equal, total = same_initialisation(found, backbones)
        text = "The cause is the initialisation of the head, and nothing else."
        if total:
            text += (
                " Under one and the same init scheme the creation methods give the same run, number by number, "
                f"in {equal} of {total} pairs."
            )
        yield text + _exchanged(found, backbones) + _initial_loss(found, every)
    elif not found.bridges:  # which tell the cause, difference by difference
        left = table.loc[table["outcome"] == "not ruled out", "cause"].tolist()
        text = "The records do not show the cause: " + (
            "the head's initialisation was not exchanged between the methods"
            if outcome == "not tested here"
            else "with the head's initialisation made equal, some runs still differ"
        )
        yield f"{text}.{_initial_loss(found, every)}" + (f" Not ruled out: {listed(left)}." if left else "")
    ruled = int((table["outcome"] == "ruled out").sum())
    if ruled:
        yield f"Of {count(len(table), 'alternative explanation')} the records rule out {ruled} (see the table)."


def _initial_loss(found: Findings, every: list[Gap]) -> str:
    """Initial loss on both sides where there is a gap."""
    rows = [cell for gap in every for cell in gap.robust["row"]]
    arms = {gap.arm for gap in every if len(gap.robust)}
    here = found.cells[found.cells["row"].isin(rows)].dropna(subset=["initial_loss", "uniform_loss"])
    left, right = here[here["baseline"]], here[here["arm"].isin(arms)]
    if left.empty or right.empty:
        return ""
    guess = "ln(classes)" if found.runs["targets"].isna().all() else "ln 2 for each label"
    return (
        f" Where there is a gap, runs start at a loss of {left['initial_loss'].mean():.2f} nats with the "
        f"baseline and {right['initial_loss'].mean():.2f} with the other method (guessing has {guess} = "
        f"{left['uniform_loss'].mean():.2f})."
    )


def _exchanged(found: Findings, backbones: set[str]) -> str:
    """Methods that were given another one's distribution and repeat it, the baseline's method on one side."""
    swaps = exchanges(found)
    swaps = swaps[swaps["backbone"].isin(list(backbones))]
    own = found.runs.loc[found.runs["baseline"], "creation"].iloc[0]
    swaps = swaps[(swaps["creation_left"] == own) | (swaps["creation_right"] == own)]
    repeated: dict[tuple[str, str], list[str]] = {}
    for row in swaps.itertuples():
        sides = [str(row.arm_label_left), str(row.arm_label_right)]
        given, kept = sides if row.init_right == "keep" else sides[::-1]
        repeated.setdefault((given, str(row.backbone)), []).append(kept)
    parts = [f"{given} repeats {listed(kept)} exactly on {backbone}" for (given, backbone), kept in repeated.items()]
    return f" {'; '.join(parts[:_MOST])}." if parts else ""
