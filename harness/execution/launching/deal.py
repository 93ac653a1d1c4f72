"""How the missing runs of a sweep are dealt to its jobs."""

from __future__ import annotations

import math
from collections.abc import Sequence

from harness.spec.identity import cell_id
from harness.spec.spec import Spec


def deal(specs: Sequence[Spec], jobs: int) -> list[list[Spec]]:
    """One list of runs for each job, none of them empty, `jobs` of them at most.

    A cell stays in one job, so that its runs share what they load and the machine they are computed on; only one that
    is larger than a job's share is cut. Linear probes are dealt apart from the rest, as they take a small part of its
    time, and within each kind the largest pieces first, each to the job that has the least yet (Graham 1969, "Bounds on
    multiprocessing timing anomalies": at most a third longer than the best). A run's size is its number of epochs.
    """
    share = math.ceil(len(specs) / jobs)
    portions: list[list[Spec]] = [[] for _ in range(jobs)]
    for probes in (False, True):
        kind = [spec for spec in specs if (spec.transfer.name == "linear_probe") is probes]
        loads = [0] * jobs
        for piece in sorted(_pieces(kind, share), key=_size, reverse=True):
            least = min(range(jobs), key=lambda job: (loads[job], len(portions[job])))
            portions[least] += piece
            loads[least] += _size(piece)
    return [portion for portion in portions if portion]


def _pieces(specs: Sequence[Spec], most: int) -> list[list[Spec]]:
    cells: dict[str, list[Spec]] = {}
    for spec in specs:
        cells.setdefault(cell_id(spec), []).append(spec)
    return [cell[at : at + most] for cell in cells.values() for at in range(0, len(cell), most)]


def _size(piece: Sequence[Spec]) -> int:
    return sum(spec.recipe.epochs for spec in piece)
