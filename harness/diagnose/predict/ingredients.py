"""What a prediction is made of, for one creation and one recipe."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy, one_hot

from harness.diagnose.predict.motion import Head
from harness.diagnose.predict.rehearsal import rehearse
from harness.diagnose.predict.stage import Entrant, RehearsalStage
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
    """The fraction of the initial logits on `features` [N, d] that gradient flow has not forgotten after `time`.

    Along an eigenvector of FᵀF/N with eigenvalue λ a head's weight decays as exp(-time · curvature · λ); the logits'
    squares are weighted by λ. `curvature` is that of the loss in the logits: 1 for squares, p(1-p) at most 1/4 for
    cross-entropy, 1/C of it at C even guesses.
    """
    eigenvalues = torch.linalg.svdvals(features).square() / len(features)
    left = torch.exp(-2 * time * curvature * eigenvalues)
    return float((eigenvalues * left).sum() / eigenvalues.sum())


def outside_span(features: Tensor, others: Tensor) -> float:
    """The fraction of the squared length of `others` [M, d] that lies outside the span of `features` [N, d].

    No gradient on `features` reaches it, so without weight decay this part of the initial logits never fades.
    """
    _, values, directions = torch.linalg.svd(features, full_matrices=False)
    kept = directions[values > RANK_TOLERANCE * values[0]]
    inside = others @ kept.T
    return float(1 - inside.square().sum() / others.square().sum())


SPLITS = 3
"""Rehearsals of each head, each on another division of the images into those learnt from and those judged on."""


@dataclass(frozen=True)
class Ingredients:
    """Means over some initialisations of a creation's head.

    At step 0: `head_std`, the standard deviation of the weight; `initial_loss` in nats; `logit_std` over classes;
    `backbone_share`, the backbone's fraction of the length of the first gradient. In closed form: `reach`, the sum of
    learning rates over the head's root mean square; `kept`, the fraction of the initial logits that plain SGD on fixed
    features leaves; `outside`, the fraction of unseen features outside the span of those learnt from. Rehearsed in the
    linear regime: `head_top1` and `head_loss` with fixed features, `top1` and `loss` with features that move, and by
    how much they do (`feature_shift`, of their length). `distortion` is that shift times n / (1 + n), the fraction of
    the initial logits that is noise, for their standard deviation n.
    """

    head_std: float
    initial_loss: float
    logit_std: float
    backbone_share: float
    reach: float
    kept: float
    outside: float
    head_top1: float
    head_loss: float
    top1: float
    loss: float
    feature_shift: float
    distortion: float


def ingredients(entrant: Entrant, recipe: Recipe, speed: float) -> Ingredients:
    """Measure at step 0, compute in closed form, and rehearse; `speed` is that of the features."""
    stage = entrant.stage
    logits = [stage.judged @ head.weight.T + head.bias for head in entrant.heads]
    weights = torch.stack([head.weight for head in entrant.heads])
    rms = float(weights.square().mean().sqrt())
    half = len(stage.labels) // 2
    heads = [head for head in entrant.heads for _ in range(SPLITS)]
    alone = [rehearse(stage, head, recipe, draw, speed=0) for draw, head in enumerate(heads)]
    whole = [rehearse(stage, head, recipe, draw, speed) for draw, head in enumerate(heads)]
    noise = _mean(logits, lambda one: float(one.std(dim=1, correction=0).mean()))
    shift = _mean(whole, lambda one: one.feature_shift)
    return Ingredients(
        head_std=float(weights.std(correction=0)),
        initial_loss=_mean(logits, lambda one: float(cross_entropy(one, stage.labels))),
        logit_std=noise,
        backbone_share=_mean(entrant.heads, lambda head: _backbone_share(stage, head)),
        reach=sum_of_rates(recipe, stage.steps_per_epoch) / max(rms, 1e-12),
        kept=remaining(stage.learnt, sgd_time(recipe, stage.steps_per_epoch), 1 / weights.shape[1]),
        outside=outside_span(stage.learnt[:half], stage.learnt[half:]),
        head_top1=_mean(alone, lambda one: one.top1),
        head_loss=_mean(alone, lambda one: one.loss),
        top1=_mean(whole, lambda one: one.top1),
        loss=_mean(whole, lambda one: one.loss),
        feature_shift=shift,
        distortion=shift * noise / (1 + noise),
    )


def _mean(values: Sequence[object], measure: Callable[..., float]) -> float:
    return sum(measure(value) for value in values) / len(values)


def _backbone_share(stage: RehearsalStage, head: Head) -> float:
    """Length of the backbone's first gradient over that of the whole first gradient."""
    residual = (stage.learnt @ head.weight.T + head.bias).softmax(dim=1) - one_hot(stage.labels, len(head.weight))
    residual = residual / len(stage.labels)
    of_head = float((residual.T @ stage.learnt).square().sum() + residual.sum(dim=0).square().sum())
    slope = residual @ head.weight
    of_backbone = max(0.0, float((slope @ slope.T * stage.tangents.plain).sum()))
    return math.sqrt(of_backbone / (of_backbone + of_head)) if of_backbone + of_head > 0 else 0.0
