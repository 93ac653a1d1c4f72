"""Shapley attribution: how much of the gap between two creations each of their differences makes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from harness.analysis.shapley import Coalition, Crossing, SweptFactor, exact, sampled, sampling_error
from harness.analysis.statistics import t_interval
from harness.analysis.statistics.intervals import ratio_interval

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
        return sorted(self.crossing.factors, key=lambda factor: -abs(float(np.mean(self.shapley[factor.name]))))

    def fraction(self, factor: str) -> Interval:
        """The fraction of the gap that a difference makes; NaN where there is no gap."""
        return ratio_interval(self.shapley[factor], self.gap)


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
    """Whether every hybrid model's run has ended for this seed, and in as many splits."""
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


PERCENT = 100.0


def bridge_table(bridges: Sequence[Attribution], runs: pd.DataFrame) -> pd.DataFrame:
    """Shapley values in points and as a fraction of the gap, and what each difference adds alone and last.

    Empty where the study has no bridge.
    """
    cells = runs.drop_duplicates("cell_id").set_index("cell_id")
    rows = []
    for each in bridges:
        first, second = cells.loc[each.crossing.first], cells.loc[each.crossing.second]
        gap = interval(each.gap)
        for factor in each.ranked:
            rows.append(
                {
                    "backbone": first["backbone"],
                    "data": first["data"],
                    "transfer": first["transfer"],
                    "cell": first["row_label"],
                    "first": first["arm_label"],
                    "second": second["arm_label"],
                    "trait": factor.name,
                    "what": factor.what,
                    "n": len(each.seeds),
                    "first_mean": float(np.mean(each.first)),
                    "second_mean": float(np.mean(each.second)),
                    **_bounds("gap", gap),
                    **_bounds("shapley", interval(each.shapley[factor.name])),
                    **_bounds("share", tuple(PERCENT * bound for bound in each.fraction(factor.name))),
                    **_bounds("first_in", interval(each.first_in[factor.name])),
                    **_bounds("last_in", interval(each.last_in[factor.name])),
                    "coalitions": len(each.crossing.cells),
                    "orders": len(each.crossing.orders) or None,
                    "sampling_error": None if each.error is None else each.error[factor.name],
                    "incomplete": len(each.incomplete),
                }
            )
    return pd.DataFrame(rows)


def _bounds(name: str, values: tuple[float, ...]) -> dict[str, float]:
    return dict(zip((f"{name}_mean", f"{name}_low", f"{name}_high"), values, strict=True))
