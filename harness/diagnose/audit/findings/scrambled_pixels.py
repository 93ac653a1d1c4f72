"""The images were reshaped from height, width, channels where they had to be transposed."""

from __future__ import annotations

from collections.abc import Iterator

from torch import Tensor

from harness.diagnose.audit._inputs import MOST_IMAGES
from harness.diagnose.audit.case import Case
from harness.diagnose.audit.findings import declares
from harness.diagnose.audit.report import Finding, NotCheckedError

ROUGHER = 1.2  # smooth or natural images are smoother as they are, noise is as rough either way


@declares(
    "error",
    measures="mean difference of neighbouring pixels, against that after the same numbers were read as height, width, "
    "channels",
    threshold="1.2 times as rough",
)
def scrambled_pixels(case: Case) -> Iterator[Finding]:
    """How rough the images are as they are, and read in the order in which image files hold them."""
    if case.given_images is None:
        raise NotCheckedError("needs images=, a batch of real ones as the model gets it")
    images = case.given_images[:MOST_IMAGES].float()
    if images.ndim != 4 or images.shape[1] not in (2, 3, 4) or min(images.shape[2:]) < 2:
        raise NotCheckedError("needs images of two to four channels")
    number, channels, height, width = images.shape
    read = images.contiguous().view(number, height, width, channels).permute(0, 3, 1, 2)
    given, other = _roughness(images), _roughness(read)
    if given <= ROUGHER * other or not other > 0:
        return
    yield Finding(
        id="scrambled-pixels",
        severity="error",
        seen=f"Neighbouring pixels differ by {given:.3g} on average; read as height, width, channels, the same numbers "
        f"give images whose neighbours differ by {other:.3g}.",
        why="reshape and view keep the order of the numbers: rows and channels are mixed, and nothing that the weights "
        "know is left in the images.",
        fix="images = images.transpose(0, 3, 1, 2)  # of NumPy's [N, H, W, C]; of a tensor: permute",
    )


def _roughness(images: Tensor) -> float:
    """Mean difference to the neighbour on the right plus that to the one below."""
    right, below = images[..., 1:] - images[..., :-1], images[..., 1:, :] - images[..., :-1, :]
    return float(right.abs().mean() + below.abs().mean())
