"""Controls: how often an interval excludes zero where nothing is to be found, and whether known effects are found.

Null comparisons have eight seeds and are of three kinds. `paired`: the same method, split and data order with other
random numbers for head and dropout, i.e. another replicate. `full`: a method's eight seeds against its next eight, so
that split and data order differ as well. `twin`: two methods that give the same runs number by number (on a ResNet two
creation methods, whose heads are initialised alike), where the other replicate of one is a null pair of the other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt
import pandas as pd
import scipy

from harness.analysis.findings import Findings
from harness.analysis.frame import OWN_SPLIT
from harness.analysis.pairing import pair
from harness.analysis.statistics import CONFIDENCE, MIN_PAIRS, fraction_interval, t_interval

SEEDS = 8
"""Seeds of a comparison: comparison i has the seeds 8i to 8i + 7."""

PAIRED, FULL, TWIN = "paired", "full", "twin"
KINDS = (PAIRED, FULL, TWIN)
COLUMNS = ["kind", "row", "family", "block", "seed", "difference"]


def null_blocks(table: pd.DataFrame) -> pd.DataFrame:
    """Null differences in points: `kind`, `row`, `family`, `block`, `seed`, `difference`, eight seeds a block.

    Blocks of one kind, row and family share no run. Full ones are made of the lowest replicate alone, and of each two
    families with equal runs of the first alone. What has no eight pairs, as a run failed, is left out, and so are runs
    whose splits are crossed with seeds, since their pairs are not independent.
    """
    table = table[table["split"] == OWN_SPLIT]
    parts = [_blocks(part, kind) for kind, part in _differences(table)]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=COLUMNS)


def _differences(table: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    lowest = table[table["replicate"] == table["replicate"].min()]
    others = table[table["replicate"] > table["replicate"].min()]
    if len(others):
        yield PAIRED, pair(others, lowest, ["row", "family"], ["replicate"])
    distinct = lowest[~lowest.duplicated(["row", "seed", "trajectory"]) | lowest["trajectory"].isna()]
    block = distinct["seed"] // SEEDS
    first, following = distinct[block % 2 == 0], distinct[block % 2 == 1]
    yield FULL, pair(first, following.assign(seed=following["seed"] - SEEDS), ["row", "family"], [])
    twins = _twins(lowest)
    if len(others) and len(twins):
        joined = others.merge(twins, left_on=["row", "family"], right_on=["row", "twin"], suffixes=("", "_first"))
        joined = joined.assign(family=joined["family_first"])
        yield TWIN, pair(joined, lowest, ["row", "family"], ["replicate"])


def _twins(lowest: pd.DataFrame) -> pd.DataFrame:
    """`row`, `family` and its `twin`: families of which all runs of a row are equal number by number."""
    known = lowest.dropna(subset=["trajectory"]).sort_values("seed")
    runs = known.groupby(["row", "family"])["trajectory"].agg(tuple).reset_index()
    both = runs.merge(runs, on=["row", "trajectory"], suffixes=("", "_twin"))
    both = both[both["family"] < both["family_twin"]]
    return both.rename(columns={"family_twin": "twin"})[["row", "family", "twin"]]


def _blocks(differences: pd.DataFrame, kind: str) -> pd.DataFrame:
    known = differences.dropna(subset=["difference"])
    replicate = known.get("replicate", 0)
    known = known.assign(kind=kind, replicate=replicate, block=known["seed"] // SEEDS)
    if not len(known):
        return pd.DataFrame(columns=COLUMNS)
    # Replicates beyond the first share the runs that they are compared with: one is enough, and independent.
    known = known[known["replicate"] == known.groupby(["row", "family"])["replicate"].transform("min")]
    whole = known.groupby(["row", "family", "block"])["seed"].transform("size") == SEEDS
    return known.loc[whole, COLUMNS]


NOMINAL = 1 - CONFIDENCE
ALL = "all"
_RESAMPLES = 2_000
_SEED = 20_261

Floats = npt.NDArray[np.float64]
Marks = npt.NDArray[np.bool_]


def _t(blocks: Floats) -> Marks:
    n = np.full(len(blocks), float(SEEDS))
    low, high, _ = t_interval(n, blocks.mean(axis=1), blocks.std(axis=1, ddof=1))
    marks: Marks = (low > 0) | (high < 0)
    return marks


def _permutation(blocks: Floats) -> Marks:
    """All 256 exchanges of signs (Fisher 1935, The Design of Experiments, § 21)."""
    found = scipy.stats.permutation_test((blocks,), np.mean, permutation_type="samples", n_resamples=2**SEEDS, axis=1)
    marks: Marks = found.pvalue <= NOMINAL
    return marks


def _bca(blocks: Floats) -> Marks:
    """Bias-corrected and accelerated bootstrap (Efron 1987, J. Am. Stat. Assoc. 82, 171-185)."""
    marks = np.zeros(len(blocks), bool)
    varied = np.ptp(blocks, axis=1) > 0  # values that are all equal have no bootstrap; they are all zero here, or lost
    marks[~varied] = blocks[~varied, 0] != 0
    if varied.any():
        with np.errstate(all="ignore"):
            found = scipy.stats.bootstrap(
                (blocks[varied],), np.mean, axis=1, confidence_level=CONFIDENCE, n_resamples=_RESAMPLES,
                method="BCa", rng=np.random.default_rng(_SEED), batch=100,
            ).confidence_interval  # fmt: skip
        marks[varied] = (found.low > 0) | (found.high < 0)
    return marks


METHODS: dict[str, Callable[[Floats], Marks]] = {"t": _t, "permutation": _permutation, "BCa": _bca}


def false_positives(table: pd.DataFrame) -> pd.DataFrame:
    """For each kind, method and setting: null `comparisons`, how many `excluding` zero, and that share in percent.

    `low` and `high` bound it (Clopper-Pearson); `held` says whether they hold the nominal 5 %. Settings are rows of
    the map, and all of them together. Empty where no cell has the sixteen seeds of a full null comparison.
    """
    blocks = null_blocks(table)
    if not (blocks["kind"] == FULL).any():
        return pd.DataFrame()
    labels = table.drop_duplicates("row").set_index("row")["row_label"]
    found = []
    for kind in KINDS:
        own = blocks[blocks["kind"] == kind].sort_values(["row", "family", "block", "seed"])
        if own.empty:
            continue
        values = own["difference"].to_numpy(float).reshape(-1, SEEDS)
        rows = own["row"].to_numpy()[::SEEDS]
        for method, judge in METHODS.items():
            excluding = judge(values)
            found.append(_share(kind, method, ALL, excluding))
            if len(labels) > 1:
                found += [_share(kind, method, labels[row], excluding[rows == row]) for row in dict.fromkeys(rows)]
    return pd.DataFrame(found)


def _share(kind: str, method: str, setting: str, excluding: Marks) -> dict[str, object]:
    total, hits = len(excluding), int(excluding.sum())
    low, high = fraction_interval(hits, total)
    return {
        "kind": kind,
        "interval": method,
        "setting": setting,
        "comparisons": total,
        "excluding": hits,
        "share": 100 * hits / total,
        "low": 100 * low,
        "high": 100 * high,
        "nominal": 100 * NOMINAL,
        "held": low <= NOMINAL <= high,
    }


CAUSE = "evaluation"
"""The axes that may tell a planted arm from its baseline; if another one does too, the size is not known."""


def positive_control(found: Findings) -> pd.DataFrame:
    """For each cell with a planted effect its `known` size in points beside the measured difference and its interval.

    The size is that which the records of the cell's pairs state, each for its own model; top-1 alone has one. `holds`
    says whether the interval holds it, `found` whether it excludes zero besides. Empty where nothing is planted.
    """
    if found.study.metric != "top1" or found.baseline is None:
        return pd.DataFrame()
    known = pd.DataFrame(
        [
            {"run_id": record["run_id"], "known": -record["evaluation"]["expected_cost"]}
            for record in found.records
            if "expected_cost" in (record.get("evaluation") or {})
        ],
        columns=["run_id", "known"],
    )
    pairs = found.pairs.merge(known, on="run_id")
    pairs = pairs[~pairs["run_id_base"].isin(known["run_id"])]
    if pairs.empty:
        return pd.DataFrame()
    sizes = pairs.groupby(["row", "arm"], sort=False)["known"].mean().reset_index()
    cells = found.cells.merge(sizes, on=["row", "arm"])
    base = found.runs[found.runs["baseline"]].iloc[0]
    others = [name for name in found.axes.arm if name.partition(".")[0] != CAUSE]
    cells = cells[(cells[others] == base[others]).all(axis=1)]
    holds = (cells["diff_low"] <= cells["known"]) & (cells["known"] <= cells["diff_high"])
    excludes = (cells["pairs"] >= MIN_PAIRS) & ((cells["diff_low"] > 0) | (cells["diff_high"] < 0))
    result = cells.assign(cell=cells["row_label"], holds=holds, found=holds & excludes)
    result = result.drop(columns="arm").rename(columns={"arm_label": "arm"})
    told = ["pairs", "known", "diff_mean", "diff_low", "diff_high", "holds", "found"]
    return result[["backbone", "data", "cell", "arm", *told]]
