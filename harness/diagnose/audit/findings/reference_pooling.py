"""Another pooling than in the reference."""

from __future__ import annotations

from collections.abc import Iterator

from harness.diagnose.audit import _fixes as fixes
from harness.diagnose.audit._heads import pooling
from harness.diagnose.audit.case import Case
from harness.diagnose.audit.findings import declares
from harness.diagnose.audit.report import Finding, NotCheckedError


@declares(
    "warning",
    measures="timm's pooling in both",
)
def reference_pooling(case: Case) -> Iterator[Finding]:
    """timm's name of the pooling in both models."""
    own, other = pooling(case.model), pooling(case.other.model)
    if own is None or other is None:
        raise NotCheckedError("only timm's models say how they pool")
    if own != other:
        yield Finding(
            id="reference-pooling",
            severity="warning",
            seen=f"'{own}' here, '{other}' in the reference.",
            why="The head gets other features.",
            fix=fixes.remade(case, {"global_pool": other}) or f"make both with the pooling {other!r}",
        )
