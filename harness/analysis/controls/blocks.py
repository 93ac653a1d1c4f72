"""Null comparisons of eight seeds: blocks of runs that differ in nothing that could matter.

Three kinds. `paired`: the same arm, split and data order with another draw of head and dropout, i.e. another replicate.
`full`: an arm's eight seeds against its next eight, so that split and data order are drawn anew as well. `twin`: two
arms that give the same runs number by number (a ResNet's two creation methods, whose heads share law and draw), of
which the other replicate of one is a null pair of the other.
"""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from harness.analysis.frame import OWN_SPLIT
from harness.analysis.pairing import pair

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
