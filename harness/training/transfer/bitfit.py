"""BitFit: the head and every bias learn."""

from __future__ import annotations

import torch

from harness.data.images import Images
from harness.model.build import Built
from harness.spec.errors import ImpossibleConfiguration
from harness.spec.spec import Spec
from harness.training.learner import Learner
from harness.training.transfer._fine_tune import fine_tune


def bitfit(spec: Spec, built: Built, images: Images, device: torch.device) -> Learner:
    """Weights outside of the head are frozen; biases learn, those of norm layers among them.

    Source: Ben Zaken, Ravfogel and Goldberg, "BitFit" (2021).

    Raises:
        ImpossibleConfiguration: the backbone has no bias.
    """
    heads = tuple(f"{head}." for head in built.on_top)
    names = [name for name, _ in built.model.named_parameters()]
    biases = [name for name in names if name.endswith("bias") and not name.startswith(heads)]
    if not biases:
        raise ImpossibleConfiguration(
            f"transfer: {spec.backbone.name} has no bias outside of its head; use transfer=frozen_backbone"
        )
    learning = [*biases, *(name for name in names if name.startswith(heads))]
    return fine_tune(spec, built, images, device, begins=dict.fromkeys(learning, 0), facts={"biases": len(biases)})
