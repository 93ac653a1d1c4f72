"""The rest of a planned run after its first steps, rehearsed on a few images: a head, and features that move with it.

The features move along a kernel over images, as in the rehearsal without training, but neither kernel nor speed comes
from gradients: the kernel is the likeness of the features before training, and the speed that which the real steps
have shown."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy, one_hot

from harness.diagnose.predict.features import Tangents
from harness.diagnose.predict.motion import Head, Motion, Slope
from harness.diagnose.predict.rehearsal import held
from harness.diagnose.predict.steps.first import FirstSteps
from harness.spec.spec import Recipe
from harness.spec.streams import derive
from harness.spec.variants import load_variant
from harness.training.recipe.schedules import LearningRate

FOLDS = 4
MOST_STEPS = 60
SHORTEST = 0.1


@dataclass(frozen=True)
class Continued:
    """A run as it is after its first steps, and as it is rehearsed to end; each image is judged by a head that has not
    learnt from it.

    `now_top1` in percent and `now_loss` in nats are those of the head after the real steps, `top1` and `loss` those at
    the end. `moved` is how far the real steps have moved the features, of their length, `feature_shift` how far the
    rest would. `logit_std` is the deviation of the logits over classes after the real steps.
    """

    now_top1: float
    now_loss: float
    top1: float
    loss: float
    moved: float
    feature_shift: float
    logit_std: float

    @property
    def distortion(self) -> float:
        """`moved` times n / (1 + n) for the logits' deviation n."""
        return self.moved * self.logit_std / (1 + self.logit_std)


class _Course:
    """Head and features under a recipe's own optimizer, from step 0 of the plan on.

    Until the last real step the features are those before training, and `drift` [N, features] adds up how far they
    would have moved at a speed of 1. From there on `follow` takes head and features from the real run.
    """

    def __init__(self, found: FirstSteps, recipe: Recipe, learn: Tensor, order: torch.Generator) -> None:
        start, self._found, self._learn, self._order = found.start, found, learn, order
        self.head = Head(start.head.weight.clone(), start.head.bias.clone())
        self._features, self.drift, self._speed = start.features, torch.zeros_like(start.features), 0.0
        likeness = start.features @ start.features.T
        likeness = likeness / likeness.diagonal().mean()
        kernels = Tangents(likeness, likeness, likeness, 1)
        self._motion: Motion = load_variant("harness.diagnose.predict.motion", recipe.optimizer)(recipe, kernels)
        classes, smooth = len(self.head.weight), recipe.label_smoothing
        self._targets = one_hot(start.labels, classes).float() * (1 - smooth) + smooth / classes
        self._size = min(recipe.batch_size, len(learn))
        self._queue = learn[:0]

    def follow(self, speed: float) -> None:
        """Go on from where the real run is, features moving at `speed`."""
        found = self._found
        self.head = Head(found.head.weight.clone(), found.head.bias.clone())
        self._features, self.drift, self._speed = found.learnt, torch.zeros_like(found.learnt), speed
        self._lengths = _lengths(found.learnt)

    def step(self, rate: float) -> None:
        """One step at a learning rate, on a batch of the images learnt from."""
        if len(self._queue) < self._size:
            mixed = self._learn[torch.randperm(len(self._learn), generator=self._order)]
            self._queue = torch.cat([self._queue, mixed])
        batch, self._queue = self._queue[: self._size], self._queue[self._size :]
        now = self._features[batch]
        if self._speed:
            now = now + held(self._speed * self.drift[batch], self._lengths[batch])
        head = self.head
        residual = ((now @ head.weight.T + head.bias).softmax(dim=1) - self._targets[batch]) / self._size
        slope = Slope(residual.T @ now, residual.sum(dim=0), residual @ head.weight, batch)
        self.drift.add_(self._motion(slope, rate, head))


def alignment(found: FirstSteps, recipe: Recipe) -> tuple[float, float]:
    """Real against rehearsed motion of the features in the first steps.

    Both without the part that all images share, which every head's bias can undo.

    Returns:
        The product of the two, and the square of the rehearsed one at a speed of 1; the first over the second, each
        summed over runs, is the speed of the features.
    """
    order = torch.Generator().manual_seed(derive("alignment", str(found.done)))
    course = _Course(found, recipe, torch.arange(len(found.start.labels)), order)
    schedule = LearningRate(recipe, found.steps_per_epoch)
    for number in range(found.done):
        course.step(schedule(number))
    real, rehearsed = (motion - motion.mean(dim=0) for motion in (found.learnt - found.start.features, course.drift))
    return float((real * rehearsed).sum()), float(rehearsed.square().sum())


def go_on(found: FirstSteps, recipe: Recipe, speed: float) -> Continued:
    """Rehearse the rest of the plan.

    The images are cut into four; each is judged after a course that has learnt from the other three. Above 60 steps the
    rest is thinned: fewer steps at a learning rate that is larger by the same factor.

    Args:
        found: the run after its first steps.
        recipe: of the run.
        speed: of the features along their kernel.
    """
    labels, count = found.start.labels, len(found.start.labels)
    order = torch.Generator().manual_seed(derive("continuation", str(count)))
    fold = torch.randperm(count, generator=order) % FOLDS
    last, shift = torch.empty(count, len(found.head.weight)), torch.zeros(count)
    for at in range(FOLDS):
        judge = torch.nonzero(fold == at).flatten()
        course = _course(found, recipe, torch.nonzero(fold != at).flatten(), order, speed)
        seen, lengths = found.judged[judge], _lengths(found.learnt)[judge]
        moved = held(speed * course.drift[judge], lengths)
        last[judge] = (seen + moved) @ course.head.weight.T + course.head.bias
        shift[judge] = moved.norm(dim=1) / lengths[:, 0]
    before = found.start.features
    now = found.judged @ found.head.weight.T + found.head.bias
    return Continued(
        now_top1=_top1(now, labels),
        now_loss=float(cross_entropy(now, labels)),
        top1=_top1(last, labels),
        loss=float(cross_entropy(last, labels)),
        moved=float(((found.learnt - before).norm(dim=1, keepdim=True) / _lengths(before)).mean()),
        feature_shift=float(shift.mean()),
        logit_std=float(now.std(dim=1, correction=0).mean()),
    )


def _course(found: FirstSteps, recipe: Recipe, learn: Tensor, order: torch.Generator, speed: float) -> _Course:
    course, schedule = _Course(found, recipe, learn, order), LearningRate(recipe, found.steps_per_epoch)
    for number in range(found.done):
        course.step(schedule(number))  # for what the optimizer remembers
    course.follow(speed)
    left = found.total - found.done
    thinning = max(1.0, left / MOST_STEPS)
    for number in range(round(left / thinning)):
        course.step(schedule(found.done + int(number * thinning)) * thinning)
    return course


def _lengths(features: Tensor) -> Tensor:
    """Of each image's features, [N, 1]; at least a tenth of the mean, for images that leave all of them at zero."""
    found: Tensor = features.norm(dim=1, keepdim=True)
    return found.clamp(min=SHORTEST * float(found.mean()))


def _top1(logits: Tensor, labels: Tensor) -> float:
    return 100 * float((logits.argmax(dim=1) == labels).float().mean())
