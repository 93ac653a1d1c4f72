"""Learning rates after the warm-up. One variant a file, named as `recipe.schedule`.

A variant is a function `(recipe, steps, steps_per_epoch) -> Course` of the recipe, the steps that are left after the
warm-up, and those of an epoch.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


def _unmoved(measured: float) -> None:
    """Most schedules are fixed beforehand."""


def _nothing(state: dict[str, Any]) -> None:
    """What remembers nothing has nothing to be put back."""


@dataclass(frozen=True)
class Course:
    """The learning rate by the steps since the warm-up, from 0.

    `observe` is told the monitored validation measure at the end of every epoch. `state_dict` gives what is remembered
    of it, `load_state_dict` puts it back; a rate that depends on the step alone remembers nothing.
    """

    rate: Callable[[int], float]
    observe: Callable[[float], None] = _unmoved
    state_dict: Callable[[], dict[str, Any]] = dict
    load_state_dict: Callable[[dict[str, Any]], None] = _nothing
