"""Images are resized with another filter than the weights expect."""

from __future__ import annotations

from collections.abc import Iterator

from harness.diagnose.audit import _fixes as fixes
from harness.diagnose.audit.case import Case
from harness.diagnose.audit.findings import declares
from harness.diagnose.audit.report import Finding, NotCheckedError


@declares(
    "warning",
    measures="the filter, by name or by what it does to a step",
    threshold="any other; bilinear for bicubic and the reverse cost 0.1 to 8.0 points in "
    "[evaluation_conditions](studies.md#evaluation_conditions-mistakes-in-the-evaluation)",
)
def interpolation(case: Case) -> Iterator[Finding]:
    """Name of the filter; that of a callable is recognised by what it does to a step between two greys."""
    observed, expected = case.observed.interpolation, case.expected.interpolation
    if observed is None or expected is None:
        raise NotCheckedError("the filter is not known on both sides, or the pipeline is random")
    if observed == expected or expected == "random" or (observed, expected) == ("bicubic", "lanczos"):
        return
    yield Finding(
        id="interpolation",
        severity="warning",
        seen=f"{observed}; the weights expect {expected}.",
        why="Another filter gives sharper or softer images than those trained on"
        + ("; nearest also aliases." if observed == "nearest" else "; it costs tenths of a point, at times more."),
        fix=f"torchvision.transforms.Resize({fixes.side(case)}, "
        f"interpolation=torchvision.transforms.InterpolationMode.{expected.upper()})",
    )
