"""How the features of some images move when the backbone learns from others: tangent kernels of the features.

For a unit direction v of feature space the gradient of v·φ(x) with respect to the backbone's parameters is g_x. The
kernel g_x·g_x' says how far φ(x) moves along v when the backbone takes a step of plain gradient descent for x' (the
neural tangent kernel of Jacot et al. 2018, of the features instead of the logits). Here v is
random, as the rows of a head are at its birth.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.functional import pad

from harness.spec.streams import derive

BUCKETS = 2**14
PROFILE_IMAGES = 32
FLOOR = 1e-3


@dataclass(frozen=True)
class Tangents:
    """Kernels [N, N] over images, along one random direction of feature space.

    `plain` is for steps along the gradient. For Adam, which divides each parameter's gradient g by the root of its
    second moment q, `scaled` holds Σ g g' / √q and `whitened` Σ g g' / q. `parameters` is their number.
    """

    plain: Tensor
    scaled: Tensor
    whitened: Tensor
    parameters: int


def tangents(backbone: nn.Module, images: Tensor, width: int, seed: int) -> Tangents:
    """Kernels of the features of `images`, in eval mode, for `width` features.

    Gradients are kept as sketches of 16,384 sums over entries with random signs (Charikar et al. 2002), which keep
    dot products to about one part in a hundred.
    """
    parameters = [tensor for tensor in backbone.parameters() if tensor.requires_grad]
    count = sum(tensor.numel() for tensor in parameters)
    generator = torch.Generator().manual_seed(derive("predict", str(seed)))
    signs = torch.randint(2, (count,), generator=generator).float().mul_(2).sub_(1)
    direction = torch.randn(width, generator=generator)
    direction /= direction.norm()
    profile = torch.zeros(count)
    for gradient in _gradients(backbone, parameters, images[:PROFILE_IMAGES], direction):
        profile += gradient.square()
    profile /= min(PROFILE_IMAGES, len(images))
    # A parameter that hardly any image reaches would have an arbitrarily large share after division.
    profile.clamp_(min=max(FLOOR * float(profile.mean()), torch.finfo(profile.dtype).tiny))
    root = profile.sqrt()
    weights = (signs, signs / root.sqrt(), signs / root)
    sketches = torch.zeros(len(weights), len(images), BUCKETS)
    for at, gradient in enumerate(_gradients(backbone, parameters, images, direction)):
        for sketch, weight in zip(sketches, weights, strict=True):
            sketch[at] = pad(gradient * weight, (0, -count % BUCKETS)).view(-1, BUCKETS).sum(dim=0)
    plain, scaled, whitened = sketches @ sketches.transpose(1, 2)
    return Tangents(plain, scaled, whitened, count)


def _gradients(
    backbone: nn.Module, parameters: list[nn.Parameter], images: Tensor, direction: Tensor
) -> Iterator[Tensor]:
    """The gradient of direction · features for each image, [parameters]."""
    for image in images:
        along = backbone(image[None]).flatten() @ direction
        found = torch.autograd.grad(along, parameters, allow_unused=True)
        yield torch.cat(
            [
                torch.zeros(one.numel()) if gradient is None else gradient.flatten()
                for one, gradient in zip(parameters, found, strict=True)
            ]
        )
