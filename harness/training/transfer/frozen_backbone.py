"""The head alone learns, as in a linear probe, but from augmented images and with the backbone in either mode."""

from __future__ import annotations

import torch

from harness.data.images import Images
from harness.model.build import Built
from harness.model.stages import HEAD
from harness.spec.spec import Spec
from harness.training.learner import Learner
from harness.training.transfer._fine_tune import begins_of, described, fine_tune, stages_of


def frozen_backbone(spec: Spec, built: Built, images: Images, device: torch.device) -> Learner:
    """`transfer.frozen=train` leaves the frozen backbone in train mode: it drops, and its statistics move."""
    stages, epochs = stages_of(spec, built), {HEAD: 0}
    return fine_tune(
        spec, built, images, device, begins=begins_of(stages, epochs), facts=described(built, stages, epochs)
    )
