"""Which of a study's runs is worth keeping as a model, and whether it takes over from the champion."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from harness.analysis.choices import TITLES, validated
from harness.analysis.frame import runs
from harness.analysis.pairing import MACHINERY, mixing, pair
from harness.analysis.statistics import DIFFERENT, FAMILYWISE, MIN_PAIRS, holm, summarise
from harness.analysis.study import AnalysedStudy, read_study, select
from harness.records.archive import read_records
from harness.spec.errors import RequestError
from harness.spec.variants import suggest


@dataclass(frozen=True)
class BestRun:
    """The best configuration of a study and the run that stands for it.

    `runs` has a row for each finished run of the configuration, by seed; `among` is how many configurations took part.
    """

    study: AnalysedStudy
    runs: pd.DataFrame
    record: dict[str, Any]
    among: int


def choose(folder: Path, only: Mapping[str, str]) -> BestRun:
    """The best configuration of the study in `folder`, among those whose settings agree with `only`, and its run.

    The best one has the highest mean of the study's metric on the validation part; only those with as many finished
    seeds as the fullest take part, and of equal ones the first by id is taken. Configurations under a wrong evaluation,
    and further draws of a head that is there (replicates), are none to choose from.

    Within it the run of the median seed stands for it (of two in the middle the lower, of equal ones the lower seed).
    Seeds differ by luck of split and draw, each with a validation part of its own: the highest of them is selected on
    that luck and promises more than it holds, while the median run is what the configuration gives as a rule.

    Raises:
        RequestError: there is no such study, nothing in it has finished, `only` names what no run has, or the
            configurations are tested on different images, so that their metrics cannot be ranked.
    """
    study = read_study(folder)
    records = [record for record in select(study, read_records(folder)) if record["status"] == "finished"]
    records = [record for record in records if not record.get("evaluation")]
    if not records:
        raise RequestError(f"study: no run in {folder} has finished with a proper evaluation; train some first")
    table = _filtered(runs(records, study.metric).table, only)
    table = table[(table["replicate"] == table["replicate"].min()) & table["val_score"].notna()]
    if table.empty:
        raise RequestError(f"study: no run in {folder} knows {validated(study.metric)} on its validation part")
    _one_test_part(table)
    seeds = table.groupby("cell_id")["seed"].transform("count")
    fullest = table[seeds == seeds.max()]
    means = fullest.groupby("cell_id", sort=True)["val_score"].mean()
    best = table[table["cell_id"] == means.idxmax()].sort_values("seed", ignore_index=True)
    ranked = best.sort_values(["val_score", "seed"], ignore_index=True)
    median = ranked["run_id"].iloc[(len(ranked) - 1) // 2]
    [record] = [record for record in records if record["run_id"] == median]
    return BestRun(study, best, record, len(means))


def _filtered(table: pd.DataFrame, only: Mapping[str, str]) -> pd.DataFrame:
    for name, wanted in only.items():
        if name not in table:
            raise RequestError(
                f"{name}: no run of the study has this setting; {suggest(name, [str(column) for column in table])}"
            )
        agrees = table[name].astype(str) == wanted
        if not agrees.any():
            known = sorted(set(table[name].astype(str)))
            raise RequestError(f"{name}: no run of the study has {wanted}; {suggest(wanted, known)}")
        table = table[agrees]
    return table


def _one_test_part(table: pd.DataFrame) -> None:
    parts = table.drop_duplicates("test_hash")
    if len(parts) > 1:
        varying = parts.nunique(dropna=False) > 1
        told = ["data", *(name for name in map(str, varying.index[varying]) if name.startswith("data."))]
        rows = parts[told].itertuples(index=False, name=None)
        shown = (" ".join(f"{name}={value}" for name, value in zip(told, row, strict=True)) for row in rows)
        raise RequestError(
            f"data: the study's configurations are tested on {len(parts)} test parts, between which no best can be "
            f"named; name one of them: {' or '.join(shown)}"
        )


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
