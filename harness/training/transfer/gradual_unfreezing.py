"""Gradual unfreezing: the head learns first, and stage after stage joins it, from the last to the stem."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from harness.data.images import Images
from harness.model.build import Built
from harness.model.stages import Stage
from harness.spec.spec import Spec, Transfer
from harness.training.learner import Learner
from harness.training.transfer._fine_tune import begins_of, described, fine_tune, stages_of


def gradual_unfreezing(spec: Spec, built: Built, images: Images, device: torch.device) -> Learner:
    """One more stage in each epoch, or `transfer.phases`: the numbers of last stages that learn, phase by phase.

    Phases last `transfer.phase_epochs`; where phases are named and their length is not, they share the epochs equally.
    A stage whose turn does not come within the epochs stays frozen, and its `from_epoch` in the record is null.

    Source: Howard and Ruder, "Universal Language Model Fine-tuning for Text Classification" (ULMFiT, 2018).
    """
    stages = stages_of(spec, built)
    turns = _turns(spec.transfer, stages, spec.recipe.epochs)
    epochs = {name: epoch for name, epoch in turns.items() if epoch < spec.recipe.epochs}
    return fine_tune(
        spec, built, images, device, begins=begins_of(stages, epochs), facts=described(built, stages, epochs)
    )


def _turns(transfer: Transfer, stages: Sequence[Stage], epochs: int) -> dict[str, int]:
    """The epoch in which each stage joins."""
    phases = transfer.phases or tuple(range(len(stages)))
    turns: dict[str, int] = {}
    for number, phase in enumerate(phases):
        if transfer.phase_epochs is None and transfer.phases is not None:
            epoch = number * epochs // len(phases)
        else:
            epoch = number * (transfer.phase_epochs or 1)
        learning = len(stages) if phase == "all" else min(phase + 1, len(stages))
        for stage in stages[-learning:]:
            turns.setdefault(stage.name, epoch)
    return turns
