"""What is searched, and what a search may spend."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from pydantic import Field

from harness.spec.spec import Part

JSON, MARKDOWN = "search.json", "search.md"
"""What a search leaves beside the study that compares the best."""

FIRST_SEED = 10_000
"""Trials have seeds of their own from here on: what is chosen on a seed looks better on it than it is."""


class Search(Part):
    """A search of `trials` trials for each method, each of `seeds` runs.

    A trial's value is the mean of `monitor` on the validation part. `pruner` ends a trial whose first run lies, so far,
    below the median of the earlier ones at the end of an epoch (Golovin et al. 2017, "Google Vizier", section 3.4);
    `none` lets all run to their end. The methods share `sampler_seed`: their first third, drawn at random, is the same.
    """

    trials: int = Field(default=20, ge=1)
    seeds: int = Field(default=1, ge=1)
    monitor: Literal["val_top1", "val_loss", "val_average_precision"] = "val_top1"
    pruner: Literal["median", "none"] = "median"
    sampler_seed: int = Field(default=0, ge=0)

    @property
    def trial_seeds(self) -> range:
        """The seeds of each trial's runs."""
        return range(FIRST_SEED, FIRST_SEED + self.seeds)


DIGITS = 3
"""Of a sampled number: more would only make a run's spec hard to read."""


class Trial(Protocol):
    """What Optuna draws values by."""

    def suggest_float(self, name: str, low: float, high: float, *, log: bool = False) -> float: ...
    def suggest_int(self, name: str, low: int, high: int, *, log: bool = False) -> int: ...
    def suggest_categorical(self, name: str, choices: Sequence[str]) -> str: ...


@dataclass(frozen=True)
class Interval:
    """Numbers from `low` to `high`, uniform or, with `log`, uniform in their logarithm."""

    low: float
    high: float
    log: bool = False
    whole: bool = False

    def draw(self, trial: Trial, key: str) -> str:
        """A value as an override writes it."""
        if self.whole:
            return str(trial.suggest_int(key, round(self.low), round(self.high), log=self.log))
        return _written(trial.suggest_float(key, self.low, self.high, log=self.log))

    def ends(self) -> tuple[str, ...]:
        """Between these all is well if it is well at both."""
        return (
            (str(round(self.low)), str(round(self.high))) if self.whole else (_written(self.low), _written(self.high))
        )


@dataclass(frozen=True)
class Categorical:
    """One of several values, as overrides write them."""

    values: tuple[str, ...]

    def draw(self, trial: Trial, key: str) -> str:
        """A value as an override writes it."""
        return trial.suggest_categorical(key, self.values)

    def ends(self) -> tuple[str, ...]:
        """Every value has to be looked at by itself."""
        return self.values


Space = Mapping[str, Interval | Categorical]


def draw(space: Space, trial: Trial) -> dict[str, str]:
    """A point of the space."""
    return {key: dimension.draw(trial, key) for key, dimension in space.items()}


def edges(space: Space) -> Iterator[dict[str, str]]:
    """Points at which a space is checked before anything is trained: every end of each dimension occurs in one."""
    ends = {key: dimension.ends() for key, dimension in space.items()}
    for at in range(max(map(len, ends.values()))):
        yield {key: values[min(at, len(values) - 1)] for key, values in ends.items()}


def _written(value: float) -> str:
    return f"{value:.{DIGITS}g}"
