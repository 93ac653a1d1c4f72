"""Bridges: the hybrid models between a study's creations, added to its runs."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial

import torch

from harness.analysis.sentences.wording import count
from harness.analysis.settings import settings
from harness.analysis.shapley import Coalition, Crossing, Order, SweptFactor, antithetic, coalitions, visited
from harness.data.load import load
from harness.data.split import split
from harness.model.build import Built
from harness.spec.errors import ImpossibleConfiguration, RequestError
from harness.spec.identity import configuration_id
from harness.spec.machine import Machine
from harness.spec.spec import GROUPS, NORM_KEYS, Part, Spec, hybrid
from harness.spec.streams import stream
from harness.study.check import Checker
from harness.study.request import Comparison, Request
from harness.study.study import Study
from harness.training.hybrids.build import image_preprocessing, prepare
from harness.training.hybrids.players import players

Creation = dict[int, Request]
"""The runs of one creation in one row of the map, by their seeds."""

Pair = tuple[Creation, Creation]


def rows(requests: Iterable[Request]) -> list[list[Creation]]:
    """The creations of each row of the map, in the order in which they are named."""
    found: dict[str, dict[str, Creation]] = {}
    for request in requests:
        row = found.setdefault(_row(request.spec), {})
        row.setdefault(configuration_id(request.spec), {})[request.spec.seed] = request
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
    transfer = spec.transfer.model_dump(mode="json", exclude=set(NORM_KEYS))
    return json.dumps([shared, transfer, spec.backbone.library, spec.backbone.name], sort_keys=True)


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
        ImpossibleConfiguration: one of them cannot be built.
    """
    seeds = sorted(first.keys() & second.keys())
    if not seeds:
        raise RequestError("bridge: hybrids are paired by seed, and the two creations share none; give both the same")
    begin = first[seeds[0]]
    factors = _differences(begin.spec, second[seeds[0]].spec, begin.machine)
    names = tuple(factor.name for factor in factors)
    number = begin.comparison.orders or (0 if len(names) <= EXACT else ORDERS)
    orders = antithetic(names, number)
    runs = {
        takes: [_run(first[seed], second[seed], takes, names) for seed in seeds] for takes in _chosen(names, orders)
    }
    configurations = {takes: configuration_id(requests[0].spec) for takes, requests in runs.items()}
    between = [requests for takes, requests in runs.items() if 0 < len(takes) < len(names)]
    return Crossing(factors, configurations, tuple(orders)), between


def _differences(first: Spec, second: Spec, machine: Machine) -> tuple[SweptFactor, ...]:
    found = players(first, second, partial(_ready, machine=machine))
    if not found:
        one, other = (f"{spec.creation.name} with {spec.init.name}" for spec in (first, second))
        raise RequestError(
            f"bridge: {one} and {other} make the same {first.backbone.name}; there is nothing to take over"
        )
    return tuple(SweptFactor(name, *factor.words()) for name, factor in found.items())


def _ready(spec: Spec, machine: Machine) -> Built:
    """The model as a run would start from it: the data tell the number of classes, and what a head is fitted to."""
    prepared = image_preprocessing(spec)
    dataset = load(spec.data, prepared.interpolation, machine, crop=prepared.crop, squash=prepared.squash)
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


def told_apart(requests: Sequence[Request], pairs: Iterable[Pair]) -> Comparison:
    """The study's comparison, extended by whatever the creations differ in, and the first one as baseline."""
    apart = ["bridge"]
    for first, second in pairs:
        ours, theirs = next(iter(first.values())).spec, next(iter(second.values())).spec
        apart += [group for group in GROUPS if group != "backbone" and getattr(ours, group) != getattr(theirs, group)]
        apart += [f"backbone.{key}" for key in _unlike(ours.backbone, theirs.backbone)]
        apart += [
            f"transfer.{key}" for key in NORM_KEYS if getattr(ours.transfer, key) != getattr(theirs.transfer, key)
        ]
    comparison = requests[0].comparison
    compared = tuple(dict.fromkeys([*comparison.arms, *apart]))
    usual = settings(requests[0].spec.model_dump(mode="json"))
    within = tuple(f"{key}." for key in compared)
    baseline = {name: value for name, value in usual.items() if name in compared or name.startswith(within)}
    return comparison.model_copy(update={"arms": compared, "baseline": {**baseline, **(comparison.baseline or {})}})


def _unlike(first: Part, second: Part) -> list[str]:
    return [key for key in type(first).model_fields if getattr(first, key) != getattr(second, key)]


def with_bridges(study: Study, checker: Checker) -> Study:
    """The study with the hybrids between the first creation of each row of the map and each other, if it asks for them.

    The study's own runs are the hybrids of no difference and of all of them.

    Raises:
        RequestError: a row has a single creation, two do not differ, or a hybrid model is unavailable.
    """
    if not study.first.comparison.bridge:
        return study
    found = [pair for row in rows(study.requests) for pair in pairs(row)]
    hybrids: list[Request] = []
    crossings: list[Crossing] = []  # once each, though splits that are crossed with seeds make rows of their own
    faults: list[str] = []
    for first, second in found:
        try:
            crossing, between = cross(first, second)
            for requests in between:
                faults += checker.check(requests[0])
                hybrids += requests
            if crossing not in crossings:
                crossings.append(crossing)
        except ImpossibleConfiguration as reason:
            faults.append(str(reason))
    if faults:
        raise RequestError(faults)
    names = sorted({factor.name for crossing in crossings for factor in crossing.factors})
    told = f"{count(len(crossings), 'bridge')} over {', '.join(names)}: {count(len(hybrids), 'run')} of hybrids"
    print(told, file=sys.stderr)
    comparison = told_apart(study.requests, found)
    ends = (request.model_copy(update={"comparison": comparison}) for request in study.requests)
    return replace(study, requests=(*ends, *hybrids), bridges=tuple(crossings))
