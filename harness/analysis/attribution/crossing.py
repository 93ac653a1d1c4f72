"""A bridge as a study's file describes it: its two creations, what differs, and which cell is which hybrid."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from harness.analysis.attribution.shapley import Coalition, Order


@dataclass(frozen=True)
class SweptFactor:
    """A difference by its `name`, in words (`what`), and how it stands in the first and the second creation."""

    name: str
    what: str
    first: str
    second: str


@dataclass(frozen=True)
class Crossing:
    """From one creation to another in one row of the map.

    `cells` holds the id of the cell of each coalition: the first creation with these traits of the second. Without a
    trait that is the first itself, and with all of them the second. `orders` are those that were sampled, empty where
    all coalitions are there.
    """

    traits: tuple[SweptFactor, ...]
    cells: Mapping[Coalition, str]
    orders: tuple[Order, ...] = ()

    @property
    def players(self) -> tuple[str, ...]:
        """The names of the differences."""
        return tuple(trait.name for trait in self.traits)

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
            "traits": [vars(trait) for trait in self.traits],
            "coalitions": [{"takes": sorted(takes), "cell": cell} for takes, cell in self.cells.items()],
            "orders": [list(order) for order in self.orders],
        }

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> Crossing:
        """From study.json."""
        return cls(
            tuple(SweptFactor(**trait) for trait in content["traits"]),
            {frozenset(each["takes"]): each["cell"] for each in content["coalitions"]},
            tuple(tuple(order) for order in content["orders"]),
        )
