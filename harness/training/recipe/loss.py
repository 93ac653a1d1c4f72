"""The loss that is trained on."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy, pad

from harness.spec.spec import Recipe
from harness.training.recipe.balance import class_weights

Loss = Callable[[Tensor, Tensor], Tensor]
"""From logits [B, classes] and targets, labels [B] or shares [B, classes], to the batch's mean in nats."""


def make_loss(recipe: Recipe, labels: Tensor, classes: int, device: torch.device) -> Loss:
    """Cross-entropy with label smoothing; under `balance=loss` weighted by the classes' inverse frequency.

    The weighted loss is divided by the number of images, not by their weights: batches then add up to the weighted
    mean over the data. `labels` [N] are those of the training part, on the CPU; the logits are on `device`.
    """
    if recipe.balance != "loss":
        return partial(cross_entropy, label_smoothing=recipe.label_smoothing)
    weights = class_weights(labels, classes).to(device)
    total = partial(cross_entropy, label_smoothing=recipe.label_smoothing, reduction="sum")

    def weighted(logits: Tensor, targets: Tensor) -> Tensor:
        # A head that was left too wide by a careless creation has outputs that are no class, and no image is theirs.
        each = pad(weights, (0, logits.shape[1] - classes)).to(logits.dtype)
        return total(logits, targets, weight=each) / len(targets)

    return weighted
