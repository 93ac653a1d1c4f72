"""The planned run in the linear regime, on a few batches: features that move along fixed tangents, and a head."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy, one_hot

from harness.diagnose.predict.motion import Head, Motion, Slope
from harness.diagnose.predict.stage import RehearsalStage
from harness.spec.spec import Recipe
from harness.spec.streams import derive
from harness.spec.variants import load_variant
from harness.training.recipe.schedules import LearningRate

LEARNT_FRACTION = 3 / 4
MOST_STEPS = 400
REACH = 1.0


@dataclass(frozen=True)
class Rehearsed:
    """Top-1 in percent and loss in nats on the images that were not learnt from, and how far their features moved:
    the mean over images of |change| / |features|."""

    top1: float
    loss: float
    feature_shift: float


def rehearse(stage: RehearsalStage, start: Head, recipe: Recipe, draw: int, speed: float) -> Rehearsed:
    """Train head and features by the recipe's own steps on three quarters of the images; judge on the others.

    Above 400 steps the plan is thinned: fewer steps at a learning rate that is larger by the same factor. A feature
    vector moves by at most about its own length: beyond that a linear regime has no meaning, and normalisation layers
    hold it back.

    Args:
        stage: Images, features and tangents of one creation.
        start: The initial head; it stays as it is.
        recipe: Its optimizer, schedule, batch size and number of epochs are rehearsed.
        draw: Chooses the images that are learnt from, and their order.
        speed: How far features move along their tangents for a step of the parameters: 1 by the theory, 0 for a head
            alone.
    """
    head = Head(start.weight.clone(), start.bias.clone())
    order = torch.Generator().manual_seed(derive("rehearsal", str(stage.seed), str(draw)))
    learn, judge = torch.randperm(len(stage.labels), generator=order).split(
        [cut := round(LEARNT_FRACTION * len(stage.labels)), len(stage.labels) - cut]
    )
    motion: Motion = load_variant("harness.diagnose.predict.motion", recipe.optimizer)(recipe, stage.tangents)
    schedule = LearningRate(recipe, stage.steps_per_epoch)
    drift, lengths = torch.zeros_like(stage.learnt), stage.learnt.norm(dim=1, keepdim=True)
    classes, smooth = len(head.weight), recipe.label_smoothing
    targets = one_hot(stage.labels, classes).float() * (1 - smooth) + smooth / classes
    total = stage.steps_per_epoch * recipe.epochs
    thinning = max(1.0, total / MOST_STEPS)
    size = min(recipe.batch_size, len(learn))
    queue = learn[:0]
    for number in range(round(total / thinning)):
        if len(queue) < size:
            queue = torch.cat([queue, learn[torch.randperm(len(learn), generator=order)]])
        batch, queue = queue[:size], queue[size:]
        now = stage.learnt[batch] + held(drift[batch], lengths[batch])
        residual = ((now @ head.weight.T + head.bias).softmax(dim=1) - targets[batch]) / size
        slope = Slope(residual.T @ now, residual.sum(dim=0), residual @ head.weight, batch)
        moved = motion(slope, schedule(int(number * thinning)) * thinning, head)
        drift.add_(moved, alpha=speed)
    shift = held(drift[judge], lengths[judge])
    logits = (stage.judged[judge] + shift) @ head.weight.T + head.bias
    labels = stage.labels[judge]
    return Rehearsed(
        top1=100 * float((logits.argmax(dim=1) == labels).float().mean()),
        loss=float(cross_entropy(logits, labels)),
        feature_shift=float((shift.norm(dim=1, keepdim=True) / lengths[judge]).mean()),
    )


def held(drift: Tensor, lengths: Tensor) -> Tensor:
    """The drift, shortened smoothly so that none is longer than `REACH` times the features themselves."""
    too_far: Tensor = drift.norm(dim=1, keepdim=True) / (REACH * lengths)
    return drift / torch.sqrt(1 + too_far.square())
