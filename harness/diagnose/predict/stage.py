"""What one creation brings to the rehearsal: features, tangents, and several draws of its head."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass

import torch
from torch import Tensor

from harness.diagnose.predict.batches import RehearsalBatches, count_classes, few_batches
from harness.diagnose.predict.motion import Head
from harness.diagnose.predict.tangents import Tangents, tangents
from harness.diagnose.predict.trunk import BATCHNORM_MEMORY, features, meet_data, trunk
from harness.model.build import Built
from harness.model.heads.find import head_layer
from harness.model.init import takes_features
from harness.spec.errors import ImpossibleCell, RequestError
from harness.spec.spec import Recipe, Spec
from harness.spec.variants import load_variant, variants
from harness.training.hybrids.build import build
from harness.training.initial_diagnostics import backbone_hash

DRAWS = 4
MOST_IMAGES, FEWEST_IMAGES, STEP = 256, 128, 32
BUDGET = 600_000_000
"""Gradients of images, in numbers: about ten seconds on one core."""
KEPT = 2

# Keyed by the batches themselves, so that they live as long as what was computed from them.
_tangents: OrderedDict[Hashable, tuple[Tensor, Tangents]] = OrderedDict()


@dataclass(frozen=True)
class RehearsalStage:
    """Images as a creation sees them before training.

    Features [N, features] as they are in training (`learnt`) and as the test will see them (`judged`): the two
    differ by BatchNorm's statistics. `labels` [N]; `train_size` images and `steps_per_epoch` of the planned run;
    `seed` of the rehearsals.
    """

    learnt: Tensor
    judged: Tensor
    labels: Tensor
    tangents: Tangents
    train_size: int
    steps_per_epoch: int
    seed: int


@dataclass(frozen=True)
class Entrant:
    """A creation before training: the stage it is rehearsed on and one head for each draw."""

    stage: RehearsalStage
    heads: tuple[Head, ...]


def entrant(spec: Spec) -> Entrant:
    """Build the model of `spec`, and its head again for the following seeds, and look at a few batches of its data.

    Raises:
        ImpossibleCell: the model has several heads, or a head that takes a map, or one that is fitted to the data.
        RequestError: the weights do not fit, or the recipe is one that nothing here rehearses.
    """
    _check_rehearsed(spec.recipe)
    if takes_features(load_variant("harness.model.init", spec.init.name)):
        raise ImpossibleCell(
            f"init: {spec.init.name} is fitted to all training images; a prediction sees a few batches"
        )
    classes = count_classes(spec)
    built = build(spec, classes)
    others = (build(spec.model_copy(update={"seed": spec.seed + later}), classes) for later in range(1, DRAWS))
    batches = few_batches(spec, _images(built))
    return Entrant(_stage(spec, built, batches), (_head(built), *(_head(other) for other in others)))


def _check_rehearsed(recipe: Recipe) -> None:
    known = variants("harness.diagnose.predict.motion")
    if recipe.optimizer not in known:
        raise RequestError(f"recipe.optimizer: predict rehearses {' and '.join(known)} only, not {recipe.optimizer}")
    if recipe.schedule == "plateau":
        raise RequestError("recipe.schedule: a plateau shows in training only, so predict cannot rehearse it")


def _images(built: Built) -> int:
    """How many images a prediction looks at: fewer for large models, so that it takes seconds."""
    parameters = sum(parameter.numel() for parameter in built.model.parameters())
    affordable = BUDGET // parameters // STEP * STEP
    return int(min(MOST_IMAGES, max(FEWEST_IMAGES, affordable)))


def _head(built: Built) -> Head:
    layer = head_layer(built.model, built.heads[0])
    weight = layer.weight.detach().flatten(1)
    bias = torch.zeros(len(weight)) if layer.bias is None else layer.bias.detach()
    return Head(weight, bias)


def _stage(spec: Spec, built: Built, batches: RehearsalBatches) -> RehearsalStage:
    """In training BatchNorm normalises by the data's own statistics; the running ones follow step by step."""
    steps_per_epoch = batches.train_size // min(spec.recipe.batch_size, batches.train_size)
    backbone = trunk(built)
    meet_data(backbone, batches.images, BATCHNORM_MEMORY ** (steps_per_epoch * spec.recipe.epochs))
    judged = features(backbone, batches.images)
    backbone = trunk(built)
    meet_data(backbone, batches.images, 0.0)
    learnt = features(backbone, batches.images)
    key = (batches, type(built.model).__name__, backbone_hash(built.model, built.heads), learnt.shape)
    known = _tangents.get(key)
    if known is None or not torch.equal(known[0], learnt):
        known = learnt, tangents(backbone, batches.images, learnt.shape[1], spec.seed)
    _tangents[key] = known
    _tangents.move_to_end(key)
    while len(_tangents) > KEPT:
        _tangents.popitem(last=False)
    return RehearsalStage(learnt, judged, batches.labels, known[1], batches.train_size, steps_per_epoch, spec.seed)
