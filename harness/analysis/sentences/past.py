"""The historical gap in words."""

from __future__ import annotations

from collections.abc import Iterator

from harness.analysis.arms import label
from harness.analysis.findings import Findings
from harness.analysis.historical import LEFT, RIGHT
from harness.analysis.sentences.wording import count, interval, level


def past(found: Findings) -> Iterator[str]:
    """Which recipe comes nearest to the reported pair by validation, and what it gives on the test set."""
    if found.study.historical is None:
        return
    left, right = found.study.historical
    if found.historical.empty:
        yield (
            f"The reported {left:g} against {right:g}: not tested here, for lack of create_model and swap_head "
            "runs that share a row and a seed, both with init=keep."
        )
        return
    row = found.historical.iloc[0]
    columns = dict.fromkeys([*found.axes.place, *(name for name in found.axes.shown if name in row)])
    sides = [f"{name} {level(*(row[f'top1_{name}{end}'] for end in ('', '_low', '_high')))}" for name in (LEFT, RIGHT)]
    recipes = count(len(found.historical), "recipe")
    nearest = label(found.axes.telling({name: row[name] for name in columns}))
    yield (
        f"The reported {left:g} against {right:g}: of {recipes} tried the nearest by validation is {nearest}, "
        f"with {row[f'val_top1_{LEFT}']:.1f} against "
        f"{row[f'val_top1_{RIGHT}']:.1f} there ({row['distance']:.1f} points away). On the test set it gives "
        f"{' against '.join(sides)}, a difference of "
        f"{interval(row['diff_mean'], row['diff_low'], row['diff_high'])} points (n = {int(row['n'])})."
    )
