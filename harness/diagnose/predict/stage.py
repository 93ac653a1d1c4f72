"""What one creation brings to the rehearsal: a few images, their features and tangents, several initial heads."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass
from functools import lru_cache

import torch
from torch import Tensor

from harness.data.load import load
from harness.data.split import split
from harness.diagnose.predict.features import BATCHNORM_MEMORY, Tangents, features, meet_data, tangents, trunk
from harness.diagnose.predict.motion import Head
from harness.model.build import Built
from harness.model.heads import head_layer
from harness.model.init import takes_features
from harness.model.pretrained import Preprocessing
from harness.spec.errors import ImpossibleConfiguration, RequestError
from harness.spec.spec import Data, Recipe, Spec
from harness.spec.streams import stream
from harness.spec.variants import load_variant, variants
from harness.training.batches import Normalise, unit_range
from harness.training.hybrids.build import build, image_preprocessing
from harness.training.initial_diagnostics import backbone_hash


@dataclass(frozen=True, eq=False)
class RehearsalBatches:
    """Normalised images [N, 3, S, S] of the training part and their labels [N]; the planned run learns from
    `train_size` such images."""

    images: Tensor
    labels: Tensor
    train_size: int


def few_batches(spec: Spec, most: int) -> RehearsalBatches:
    """At most so many images of a run's training part, chosen by its seed; the test part is not read."""
    how = image_preprocessing(spec)
    return _few(spec.data, how, stream(spec, "split"), stream(spec, "order"), most)


def count_classes(spec: Spec) -> int:
    """The number of classes of a run's data set."""
    how = image_preprocessing(spec)
    return len(load(spec.data, how.interpolation, crop=how.crop, squash=how.squash).classes)


@lru_cache(maxsize=2)
def _few(data: Data, how: Preprocessing, split_seed: int, order_seed: int, most: int) -> RehearsalBatches:
    dataset = load(data, how.interpolation, crop=how.crop, squash=how.squash)
    train, _ = split(dataset.train, data.val_fraction, split_seed)
    order = torch.Generator().manual_seed(order_seed)
    chosen = torch.randperm(len(dataset.train), generator=order)[:most]
    images = Normalise(how, torch.device("cpu"))(unit_range(dataset.train.pixels[chosen])).contiguous()
    return RehearsalBatches(images, dataset.train.labels[chosen], len(train))


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
    """A creation before training: the stage it is rehearsed on, and one head for each of some seeds."""

    stage: RehearsalStage
    heads: tuple[Head, ...]


def entrant(spec: Spec) -> Entrant:
    """Build the model of `spec`, and its head again for the following seeds, and look at a few batches of its data.

    Raises:
        ImpossibleConfiguration: the model has several heads, or a head that takes a map, or one that is fitted to the
            data.
        RequestError: the weights do not fit, or the recipe cannot be rehearsed.
    """
    check_rehearsed(spec.recipe)
    if takes_features(load_variant("harness.model.init", spec.init.name)):
        raise ImpossibleConfiguration(
            f"init: {spec.init.name} is fitted to all training images; a prediction sees a few batches"
        )
    classes = count_classes(spec)
    built = build(spec, classes)
    others = (build(spec.model_copy(update={"seed": spec.seed + later}), classes) for later in range(1, DRAWS))
    batches = few_batches(spec, count_images(built))
    return Entrant(_stage(spec, built, batches), (head_of(built), *(head_of(other) for other in others)))


def check_rehearsed(recipe: Recipe) -> None:
    """Refuse a recipe that a rehearsal cannot follow.

    Raises:
        RequestError: its optimizer has no motion, or its schedule depends on the training.
    """
    known = variants("harness.diagnose.predict.motion")
    if recipe.optimizer not in known:
        raise RequestError(f"recipe.optimizer: predict rehearses {' and '.join(known)} only, not {recipe.optimizer}")
    if recipe.schedule == "plateau":
        raise RequestError("recipe.schedule: a plateau shows in training only, so predict cannot rehearse it")


def count_images(built: Built) -> int:
    """How many images a prediction looks at: fewer for large models, so that it takes seconds."""
    parameters = sum(parameter.numel() for parameter in built.model.parameters())
    affordable = BUDGET // parameters // STEP * STEP
    return int(min(MOST_IMAGES, max(FEWEST_IMAGES, affordable)))


def head_of(built: Built) -> Head:
    """A copy of the one head of a model."""
    layer = head_layer(built.model, built.heads[0])
    weight = layer.weight.detach().cpu().flatten(1).clone()
    bias = torch.zeros(len(weight)) if layer.bias is None else layer.bias.detach().cpu().clone()
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
