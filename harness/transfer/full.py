"""Full fine-tuning: every parameter learns at one rate."""

from __future__ import annotations

import torch

from harness.data.parts.images import Images
from harness.models.build import Built
from harness.spec.spec import Spec
from harness.transfer.parts.batches import image_batches
from harness.transfer.parts.learner import Learner


def full(spec: Spec, built: Built, images: Images, device: torch.device) -> Learner:
    """The whole model learns from augmented images."""
    model = built.model.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    batches = image_batches(spec, built.preprocessing, device)
    return Learner(
        network=model,
        take=batches(images),
        other=batches,
        learnable=dict(model.named_parameters()),
        train=model.train,
        optimised=built.optimised,
    )
