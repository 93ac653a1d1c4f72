"""The processes that torchrun started together, this one among them."""

from __future__ import annotations

import os
from dataclasses import dataclass


@dataclass(frozen=True)
class World:
    """How many processes there are and which one this is, in all and on this machine; counted from 0.

    Source: "torchrun" in torch's documentation, environment variables.
    """

    count: int
    rank: int
    here: int
    local_rank: int


def world() -> World:
    """As torchrun's variables tell; one process where there are none."""
    names = {"WORLD_SIZE": 1, "RANK": 0, "LOCAL_WORLD_SIZE": 1, "LOCAL_RANK": 0}
    return World(*(int(os.environ.get(name, usual)) for name, usual in names.items()))
