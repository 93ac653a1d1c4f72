"""Predictions beside the records: row by row as said, otherwise, or undecided, and the verdict on a claim."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from harness.analysis.arms import label, name_of, show
from harness.analysis.axes import ordered
from harness.analysis.expectation import MEASURES, Expectation
from harness.analysis.findings import Findings
from harness.analysis.frame import Runs, runs
from harness.analysis.pairing import UNIT
from harness.analysis.settings import DEFAULT
from harness.analysis.statistics import CONFIDENCE, MIN_PAIRS
from harness.analysis.statistics.intervals import t_quantile
from harness.analysis.study import AnalysedStudy

AS_SAID, OTHERWISE, UNDECIDED = "as said", "otherwise", "undecided"
UNSOUND = 0.5
"""Nats above the other arm's first loss; `as_born` expects such an arm to end lower."""

COLUMNS = (
    "claim", "says", "row", "settings", "measure", "unit", "pairs", "mean", "low", "high", "level", "bound", "outcome",
)  # fmt: skip


def judge(study: AnalysedStudy, records: list[dict[str, Any]], expectations: Sequence[Expectation]) -> pd.DataFrame:
    """One line for each row of each expectation, columns `COLUMNS`.

    The intervals are paired t at the level 1 - 0.05/k, k being the number of rows that this study has for the claim
    (Bonferroni), so that with 95 % all intervals of a claim hold together. A row is *as said* where its interval lies
    wholly where the claim puts the difference, *otherwise* where it lies wholly outside (for `higher`: below the bound,
    so that an equivalent arm refutes it), else, or with fewer than eight pairs, *undecided*. Bounds of `mean`, `low`
    and `high` are in the measure's unit, ratios as factors.
    """
    table = runs(records, study.metric)
    by_id = {record["run_id"]: record for record in records}
    found = []
    for claim in dict.fromkeys(each.claim for each in expectations):
        own = [(each, _values(table, by_id, each)) for each in expectations if each.claim == claim]
        family = sum(values["row"].nunique() for _, values in own)
        for each, values in own:
            found += _rows(study, each, values, family)
    return pd.DataFrame(found, columns=list(COLUMNS))


def _matches(column: pd.Series[Any], wanted: Any) -> pd.Series[bool]:
    values = wanted if isinstance(wanted, list) else [wanted]
    return column.map(show).isin([show(DEFAULT if value is None else value) for value in values])


def _chosen(table: pd.DataFrame, settings: dict[str, Any]) -> pd.DataFrame:
    """The runs with these settings; none where a setting is not known to any run."""
    for name, wanted in settings.items():
        table = table[_matches(table[name], wanted)] if name in table else table[:0]
    return table


def _values(runs_: Runs, records: dict[str, dict[str, Any]], expected: Expectation) -> pd.DataFrame:
    """A value for each seed of each row, with the row's settings; diverged runs count with what they recorded."""
    value = MEASURES[expected.measure].value
    table = _chosen(runs_.table, expected.where)
    left, right = _chosen(table, expected.arm), _chosen(table, expected.against)
    compared = left if not expected.against else pd.concat([left, right])
    own = tuple(expected.arm)
    keys = [
        name
        for name in runs_.settings
        if name != "seed"
        and not any(name == key or name.startswith(f"{key}.") for key in own)
        and compared[name].nunique() > 1
        and not (name.endswith(".fingerprint") and left[name].nunique() == right[name].nunique() == 1)
    ]
    left, right = (side.assign(value=_read(side, records, value)) for side in (left, right))
    if expected.against:
        others = right[[*keys, *UNIT, "value", "initial_loss"]]
        paired = left.merge(others, on=[*keys, *UNIT], suffixes=("", "_other"))
        paired["value"] = paired["value"] - paired["value_other"]
        paired["excess"] = paired["initial_loss"] - paired["initial_loss_other"]
    else:
        paired = left.assign(excess=np.nan)
    paired = ordered(paired.dropna(subset=["value"]), keys)
    paired["row"] = paired.groupby(keys, sort=False).ngroup() if keys else 0
    shown = [name for name in keys if not name.endswith((".fingerprint", ".name"))]
    paired["told"] = pd.Series(paired[shown].to_dict("records"), index=paired.index, dtype=object)
    return paired[["row", "told", "seed", "value", "excess"]]


def _read(
    side: pd.DataFrame, records: dict[str, dict[str, Any]], value: Callable[[dict[str, Any]], float] | None
) -> pd.Series[float]:
    if value is None:
        return side["score"]
    return side["run_id"].map(lambda run_id: value(records[run_id])).astype(float)


def _rows(study: AnalysedStudy, expected: Expectation, values: pd.DataFrame, family: int) -> list[tuple[Any, ...]]:
    measure = MEASURES[expected.measure]
    level = 1 - (1 - CONFIDENCE) / max(family, 1)
    bound = expected.by if expected.by is not None else study.margin if measure.unit == "points" else None
    limit = 0.0 if bound is None else float(np.log(bound)) if measure.ratio else bound
    told = np.exp if measure.ratio else float
    lines = []
    for _, group in values.groupby("row", sort=True):
        seeds = group.groupby("seed")["value"].mean()  # one value each, also where splits are crossed with seeds
        n, mean = len(seeds), float(seeds.mean())
        error = float(seeds.std()) / np.sqrt(n) if n > 1 else np.nan
        half = error * float(t_quantile((1 + level) / 2, max(n - 1, 1)))
        low, high = mean - half, mean + half
        outcome = outcome_of(_direction(expected, group), low, high, limit) if n >= MIN_PAIRS else UNDECIDED
        settings = group["told"].iloc[0]
        numbers = (float(told(value)) for value in (mean, low, high))
        about = (expected.claim, expected.says, label(settings), settings, measure.text, measure.unit)
        lines.append((*about, n, *numbers, level, bound, outcome))
    return lines


def _direction(expected: Expectation, group: pd.DataFrame) -> str:
    if expected.expects != "as_born":
        return expected.expects
    return "lower" if group["excess"].mean() > UNSOUND else "no_lower"


def outcome_of(expects: str, low: float, high: float, limit: float) -> str:
    """What an interval says of a prediction; `limit` is the least (or, for no effect, the largest) size meant."""
    regions = {
        "higher": (low > limit, high < limit),
        "lower": (high < -limit, low > -limit),
        "no_lower": (low > -limit, high < -limit),
        "no_higher": (high < limit, low > limit),
        "different": (low > limit or high < -limit, -limit < low and high < limit),
        "equivalent": (-limit < low and high < limit, low > limit or high < -limit),
    }
    said, otherwise = regions[expects]
    if low == high == limit == 0:  # equal number by number
        said = expects in ("no_lower", "no_higher", "equivalent")
        otherwise = not said
    return AS_SAID if said else OTHERWISE if otherwise else UNDECIDED


def predictions(found: Findings) -> pd.DataFrame:
    """One line for each row of each prediction; empty where the study predicts nothing, or is looked at otherwise."""
    if not found.study.expects:
        return pd.DataFrame()
    table = judge(found.study, found.records, found.study.expects)
    table["level"] = 100 * table["level"]
    return table.drop(columns=["settings"]).rename(columns={"row": "cell"})


HOLDS, REFUTED, CONDITIONAL, OPEN = "holds", "refuted", "holds in part", "open"


@dataclass(frozen=True)
class Row:
    """A decided or undecided row: what was said of it, its settings, its outcome."""

    says: str
    settings: dict[str, Any]
    outcome: str


@dataclass(frozen=True)
class ExpectationVerdict:
    """`word` is one of the four; `when` is the condition of the third, or how the rows are divided."""

    word: str
    when: str
    as_said: int
    otherwise: int
    undecided: int


def verdict(rows: Sequence[Row]) -> ExpectationVerdict:
    """*holds* where every decided row is as said and at least half are decided, *refuted* where every decided row is
    otherwise and at least half are; *holds in part* where some are as said and some otherwise; else *open*."""
    said = [row for row in rows if row.outcome == AS_SAID]
    against = [row for row in rows if row.outcome == OTHERWISE]
    counts = (len(said), len(against), len(rows) - len(said) - len(against))
    if said and against:
        return ExpectationVerdict(CONDITIONAL, condition(said, against), *counts)
    if 2 * (len(said) + len(against)) < len(rows) or not rows:
        return ExpectationVerdict(OPEN, "", *counts)
    return ExpectationVerdict(HOLDS if said else REFUTED, "", *counts)


def condition(said: Sequence[Row], against: Sequence[Row]) -> str:
    """The first setting whose values tell the two kinds of row apart; else the same, prediction by prediction."""
    parts = list(dict.fromkeys(row.says for row in (*said, *against)))
    decided = _separating(said, against)
    if decided or len(parts) == 1:
        return decided or f"in {len(said)} of {len(said) + len(against)} rows, which no one setting tells apart"
    told = []
    for part in parts:
        here, there = ([row for row in rows if row.says == part] for rows in (said, against))
        if here and there:
            told.append(f"{part}: {_separating(here, there) or f'in {len(here)} of {len(here) + len(there)} rows'}")
        else:
            told.append(f"{part}: {'yes' if here else 'no'}")
    return "; ".join(told)


def _separating(said: Sequence[Row], against: Sequence[Row]) -> str:
    """`name is A (not B)` for the first setting of all rows whose values on the two sides are disjoint."""
    rows = [*said, *against]
    for name in dict.fromkeys(name for row in rows for name in row.settings):
        if all(name in row.settings for row in rows):
            here, there = ({show(row.settings[name]) for row in side} for side in (said, against))
            if not here & there:
                return f"{name_of(name)} is {_listed(here)} (not {_listed(there)})"
    return ""


def _listed(values: set[str]) -> str:
    return ", ".join(sorted(values))
