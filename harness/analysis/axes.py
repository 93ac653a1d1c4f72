"""The columns that vary in a study, divided into the arms that are compared and the rows of the map."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from harness.analysis.frame import Runs
from harness.analysis.study import AnalysedStudy

PLACE = ("backbone", "data", "transfer")
"""What a gap is told by, one paragraph each combination; the weights join where one backbone has several."""

LR = "recipe.lr"
EPOCHS = "recipe.epochs"
OPTIMIZER = "recipe.optimizer"
_FIRST = (*PLACE, OPTIMIZER, LR, EPOCHS)


@dataclass(frozen=True)
class Axes:
    """`varying`: every swept column but the seed. `arm`: what tells arms apart. `row`: what tells rows apart.

    `shown` is `row` without the columns that another one determines, for labels; `usual` are the values that most rows
    have, which labels pass over. `place` is what a gap is told by.
    """

    varying: tuple[str, ...]
    arm: tuple[str, ...]
    row: tuple[str, ...]
    shown: tuple[str, ...]
    place: tuple[str, ...] = PLACE
    usual: Mapping[str, Any] = field(default_factory=dict)

    def telling(self, values: dict[str, Any]) -> dict[str, Any]:
        """Of a row's settings those that tell it from most others."""
        return {name: value for name, value in values.items() if name not in self.usual or value != self.usual[name]}


def sort_key(value: Any) -> tuple[int, float, str]:
    """Order of an axis' values: numbers by size, then words by the alphabet."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return (0, float(value), "") if is_number else (1, 0.0, str(value))


def ordered(table: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    """The table sorted by columns that may mix numbers and words."""
    ranks = {}
    for column in columns:
        values = sorted(table[column].unique(), key=sort_key)
        ranks[column] = table[column].map({value: rank for rank, value in enumerate(values)})
    if not ranks:
        return table
    return table.loc[pd.DataFrame(ranks).sort_values(columns, kind="stable").index]


def _determined(table: pd.DataFrame, by: list[str], column: str) -> bool:
    return int(table.groupby(by, dropna=False, sort=False)[column].nunique(dropna=False).max()) == 1


def _told_by_others(table: pd.DataFrame, varying: list[str], name: str, groups: Iterable[str]) -> bool:
    """Whether a fingerprint within an arm's group says no more than the other columns.

    The bundled weights of two architectures differ in content, as their backbones tell; taken for arms of their own,
    neither would have the baseline's runs beside it.
    """
    group, _, last = name.rpartition(".")
    others = [other for other in varying if other != name]
    return last == "fingerprint" and group in groups and bool(others) and _determined(table, others, name)


def find_axes(runs: Runs, study: AnalysedStudy) -> Axes:
    """Which settings vary, and which of them are arms."""
    table = runs.table
    names = [name for name in runs.settings if name != "seed" and table[name].nunique(dropna=False) > 1]
    names.sort(key=lambda name: _FIRST.index(name) if name in _FIRST else len(_FIRST))
    varying = [
        name
        for name in names
        if not (
            name.endswith((".name", ".fingerprint", ".target")) and _determined(table, [name.rpartition(".")[0]], name)
        )
    ]
    groups = dict.fromkeys([*study.arms, "replicate"])
    varying = [name for name in varying if not _told_by_others(table, varying, name, groups)]
    arm = [group for group in groups if group in runs.settings]
    arm += [name for name in varying for group in groups if name.startswith(f"{group}.") and name not in arm]
    arm = [name for name in arm if name != "seed"]
    row = [name for name in varying if name not in arm]
    shown: list[str] = []
    for name in row:
        if name in _FIRST or not shown or not _determined(table, shown, name):
            shown.append(name)
    place = tuple(name for name in (*PLACE, "weights") if name not in arm and (name in PLACE or name in shown))
    return Axes(tuple(varying), tuple(arm), tuple(row), tuple(shown), place, _usual(table, row))


def _usual(table: pd.DataFrame, row: list[str]) -> dict[str, Any]:
    """Of each column but those that every label has: the value of more than half of the rows, if one has so many."""
    rows = table.drop_duplicates(row) if row else table.head(1)
    found = {}
    for name in row:
        counts = rows[name].value_counts()
        if name not in _FIRST and len(counts) and 2 * counts.iloc[0] > len(rows):
            found[name] = counts.index[0]
    return found
