"""From a bridge's runs to what each difference contributes, seed by seed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from harness.analysis.attribution.crossing import Crossing, SweptFactor
from harness.analysis.attribution.shapley import Coalition, exact, sampled, sampling_error
from harness.analysis.attribution.share import share
from harness.analysis.statistics import t_interval

Floats = npt.NDArray[np.float64]
Scores = dict[tuple[str, int], tuple[float, int]]
"""Of each cell and seed the mean score over its splits, and how many there are: one where none are crossed."""

Interval = tuple[float, float, float]
"""Mean over seeds, and the bounds of its 95 % interval (Student's t)."""


@dataclass(frozen=True, eq=False)
class Attribution:
    """A bridge whose runs have ended. Arrays have a value for each of the `seeds` for which all runs are there.

    `shapley`, `first_in` (what a difference does alone, added to the first creation) and `last_in` (what is lost where
    the second creation lacks it) are in points of the study's metric, by the difference's name. `error` is the standard
    error that the sampling of orders leaves in sampled values, None where nothing was sampled. `incomplete` are seeds
    left out.
    """

    crossing: Crossing
    seeds: tuple[int, ...]
    first: Floats
    second: Floats
    shapley: dict[str, Floats]
    first_in: dict[str, Floats]
    last_in: dict[str, Floats]
    error: dict[str, float] | None = None
    incomplete: tuple[int, ...] = ()

    @property
    def gap(self) -> Floats:
        """Second minus first, points."""
        return self.second - self.first

    @property
    def ranked(self) -> list[SweptFactor]:
        """The differences, the largest contribution first."""
        return sorted(self.crossing.traits, key=lambda trait: -abs(float(np.mean(self.shapley[trait.name]))))

    def share(self, trait: str) -> Interval:
        """The share of the gap that a difference makes, as a fraction; NaN where there is no gap to share."""
        return share(self.shapley[trait], self.gap)


def interval(values: Floats) -> Interval:
    """Mean and 95 % t interval over seeds; without bounds below two."""
    deviation = np.std(values, ddof=1) if len(values) > 1 else np.nan
    low, high, _ = t_interval(np.array(float(len(values))), np.array(np.mean(values)), np.array(deviation))
    return float(np.mean(values)), float(low), float(high)


def attributions(crossings: Iterable[Crossing], runs: pd.DataFrame) -> list[Attribution]:
    """One for each bridge of which at least one seed is whole. `runs` has cell_id, seed and score.

    Where splits are crossed with seeds, a seed counts once, with the mean over its splits.
    """
    ended = runs.groupby(["cell_id", "seed"])["score"].agg(["mean", "count"]).reset_index()
    scores = {
        (str(cell), int(seed)): (float(mean), int(splits))
        for cell, seed, mean, splits in ended[ended["count"] > 0].itertuples(index=False)
    }
    seeds = sorted({int(seed) for seed in runs["seed"]})
    attributed = (_attribution(crossing, seeds, scores) for crossing in crossings)
    return [each for each in attributed if each is not None]


def _is_whole(seed: int, crossing: Crossing, scores: Scores) -> bool:
    """Whether every hybrid has ended for this seed, and in as many splits."""
    found = [scores.get((cell, seed)) for cell in crossing.cells.values()]
    return len({splits for _, splits in filter(None, found)}) == 1 and None not in found


def _attribution(crossing: Crossing, seeds: list[int], scores: Scores) -> Attribution | None:
    started = [seed for seed in seeds if (crossing.first, seed) in scores or (crossing.second, seed) in scores]
    whole = [seed for seed in started if _is_whole(seed, crossing, scores)]
    if not whole:
        return None
    games = [{takes: scores[cell, seed][0] for takes, cell in crossing.cells.items()} for seed in whole]
    players, everybody, nobody = crossing.players, frozenset(crossing.players), frozenset[str]()
    split = [sampled(crossing.orders, game) if crossing.orders else exact(players, game) for game in games]

    def joins(player: str, takes: Coalition) -> Floats:
        return np.array([game[takes | {player}] - game[takes] for game in games])

    mean = {takes: float(np.mean([game[takes] for game in games])) for takes in crossing.cells}
    return Attribution(
        crossing,
        tuple(whole),
        np.array([game[nobody] for game in games]),
        np.array([game[everybody] for game in games]),
        {player: np.array([each[player] for each in split]) for player in players},
        {player: joins(player, nobody) for player in players},
        {player: joins(player, everybody - {player}) for player in players},
        sampling_error(crossing.orders, mean) if crossing.orders else None,
        tuple(seed for seed in started if seed not in whole),
    )
