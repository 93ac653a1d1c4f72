"""What a difference's uncertainty is made of: seeds, splits of the training part, and images of the test part."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from harness.analysis.findings import Findings
from harness.analysis.frame import OWN_SPLIT
from harness.analysis.pairing import by_seed
from harness.analysis.resampling import Tested, Unit
from harness.analysis.statistics import Floats, summarise
from harness.analysis.statistics.components import components
from harness.records.record import Predictions

KEYS = ["row", "arm"]
LINEAR = ("top1", "balanced_accuracy")
"""Metrics that are a mean over images, so that each image contributes to a difference."""

NAMES = {"seed": "seeds", "split": "splits", "image": "images"}


def uncertainty(found: Findings, answers: Tested, test_part: pd.DataFrame) -> pd.DataFrame:
    """For each comparison its interval over seeds, over test images, over splits, and over all of them; or empty.

    `diff_low` and `diff_high` are the paired t over seeds (on the splits and images seen), `images_` the bootstrap over
    images or their groups (of the models seen), `splits_` the t over crossed splits, each the mean over its seeds. The
    standard deviations are those of the crossed random effects, in points, and `all_` the interval over every factor
    that `over` names. Where no split is set each seed has its own, and the seed's component includes the split's.
    """
    cells = found.cells[found.cells["comparison"] & (found.cells["pairs"] > 0)]
    if cells.empty:
        return pd.DataFrame()
    result = cells[[*KEYS, "backbone", "data", "row_label", "arm_label", "pairs", "diff_mean", "diff_low", "diff_high"]]
    result = result.rename(columns={"row_label": "cell", "arm_label": "arm_name"})
    result = result.merge(_images(found, test_part), on=KEYS, how="left").merge(_splits(found), on=KEYS, how="left")
    linear = found.study.metric in LINEAR  # which metrics of several labels an image are not
    parts: dict[tuple[int, int | None], dict[Unit, Predictions]] = {
        (row, arm): answer for (_, row, arm), answer in answers.items() if linear
    }
    pairs = found.pairs.dropna(subset=["difference"])
    grouped = dict(list(pairs.groupby(KEYS, sort=False)[["seed", "split", "difference"]]))
    rows = []
    for row, arm in zip(result["row"], result["arm"], strict=True):
        sides = parts.get((row, arm), {}), parts.get((row, found.baseline), {})
        rows.append(_parts(grouped[row, arm], sides, found.study.metric))
    table = pd.concat([result.reset_index(drop=True), pd.DataFrame(rows)], axis=1)
    table["splits"] = table["splits"].map(lambda splits: f"{splits:g}", na_action="ignore")
    return table.drop(columns=KEYS).rename(columns={"arm_name": "arm"})


def _images(found: Findings, test_part: pd.DataFrame) -> pd.DataFrame:
    """The bootstrap's interval of the difference."""
    names = {"units": "units", "diff_low": "images_low", "diff_high": "images_high"}
    if test_part.empty or "diff_low" not in test_part:
        return pd.DataFrame(columns=[*KEYS, *names.values()]).astype({"row": int, "arm": int})
    own = test_part[test_part["metric"] == found.study.metric].dropna(subset=["diff_low"])
    return own[[*KEYS, *names]].rename(columns=names)


def _splits(found: Findings) -> pd.DataFrame:
    """The t interval over crossed splits, each the mean over its seeds."""
    crossed = found.pairs[found.pairs["split"] != OWN_SPLIT].dropna(subset=["difference"])
    units = by_seed(crossed, KEYS, "split")
    levels = summarise(units, KEYS, "difference", found.study.margin)
    names = {"n": "splits", "low": "splits_low", "high": "splits_high"}
    return levels[[*KEYS, *names]].rename(columns=names)


def _parts(pairs: pd.DataFrame, sides: tuple[dict[Unit, Predictions], ...], metric: str) -> dict[str, Any]:
    """Standard deviations of the components and the interval over all of them; empty where one seed is all."""
    units, differences = _balanced(pairs)
    contributions = _with_images(units, sides, metric)
    values = differences[..., None] if contributions is None else contributions
    kept = [name for name, size in zip(NAMES, values.shape, strict=True) if size > 1]
    told: dict[str, Any] = {f"sd_{name}": np.nan for name in (*NAMES, "rest")} | {"all_low": np.nan, "all_high": np.nan}
    if "seed" not in kept:
        return {**told, "over": ""}
    of = components(values.squeeze())
    told |= {f"sd_{name}": of.sd[at] for at, name in enumerate(kept)}
    told |= {"sd_rest": of.rest if len(kept) > 1 else np.nan, "all_low": of.low, "all_high": of.high}
    return {**told, "over": _over(pairs, kept, len(units))}


def _over(pairs: pd.DataFrame, kept: list[str], seeds: int) -> str:
    """The factors in words, and what became of the splits."""
    told = ", ".join(NAMES[name] for name in kept)
    splits = pairs["split"].to_numpy()
    if (splits == OWN_SPLIT).all():
        return f"{told}; each seed has its own split"
    if "split" not in kept:
        return f"{told}; " + ("one split for all" if (splits == splits[0]).all() else "splits are not crossed")
    missing = pairs["seed"].nunique() - seeds
    return told + (f"; {missing} of the seeds lack a split and are left out" if missing else "")


def _balanced(pairs: pd.DataFrame) -> tuple[list[list[Unit]], Floats]:
    """Differences [seeds, splits] of the seeds that have every split, with their units; where fewer than two seeds do,
    means over splits [seeds, 1], whose units are not of one kind and stay away."""
    seeds, seed = np.unique(pairs["seed"], return_inverse=True)
    splits, split = np.unique(pairs["split"], return_inverse=True)
    table = np.full((len(seeds), len(splits)), np.nan)
    table[seed, split] = pairs["difference"]
    whole = ~np.isnan(table).any(axis=1)
    if whole.sum() < 2 and len(splits) > 1:
        return [], np.nanmean(table, axis=1, keepdims=True)
    units = [[(int(one), int(other)) for other in splits] for one in seeds[whole]]
    return units, table[whole]


def _with_images(units: list[list[Unit]], sides: tuple[dict[Unit, Predictions], ...], metric: str) -> Floats | None:
    """Each image's (or group's) contribution to each difference, [seeds, splits, images], in points; their mean
    over images is the difference. None where a run that counts has no predictions, as one that diverged."""
    own, base = sides
    if not units or not all(unit in own and unit in base for line in units for unit in line):
        return None
    contributions = np.stack([_right(own[unit]) - _right(base[unit]) for line in units for unit in line])
    first = own[units[0][0]]
    if metric == "balanced_accuracy":
        counts = np.bincount(first.label)
        contributions *= len(first.label) / ((counts > 0).sum() * counts[first.label])
    if first.group is not None:
        contributions = _by_group(contributions, first.group)
    return 100 * contributions.reshape(len(units), len(units[0]), -1)


def _right(run: Predictions) -> Floats:
    return np.asarray(run.predicted == run.label, dtype=float)


def _by_group(contributions: Floats, group: np.ndarray[Any, np.dtype[np.int32]]) -> Floats:
    """Contributions [units, images] as those of whole groups with the same mean over groups as over images.

    Groups differ in size, which makes a mean a ratio; it is linearised at its value (Cochran 1977, Sampling Techniques,
    section 9A.5): a group has the mean, and what its images deviate from it in sum.
    """
    order = np.argsort(group, kind="stable")
    starts = np.flatnonzero(np.diff(group[order], prepend=group[order][0] - 1))
    mean = contributions.mean(axis=1, keepdims=True)
    sums = np.add.reduceat((contributions - mean)[:, order], starts, axis=1)
    return np.asarray(mean + sums * len(starts) / contributions.shape[1])
