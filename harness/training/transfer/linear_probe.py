"""Linear probe: the backbone is frozen in eval mode, its features are computed once, and the heads learn on them."""

from __future__ import annotations

import time
from functools import partial

import torch

from harness.data.images import Images
from harness.model.build import Built
from harness.spec.spec import TRAIN_MODE, Spec
from harness.training.batches import image_batches
from harness.training.head_network import head_network, linear_heads
from harness.training.learner import Computed, InputSource, Learner
from harness.training.transfer._features import HeadInputs
from harness.training.transfer._fine_tune import Context, handle_batchnorm


def linear_probe(spec: Spec, built: Built, images: Images, device: torch.device) -> Learner:
    """The heads alone learn, after the dropout that the model has before them, on what reaches them in eval mode.

    A neck learns with its head, on what reaches the neck. Under `creation.mode=returned` nothing is dropped, and no
    statistics of a neck's move, where the library returns its model in eval mode.

    The rate is the model's, whatever was asked for: a creation method may lose it, a library bring one of its own. Of
    several heads (distilled models) each learns on its own inputs, and their answers become one as in the model. Runs
    that differ in nothing that the features depend on share them within a process.

    Raises:
        ImpossibleConfiguration: a head is no Linear or is never called, or no such network repeats the model's answers.
    """
    heads = linear_heads(spec, built)
    model = built.model.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    batches_of_images = image_batches(spec, built.preprocessing, device)
    handling = handle_batchnorm(Context(spec, built, images, device, batches_of_images))
    learns = built.mode == TRAIN_MODE or built.model.training
    model.eval().requires_grad_(False)
    learning = {**{name: model.get_submodule(name) for name in built.neck}, **heads}
    for module in learning.values():
        module.requires_grad_(True)
    encode = HeadInputs(built, device)

    def batches(images: Images) -> InputSource:
        return Computed(encode(images.pixels))

    started = time.perf_counter()
    network = head_network(spec, built, encode, images.pixels)
    take = batches(images)
    return Learner(
        network=network,
        source=take,
        source_of=batches,
        learnable={f"{own}.{name}": each for own, part in learning.items() for name, each in part.named_parameters()},
        train=partial(network.train, learns),
        optimised=built.optimised,
        features_s=time.perf_counter() - started,
        facts=handling.facts,
    )
