"""Shapley values, and the hybrid models of a study that they are computed from."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

Coalition = frozenset[str]
Order = tuple[str, ...]


def coalitions(players: Sequence[str]) -> list[Coalition]:
    """All subsets of the players, the small ones first."""
    sizes = range(len(players) + 1)
    return [frozenset(chosen) for size in sizes for chosen in itertools.combinations(players, size)]


def visited(orders: Sequence[Order]) -> list[Coalition]:
    """The subsets that come about as players join in these orders, each once, the small ones first."""
    found = {frozenset(order[:size]) for order in orders for size in range(len(order) + 1)}
    return sorted(found, key=lambda coalition: (len(coalition), sorted(coalition)))


def antithetic(players: Sequence[str], number: int) -> list[Order]:
    """So many orders drawn at random, always the same ones, each followed by its reverse.

    Antithetic pairs (Lomeli et al. 2019, arXiv:1909.12271): who joins late in an order joins early in its reverse, so
    that the errors of the two partly cancel.
    """
    random = np.random.default_rng(0)
    found: list[Order] = []
    for _ in range(number // 2):
        order = tuple(str(player) for player in random.permutation(sorted(players)))
        found += [order, order[::-1]]
    return found


def exact(players: Sequence[str], values: Mapping[Coalition, float]) -> dict[str, float]:
    """Shapley's values (Shapley 1953, Contributions to the Theory of Games II, 307-317) from all subsets' values.

    They add up to the value of all players less that of none.
    """
    total = len(players)
    found = dict.fromkeys(players, 0.0)
    for player in players:
        for coalition in coalitions([other for other in players if other != player]):
            size = len(coalition)
            weight = math.factorial(size) * math.factorial(total - size - 1) / math.factorial(total)
            found[player] += weight * (values[coalition | {player}] - values[coalition])
    return found


def along(order: Order, values: Mapping[Coalition, float]) -> dict[str, float]:
    """What each player adds as it joins in this order."""
    return {
        player: values[frozenset(order[: at + 1])] - values[frozenset(order[:at])] for at, player in enumerate(order)
    }


def sampled(orders: Sequence[Order], values: Mapping[Coalition, float]) -> dict[str, float]:
    """The mean over sampled orders (Castro, Gomez and Tejada 2009, Computers & Operations Research 36, 1726-1730).

    It estimates Shapley's values without bias, and adds up as they do.
    """
    joined = [along(order, values) for order in orders]
    return {player: sum(each[player] for each in joined) / len(joined) for player in orders[0]}


def sampling_error(orders: Sequence[Order], values: Mapping[Coalition, float]) -> dict[str, float]:
    """Standard error of `sampled` over its antithetic pairs, whose means are independent; NaN below two pairs."""
    pairs = [sampled(orders[at : at + 2], values) for at in range(0, len(orders), 2)]
    if len(pairs) < 2:
        return dict.fromkeys(orders[0], math.nan)
    return {
        player: float(np.std([pair[player] for pair in pairs], ddof=1) / math.sqrt(len(pairs))) for player in orders[0]
    }


@dataclass(frozen=True)
class SweptFactor:
    """A difference by its `name`, in words (`what`), and how it stands in the first and the second creation."""

    name: str
    what: str
    first: str
    second: str


@dataclass(frozen=True)
class Crossing:
    """From one creation to another in one row of settings.

    `cells` holds the id of the cell of each coalition: the first creation with these factors of the second. Without a
    factor that is the first itself, and with all of them the second. `orders` are those that were sampled, empty where
    all coalitions are there.
    """

    factors: tuple[SweptFactor, ...]
    cells: Mapping[Coalition, str]
    orders: tuple[Order, ...] = ()

    @property
    def players(self) -> tuple[str, ...]:
        """The names of the differences."""
        return tuple(factor.name for factor in self.factors)

    @property
    def first(self) -> str:
        """The cell of the first creation."""
        return self.cells[frozenset()]

    @property
    def second(self) -> str:
        """The cell of the second creation."""
        return self.cells[frozenset(self.players)]

    def as_json(self) -> dict[str, Any]:
        """For study.json."""
        return {
            "traits": [vars(factor) for factor in self.factors],
            "coalitions": [{"takes": sorted(takes), "cell": cell} for takes, cell in self.cells.items()],
            "orders": [list(order) for order in self.orders],
        }

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> Crossing:
        """From study.json."""
        return cls(
            tuple(SweptFactor(**factor) for factor in content["traits"]),
            {frozenset(each["takes"]): each["cell"] for each in content["coalitions"]},
            tuple(tuple(order) for order in content["orders"]),
        )
