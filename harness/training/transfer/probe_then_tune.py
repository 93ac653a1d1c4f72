"""Probe, then tune: the head learns first on a frozen backbone, and then everything does."""

from __future__ import annotations

import torch

from harness.data.images import Images
from harness.model.build import Built
from harness.model.stages import HEAD
from harness.spec.spec import Spec
from harness.training.learner import Learner
from harness.training.transfer._fine_tune import begins_of, described, fine_tune, stages_of


def probe_then_tune(spec: Spec, built: Built, images: Images, device: torch.device) -> Learner:
    """The head has `transfer.probe_epochs` (half of the epochs) alone; one schedule runs through both parts.

    Source: Kumar et al., "Fine-Tuning can Distort Pretrained Features and Underperform Out-of-Distribution" (LP-FT,
    2022).
    """
    stages = stages_of(spec, built)
    probe = spec.transfer.probe_epochs or spec.recipe.epochs // 2
    epochs = {stage.name: 0 if stage.name == HEAD else probe for stage in stages}
    return fine_tune(
        spec, built, images, device, begins=begins_of(stages, epochs), facts=described(built, stages, epochs)
    )
