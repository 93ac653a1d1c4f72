"""The first steps of a planned run, and what its backbone makes of a few images before and after them."""

from __future__ import annotations

import copy
import time
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from harness.diagnose.predict.features import BATCHNORM_MEMORY, CHUNK, features, meet_data, trunk
from harness.diagnose.predict.motion import Head
from harness.diagnose.predict.stage import count_images, few_batches, head_of
from harness.spec.errors import RequestError
from harness.spec.machine import Machine
from harness.spec.spec import Spec
from harness.training.hardware import Hardware
from harness.training.initial_diagnostics import backbone_hash
from harness.training.setup import Setup

SAMPLE = 8
NEGLIGIBLE = 0.01
"""A fraction of BatchNorm's first statistics that is not worth a pass over the images."""


@dataclass(frozen=True, eq=False)
class Start:
    """A run before its first step.

    `backbone` is a hash of what is below the head, `images` [N, 3, S, S] are looked at, with `labels` [N] and features
    [N, features] as they are in training; `sample` are the features of the first few in eval mode. `head` is the
    initial one.
    """

    backbone: str
    images: Tensor
    labels: Tensor
    sample: Tensor
    features: Tensor
    head: Head


@dataclass(frozen=True, eq=False)
class FirstSteps:
    """A run after `done` of its `total` steps, which took `seconds`.

    Features [N, features] of the images as they are in training (`learnt`) and as the test would see them at the end
    of the run (`judged`): the two differ by BatchNorm's statistics.
    """

    start: Start
    learnt: Tensor
    judged: Tensor
    head: Head
    done: int
    total: int
    steps_per_epoch: int
    seconds: float


def begin(spec: Spec, machine: Machine, hardware: Hardware, other: Start | None = None) -> tuple[Setup, Start]:
    """Set a run up and look at a few of its training images; the test part is not read.

    Args:
        spec: the run.
        machine: how images are delivered.
        hardware: where it is computed.
        other: the start of a run with the same images, whose features are taken over where its backbone is the same.

    Raises:
        RequestError: the run cannot be set up as asked.
        ImpossibleConfiguration: this architecture cannot do it, or its head is not a Linear of one vector an image.
    """
    devices = [hardware.device] if hardware.device.type == "cuda" else []
    with torch.random.fork_rng(devices):
        setup = Setup(spec, machine, hardware)
    backbone = trunk(setup.built).cpu()
    known, head = backbone_hash(setup.built.model, setup.built.heads), head_of(setup.built)
    found = few_batches(spec, count_images(setup.built))
    sample = features(backbone, found.images[:SAMPLE])
    if (
        other is not None
        and other.backbone == known
        and other.images is found.images
        and torch.equal(other.sample, sample)  # tensors alone do not tell how they are pooled
    ):
        return setup, Start(known, found.images, found.labels, sample, other.features, head)
    return setup, Start(known, found.images, found.labels, sample, _in_training(backbone, found.images), head)


def check_steps(setup: Setup, count: int) -> int:
    """The number of steps of a run, which has to be more than `count`.

    Raises:
        RequestError: it is not.
    """
    recipe, images = setup.spec.recipe, len(setup.train_index)
    total = images // min(recipe.batch_size, images) * recipe.epochs
    if count >= total:
        raise RequestError(f"probe_steps: the planned run has {total} steps; give fewer than that, not {count}")
    return total


def take(setup: Setup, start: Start, count: int, hardware: Hardware) -> FirstSteps:
    """Train `count` steps, bit for bit the first ones of the run itself, and look at the images again."""
    devices = [hardware.device] if hardware.device.type == "cuda" else []
    with torch.random.fork_rng(devices):
        training = setup.training()
        began = time.perf_counter()
        training.take_steps(count)
        seconds = time.perf_counter() - began
    total = check_steps(setup, count)
    backbone = trunk(setup.built).cpu()
    learnt, judged = _seen(backbone, start.images, total - count)
    return FirstSteps(start, learnt, judged, head_of(setup.built), count, total, training.steps_per_epoch, seconds)


def _norms(backbone: nn.Module) -> list[_BatchNorm]:
    return [module for module in backbone.modules() if isinstance(module, _BatchNorm)]


def _in_training(backbone: nn.Module, images: Tensor) -> Tensor:
    """Features of `images`: BatchNorm normalises each of some chunks by its own statistics."""
    for norm in _norms(backbone):
        norm.train()
    parts = images.chunk(-(-len(images) // CHUNK))
    found = torch.cat([features(backbone, part) for part in parts])
    backbone.eval()
    return found


def _seen(backbone: nn.Module, images: Tensor, left: int) -> tuple[Tensor, Tensor]:
    """Features in training and at the end, which is `left` steps away: the running statistics follow step by step."""
    memory = BATCHNORM_MEMORY**left
    if not _norms(backbone) or memory < NEGLIGIBLE:
        learnt = _in_training(backbone, images)
        return learnt, learnt
    later = copy.deepcopy(backbone)
    meet_data(later, images, memory)
    return _in_training(backbone, images), features(later, images)
