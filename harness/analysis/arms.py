"""Arms and rows as numbers and labels, and which arm is the baseline."""

from __future__ import annotations

from typing import Any

import pandas as pd

from harness.analysis.axes import Axes, ordered
from harness.analysis.settings import DEFAULT
from harness.analysis.study import AnalysedStudy

PLAIN = ("backbone", "data", "transfer", "weights", "creation", "init", "transforms", "evaluation")
"""Columns whose value needs no name beside it."""


def show(value: Any) -> str:
    """A setting's value as a person writes it."""
    return f"{value:g}" if isinstance(value, float) else str(value)


def name_of(column: str) -> str:
    """The short name of an axis: the last part of a dotted one."""
    return column.rpartition(".")[2]


def label(values: dict[str, Any]) -> str:
    """Settings in one line, `swap_head, zeros` or `lr 0.001, epochs 5`."""
    return ", ".join(
        show(value) if column in PLAIN else f"{name_of(column)} {show(value)}" for column, value in values.items()
    )


def _codes(table: pd.DataFrame, columns: list[str]) -> pd.Series[int]:
    if not columns:
        return pd.Series(0, index=table.index)
    return table.groupby(columns, dropna=False, sort=False).ngroup()


def _matches(value: Any, wanted: Any) -> bool:
    return show(value) == show(DEFAULT if wanted is None else wanted)


def _baseline(table: pd.DataFrame, axes: Axes, study: AnalysedStudy) -> int | None:
    """The arm that agrees with the study's baseline; of several the lowest replicate, then the most runs."""
    arms = table.groupby("arm", sort=True).agg(
        **{column: (column, "first") for column in {*axes.arm, *study.baseline} if column in table},
        runs=("run_id", "size"),
        method=("creation.name" if "creation.name" in table else "creation", "first"),
    )
    for column, wanted in study.baseline.items():
        if column not in arms:
            continue
        agrees = arms[column].map(lambda value, wanted=wanted: _matches(value, wanted)).astype(bool)
        if column == "creation":
            agrees |= arms["method"].map(lambda value, wanted=wanted: _matches(value, wanted)).astype(bool)
        arms = arms[agrees]
    if arms.empty:
        return None
    ranked = arms.assign(runs=-arms["runs"]).sort_values([*(["replicate"] if "replicate" in arms else []), "runs"])
    return int(ranked.index[0])


def _arm_label(values: dict[str, Any], varying: tuple[str, ...], usual: dict[str, Any]) -> str:
    """What an arm is called: its methods, and of its other settings those that are not `usual`, i.e. the baseline's."""
    kept = {column: value for column, value in values.items() if column in PLAIN or value not in _silent(usual, column)}
    values = kept if set(kept) - {"replicate"} else values
    told = {column: value for column, value in values.items() if column in varying and column != "replicate"}
    text = label(told or {column: value for column, value in values.items() if column != "replicate"})
    replicate = values.get("replicate", 0)
    return f"{text} (replicate {replicate})" if replicate else text


def _silent(usual: dict[str, Any], column: str) -> tuple[Any, ...]:
    return () if column == "replicate" else (DEFAULT, usual[column]) if column in usual else (DEFAULT,)


def with_arms(table: pd.DataFrame, axes: Axes, study: AnalysedStudy) -> pd.DataFrame:
    """The table with `row`, `arm`, `family` (arm without its replicate), labels and `baseline` (bool) added.

    Its runs are put into the order of the axes' values, which is that of the tables and the figures.
    """
    table = ordered(table, [*axes.row, *axes.arm, "seed", "split"]).reset_index(drop=True)
    table["row"] = _codes(table, list(axes.row))
    table["arm"] = _codes(table, list(axes.arm))
    table["family"] = _codes(table, [column for column in axes.arm if column != "replicate"])
    baseline = _baseline(table, axes, study)
    table["baseline"] = table["arm"] == (-1 if baseline is None else baseline)
    rows = table.drop_duplicates("row").set_index("row")
    row_labels = {
        row: label(axes.telling({column: rows.at[row, column] for column in axes.shown})) for row in rows.index
    }
    arms = table.drop_duplicates("arm").set_index("arm")
    settings = {arm: {column: arms.at[arm, column] for column in axes.arm} for arm in arms.index}
    usual = {} if baseline is None else settings[baseline]
    arm_labels = {arm: _arm_label(values, axes.varying, usual) for arm, values in settings.items()}
    table["row_label"] = table["row"].map(row_labels)
    table["arm_label"] = table["arm"].map(arm_labels)
    return table
