"""Records as one table: a row for each run, columns for its settings and for what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from harness.analysis.choices import chance, validated
from harness.analysis.facts import NUMBERS, facts
from harness.analysis.settings import DEFAULT, settings_of

ALWAYS = ("backbone", "data", "weights", "creation", "init", "transfer", "transforms", "seed", "replicate")

SPLIT = "data.split"
OWN_SPLIT = -1


@dataclass(frozen=True)
class Runs:
    """`table` has one row a run; `settings` names those of its columns that come from the spec."""

    table: pd.DataFrame
    settings: tuple[str, ...]


def _column(name: str, rows: list[dict[str, Any]]) -> list[Any]:
    """A setting's values. A field that old records lack, with one value in all new ones, was added since: no axis."""
    present = {row[name] for row in rows if name in row}
    added_later = len(present) == 1 and ".kwargs." not in name
    filler = next(iter(present)) if added_later else DEFAULT
    return [row.get(name, filler) for row in rows]


def runs(records: list[dict[str, Any]], metric: str = "top1") -> Runs:
    """Table of the runs.

    `split` is the number of a split that is crossed with the seeds, and -1 where the split comes with the seed; the
    setting `data.split` tells no more than which of the two it is.

    Beside settings and facts it has `score` and `val_score`, the metric in percent that comparisons use: that
    of a finished run; of a diverged run what it recorded, or else what guessing gives; none for a failed run.
    """
    rows = settings_of(records)
    names = list(dict.fromkeys([*ALWAYS, *(name for row in rows for name in row)]))
    table = pd.DataFrame({name: pd.Series(_column(name, rows), dtype=object) for name in names})
    for name in ("seed", "replicate"):
        table[name] = pd.to_numeric(table[name].replace(DEFAULT, 0)).astype(int)
    table["split"] = [int(row.get(SPLIT, OWN_SPLIT)) if row.get(SPLIT) != DEFAULT else OWN_SPLIT for row in rows]
    if SPLIT in table:
        table[SPLIT] = table["split"].map(lambda split: DEFAULT if split == OWN_SPLIT else "crossed")
    known = pd.DataFrame([facts(record) for record in records], columns=list(facts({})))
    for name in NUMBERS:
        known[name] = pd.to_numeric(known[name], errors="coerce").astype(float)
    ids = pd.DataFrame({key: [record[key] for record in records] for key in ("run_id", "cell_id")})
    table = pd.concat([ids, table, known], axis=1)
    guessing = chance(metric, table["num_classes"])
    for score, name in (("score", metric), ("val_score", f"val_{validated(metric)}")):
        value = table[name].where(table["status"] != "diverged", table[name].fillna(guessing))
        table[score] = value.where(table["status"] != "failed", np.nan)
    return Runs(table, tuple(names))
