"""Evaluation images are cropped otherwise than the weights expect, or at random."""

from __future__ import annotations

from collections.abc import Iterator

from harness.diagnose.audit import _fixes as fixes
from harness.diagnose.audit.case import Case
from harness.diagnose.audit.findings import declares
from harness.diagnose.audit.report import Finding, NotCheckedError

NOTABLE = 0.05  # of the image's side
WIDE = 0.2


@declares(
    "warning",
    "note",
    measures="fraction of the side that is kept; whether two passes agree",
    threshold="w random, or off by 20 %; n by 5 %",
)
def crop(case: Case) -> Iterator[Finding]:
    """Fraction of the image's side that is kept."""
    observed, expected = case.observed, case.expected
    if not observed.steady:
        yield Finding(
            id="crop",
            severity="warning",
            seen="Two passes of one image through the preprocessing differ: it crops or flips at random.",
            why="That is augmentation for training; as evaluation it makes accuracy a matter of luck, and lower.",
            fix=fixes.transform(case) or "use the transform of the evaluation images, without random crops and flips",
        )
        return
    if observed.crop is None or expected.crop is None:
        raise NotCheckedError("the crop is not known on both sides")
    if abs(observed.crop - expected.crop) <= NOTABLE:
        return
    side = fixes.side(case)
    yield Finding(
        id="crop",
        severity="warning" if abs(observed.crop - expected.crop) > WIDE else "note",
        seen=f"{100 * observed.crop:.0f} % of the side is kept; the weights expect {100 * expected.crop:.0f} %.",
        why="Objects appear larger or smaller than in training.",
        fix=f"torchvision.transforms.Compose([torchvision.transforms.Resize({round(side / expected.crop)}), "
        f"torchvision.transforms.CenterCrop({side})])",
    )
