"""Full fine-tuning: every parameter learns at one rate."""

from __future__ import annotations

import torch

from harness.data.parts.images import Images
from harness.models.build import Built
from harness.spec.spec import Spec
from harness.transfer.parts.fine_tune import fine_tune
from harness.transfer.parts.learner import Learner


def full(spec: Spec, built: Built, images: Images, device: torch.device) -> Learner:
    """The whole model learns from augmented images."""
    return fine_tune(spec, built, images, device)
