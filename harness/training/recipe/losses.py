"""The loss of images as it is evaluated; torch alone, as the check needs no more."""

from __future__ import annotations

from typing import Any

from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy


def image_losses(logits: Tensor, labels: Tensor) -> Tensor:
    """The loss of each image in nats, [N], as it is evaluated: without smoothing or weights.

    Cross-entropy of logits [N, C] and classes [N]; of several labels, [N, L] of 0 and 1, the mean over labels of the
    binary cross-entropy of having it or not.
    """
    if labels.ndim == 2:
        return binary_loss(logits, labels, reduction="none").mean(dim=1)
    return cross_entropy(logits, labels, reduction="none")


def binary_loss(logits: Tensor, labels: Tensor, **options: Any) -> Tensor:
    """Binary cross-entropy of logits [..., L or more] and labels [..., L], with torch's `options`.

    A head that was left too wide by a known-faulty creation has outputs that belong to no label; they are left out.
    """
    own = logits[..., : labels.shape[-1]]
    return binary_cross_entropy_with_logits(own, labels.to(own.dtype), **options)
