"""Adds to a study the hybrids between its creations."""

from __future__ import annotations

import sys
from dataclasses import replace

from harness.analysis.attribution.crossing import Crossing
from harness.analysis.sentences.wording import count
from harness.spec.errors import ImpossibleCell, RequestError
from harness.study.bridges.comparison import told_apart
from harness.study.bridges.cross import cross
from harness.study.bridges.rows import pairs, rows
from harness.study.check import Checker
from harness.study.request import Request
from harness.study.study import Study


def with_bridges(study: Study, checker: Checker) -> Study:
    """The study with the hybrids between the first creation of each row of the map and each other, if it asks for them.

    The study's own runs are the hybrids of no difference and of all of them.

    Raises:
        RequestError: a row has a single creation, two do not differ, or a hybrid cannot be had.
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
        except ImpossibleCell as reason:
            faults.append(str(reason))
    if faults:
        raise RequestError(faults)
    names = sorted({trait.name for crossing in crossings for trait in crossing.traits})
    told = f"{count(len(crossings), 'bridge')} over {', '.join(names)}: {count(len(hybrids), 'run')} of hybrids"
    print(told, file=sys.stderr)
    comparison = told_apart(study.requests, found)
    ends = (request.model_copy(update={"comparison": comparison}) for request in study.requests)
    return replace(study, requests=(*ends, *hybrids), bridges=tuple(crossings))
