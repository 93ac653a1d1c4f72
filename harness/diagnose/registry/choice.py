"""Which of a study's runs is worth keeping as a model; the test part takes no part in the choice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from harness.analysis.choices import validated
from harness.analysis.frame import runs
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
