"""How far numbers depend on which images were tested: a bootstrap over the test part, by group where groups are known.

The intervals over seeds tell what another training would give on these images; these tell what other images (or, where
known, other patients) would give the same models.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pandas as pd

from harness.analysis.findings import Findings
from harness.analysis.statistics import CONFIDENCE
from harness.analysis.tested import Tested, Unit
from harness.records.predictions import Predictions

RESAMPLES = 1000
MOST_IMAGES = 5_000
"""AUROC compares every pair of images; beyond so many its bootstrap is left out."""

_SEED = 20_261
_BOUNDS = ((1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2)

Floats = npt.NDArray[np.float64]
Level = Callable[[list[Predictions], Floats], "Floats | None"]


def resampled(units: npt.NDArray[np.int64]) -> Floats:
    """Weights [1 + RESAMPLES, N] of images whose unit (group) is `units` [N]: first all once, then drawn anew.

    Whole units are drawn with replacement, as many as there are (Efron 1979; by cluster, Field and Welsh 2007), from a
    generator of its own, so that two arms tested on the same images share their resamples.
    """
    number = int(units.max()) + 1
    drawn = np.random.default_rng(_SEED).multinomial(number, np.full(number, 1 / number), RESAMPLES)
    return np.concatenate([np.ones((1, len(units))), drawn[:, units].astype(np.float64)])


def _right(runs: list[Predictions]) -> Floats:
    """Share of the runs that answer each image rightly, [N]."""
    share: Floats = np.mean([run.predicted == run.label for run in runs], axis=0)
    return share


def _top1(runs: list[Predictions], weights: Floats) -> Floats:
    found: Floats = 100 * (weights @ _right(runs)) / weights.sum(1)
    return found


def _balanced_accuracy(runs: list[Predictions], weights: Floats) -> Floats:
    label, right = runs[0].label, _right(runs)
    recalls = []
    for each in np.unique(label):
        total = weights[:, label == each].sum(1)
        hits = weights[:, label == each] @ right[label == each]
        recalls.append(np.divide(hits, total, out=np.full(len(total), np.nan), where=total > 0))
    found: Floats = 100 * np.nanmean(recalls, axis=0)
    return found


def _auroc(runs: list[Predictions], weights: Floats) -> Floats | None:
    """From how often each image of a class is ranked above each other one, averaged over runs."""
    label = runs[0].label
    scores = [run.log_probability for run in runs]
    classes = np.unique(label)
    if len(label) > MOST_IMAGES or len(classes) < 2 or any(score is None for score in scores):
        return None
    areas = []
    for each in classes if len(classes) > 2 else classes[-1:]:
        sought, others = label == each, label != each
        above = np.zeros((int(sought.sum()), int(others.sum())))
        for score in scores:
            assert score is not None
            first, second = score[sought, each][:, None], score[others, each][None]
            above += (first > second) + 0.5 * (first == second)
        won = ((weights[:, sought] @ above) * weights[:, others]).sum(1) / len(runs)
        pairs = weights[:, sought].sum(1) * weights[:, others].sum(1)
        areas.append(np.divide(won, pairs, out=np.full(len(won), np.nan), where=pairs > 0))
    found: Floats = 100 * np.nanmean(areas, axis=0)
    return found


LEVELS: dict[str, Level] = {"top1": _top1, "balanced_accuracy": _balanced_accuracy, "auroc": _auroc}


def over_test_part(found: Findings, answers: Tested) -> pd.DataFrame:
    """For each cell its mean over runs, and the difference to the baseline, with 95 % percentile intervals.

    Told are top-1 and the metric that the study compares by; AUROC unasked would cost more than the rest of a report.
    Where arms are compared, both means are over the seeds that both have. `units` says what was drawn anew. Empty where
    no run has predictions.
    """
    asked = {metric: level for metric, level in LEVELS.items() if metric in ("top1", found.study.metric)}
    weights: dict[str, tuple[Floats, str]] = {}
    baseline = -1 if found.baseline is None else found.baseline
    known: dict[tuple[object, ...], Floats | None] = {}

    def level_of(metric: str, test: str, row: int, arm: int, units: list[Unit]) -> Floats | None:
        """A baseline is compared with every arm of its row, mostly on the same units: once is enough."""
        key = (metric, test, row, arm, *units)
        if key not in known:
            runs = answers[test, row, arm]
            known[key] = asked[metric]([runs[unit] for unit in units], weights[test][0])
        return known[key]

    rows = []
    for (test, row, arm), own in sorted(answers.items()):
        if test not in weights:
            weights[test] = _weights(next(iter(own.values())))
        reference = answers.get((test, row, baseline), {}) if baseline != arm else {}
        both = sorted(set(own) & set(reference))
        for metric in asked:
            levels = level_of(metric, test, row, arm, sorted(own))
            if levels is None:
                continue
            entry = {"row": row, "arm": arm, "metric": metric, "n": len(own), "units": weights[test][1]}
            entry |= _told("", levels)
            if both:
                sides = [level_of(metric, test, row, side, both) for side in (arm, baseline)]
                if sides[0] is not None and sides[1] is not None:
                    entry |= _told("diff_", sides[0] - sides[1])
            rows.append(entry)
    if not rows:
        return pd.DataFrame()
    labels = found.runs.drop_duplicates(["row", "arm"])[["row", "arm", "backbone", "data", "row_label", "arm_label"]]
    return labels.merge(pd.DataFrame(rows), on=["row", "arm"])


def published(found: pd.DataFrame) -> pd.DataFrame:
    """The table as it is written, without internal columns."""
    named = {"row_label": "cell", "arm_label": "creation, init"}
    return found.drop(columns=["row", "arm"], errors="ignore").rename(columns=named)


def _weights(predictions: Predictions) -> tuple[Floats, str]:
    if predictions.group is None:
        return resampled(np.arange(len(predictions.label))), f"{len(predictions.label):,} images"
    units = np.unique(predictions.group, return_inverse=True)[1]
    return resampled(units), f"{int(units.max()) + 1:,} groups"


def _told(prefix: str, levels: Floats) -> dict[str, float]:
    low, high = np.nanquantile(levels[1:], _BOUNDS)
    return {f"{prefix}mean": float(levels[0]), f"{prefix}low": float(low), f"{prefix}high": float(high)}
