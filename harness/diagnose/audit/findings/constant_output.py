"""What reaches the head is the same for different images."""

from __future__ import annotations

from collections.abc import Iterator

from harness.diagnose.audit.case import Case
from harness.diagnose.audit.findings import declares
from harness.diagnose.audit.report import Finding, NotCheckedError

SAME = 1e-6  # of the features' own size: float32 rounding


@declares(
    "error",
    measures="deviation over images of what reaches the head",
    threshold="1e-6 of its size (float32)",
)
def constant_output(case: Case) -> Iterator[Finding]:
    """Deviation of the head's inputs over the images, relative to their size."""
    if len(case.images) < 2:
        raise NotCheckedError("needs at least two images")
    if not case.estimated:
        raise NotCheckedError("BatchNorm's statistics were never estimated: eval mode says nothing of the features")
    features = case.features
    if not features.isfinite().all():
        raise NotCheckedError("the features are not finite")
    size = float(features.abs().max())
    varied = float(features.std(dim=0, correction=0).max())
    if size > 0 and varied > SAME * size:
        return
    yield Finding(
        id="constant-output",
        severity="error",
        seen=f"Over {len(features)} different images the head's inputs deviate by {varied:.1e}, at a size of "
        f"{size:.3g}.",
        why="The image does not reach the head: no training of the head can tell classes apart.",
        fix="find the first layer whose output is constant: dead-activations and dead-tensor name it where they can",
        location=case.heads[0],
    )
