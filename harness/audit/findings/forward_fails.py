"""The forward pass raises an error, on the images given or in train mode alone."""

from __future__ import annotations

from collections.abc import Iterator

from harness.audit.case import Case
from harness.audit.parts.unchecked import NotCheckedError
from harness.audit.report import Finding


def forward_fails(case: Case) -> Iterator[Finding]:
    """One pass in eval mode, one of two images in train mode."""
    try:
        size = tuple(case.images.shape)
    except NotCheckedError as reason:
        if case.given_images is None:
            raise
        yield _finding(f"{reason}, of the shape {tuple(case.given_images.shape)}.")
        return
    if case.purpose == "training" and case.train_failure:
        yield _finding(f"Eval mode works on images of the shape {size}, train mode does not: {case.train_failure}.")


def _finding(seen: str) -> Finding:
    return Finding(
        id="forward-fails",
        severity="error",
        seen=seen,
        why="Training stops at its first step.",
        fix="run model.train()(images[:2]) by hand and read the traceback",
    )
