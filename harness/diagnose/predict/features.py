"""The features that reach the head: as the backbone gives them, and how they move when the backbone learns.

For a unit direction v of feature space the gradient of v·φ(x) with respect to the backbone's parameters is g_x. The
kernel g_x·g_x' says how far φ(x) moves along v when the backbone takes a step of plain gradient descent for x' (the
neural tangent kernel of Jacot et al. 2018, of the features instead of the logits). Here v is random, as the rows of an
initialised head are."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.functional import pad
from torch.nn.modules.batchnorm import _BatchNorm

from harness.model.build import Built
from harness.spec.errors import ImpossibleConfiguration
from harness.spec.streams import derive

CHUNK = 64
BATCHNORM_MEMORY = 0.9
"""The fraction that a training step leaves of BatchNorm's running statistics (torch's default momentum is 0.1)."""


def trunk(built: Built) -> nn.Module:
    """A copy of the model in eval mode whose head is an identity, so that it maps images to features.

    Raises:
        ImpossibleConfiguration: the model has several heads, or a neck before its head.
    """
    if built.neck:
        raise ImpossibleConfiguration("predict: needs a head on the backbone itself; this one has a neck before it")
    if len(built.heads) != 1:
        raise ImpossibleConfiguration(f"predict: needs a model with one head, this one has {len(built.heads)}")
    model = copy.deepcopy(built.model)
    model.set_submodule(built.heads[0], nn.Identity())
    return model.eval()


def features(backbone: nn.Module, images: Tensor) -> Tensor:
    """What reaches the head: images [N, 3, S, S] to features [N, d].

    Raises:
        ImpossibleConfiguration: the head takes a map, not a vector, for each image.
    """
    with torch.no_grad():
        found = torch.cat([backbone(chunk) for chunk in images.split(CHUNK)])
    if found.ndim == 4 and found.shape[2] * found.shape[3] > 1:
        raise ImpossibleConfiguration("predict: the head takes a map of features, not one vector an image")
    return found.flatten(1)


def meet_data(backbone: nn.Module, images: Tensor, memory: float) -> None:
    """Move BatchNorm's running statistics to those of `images`; a fraction `memory` of the old ones stays."""
    norms = [module for module in backbone.modules() if isinstance(module, _BatchNorm)]
    if not norms:
        return
    old = [(norm.running_mean.clone(), norm.running_var.clone(), norm.momentum) for norm in norms]  # type: ignore[union-attr]
    for norm in norms:
        norm.train()
        norm.reset_running_stats()
        norm.momentum = None  # the plain average over the chunks
    features(backbone, images[: len(images) // CHUNK * CHUNK or None])
    for norm, (mean, var, momentum) in zip(norms, old, strict=True):
        norm.eval()
        norm.momentum = momentum
        norm.running_mean.lerp_(mean, memory)  # type: ignore[union-attr]
        norm.running_var.lerp_(var, memory)  # type: ignore[union-attr]


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
    """Tangent kernels of the features of `images` [N, 3, S, S], which are `width` wide; the backbone is in eval mode.

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
