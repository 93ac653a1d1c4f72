"""How far numbers depend on which images were tested: a bootstrap over the test part, by group where groups are known.

The intervals over seeds tell what another training would give on these images; these tell what other images (or, where
known, other patients) would give the same models.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from harness.analysis import labels
from harness.analysis.findings import Findings
from harness.analysis.ranked import roc_area
from harness.analysis.statistics import CONFIDENCE
from harness.records.archive import predicted
from harness.records.record import Predictions

Unit = tuple[int, int]
"""A seed and a split, which tell the runs of one cell apart."""

Tested = dict[tuple[str, int, int], dict[Unit, Predictions]]
"""By the test part's hash, row and arm, the predictions of each finished run."""


def tested(found: Findings, folder: Path) -> Tested:
    """The predictions of a study's finished runs; empty where no run has any."""
    finished = found.runs[found.runs["status"] == "finished"]
    columns = (finished[name].tolist() for name in ("run_id", "row", "arm", "seed", "split"))
    places = {run: (row, arm, (seed, split)) for run, row, arm, seed, split in zip(*columns, strict=True)}
    answers: Tested = {}
    for record, predictions in predicted(folder, found.records):
        if record["run_id"] in places:
            row, arm, unit = places[record["run_id"]]
            answers.setdefault((str(record["data"].get("test_hash")), row, arm), {})[unit] = predictions
    return answers


RESAMPLES = 1000
_SEED = 20_261
_BOUNDS = ((1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2)

BLOCK = 256
"""So many cells at a time: one product of matrices for all of them, and their images in memory for no more."""

Floats = npt.NDArray[np.float64]
Cell = list[Predictions]
Level = Callable[[list[Cell], Floats], Floats]
"""Levels [resamples, cells] from the runs of each cell and the images' weights; NaN for a cell that has none."""


def resampled(units: npt.NDArray[np.int64]) -> Floats:
    """Weights [1 + RESAMPLES, N] of images whose unit (group) is `units` [N]: first each once, then resampled.

    Whole units are drawn with replacement, as many as there are (Efron 1979; by cluster, Field and Welsh 2007), from a
    generator of its own, so that two methods tested on the same images share their resamples.
    """
    number = int(units.max()) + 1
    drawn = np.random.default_rng(_SEED).multinomial(number, np.full(number, 1 / number), RESAMPLES)
    return np.concatenate([np.ones((1, len(units))), drawn[:, units].astype(np.float64)])


def _right(cells: list[Cell]) -> Floats:
    """Fraction of each configuration's runs that classify an image correctly, [N, cells]."""
    return np.stack([np.mean([run.predicted == run.label for run in runs], axis=0) for runs in cells], axis=1)


def _top1(cells: list[Cell], weights: Floats) -> Floats:
    found: Floats = 100 * (weights @ _right(cells)) / weights.sum(1, keepdims=True)
    return found


def _balanced_accuracy(cells: list[Cell], weights: Floats) -> Floats:
    label, right = cells[0][0].label, _right(cells)
    recalls = []
    for each in np.unique(label):
        total = weights[:, label == each].sum(1, keepdims=True)
        hits = weights[:, label == each] @ right[label == each]
        recalls.append(np.divide(hits, total, out=np.full(hits.shape, np.nan), where=total > 0))
    found: Floats = 100 * np.nanmean(recalls, axis=0)
    return found


def _mean_over_runs(level: Callable[[Predictions, Floats], Floats], cells: list[Cell], weights: Floats) -> Floats:
    return np.stack([np.mean([level(run, weights) for run in runs], axis=0) for runs in cells], axis=1)


def _auroc(cells: list[Cell], weights: Floats) -> Floats:
    return _mean_over_runs(_auroc_of_one, cells, weights)


def _auroc_of_one(run: Predictions, weights: Floats) -> Floats:
    """Of two classes that of the last, of more the mean over those that occur against the rest, [resamples]."""
    score, classes = run.log_probability, np.unique(run.label)
    if len(classes) < 2 or score is None:
        return np.full(len(weights), np.nan)
    sought = classes if len(classes) > 2 else classes[-1:]
    areas = [roc_area(run.label == each, score[:, each].astype(np.float64), weights) for each in sought]
    return 100 * labels.mean_over(np.stack(areas, axis=1))


def _sensitivity(sought: int, cells: list[Cell], weights: Floats) -> Floats:
    """At the operating points, of the sought class where there are two, else the mean over classes."""
    return _mean_over_runs(partial(_sensitivity_of_one, sought), cells, weights)


def _sensitivity_of_one(sought: int, run: Predictions, weights: Floats) -> Floats:
    if run.operating is None:
        return np.full(len(weights), np.nan)
    classes = run.operating.shape[1]
    is_it = run.label[:, None] == np.arange(classes)
    total = weights @ is_it
    found = np.divide(weights @ (is_it & run.operating), total, out=np.full(total.shape, np.nan), where=total > 0)
    return 100 * found[:, sought] if classes == 2 else labels.mean_over(100 * found)


LEVELS: dict[str, Level] = {"top1": _top1, "balanced_accuracy": _balanced_accuracy, "auroc": _auroc}


def levels_of(metric: str, sought: int) -> Level:
    """The levels of a metric of one class an image, of which the class `sought` counts where there are two."""
    return partial(_sensitivity, sought) if metric == "sensitivity_at_specificity" else LEVELS[metric]


def over_test_part(found: Findings, answers: Tested) -> pd.DataFrame:
    """For each cell its mean over runs, and the difference to the baseline, with 95 % percentile intervals.

    The metrics are top-1 and the one that the study compares by: all would cost more than a report. Where
    methods are compared, both means are over the seeds that both have. `units` says what was resampled. Empty where no
    run has predictions.
    """
    rows = []
    for test in sorted({test for test, _, _ in answers}):
        cells = {(row, arm): runs for (of, row, arm), runs in sorted(answers.items()) if of == test}
        asked = _asked(found.study.metric, cells, _sought(found, test))
        rows += _rows(cells, -1 if found.baseline is None else found.baseline, asked)
    if not rows:
        return pd.DataFrame()
    labels = found.runs.drop_duplicates(["row", "arm"])[["row", "arm", "backbone", "data", "row_label", "arm_label"]]
    return labels.merge(pd.DataFrame(rows), on=["row", "arm"])


def _sought(found: Findings, test: str) -> int:
    """The place of the positive class in this test part; the last where none is named."""
    record = next(record for record in found.records if str(record["data"].get("test_hash")) == test)
    named = record["spec"].get("metrics", {}).get("positive")
    return -1 if named is None else list(record["data"]["classes"]).index(named)


def _asked(metric: str, cells: dict[tuple[int, int], dict[Unit, Predictions]], sought: int) -> dict[str, Level]:
    """The metrics to tell: of several labels an image the study's own, else top-1 as well."""
    if multilabel(cells):
        return {metric: partial(labels.levels, metric)} if metric in labels.MEANS else {}
    known = (*LEVELS, "sensitivity_at_specificity")
    return {name: levels_of(name, sought) for name in known if name in ("top1", metric)}


def multilabel(cells: dict[tuple[int, int], dict[Unit, Predictions]]) -> bool:
    """Whether the images that these cells were tested on have several labels."""
    return next(iter(next(iter(cells.values())).values())).label.ndim == 2


def over_labels(found: Findings, answers: Tested) -> pd.DataFrame:
    """For each cell and label its levels, mean over runs, with 95 % percentile intervals over the test images.

    `images` have the label. Empty where images have one class.
    """
    rows = []
    for test in sorted({test for test, _, _ in answers}):
        cells = {(row, arm): runs for (of, row, arm), runs in sorted(answers.items()) if of == test}
        if not multilabel(cells):
            continue
        weights, units = _weights(next(iter(next(iter(cells.values())).values())))
        names = next(record["data"]["classes"] for record in found.records if record["data"].get("test_hash") == test)
        for (row, arm), runs in cells.items():
            told = labels.by_label(list(runs.values()), names, weights, _BOUNDS)
            rows += [{"row": row, "arm": arm, "n": len(runs), "units": units, **each} for each in told]
    if not rows:
        return pd.DataFrame()
    places = found.runs.drop_duplicates(["row", "arm"])[["row", "arm", "backbone", "data", "row_label", "arm_label"]]
    return labelled_test_part(places.merge(pd.DataFrame(rows), on=["row", "arm"]))


def labelled_test_part(found: pd.DataFrame) -> pd.DataFrame:
    """The table as it is written, without internal columns."""
    named = {"row_label": "cell", "arm_label": "creation, init"}
    return found.drop(columns=["row", "arm"], errors="ignore").rename(columns=named)


def _rows(
    cells: dict[tuple[int, int], dict[Unit, Predictions]], baseline: int, asked: dict[str, Level]
) -> list[dict[str, Any]]:
    """The table's rows of all cells that were tested on the same images, by metric."""
    weights, units = _weights(next(iter(next(iter(cells.values())).values())))
    both = {}
    for (row, arm), own in cells.items():
        reference = cells.get((row, baseline), {}) if baseline != arm else {}
        both[row, arm] = tuple(sorted(set(own) & set(reference)))
    # a baseline is compared with every arm of its row, mostly on the same units: once is enough
    sides = {(row, arm, tuple(sorted(own))): None for (row, arm), own in cells.items()}
    sides |= {(row, side, shared): None for (row, arm), shared in both.items() if shared for side in (arm, baseline)}
    place = {side: at for at, side in enumerate(sides)}
    runs = [[cells[row, arm][unit] for unit in of] for row, arm, of in sides]
    rows = []
    for metric, level in asked.items():
        levels = np.concatenate([level(runs[at : at + BLOCK], weights) for at in range(0, len(runs), BLOCK)], axis=1)
        alone = [place[row, arm, tuple(sorted(own))] for (row, arm), own in cells.items()]
        pairs = [at for at, shared in both.items() if shared]
        differences = [
            levels[:, place[row, arm, both[row, arm]]] - levels[:, place[row, baseline, both[row, arm]]]
            for row, arm in pairs
        ]
        against = dict(zip(pairs, _told("diff_", differences), strict=True)) if pairs else {}
        for (at, own), told in zip(cells.items(), _told("", list(levels.T[alone])), strict=True):
            if np.isnan(told["mean"]):
                continue
            entry = {"row": at[0], "arm": at[1], "metric": metric, "n": len(own), "units": units}
            rows.append(entry | told | against.get(at, {}))
    return rows


def _weights(predictions: Predictions) -> tuple[Floats, str]:
    if predictions.group is None:
        return resampled(np.arange(len(predictions.label))), f"{len(predictions.label):,} images"
    units = np.unique(predictions.group, return_inverse=True)[1]
    return resampled(units), f"{int(units.max()) + 1:,} groups"


def _told(prefix: str, levels: list[Floats]) -> list[dict[str, float]]:
    """Each level's mean and bounds; a resample that lacks a class has no level, and takes no part."""
    drawn = np.stack(levels, axis=1)[1:]
    quantile = np.nanquantile if np.isnan(drawn).any() else np.quantile
    bounds = quantile(drawn, _BOUNDS, axis=0)
    means = [level[0] for level in levels]
    return [
        {f"{prefix}mean": float(mean), f"{prefix}low": float(low), f"{prefix}high": float(high)}
        for mean, low, high in zip(means, *bounds, strict=True)
    ]
