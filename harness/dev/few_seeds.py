"""`python -m harness.dev.few_seeds`: which interval or test can be trusted at 3, 5, 8, 12 and 20 seeds, on real runs?

Takes the 16,000 committed runs of `experiments/nulls.yaml`, in which nothing differs but random numbers, and asks two
things of each method: how often it sees a difference where there is none (5 % is right), and how often it finds one of
a known size, which is added to the same differences. Beside it, how far one method lies apart over the seeds of that
study and, on real weights, of `experiments/gap_lite.yaml`. Trains nothing; half a minute. Writes `few_seeds.csv` and
`seed_noise.csv` to results/nulls/; what they show is told in docs/few_seeds.md.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import scipy

from harness.analysis.choices import CONFIDENCE
from harness.analysis.findings import find
from harness.analysis.statistics.intervals import fraction_interval, t_interval
from harness.analysis.statistics.resamples import RESAMPLES, batch, bca, sign_flip
from harness.analysis.study import read_study
from harness.dev.publish import as_csv
from harness.records.archive import read_records
from harness.records.store import write_text

STUDY = Path("results/nulls")
REAL = Path("results/gap_lite")
SEEDS = (3, 5, 8, 12, 20)
SIZES = (1.0, 2.0)
"""Differences that are added, in standard deviations of the setting's own differences."""

LEVEL = 1 - CONFIDENCE
_PERCENTILE_SEED = 20_264

Floats = npt.NDArray[np.float64]
Marks = npt.NDArray[np.bool_]


def _outside(low: Floats, high: Floats) -> Marks:
    return (low > 0) | (high < 0)


def by_t(samples: Floats) -> Marks:
    """Which rows' paired t interval excludes zero, [samples, values] to [samples]; the others are alike."""
    n = np.full(len(samples), float(samples.shape[1]))
    low, high, _ = t_interval(n, samples.mean(axis=1), samples.std(axis=1, ddof=1))
    return _outside(low, high)


def by_percentile(samples: Floats) -> Marks:
    """Percentile bootstrap of the mean (Efron 1979, Ann. Statist. 7, 1-26), 9,999 resamples, as SciPy has it."""
    found = scipy.stats.bootstrap(
        (samples,),
        np.mean,
        axis=-1,
        vectorized=True,
        n_resamples=RESAMPLES,
        batch=batch(samples),
        confidence_level=CONFIDENCE,
        method="percentile",
        rng=np.random.default_rng(_PERCENTILE_SEED),
    ).confidence_interval
    return _outside(np.asarray(found.low), np.asarray(found.high))


def by_bca(samples: Floats) -> Marks:
    """BCa bootstrap; rows where SciPy has no interval, as all resamples lie on one side, exclude nothing."""
    with np.errstate(invalid="ignore"):
        return _outside(*bca(samples))


def by_sign_flip(samples: Floats) -> Marks:
    """Whether the sign-flip test rejects at 5 %."""
    (p,) = sign_flip(samples)
    return np.asarray(p <= LEVEL)


def by_wilcoxon(samples: Floats) -> Marks:
    """Whether the signed-rank test (Wilcoxon 1945, Biometrics 1, 80-83) rejects at 5 %.

    It is the sign-flip test of the signed ranks, zeros left out and ties sharing their ranks: what SciPy computes one
    row at a time up to 13 values; beyond them SciPy goes over to the normal distribution.
    """
    ranks = scipy.stats.rankdata(np.where(samples == 0, np.nan, np.abs(samples)), axis=1, nan_policy="omit")
    return by_sign_flip(np.sign(samples) * np.nan_to_num(ranks))


METHODS: dict[str, Callable[[Floats], Marks]] = {
    "t": by_t,
    "percentile": by_percentile,
    "BCa": by_bca,
    "sign-flip": by_sign_flip,
    "Wilcoxon": by_wilcoxon,
}


def differences(table: pd.DataFrame) -> dict[str, list[Floats]]:
    """For each kind of null its differences in points, one array a setting, none of which shares a run with another.

    `paired`: one seed with two replicates, so that head and dropout alone are drawn anew. `unpaired`: an even seed
    against the odd one after it, so that split and order of the data are drawn anew as well.
    """
    found: dict[str, list[Floats]] = {"paired": [], "unpaired": []}
    for _, setting in table.groupby("row"):
        scores = setting.pivot_table(index="seed", columns="replicate", values="score").sort_index()
        first, second = (scores[number].to_numpy(float) for number in (0, 1))
        found["paired"].append(second - first)
        found["unpaired"].append(first[1::2] - first[::2])
    return found


def rates(table: pd.DataFrame) -> Iterator[dict[str, Any]]:
    """For each kind, number of seeds and method: null comparisons, and in per cent how often one is taken for more.

    `low` and `high` bound `false` (Clopper-Pearson); `finds_1` and `finds_2` are how often a difference of one and of
    two standard deviations is found. A comparison's differences are consecutive, and each is used once.
    """
    for kind, settings in differences(table).items():
        for seeds in SEEDS:
            blocks = [values[: len(values) // seeds * seeds].reshape(-1, seeds) for values in settings]
            null = np.concatenate(blocks)
            shift = np.concatenate(
                [np.full((len(part), 1), values.std(ddof=1)) for part, values in zip(blocks, settings, strict=True)]
            )
            for name, judge in METHODS.items():
                hits = int(judge(null).sum())
                low, high = fraction_interval(hits, len(null))
                found = {f"finds_{size:g}": f"{100 * judge(null + size * shift).mean():.1f}" for size in SIZES}
                yield {
                    "kind": kind,
                    "seeds": seeds,
                    "method": name,
                    "comparisons": len(null),
                    "false": f"{100 * hits / len(null):.1f}",
                    "low": f"{100 * low:.1f}",
                    "high": f"{100 * high:.1f}",
                    **found,
                }


RUNS = 8
"""Seeds over which the range of a configuration is taken."""


def noise(study: str, table: pd.DataFrame) -> Iterator[dict[str, Any]]:
    """For each creation method how far the metric of one configuration lies apart over eight seeds, in points.

    A configuration is one method at one setting, its seeds in eights. `range`: from the worst to the best seed, in the
    median over the configurations; `largest` is the largest such range, from `worst` to `best`, in per cent.
    """
    own = table.sort_values("seed")
    own = own.assign(part=own.groupby(["row", "family", "replicate"]).cumcount() // RUNS)
    for creation, runs in own.groupby("creation", sort=True):
        eights = runs.groupby(["row", "family", "replicate", "part"])["score"].agg(["size", "std", "min", "max"])
        eights = eights[eights["size"] == RUNS]
        spread = eights["max"] - eights["min"]
        largest = eights.iloc[int(spread.to_numpy().argmax())]
        yield {
            "study": study,
            "creation": creation,
            "configurations": len(eights),
            "sd": f"{eights['std'].median():.1f}",
            "range": f"{spread.median():.1f}",
            "largest": f"{spread.max():.1f}",
            "worst": f"{largest['min']:.1f}",
            "best": f"{largest['max']:.1f}",
        }


def main() -> None:
    """Write both tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--to", type=Path, default=STUDY, help="where the tables are written")
    given = parser.parse_args()
    tables = {study.name: find(read_study(study), read_records(study)).runs for study in (STUDY, REAL)}
    judged = list(rates(tables[STUDY.name]))
    spread = [row for name, table in tables.items() for row in noise(name, table)]
    for name, rows in (("few_seeds", judged), ("seed_noise", spread)):
        write_text(given.to / f"{name}.csv", as_csv(tuple(rows[0]), rows))


if __name__ == "__main__":
    main()
