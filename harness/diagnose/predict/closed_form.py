"""The linear regime in closed form: a head alone on fixed features. Derived in docs/predict.md."""

from __future__ import annotations

import torch
from torch import Tensor

from harness.spec.spec import Recipe
from harness.training.recipe.optimizer import MOMENTUM
from harness.training.recipe.schedules import LearningRate

RANK_TOLERANCE = 1e-5


def sum_of_rates(recipe: Recipe, steps_per_epoch: int) -> float:
    """The learning rates of all steps added up: how far AdamW can take one coordinate, as each step is at most about
    its rate (Kingma and Ba 2015, section 2.1)."""
    return sum(map(LearningRate(recipe, steps_per_epoch), range(recipe.epochs * steps_per_epoch)))


def sgd_time(recipe: Recipe, steps_per_epoch: int) -> float:
    """Time of gradient flow that SGD covers: the sum of rates, and with momentum μ as much over 1 - μ."""
    momentum = MOMENTUM if recipe.momentum is None else recipe.momentum
    return sum_of_rates(recipe, steps_per_epoch) / (1 - momentum)


def remaining(features: Tensor, time: float, curvature: float) -> float:
    """Share of the draw's logits on `features` [N, d] that gradient flow has not forgotten after `time`.

    Along an eigenvector of FᵀF/N with eigenvalue λ a head's weight decays as exp(-time · curvature · λ); the logits'
    squares are weighted by λ. `curvature` is that of the loss in the logits: 1 for squares, p(1-p) at most 1/4 for
    cross-entropy, 1/C of it at C even guesses.
    """
    eigenvalues = torch.linalg.svdvals(features).square() / len(features)
    left = torch.exp(-2 * time * curvature * eigenvalues)
    return float((eigenvalues * left).sum() / eigenvalues.sum())


def outside_span(features: Tensor, others: Tensor) -> float:
    """Share of the squared length of `others` [M, d] that lies outside the span of `features` [N, d].

    No gradient on `features` reaches it, so the draw's part of these logits stays, without weight decay, for ever.
    """
    _, values, directions = torch.linalg.svd(features, full_matrices=False)
    kept = directions[values > RANK_TOLERANCE * values[0]]
    inside = others @ kept.T
    return float(1 - inside.square().sum() / others.square().sum())
