"""Whether a challenger takes over from the champion: the rule of the studies, applied to the two configurations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from harness.analysis.choices import TITLES
from harness.analysis.pairing import MACHINERY, mixing, pair
from harness.analysis.statistics import DIFFERENT, FAMILYWISE, MIN_PAIRS, holm, summarise

SAME = {
    "metric": "judged by",
    "data": "on data",
    "data.fingerprint": "on data of fingerprint",
    "test_hash": "tested on",
}
"""What two configurations must have in common to be compared, and how it is told."""

COLUMNS = ("seed", "split", "run_id", "score", "val_score", *SAME, *MACHINERY)


@dataclass(frozen=True)
class ChallengeVerdict:
    """`told` is the end of a sentence; `p` the uncorrected p-value, None where the two cannot be compared."""

    takes_over: bool
    told: str
    p: float | None


def judge(
    challenger: pd.DataFrame, champion: pd.DataFrame, margin: float, earlier: Sequence[float]
) -> ChallengeVerdict:
    """Compare two configurations (`COLUMNS`, a row for each seed) by the test metric, paired by seed.

    The challenger takes over where the verdict is `different` in its favour (at least eight pairs, an interval of 95 %
    that excludes zero) and holds after Holm's correction. The family is all challenges to this champion: `earlier` are
    the p-values of those before, so that asking again and again wins by no luck. Within its study the challenger was
    chosen on validation, which the test metric knows nothing of.
    """
    for name, words in SAME.items():
        ours, theirs = _only(challenger, name), _only(champion, name)
        if ours != theirs:
            return ChallengeVerdict(
                False, f"cannot be compared with it: {words} {ours}, the champion {words} {theirs}", None
            )
    pairs = pair(challenger, champion, [], [*MACHINERY])
    if pairs.empty:
        return ChallengeVerdict(False, "cannot be compared with it: the two have no seed in common", None)
    [row] = summarise(pairs.assign(all=0), ["all"], "difference", margin).to_dict("records")
    p = None if np.isnan(row["p"]) else float(row["p"])
    corrected = float(holm(np.array([*earlier, np.nan if p is None else p]))[-1])
    better = row["verdict"] == DIFFERENT and row["mean"] > 0
    takes_over = better and corrected < FAMILYWISE
    seen = (
        f"{row['mean']:+.2f} points of {TITLES[_only(challenger, 'metric')]} "
        f"[{row['low']:.2f}, {row['high']:.2f}] over {row['n']} seeds"
    )
    if row["n"] < MIN_PAIRS:
        seen += f", and a verdict needs {MIN_PAIRS}"
    elif better and not takes_over:
        seen += f", which does not hold after correction for {len(earlier) + 1} challenges (p {corrected:.2g})"
    elif better:
        seen += f" (p {corrected:.2g}, corrected for {len(earlier) + 1} challenges)"
    else:
        seen += f": {'worse' if row['verdict'] == DIFFERENT else row['verdict']}"
    for name, count in mixing(pairs).items():
        seen += f"; {count} of {row['n']} pairs differ in {name}"
    return ChallengeVerdict(takes_over, seen, p)


def _only(runs: pd.DataFrame, name: str) -> str:
    """The one value that all runs of a configuration have."""
    return ", ".join(sorted(set(runs[name].astype(str))))
