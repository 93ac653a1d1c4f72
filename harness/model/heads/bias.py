"""A head's bias at what the labels alone tell: before step 0 the model answers how frequent each class or label is."""

from __future__ import annotations

import torch
from torch import Tensor

from harness.model.heads import HeadLayer
from harness.spec.errors import ImpossibleConfiguration


def log_prior(labels: Tensor, classes: int) -> Tensor:
    """Logits [C] whose softmax is the frequency of each class, or of several labels whose sigmoid is that of each.

    With a weight of zeros the first loss is then the labels' entropy, and not ln(classes) or ln 2 (Lin et al. 2017,
    "Focal loss for dense object detection", section 4.1, for rare labels).

    Args:
        labels: of the images to learn from, int64 [N], or [N, L] of 0 and 1; no class is missing, no label constant.
        classes: how many there are, C or L.
    """
    if labels.ndim == 2:
        return torch.logit(labels.double().mean(dim=0)).float()
    return (labels.bincount(minlength=classes).double() / len(labels)).log().float()


def set_bias(layer: HeadLayer, bias: Tensor, name: str) -> None:
    """Put a bias [C] into a head in the place of its own.

    Raises:
        ImpossibleConfiguration: the head has none, or another width.
    """
    if layer.bias is None or layer.bias.shape != bias.shape:
        has = "no bias" if layer.bias is None else f"{len(layer.bias)} outputs for {len(bias)}"
        raise ImpossibleConfiguration(
            f"init.bias: prior sets the head's bias, and {name} has {has}; use init.bias=scheme"
        )
    with torch.no_grad():
        layer.bias.copy_(bias)
