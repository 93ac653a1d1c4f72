"""Evaluation images that are not square are squeezed into a square."""

from __future__ import annotations

from collections.abc import Iterator

from harness.diagnose.audit import _fixes as fixes
from harness.diagnose.audit.case import Case
from harness.diagnose.audit.findings import declares
from harness.diagnose.audit.report import Finding, NotCheckedError


@declares(
    "warning",
    "note",
    measures="an image twice as wide as high sent through",
    threshold="three quarters of its width kept; n where the weights do not say how they expect it. Some of timm's "
    "expect it squeezed",
)
def aspect_ratio(case: Case) -> Iterator[Finding]:
    """Told by what becomes of an image twice as wide as high."""
    if case.observed.squashed is None or not callable(case.pipeline):
        raise NotCheckedError("needs preprocessing= as a callable that does the same to the same image")
    try:
        wanted = case.expected.squashed
    except NotCheckedError:
        wanted = None
    if case.observed.squashed and not wanted:
        side = fixes.side(case)
        yield Finding(
            id="aspect-ratio",
            severity="note" if wanted is None else "warning",
            seen="Of an image twice as wide as high the whole width is kept: it is squeezed into a square.",
            why="Weights are mostly trained on crops that roughly keep the aspect ratio; here objects become narrow.",
            fix=f"torchvision.transforms.Compose([torchvision.transforms.Resize({side}), "
            f"torchvision.transforms.CenterCrop({side})])  # not Resize(({side}, {side}))",
        )
