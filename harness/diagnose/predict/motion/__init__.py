"""How one step of an optimiser moves the head and the features. One variant a file, named as `recipe.optimizer`.

A variant is a function `(recipe, tangents) -> Motion`. A `Motion` is called with the `Slope` of a batch, the step's
learning rate and the head, which it moves in place; it returns what is to be added to the features of all images.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor


@dataclass(frozen=True)
class Head:
    """Weight [classes, features] and bias [classes] of a Linear."""

    weight: Tensor
    bias: Tensor


@dataclass(frozen=True)
class Slope:
    """Gradients of a batch's mean loss: of the head's weight and bias, and of the features [batch, features].

    `images` [batch] are the images' places among those of the kernels.
    """

    weight: Tensor
    bias: Tensor
    features: Tensor
    images: Tensor


Motion = Callable[[Slope, float, Head], Tensor]
