"""What is trained on: the order of the images, mixed batches, and the loss."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any, Protocol

import numpy as np
import torch
from timm.data.mixup import mixup_target
from torch import Tensor
from torch.nn.functional import cross_entropy, pad

from harness.spec.spec import Recipe, Spec
from harness.spec.streams import derive, stream
from harness.training.recipe.losses import binary_loss


class Order(Protocol):
    """Draws the order of an epoch: places in the training part, [N]."""

    def __call__(self, *, generator: torch.Generator) -> Tensor: ...


def class_weights(labels: Tensor, classes: int) -> Tensor:
    """N / (K n_c) for each of `classes` classes, K of which occur: the mean over the images `labels` [N] is 1.

    King and Zeng 2001, "Logistic regression in rare events data"; scikit-learn's "balanced". A class without images
    weighs nothing.
    """
    counts = labels.bincount(minlength=classes)
    weights = len(labels) / ((counts > 0).sum() * counts.clamp(min=1))
    return weights * (counts > 0)


def make_order(recipe: Recipe, labels: Tensor) -> Order:
    """Every image once in an epoch; under `balance=sampling` as many draws with replacement, each class as often.

    `labels` [N] are those of the training part, on the CPU.
    """
    if recipe.balance == "sampling":
        weights = class_weights(labels, int(labels.max()) + 1)[labels]
        return partial(torch.multinomial, weights, len(labels), replacement=True)
    return partial(torch.randperm, len(labels))


class Mixing:
    """Mixes each image of a batch with its counterpart from the other end, as timm's `Mixup` does by the batch.

    Mixup (Zhang et al. 2018) averages the two; CutMix (Yun et al. 2019) pastes a box of one into the other. Both come
    from a generator of the augmentation stream, one draw a batch, so that two creation methods see the same pairs in
    the same fractions.
    """

    def __init__(self, recipe: Recipe, classes: int, seed: int) -> None:
        self._recipe, self._classes = recipe, classes
        self._generator = np.random.default_rng(seed)

    def __call__(self, inputs: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
        """From images [B, 3, H, W] and labels [B] to mixed images and fractions of the classes [B, classes]."""
        fraction = 1.0
        recipe, draw = self._recipe, self._generator
        if draw.random() < recipe.mixup_prob:
            cut = recipe.cutmix > 0 and (recipe.mixup == 0 or draw.random() < recipe.mixup_switch_prob)
            alpha = recipe.cutmix if cut else recipe.mixup
            fraction = float(draw.beta(alpha, alpha))
            if cut:
                inputs, fraction = self._paste(inputs, fraction)
            else:
                inputs = torch.lerp(inputs.flip(0), inputs, fraction)
        return inputs, mixup_target(labels, self._classes, fraction)

    def state_dict(self) -> dict[str, Any]:
        """Where its generator stands."""
        return dict(self._generator.bit_generator.state)

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Draw on from there."""
        self._generator.bit_generator.state = state

    def _paste(self, inputs: Tensor, fraction: float) -> tuple[Tensor, float]:
        """A box of 1 - `fraction` of the area around a uniform centre; what the border cuts off counts."""
        height, width = inputs.shape[-2:]
        (top, bottom), (left, right) = (self._span(side, math.sqrt(1 - fraction)) for side in (height, width))
        mixed = inputs.clone()
        mixed[..., top:bottom, left:right] = inputs.flip(0)[..., top:bottom, left:right]
        return mixed, 1 - (bottom - top) * (right - left) / (height * width)

    def _span(self, side: int, ratio: float) -> tuple[int, int]:
        cut, centre = int(side * ratio), int(self._generator.integers(side))
        return max(0, centre - cut // 2), min(side, centre + (cut + 1) // 2)


def make_mixing(spec: Spec, classes: int) -> Mixing | None:
    """What mixes a run's batches; None where nothing does."""
    if not (spec.recipe.mixup or spec.recipe.cutmix):
        return None
    return Mixing(spec.recipe, classes, derive(str(stream(spec, "augmentation")), "mixing"))


Loss = Callable[[Tensor, Tensor], Tensor]
"""From logits [B, classes] and targets, labels [B] or fractions [B, classes], to the batch's mean in nats."""


def label_weights(labels: Tensor) -> Tensor:
    """How many images lack a label for one that has it, [L], from labels [N, L]: torch's `pos_weight`."""
    having = labels.sum(dim=0)
    return (len(labels) - having) / having.clamp(min=1)


def balancing_weights(recipe: Recipe, labels: Tensor, classes: int) -> Tensor | None:
    """What `balance=loss` multiplies the loss by: of each class, or of having each label, [C]; None without it.

    `labels` [N], or of several labels [N, L], are those of the training part, on the CPU.
    """
    if recipe.balance != "loss":
        return None
    return label_weights(labels) if labels.ndim == 2 else class_weights(labels, classes)


def make_loss(recipe: Recipe, labels: Tensor, classes: int, device: torch.device) -> Loss:
    """Cross-entropy with label smoothing; under `balance=loss` weighted by the classes' inverse frequency.

    Where images have several labels, the mean over images and labels of the binary cross-entropy; under `balance=loss`
    having a label weighs as much in sum as not having it.

    The weighted loss is divided by the number of images, not by their weights: batches then add up to the weighted
    mean over the data.

    Args:
        recipe: the run's.
        labels: of the training part, int64 [N] or [N, L], on the CPU.
        classes: how many there are.
        device: where the logits [B, classes] are.
    """
    found = balancing_weights(recipe, labels, classes)
    weights = None if found is None else found.to(device)
    if labels.ndim == 2:
        return partial(binary_loss, pos_weight=weights)
    if weights is None:
        return partial(cross_entropy, label_smoothing=recipe.label_smoothing)
    total = partial(cross_entropy, label_smoothing=recipe.label_smoothing, reduction="sum")

    def weighted(logits: Tensor, targets: Tensor) -> Tensor:
        # A head that was left too wide by a known-faulty creation has outputs that belong to no class.
        each = pad(weights, (0, logits.shape[1] - classes)).to(logits.dtype)
        return total(logits, targets, weight=each) / len(targets)

    return weighted
