"""From one creation to another: what differs, and the hybrids to train."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import torch

from harness.analysis.attribution.crossing import Crossing, SweptFactor
from harness.analysis.attribution.shapley import Coalition, Order, antithetic, coalitions, visited
from harness.data.load import load
from harness.data.split import split
from harness.model.build import Built
from harness.spec.bridge import hybrid
from harness.spec.errors import RequestError
from harness.spec.identity import cell_id
from harness.spec.machine import Machine
from harness.spec.spec import Spec
from harness.spec.streams import stream
from harness.study.bridges.rows import Creation
from harness.study.request import Request
from harness.training.hybrids.build import image_preprocessing, prepare
from harness.training.hybrids.players import players

EXACT = 5
"""Up to so many differences all coalitions are trained, 32 runs for each seed; beyond, orders are sampled."""

ORDERS = 16
"""How many, where the request names no number."""

CPU = torch.device("cpu")


def cross(first: Creation, second: Creation) -> tuple[Crossing, list[list[Request]]]:
    """The bridge between two creations, and the requests of its hybrids: a list for each, one for each seed.

    What differs is found by building both with their first seed.

    Raises:
        RequestError: the two share no seed, or do not differ.
        ImpossibleCell: one of them cannot be built.
    """
    seeds = sorted(first.keys() & second.keys())
    if not seeds:
        raise RequestError("bridge: hybrids are paired by seed, and the two creations share none; give both the same")
    begin = first[seeds[0]]
    traits = _differences(begin.spec, second[seeds[0]].spec, begin.machine)
    names = tuple(trait.name for trait in traits)
    number = begin.comparison.orders or (0 if len(names) <= EXACT else ORDERS)
    orders = antithetic(names, number)
    runs = {
        takes: [_run(first[seed], second[seed], takes, names) for seed in seeds] for takes in _chosen(names, orders)
    }
    cells = {takes: cell_id(requests[0].spec) for takes, requests in runs.items()}
    between = [requests for takes, requests in runs.items() if 0 < len(takes) < len(names)]
    return Crossing(traits, cells, tuple(orders)), between


def _differences(first: Spec, second: Spec, machine: Machine) -> tuple[SweptFactor, ...]:
    found = players(first, second, partial(_ready, machine=machine))
    if not found:
        one, other = (f"{spec.creation.name} with {spec.init.name}" for spec in (first, second))
        raise RequestError(
            f"bridge: {one} and {other} make the same {first.backbone.name}; there is nothing to take over"
        )
    return tuple(SweptFactor(name, *trait.words()) for name, trait in found.items())


def _ready(spec: Spec, machine: Machine) -> Built:
    """The model as a run would start from it: the data tell the number of classes, and what a head is fitted to."""
    prepared = image_preprocessing(spec)
    dataset = load(spec.data, prepared.interpolation, machine, crop=prepared.crop)
    train, _ = split(dataset.train, spec.data.val_fraction, stream(spec, "split"))
    return prepare(spec, dataset, train, CPU)


def _chosen(names: Sequence[str], orders: Sequence[Order]) -> list[Coalition]:
    """All subsets, or those that the orders visit, with each difference alone and each missing."""
    if not orders:
        return coalitions(names)
    everybody = frozenset(names)
    ends = {*(frozenset({name}) for name in names), *(everybody - {name} for name in names)}
    found = visited(orders)
    return [*found, *sorted(ends.difference(found), key=sorted)]


def _run(request: Request, other: Request, takes: Coalition, names: Sequence[str]) -> Request:
    """A hybrid's run; all differences make the other creation's own."""
    spec = other.spec if takes == frozenset(names) else hybrid(request.spec, other.spec, takes)
    return request.model_copy(update={"spec": spec})
