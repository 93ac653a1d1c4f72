"""A drop rate was asked for, and another one is at work."""

from __future__ import annotations

from collections.abc import Iterator

from harness.diagnose.audit import _fixes as fixes
from harness.diagnose.audit._dropout import largest
from harness.diagnose.audit.case import Case
from harness.diagnose.audit.findings import declares
from harness.diagnose.audit.report import Finding, NotCheckedError

CLOSE = 0.01


@declares(
    "error",
    "warning",
    measures="every dropout applied in a pass in train mode, functional ones and attention included",
    threshold="0.01; e where nothing drops",
)
def drop_rate_without_effect(case: Case) -> Iterator[Finding]:
    """The rates asked for against every dropout that a pass in train mode applies, functional ones included."""
    if case.rates is None:
        raise NotCheckedError("needs rates=, the drop rates asked for")
    for key, rate in case.rates.items():
        found = largest(case.drops, key)
        if abs(found - rate) <= CLOSE:
            continue
        yield Finding(
            id="drop-rate-without-effect",
            severity="error" if found == 0 else "warning",
            seen=f"{key}={rate:g} was asked for; "
            + (
                "in train mode nothing of that kind is dropped." if found == 0 else f"the largest at work is {found:g}."
            ),
            why="The run is labelled with a regularisation that it does not have: lost with a replaced head, never "
            "wired, or one that the library gives where it is not asked to.",
            fix=_fix(case, key, rate),
        )


def _fix(case: Case, key: str, rate: float) -> str:
    """Made anew with the rate; a dropout before the head can also be put there."""
    made = fixes.remade(case, {key: rate})
    if made or not case.known_heads or key != "drop_rate":
        return made or f"make the model with {key}={rate:g}, and replace the last layer alone"
    head = case.written(case.heads[0])
    return f"{head} = torch.nn.Sequential(torch.nn.Dropout({rate:g}), {head})"
