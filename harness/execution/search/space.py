"""The space that is searched: one dimension for each key that takes more than one value."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

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
