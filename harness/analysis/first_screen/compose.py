"""The lines of the first screen, at most five."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pandas as pd

from harness.analysis.controls import ALL
from harness.analysis.findings import Findings
from harness.analysis.first_screen.example import Example
from harness.analysis.first_screen.names import measure
from harness.analysis.first_screen.numbers import result, spread
from harness.analysis.first_screen.reasons import cause, excluded
from harness.analysis.first_screen.remedy import remedy
from harness.analysis.predictions import AS_SAID, OTHERWISE, UNDECIDED
from harness.analysis.sentences.reported import predicted
from harness.analysis.sentences.scope import incomparable
from harness.analysis.sentences.wording import count, listed

MOST = 5

NO_RECORDS = "No records yet: no run of this study has ended."


def first_screen(found: Findings, of: Example | None, tables: Mapping[str, pd.DataFrame]) -> tuple[str, ...]:
    """What the study found, in order: numbers, where, cause, what is not the cause, and what to do.

    Predictions that were fixed before the runs take the place of what is not the cause.

    Args:
        found: The study's findings.
        of: The comparison that stands for it, None where nothing is compared.
        tables: Every table by the name of its file.
    """
    if of is None:
        said = _each_predicted(tables) or tuple(_predicted(tables))
        lines = [incomparable(found), _best(found), *said, *_controls(found, tables)]
    else:
        last = next(_predicted(tables), None) or excluded(found, of, tables)
        lines = [result(found, of), spread(found, of), cause(found, of, tables), last, remedy(found, of)]
    return tuple(line for line in lines if line)[:MOST]


def _best(found: Findings) -> str:
    """Of one method on one data set: the configuration of the highest mean validation metric, with its test metric."""
    if found.runs[["backbone", "data", "family"]].drop_duplicates().shape[0] > 1:
        return ""
    means = found.runs.groupby("row", sort=False)["val_score"].mean().dropna()
    if len(means) < 2:
        return ""
    runs = found.runs[found.runs["row"] == means.idxmax()]
    return (
        f"Best of {count(len(means), 'configuration')} on validation data: {runs['row_label'].iloc[0]}, with "
        f"{measure(found)} {runs['score'].mean():.1f} % ({count(runs['seed'].nunique(), 'seed')})."
    )


def _each_predicted(tables: Mapping[str, pd.DataFrame]) -> tuple[str, ...]:
    """What came of each prediction, where there are few."""
    told = tuple(predicted(tables.get("predictions.csv", pd.DataFrame())))
    return told if len(told) < MOST else ()


def _predicted(tables: Mapping[str, pd.DataFrame]) -> Iterator[str]:
    """How many configurations came out as it was predicted before the runs."""
    table = tables.get("predictions.csv", pd.DataFrame())
    if len(table):
        outcomes = table["outcome"].value_counts()
        parts = [f"{word} in {outcomes[word]}" for word in (AS_SAID, OTHERWISE, UNDECIDED) if word in outcomes]
        said = count(int(table.groupby(["claim", "says"]).ngroups), "prediction")
        yield f"Predicted before the runs ({said}): of {count(len(table), 'configuration')} {listed(parts)}."


def _controls(found: Findings, tables: Mapping[str, pd.DataFrame]) -> Iterator[str]:
    """How often nothing is taken for something, and how far one method is from itself."""
    table = tables.get("false_positives.csv", pd.DataFrame())
    if len(table):
        whole = table[(table["interval"] == "t") & (table["setting"] == ALL)]
        total, excluding = int(whole["comparisons"].sum()), int(whole["excluding"].sum())
        yield (
            f"False alarms: where nothing differs, the 95 % interval of eight seeds excludes zero in {excluding:,} of "
            f"{total:,} comparisons ({100 * excluding / total:.1f} %; 5 % is right)."
        )
    if found.nulls.judged:
        yield (
            f"Noise: one method with other random numbers differs from itself by {found.nulls.floor:.1f} points "
            "(standard deviation over seeds)."
        )
