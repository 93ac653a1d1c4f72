"""Other drop rates are at work than in the reference."""

from __future__ import annotations

from collections.abc import Iterator

from harness.diagnose.audit import _fixes as fixes
from harness.diagnose.audit._dropout import largest
from harness.diagnose.audit.case import Case
from harness.diagnose.audit.findings import declares
from harness.diagnose.audit.report import Finding

KINDS = ("drop_rate", "attn_drop_rate", "proj_drop_rate", "drop_path_rate")


@declares(
    "warning",
    measures="the rates at work in both",
)
def reference_drop_rates(case: Case) -> Iterator[Finding]:
    """The largest rate of each kind at work in a pass in train mode, in both models."""
    other = case.other
    for kind in KINDS:
        own, theirs = largest(case.drops, kind), largest(other.drops, kind)
        if own == theirs:
            continue
        yield Finding(
            id="reference-drop-rates",
            severity="warning",
            seen=f"{kind}: {own:g} is at work here, {theirs:g} in the reference.",
            why="The two are regularised differently; a dropout is lost when the module that holds it is replaced.",
            fix=fixes.remade(case, {kind: theirs})
            or f"make both with {kind}={theirs:g}, and replace the last layer alone",
        )
