"""How runs of one structure are packed, found once for each."""

from __future__ import annotations

import sys
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

from harness.execution.packing.equivalence import RUNS, TOLERANCE, Agreement, Make, compare, compare_captured
from harness.execution.packing.pack_spec import PackSpec
from harness.execution.packing.packed_run import PackedRun
from harness.execution.packing.step import CapturedPackStep, PackStep


@dataclass(frozen=True)
class PackPlan:
    """The program that computes a pack of one structure, and how its steps are taken."""

    make: Make
    step_of: type[PackStep]


_agreed: dict[Hashable, PackPlan | None] = {}


def agreed(kind: PackSpec, structure: Hashable, members: Sequence[PackedRun]) -> PackPlan | None:
    """The first program that computes what single runs compute; None, said in one line, where none does.

    One run of each origin is in the check. On a CUDA device steps are captured, where that computes the same, and where
    it does not, one line tells.
    """
    first = {kind.origin(own[0]): own[0] for own in _by_origin(kind, members)}
    key = (kind.name, structure, frozenset(first))
    if key not in _agreed:
        others = [member for member in members if member not in first.values()]
        checked = [*first.values(), *others[: max(0, RUNS - len(first))]]
        make = _first_right(kind, checked)
        _agreed[key] = None if make is None else PackPlan(make, _step_of(kind, make, checked))
    return _agreed[key]


def ways(
    kind: PackSpec, structure: Hashable, members: Sequence[PackedRun]
) -> list[tuple[PackPlan, Sequence[PackedRun]]]:
    """The packs of one structure and how each is trained: one of all runs, or one of each origin; without those that
    are no packs."""
    for packs in ([members], _by_origin(kind, members)):
        found = [(way, pack) for pack in packs if (way := agreed(kind, structure, pack)) is not None]
        if found:
            return found
    return []


def _by_origin(kind: PackSpec, members: Sequence[PackedRun]) -> list[list[PackedRun]]:
    found: dict[Hashable, list[PackedRun]] = {}
    for member in members:
        found.setdefault(kind.origin(member), []).append(member)
    return list(found.values())


def _first_right(kind: PackSpec, members: Sequence[PackedRun]) -> Make | None:
    reasons = []
    for make in kind.makes:
        agreement = compare(members, make)
        if agreement.holds:
            return make
        reasons.append(f"{make.__name__}: {_reason(agreement)}")
    alone = len(_by_origin(kind, members)) == 1
    outcome = "is trained run by run" if alone else "is not packed with runs that were created otherwise"
    _tell(kind, members, f"{outcome}, since no pack computes what single runs do ({'; '.join(reasons)})")
    return None


def _step_of(kind: PackSpec, make: Make, members: Sequence[PackedRun]) -> type[PackStep]:
    hardware = members[0].setup.hardware
    if hardware.device.type != "cuda":
        return PackStep
    agreement = compare_captured(members, make, CapturedPackStep, hardware)
    if agreement.holds:
        return CapturedPackStep
    _tell(kind, members, f"is trained in packs whose steps are not captured ({_reason(agreement)})")
    return PackStep


def _reason(agreement: Agreement) -> str:
    return agreement.reason or f"deviates by {agreement.deviation:.1e}, {TOLERANCE:g} is allowed"


def _tell(kind: PackSpec, members: Sequence[PackedRun], what: str) -> None:
    spec = members[0].setup.spec
    print(f"executor {kind.name}: {spec.backbone.name} {spec.creation.name} {what}", file=sys.stderr)
