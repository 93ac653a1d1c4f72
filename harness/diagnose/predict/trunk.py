"""The backbone alone: from images to the features that reach the head."""

from __future__ import annotations

import copy

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from harness.model.build import Built
from harness.spec.errors import ImpossibleCell

CHUNK = 64
BATCHNORM_MEMORY = 0.9
"""What a step of training leaves of BatchNorm's running statistics (torch's default momentum is 0.1)."""


def trunk(built: Built) -> nn.Module:
    """A copy of the model whose head hands its input on, in eval mode.

    Raises:
        ImpossibleCell: the model has several heads.
    """
    if len(built.heads) != 1:
        raise ImpossibleCell(f"predict: needs a model with one head, this one has {len(built.heads)}")
    model = copy.deepcopy(built.model)
    model.set_submodule(built.heads[0], nn.Identity())
    return model.eval()


def features(backbone: nn.Module, images: Tensor) -> Tensor:
    """What reaches the head, [N, features].

    Raises:
        ImpossibleCell: the head takes a map, not a vector, for each image.
    """
    with torch.no_grad():
        found = torch.cat([backbone(chunk) for chunk in images.split(CHUNK)])
    if found.ndim == 4 and found.shape[2] * found.shape[3] > 1:
        raise ImpossibleCell("predict: the head takes a map of features, not one vector an image")
    return found.flatten(1)


def meet_data(backbone: nn.Module, images: Tensor, memory: float) -> None:
    """Move BatchNorm's running statistics to those of `images`; a share `memory` of the old ones stays."""
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
