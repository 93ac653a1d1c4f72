"""How a batch of images was normalised, told from the images alone.

An 8-bit image has 256 levels k/255. Normalised by mean m and deviation s the values are (k/255 - m)/s: a lattice that
another m and s do not fit. So 255 (m + s x) is a whole number within 0..255 at every pixel exactly where the images
were normalised by m and s (and not resized or blended afterwards).
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

TOLERANCE = 0.02  # of a grey level: float32 rounding stays below 1e-3
SHARE = 0.99  # of the pixels
PIXELS = 4096  # of each channel that are looked at

USUAL: dict[str, tuple[Sequence[float], Sequence[float]]] = {
    "ImageNet": ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)),
    "0.5 / 0.5": ((0.5, 0.5, 0.5), (0.5, 0.5, 0.5)),
    "0..1, not normalised": ((0.0, 0.0, 0.0), (1.0, 1.0, 1.0)),
    "0..255, not scaled": ((0.0, 0.0, 0.0), (1 / 255, 1 / 255, 1 / 255)),
    "ImageNet on 0..255": ((0.485 / 255, 0.456 / 255, 0.406 / 255), (0.229 / 255, 0.224 / 255, 0.225 / 255)),
    "CLIP": ((0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)),
    "CIFAR-10": ((0.4914, 0.4822, 0.4465), (0.2470, 0.2435, 0.2616)),
    "ImageNet, channels reversed": ((0.406, 0.456, 0.485), (0.225, 0.224, 0.229)),
}


def levels(images: Tensor, mean: Sequence[float], std: Sequence[float]) -> Tensor:
    """The grey levels [C, pixels] that the images had, if they were normalised so."""
    depth = images.shape[1]
    values = images.detach().double().cpu().transpose(0, 1).reshape(depth, -1)
    values = values[:, :: max(1, values.shape[1] // PIXELS)]
    return 255 * (torch.tensor(mean).double().view(-1, 1) + torch.tensor(std).double().view(-1, 1) * values)


def fits(images: Tensor, mean: Sequence[float], std: Sequence[float]) -> bool:
    """Whether the images are 8-bit images normalised so."""
    grey = levels(images, mean, std)
    inside = (grey > -TOLERANCE) & (grey < 255 + TOLERANCE)
    whole = (grey - grey.round()).abs() < TOLERANCE
    return bool((inside & whole).double().mean() >= SHARE)


def recognised(images: Tensor, mean: Sequence[float], std: Sequence[float]) -> str | None:
    """The name of the usual normalisation that the images went through; None where it is the one given, or none.

    Needs more than a few distinct values: flat images fit everything.
    """
    if images.shape[1] != 3 or images[:, 0].unique().numel() < 16 or fits(images, mean, std):
        return None
    for name, (other_mean, other_std) in USUAL.items():
        if fits(images, other_mean, other_std):
            return name
    return None
