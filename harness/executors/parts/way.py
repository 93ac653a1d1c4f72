"""How runs of one structure are packed, found once for each."""

from __future__ import annotations

import sys
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

from harness.executors.parts.equivalence import TOLERANCE, Agreement, Make, compare, compare_captured
from harness.executors.parts.kind import Kind
from harness.executors.parts.member import Member
from harness.executors.parts.pack_step import CapturedPackStep, PackStep


@dataclass(frozen=True)
class Way:
    """The program that computes a pack of one structure, and how its steps are taken."""

    make: Make
    step_of: type[PackStep]


_agreed: dict[Hashable, Way | None] = {}


def agreed(kind: Kind, structure: Hashable, members: Sequence[Member]) -> Way | None:
    """The first program that computes what single runs compute; None, said in one line, where none does.

    On a CUDA device its steps are captured, where that computes the same, and where it does not, one line tells.
    """
    key = (kind.name, structure)
    if key not in _agreed:
        make = _first_right(kind, members)
        _agreed[key] = None if make is None else Way(make, _step_of(kind, make, members))
    return _agreed[key]


def _first_right(kind: Kind, members: Sequence[Member]) -> Make | None:
    reasons = []
    for make in kind.makes:
        agreement = compare(members, make)
        if agreement.holds:
            return make
        reasons.append(f"{make.__name__}: {_reason(agreement)}")
    _tell(kind, members, f"is trained run by run, since no pack computes what single runs do ({'; '.join(reasons)})")
    return None


def _step_of(kind: Kind, make: Make, members: Sequence[Member]) -> type[PackStep]:
    hardware = members[0].session.hardware
    if hardware.device.type != "cuda":
        return PackStep
    agreement = compare_captured(members, make, CapturedPackStep, hardware)
    if agreement.holds:
        return CapturedPackStep
    _tell(kind, members, f"is trained in packs whose steps are not captured ({_reason(agreement)})")
    return PackStep


def _reason(agreement: Agreement) -> str:
    return agreement.reason or f"deviates by {agreement.deviation:.1e}, {TOLERANCE:g} is allowed"


def _tell(kind: Kind, members: Sequence[Member], what: str) -> None:
    spec = members[0].session.spec
    print(f"executor {kind.name}: {spec.backbone.name} {spec.creation.name} {what}", file=sys.stderr)
