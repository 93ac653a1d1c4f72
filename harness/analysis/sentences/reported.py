"""What was known before the runs: predictions, and a reported pair of accuracies."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from harness.analysis.arms import label
from harness.analysis.findings import Findings
from harness.analysis.historical import LEFT, RIGHT
from harness.analysis.predictions import AS_SAID, OTHERWISE, UNDECIDED
from harness.analysis.sentences.wording import count, interval, level, listed


def predicted(table: pd.DataFrame) -> Iterator[str]:
    """One sentence a prediction: in how many configurations the prediction came true."""
    if table.empty:
        return
    for (claim, says), rows in table.groupby(["claim", "says"], sort=False):
        outcomes = rows["outcome"].value_counts()
        parts = [f"{word} in {outcomes[word]}" for word in (AS_SAID, OTHERWISE, UNDECIDED) if word in outcomes]
        yield f"Predicted for claim {claim}: {says}. Of {count(len(rows), 'configuration')}: {listed(parts)}."


def past(found: Findings) -> Iterator[str]:
    """Which recipe comes nearest to the reported pair by validation, and what it gives on the test set."""
    if found.study.historical is None:
        return
    left, right = found.study.historical
    if found.historical.empty:
        yield (
            f"The reported {left:g} against {right:g}: not tested here, since no create_model and swap_head "
            "runs share their settings and a seed, both with init=keep."
        )
        return
    row = found.historical.iloc[0]
    columns = dict.fromkeys([*found.axes.place, *(name for name in found.axes.shown if name in row)])
    sides = [f"{name} {level(*(row[f'top1_{name}{end}'] for end in ('', '_low', '_high')))}" for name in (LEFT, RIGHT)]
    recipes = count(len(found.historical), "recipe")
    nearest = label(found.axes.telling({name: row[name] for name in columns}))
    yield (
        f"The reported {left:g} against {right:g}: of {recipes} tried, the nearest on the validation part is "
        f"{nearest}, "
        f"with {row[f'val_top1_{LEFT}']:.1f} against "
        f"{row[f'val_top1_{RIGHT}']:.1f} there ({row['distance']:.1f} points away). On the test set it gives "
        f"{' against '.join(sides)}, a difference of "
        f"{interval(row['diff_mean'], row['diff_low'], row['diff_high'])} points (n = {int(row['n'])})."
    )
