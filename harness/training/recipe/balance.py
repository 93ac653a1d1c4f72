"""Against class imbalance: a weighted loss, or weighted sampling."""

from __future__ import annotations

from functools import partial
from typing import Protocol

import torch
from torch import Tensor

from harness.spec.spec import Recipe


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
