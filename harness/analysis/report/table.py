"""A data frame as text: headings with their meaning, and cells as a person reads them."""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Number
from typing import Any

import pandas as pd

from harness.analysis.report.columns import meaning

_P = ("p", "p_permutation", "p_holm", "p_fdr", "p_tost")

DIGITS = dict.fromkeys(_P, 4) | {
    "initial_loss": 2,
    "uniform_loss": 2,
    "diff_sd": 2,
    "level": 3,
    "time_ratio": 2,
    "memory_ratio": 2,
}
"""Decimals of a measured column; the others have one. A setting is shown as it was given."""

LEAST_P = 0.0001

_MARKS = frozenset({"baseline", "nearest"})
"""Columns that mark one row among many; the other rows stay empty."""

_SETTINGS = frozenset({"lr", "baseline_lr", "epochs", "baseline_epochs"})


@dataclass(frozen=True)
class Column:
    """A heading. `number`: whether its cells are set flush right."""

    name: str
    meaning: str
    number: bool


@dataclass(frozen=True)
class ReportTable:
    """Rows of text under headings. `total` is how many rows there are, of which these are the first."""

    columns: list[Column]
    rows: list[list[str]]
    total: int

    @property
    def left_out(self) -> int:
        """Rows that are not shown."""
        return self.total - len(self.rows)

    @property
    def explained(self) -> list[Column]:
        """The columns that need a word."""
        return [column for column in self.columns if column.meaning]


def _text(column: str, value: Any) -> str:
    if value is None or (not isinstance(value, str) and pd.isna(value)):
        return ""
    if isinstance(value, bool) or type(value).__name__ == "bool":
        return "yes" if value else "" if column in _MARKS else "no"
    if column in _P and value < LEAST_P:
        return f"< {LEAST_P}"
    if isinstance(value, float):
        is_setting = column in _SETTINGS or "." in column
        digits = DIGITS.get(column, 1)
        # adding zero turns a negative zero into a plain one
        return f"{value:g}" if is_setting else f"{round(value, digits) + 0.0:.{digits}f}"
    return str(value)


def _is_number(values: pd.Series) -> bool:
    known = [value for value in values if value is not None and value == value]
    return bool(known) and all(isinstance(value, Number) and not isinstance(value, bool) for value in known)


def table(frame: pd.DataFrame, limit: int | None = None) -> ReportTable | None:
    """The first `limit` rows of a frame as text; None where it has no rows."""
    if frame.empty:
        return None
    shown = frame.head(limit) if limit else frame
    columns = [Column(str(name), meaning(str(name)), _is_number(shown[name])) for name in shown.columns]
    rows = [
        [_text(str(name), value) for name, value in zip(shown.columns, values, strict=True)]
        for values in shown.astype(object).to_numpy()
    ]
    return ReportTable(columns, rows, len(frame))


def has_largest(frame: pd.DataFrame) -> bool:
    """Whether a table has differences to choose rows by, and is not in an order of its own."""
    return "diff_mean" in frame and "nearest" not in frame and bool(frame["diff_mean"].notna().any())


_PLACE = ("backbone", "data", "transfer")


def most_telling(frame: pd.DataFrame, limit: int) -> pd.DataFrame:
    """So many rows in their order: those of the largest differences where the table has such, else the first.

    Every network, data set and transfer strategy has its largest one before any has two; of methods that give the same
    numbers there is the first, and null pairs are passed over.
    """
    if not has_largest(frame) or len(frame) <= limit:
        return frame.head(limit)
    found = frame.reset_index(drop=True).assign(size=frame["diff_mean"].abs().to_numpy(float)).dropna(subset=["size"])
    if "replicate" in found:
        found = found[found["replicate"] == found["replicate"].min()]
    place = [name for name in _PLACE if name in found]
    found = found.drop_duplicates([*place, "diff_mean", *(name for name in ("diff_low", "diff_high") if name in found)])
    found = found.sort_values("size", ascending=False, kind="stable")
    found = found.assign(rank=found.groupby(place, dropna=False).cumcount() if place else 0)
    chosen = found.sort_values(["rank", "size"], ascending=[True, False], kind="stable").index[:limit]
    return frame.iloc[sorted(chosen)]
