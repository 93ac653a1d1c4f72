"""The report's tables in order, each with its heading and what has to be known to read it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import pandas as pd

from harness.analysis.report.table import ReportTable, has_largest, most_telling, table
from harness.analysis.study import AnalysedStudy
from harness.analysis.summary import LEADING

ROWS = 120
"""So many rows of a table are in the HTML report."""

BRIEF, EXPLANATIONS = 6, 20
"""So many are in the Markdown report; of alternative explanations all."""

Chosen = Callable[[pd.DataFrame, AnalysedStudy], pd.DataFrame]


def _whole(frame: pd.DataFrame, study: AnalysedStudy) -> pd.DataFrame:
    return frame


def _of_metric(frame: pd.DataFrame, study: AnalysedStudy) -> pd.DataFrame:
    return frame[frame["metric"] == study.metric]


def _same(frame: pd.DataFrame, study: AnalysedStudy) -> pd.DataFrame:
    return frame[frame["equal"] == frame["total"]]


@dataclass(frozen=True)
class ReportSection:
    """One table. `text` may name {margin}, {measure}, {correction}, {constant} and the two notes on splits.

    `compact` leaves out the settings that are the same in all rows, which {constant} tells; `chosen` picks what is
    shown of the rows that are written into `file`.
    """

    file: str
    title: str
    text: str = ""
    compact: bool = False
    chosen: Chosen = _whole

    @property
    def anchor(self) -> str:
        """Its name in links."""
        return self.file.removesuffix(".csv").replace("_", "-")


SECTIONS = (
    ReportSection(
        "predictions.csv",
        "What was predicted",
        "Predictions were fixed before the runs. A row is `as said` where its whole interval lies where the study "
        "predicted it, `otherwise` where it lies wholly elsewhere, else `undecided`; the intervals of a claim's rows "
        "hold simultaneously with 95 % confidence.",
    ),
    ReportSection(
        "bridge.csv",
        "Shapley attribution of the gap",
        "Hybrid models introduce the differences between the first creation and the second one after another, and each "
        "hybrid is trained. A contribution is a Shapley value: the mean effect over all orders in which the "
        "differences "
        "can be introduced. Fractions of the gap are ratios of means over seeds, with Fieller's interval.",
        compact=True,
    ),
    ReportSection(
        "summary.csv",
        "Summary",
        "Verdicts use a margin of ± {margin} points.{constant}",
        compact=True,
    ),
    ReportSection(
        "best_lr.csv",
        "Each method at its own best learning rate",
        "Chosen by mean validation {measure} over seeds, compared on the test set.",
        compact=True,
    ),
    ReportSection(
        "statistics.csv",
        "Statistics of each comparison",
        "Differences are paired by seed{splits_within}. Verdicts use the t interval and the corrected "
        "p-value ({correction} over all comparisons of the study); the other statistics are shown for comparison.",
        compact=True,
    ),
    ReportSection(
        "uncertainty.csv",
        "Components of the uncertainty",
        "How much the difference would vary with other seeds, with other splits of the training part, with other test "
        "images (or groups of them), and with all of these at once. {splits_apart} Each interval but the last holds "
        "the "
        "other factors fixed.",
        compact=True,
    ),
    ReportSection(
        "test_part.csv",
        "Uncertainty over test images",
        "The same trained models on other test images: images (or whole groups such as patients, where these are "
        "known) "
        "are resampled with replacement, 1,000 times, and the intervals are percentiles. The intervals over seeds, "
        "above, are about training again.",
        chosen=_of_metric,
    ),
    ReportSection(
        "labels.csv",
        "Each label",
        "Levels of each label in percent, means over runs; the thresholds of F1 were chosen on the validation part. "
        "Test images (or whole groups of them) are resampled 1,000 times, and the intervals are percentiles.",
    ),
    ReportSection(
        "conditions.csv",
        "What a mistake in the evaluation costs",
        "Each run is one trained model, evaluated correctly and with the mistake.",
    ),
    ReportSection(
        "outcomes.csv",
        "Loss, calibration and shift",
        "Differences to the baseline are paired by seed; no verdict is given on these.",
    ),
    ReportSection(
        "null_pairs.csv",
        "Null pairs",
        "The same method, split and data order, with other random numbers for head and dropout: there is no "
        "difference to "
        "find.",
    ),
    ReportSection(
        "false_positives.csv",
        "False positive rate",
        "How often the interval of a null comparison of eight seeds excludes zero, where there is nothing to find. "
        "Comparisons of several methods within one setting share baselines and seeds.",
    ),
    ReportSection("planted.csv", "Positive control: an effect of known size"),
    ReportSection("rivals.csv", "Alternative explanations"),
    ReportSection(
        "equalities.csv",
        "Methods that give the same runs",
        "Every recorded number of the curve and the metrics is equal, in every pair.",
        chosen=_same,
    ),
    ReportSection(
        "historical.csv",
        "The reported pair, {reported}",
        "All recipes that were tried, by the distance of their validation accuracies to the reported pair; rows with "
        "fewer "
        "than 8 pairs come last.",
    ),
)

WITHIN = (
    "; splits are crossed with seeds, and each seed counts once, with the mean over its splits, since runs that share "
    "a seed or a split are not independent"
)
APART = {
    True: "The interval over seeds (diff) averages over the splits within each seed and is valid for these splits; "
    "that over splits averages over the seeds within each split.",
    False: "Each seed has its own split, so that the interval over seeds includes both sources and they cannot be "
    "separated; "
    "`data.split` crosses splits with seeds.",
}


@dataclass(frozen=True)
class Shown:
    """A section as it stands in the report: `table` in HTML, `brief` in Markdown, `rows` telling which rows it has."""

    anchor: str
    title: str
    text: str
    file: str
    table: ReportTable
    brief: ReportTable
    rows: str


def shown(tables: dict[str, pd.DataFrame], study: AnalysedStudy, correction: str, crossed: bool) -> list[Shown]:
    """Every section that has rows, in order."""
    found = []
    for section in SECTIONS:
        frame = tables.get(section.file, pd.DataFrame())
        if not frame.empty:
            frame = section.chosen(frame, study)
        if frame.empty and section.file != "summary.csv":
            continue
        constant = [name for name in LEADING if name in frame and len(frame) > 1 and frame[name].nunique() == 1]
        told = ", ".join(f"{name} {frame[name].iloc[0]}" for name in constant)
        words = {
            "margin": f"{study.margin:g}",
            "measure": study.measure,
            "correction": correction,
            "constant": f" Common to all: {told}." if told else "",
            "splits_within": WITHIN if crossed else "",
            "splits_apart": APART[crossed],
            "reported": " against ".join(f"{value:g}" for value in study.historical or ()),
        }
        frame = frame.drop(columns=constant) if section.compact else frame
        content = table(frame, ROWS)
        if content is not None:
            few = most_telling(frame, EXPLANATIONS if section.file == "rivals.csv" else BRIEF)
            brief = replace(table(few) or content, total=len(frame))
            which = "of the largest differences" if has_largest(frame) else "that come first"
            rows = f"These are the {len(few)} rows {which}. " if brief.left_out else ""
            rows += f"All rows: `{section.file}`"
            title, text = section.title.format(**words), section.text.format(**words)
            found.append(Shown(section.anchor, title, text, section.file, content, brief, rows))
    return found
