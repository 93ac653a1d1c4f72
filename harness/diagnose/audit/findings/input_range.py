"""The images are not in the range that the weights' normalisation gives: 0..255, or never normalised."""

from __future__ import annotations

from collections.abc import Iterator

import torch

from harness.diagnose.audit import _fixes as fixes
from harness.diagnose.audit._inputs import MOST_IMAGES
from harness.diagnose.audit._preprocessing import recognised
from harness.diagnose.audit.case import Case
from harness.diagnose.audit.findings import declares
from harness.diagnose.audit.report import Finding, NotCheckedError

SLACK = 0.25  # of the whole range: resampling overshoots, augmentation may go beyond
COARSE = 20.0  # no deviation in use gives so large a value to an image in 0..1, unless the weights expect 0..255
NARROW = 0.05  # of the whole range: 64 images that use less were divided once too often


@declares(
    "error",
    "warning",
    measures="range of the images; the lattice of their grey levels",
    threshold="see [below](#how-a-batch-was-normalised); w for normalisations that nearly agree",
)
def input_range(case: Case) -> Iterator[Finding]:
    """Range of the images, and which normalisation their grey levels fit."""
    if case.given_images is None:
        raise NotCheckedError("needs images=, a batch of real ones as the model gets it")
    images = case.given_images[:MOST_IMAGES].float()  # no pass is needed, and a wrong range may be why it fails
    if images.ndim != 4:
        raise NotCheckedError(f"the images are no batch [N, C, H, W], their shape is {tuple(images.shape)}")
    low, high = float(images.min()), float(images.max())
    bottom, top = _bounds(case, images.shape[1])
    if max(abs(low), abs(high)) > COARSE >= max(abs(bottom), abs(top)):
        yield _finding(case, f"The images lie within {low:.3g}..{high:.3g}: they look like 0..255, not scaled.", True)
        return
    expected = case.expected
    if expected.mean is None or expected.std is None or len(expected.mean) != images.shape[1]:
        raise NotCheckedError("the mean and deviation that the weights expect are not known")
    name = recognised(images, expected.mean, expected.std)
    if name is not None:
        yield _finding(
            case,
            f"The images' grey levels fit the normalisation '{name}', not mean {expected.mean} and deviation "
            f"{expected.std}.",
            name not in ("CIFAR-10", "CLIP"),
        )
        return
    if low >= 0 and high <= 1 and min(expected.mean) > 0:
        yield _finding(case, f"The images lie within {low:.3g}..{high:.3g}: they look like 0..1, not normalised.", True)
        return
    slack = SLACK * (top - bottom)
    widest = float((images.amax(dim=(0, 2, 3)) - images.amin(dim=(0, 2, 3))).max())  # of any channel
    if low < bottom - slack or high > top + slack or 0 < widest < NARROW * (top - bottom):
        yield _finding(
            case,
            f"The images lie within {low:.3g}..{high:.3g}, no channel spans more than {widest:.3g}; normalised as the "
            f"weights expect they would lie within {bottom:.3g}..{top:.3g}.",
            True,
        )


def _bounds(case: Case, channels: int) -> tuple[float, float]:
    """Black and white as the weights expect them; 0 and 0 where that is not known."""
    try:
        mean, std = case.expected.mean, case.expected.std
    except NotCheckedError:
        return 0.0, 0.0
    if mean is None or std is None or len(mean) != channels:
        return 0.0, 0.0
    shift, scale = torch.tensor(mean), torch.tensor(std)
    return float((-shift / scale).min()), float(((1 - shift) / scale).max())


def _finding(case: Case, seen: str, serious: bool) -> Finding:
    return Finding(
        id="input-range",
        severity="error" if serious else "warning",
        seen=seen,
        why="The first layer gets inputs on another scale than the one that it was trained on.",
        fix=fixes.transform(case) or "send the images through the transform that belongs to the weights",
    )
