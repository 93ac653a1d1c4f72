"""Where the runs' heads came from: which arms start with one that the weights hold, trained already."""

from __future__ import annotations

import json
from dataclasses import dataclass

import pandas as pd

from harness.analysis.facts import FRESH, LOADED
from harness.analysis.findings import Findings


@dataclass(frozen=True)
class HeadOrigins:
    """`loaded` and `fresh` are the labels of the arms, `keys` the heads' keys in the weights, `label` the weights'."""

    loaded: list[str]
    fresh: list[str]
    keys: list[str]
    label: str

    @property
    def source(self) -> str:
        """`fc.weight, fc.bias of own_head`."""
        return f"{', '.join(self.keys)} of {self.label}"


def head_origins(found: Findings) -> HeadOrigins | None:
    """The arms by the origin of their heads; None where no run has a head from the weights, or none tells.

    An arm whose head depends on the place (a data set of as many classes as the file) stands on both sides.
    """
    runs = found.runs[found.runs["replicate"] == found.replicate]
    loaded, fresh = (runs[runs["head_origin"] == origin] for origin in (LOADED, FRESH))
    if loaded.empty:
        return None
    keys = sorted({key for told in loaded["head_keys"].dropna() for key in json.loads(told)}, reverse=True)
    labels = list(dict.fromkeys(loaded["weights_label"].dropna()))
    return HeadOrigins(_labels(loaded), _labels(fresh), keys, " and ".join(labels) or "the weights")


def unlike_heads(found: Findings, arm: int, place: tuple[str, ...]) -> bool:
    """Whether an arm and the baseline start with heads of unlike origin in some pair at a place."""
    here = found.runs
    for column, value in zip(found.axes.place, place, strict=True):
        here = here[here[column].astype(str) == value]
    pairs = found.pairs[(found.pairs["arm"] == arm) & found.pairs["row"].isin(here["row"])]
    known = pairs.dropna(subset=["head_origin", "head_origin_base"])
    return bool((known["head_origin"] != known["head_origin_base"]).any())


def _labels(runs: pd.DataFrame) -> list[str]:
    return list(dict.fromkeys(runs["arm_label"]))
