"""The head and the last stages learn; what comes before is frozen."""

from __future__ import annotations

import torch

from harness.data.images import Images
from harness.model.build import Built
from harness.spec.errors import ImpossibleConfiguration
from harness.spec.spec import Spec
from harness.training.learner import Learner
from harness.training.transfer._fine_tune import begins_of, described, fine_tune, stages_of

STAGES = 2


def last_stages(spec: Spec, built: Built, images: Images, device: torch.device) -> Learner:
    """`transfer.stages` (2) before the head learn with it.

    Raises:
        ImpossibleConfiguration: the network has no more stages than that, so that nothing would be frozen.
    """
    stages, wanted = stages_of(spec, built), spec.transfer.stages or STAGES
    if wanted >= len(stages) - 1:
        raise ImpossibleConfiguration(
            f"transfer.stages: {spec.backbone.name} has {len(stages) - 1} stages before its head, with {wanted} all "
            "would learn; use transfer=full"
        )
    epochs = {stage.name: 0 for stage in stages[-1 - wanted :]}
    return fine_tune(
        spec, built, images, device, begins=begins_of(stages, epochs), facts=described(built, stages, epochs)
    )
