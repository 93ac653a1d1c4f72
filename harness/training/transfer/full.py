"""Full fine-tuning: every parameter learns at one rate."""

from __future__ import annotations

import torch

from harness.data.images import Images
from harness.model.build import Built
from harness.spec.spec import Spec
from harness.training.learner import Learner
from harness.training.transfer._fine_tune import fine_tune


def full(spec: Spec, built: Built, images: Images, device: torch.device) -> Learner:
    """The whole model learns from augmented images."""
    return fine_tune(spec, built, images, device)
