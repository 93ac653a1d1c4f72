"""Linear probe: the backbone is frozen in eval mode, its features are computed once, and the head learns on them."""

from __future__ import annotations

import time

import torch
from torch import nn

from harness.data.parts.images import Images
from harness.models.build import Built
from harness.spec.spec import Spec
from harness.transfer.parts.batches import image_batches
from harness.transfer.parts.features import HeadInputs, one_linear
from harness.transfer.parts.handling import Context, handle_batchnorm
from harness.transfer.parts.learner import Computed, Learner, Take


def linear_probe(spec: Spec, built: Built, images: Images, device: torch.device) -> Learner:
    """The head alone learns, after the head's dropout, on the features that reach it in eval mode.

    Runs that differ in nothing that the features depend on share them within a process.

    Raises:
        ImpossibleCell: the model has several heads, or its head is no Linear.
    """
    head = one_linear(spec, built, "transfer: linear_probe")
    model = built.model.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    batches_of_images = image_batches(spec, built.preprocessing, device)
    handling = handle_batchnorm(Context(spec, built, images, device, batches_of_images))
    model.eval().requires_grad_(False)
    head.requires_grad_(True)
    encode = HeadInputs(built, device)

    def batches(images: Images) -> Take:
        return Computed(encode(images.pixels))

    started = time.perf_counter()
    take = batches(images)
    network = nn.Sequential(nn.Dropout(spec.regularization.drop_rate or 0.0), head)
    return Learner(
        network=network,
        take=take,
        other=batches,
        learnable={f"{built.heads[0]}.{name}": parameter for name, parameter in head.named_parameters()},
        train=network.train,
        optimised=built.optimised,
        features_s=time.perf_counter() - started,
        facts=handling.facts,
    )
