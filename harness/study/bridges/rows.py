"""Which creations stand beside one another in a study."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from harness.spec.bridge import GROUPS
from harness.spec.errors import RequestError
from harness.spec.identity import cell_id
from harness.spec.spec import Spec
from harness.study.request import Request

Creation = dict[int, Request]
"""The runs of one creation in one row of the map, by their seeds."""

Pair = tuple[Creation, Creation]


def rows(requests: Iterable[Request]) -> list[list[Creation]]:
    """The creations of each row of the map, in the order in which they are named."""
    found: dict[str, dict[str, Creation]] = {}
    for request in requests:
        row = found.setdefault(_row(request.spec), {})
        row.setdefault(cell_id(request.spec), {})[request.spec.seed] = request
    return [list(row.values()) for row in found.values()]


def pairs(row: list[Creation]) -> Iterator[Pair]:
    """The first creation of a row beside each other one.

    Raises:
        RequestError: there is no other.
    """
    first, *others = row
    if not others:
        spec = next(iter(first.values())).spec
        raise RequestError(
            f"bridge: goes from one creation to another, and {spec.creation.name} with {spec.init.name} is the only "
            f"one for {spec.backbone.name} on {spec.data.label} ({spec.transfer.name}, lr {spec.recipe.lr:g}, "
            f"{spec.recipe.epochs} epochs); for instance creation=create_model,swap_head"
        )
    return ((first, other) for other in others)


def _row(spec: Spec) -> str:
    """What is alike for all creations of a row, their seeds set aside."""
    shared = spec.model_dump(mode="json", exclude={*GROUPS, "seed", "bridge", "transfer"})
    transfer = spec.transfer.model_dump(mode="json", exclude={"norm"})
    return json.dumps([shared, transfer, spec.backbone.library, spec.backbone.name], sort_keys=True)
