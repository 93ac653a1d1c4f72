"""Full fine-tuning: every parameter learns at one rate."""

from __future__ import annotations

import torch
from torch import Tensor

from harness.models.build import Built
from harness.spec.spec import Spec
from harness.spec.variants import load_variant
from harness.transfer.parts.learner import Learner
from harness.transfer.parts.pixels import Normalise, unit_range


def full(spec: Spec, built: Built, pixels: Tensor, device: torch.device) -> Learner:
    """The whole model learns from augmented images."""
    normalise = Normalise(built.preprocessing, device)
    augment = load_variant("harness.transforms", spec.transforms.name)
    model = built.model.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]

    def prepare(batch: Tensor, generator: torch.Generator | None) -> Tensor:
        images = unit_range(batch)
        return normalise(images if generator is None else augment(images, generator))

    return Learner(
        network=model,
        inputs=pixels.to(device),
        encode=lambda images: images.to(device),
        prepare=prepare,
        learnable=dict(model.named_parameters()),
        optimised=built.optimised,
    )
