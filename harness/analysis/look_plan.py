"""The plan of looks, fixed before a study's first run: after how many seeds one looks, and how sure each look is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from harness.analysis.choices import CONFIDENCE

ERROR = 1 - CONFIDENCE
"""The chance of one false verdict or more in a whole study."""


def sizes(first: int, most: int) -> tuple[int, ...]:
    """Seeds at each look: `first`, then half as many more each time, and `most` at the end (8, 12, 18, 27, 32)."""
    found = [first]
    while found[-1] < most:
        found.append(min(most, found[-1] + found[-1] // 2))
    return tuple(found)


@dataclass(frozen=True)
class LookPlan:
    """`seeds`: all that may be used, in their order. `looks`: how many of them each look has seen.

    `comparisons`: in how many cells an arm is compared with the baseline; 0 where the table at hand is to be counted.
    """

    seeds: tuple[int, ...]
    looks: tuple[int, ...]
    comparisons: int

    @property
    def errors(self) -> npt.NDArray[np.float64]:
        """The chance of a false verdict that each look spends on each comparison.

        In proportion to the seeds that a look adds (Kim and DeMets 1987, Biometrika 74, 149-154, with rho = 1), summed
        over looks by Bonferroni's inequality instead of their joint law, and divided evenly among the comparisons
        (Maurer and Bretz 2013, Stat. Biopharm. Res. 5, 311-320). Together they make 5 %, however looks and
        comparisons depend on one another, and whatever ends the study.
        """
        added = np.diff(self.looks, prepend=0)
        spent: npt.NDArray[np.float64] = ERROR * added / self.looks[-1] / self.comparisons
        return spent

    def as_json(self) -> dict[str, Any]:
        """As it stands in `study.json`."""
        return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()}


def read_plan(content: Mapping[str, Any] | None) -> LookPlan | None:
    """The plan of a study's file; None where all seeds were fixed in advance."""
    if not content:
        return None
    return LookPlan(tuple(content["seeds"]), tuple(content["looks"]), int(content["comparisons"]))
