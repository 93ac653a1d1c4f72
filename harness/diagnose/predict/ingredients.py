"""What a prediction is made of, for one creation and one recipe."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch.nn.functional import cross_entropy, one_hot

from harness.diagnose.predict.closed_form import outside_span, remaining, sgd_time, sum_of_rates
from harness.diagnose.predict.motion import Head
from harness.diagnose.predict.rehearsal import rehearse
from harness.diagnose.predict.stage import Entrant, RehearsalStage
from harness.spec.spec import Recipe

SPLITS = 3
"""Rehearsals of each head, each on another division of the images into learnt and judged."""


@dataclass(frozen=True)
class Ingredients:
    """Means over the draws of a creation's head.

    At step 0: `head_std` of the weight, `initial_loss` in nats, `logit_std` over classes, `backbone_share` of the
    length of the first gradient. In closed form: `reach`, the sum of learning rates over the head's rms; `kept`, the
    share of the draw's logits that plain SGD on fixed features leaves; `outside`, that of the judged features outside
    the span of the learnt ones. Rehearsed in the linear regime: `head_top1` with fixed features, `top1` and `loss`
    with features that move, and by how much they do (`feature_shift`). `distortion` is that shift times the share of
    the first logits that is noise of the draw, n / (1 + n) for a deviation n.
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
