"""One run's own course through a pack: its order, its random numbers, its rates."""

from __future__ import annotations

import torch
from torch import Tensor

from harness.spec.streams import stream
from harness.training.hardware import Hardware
from harness.training.recipe.objective import make_loss
from harness.training.recipe.schedules import LearningRate
from harness.training.setup import Setup
from harness.training.step import Step


class PackedRun:
    """What `harness.training.loop` holds for a run that trains by itself, drawn from the same streams.

    `dropout` takes the place of torch's own generator: seeded alike, it gives the same numbers on a CPU, whoever else
    is in the pack. On a GPU torch draws the masks of a single run within another kernel, and they are other ones.
    """

    def __init__(self, setup: Setup, device: torch.device) -> None:
        spec = setup.spec
        self.setup, self.learner, self.recipe = setup, setup.learner, spec.recipe
        self.batch_size = min(spec.recipe.batch_size, len(setup.train_index))
        self.steps_per_epoch = len(setup.train_index) // self.batch_size
        self.schedule = LearningRate(spec.recipe, self.steps_per_epoch)
        self.augmentation = torch.Generator().manual_seed(stream(spec, "augmentation"))
        self.dropout = torch.Generator(device).manual_seed(stream(spec, "dropout"))
        self._order = torch.Generator().manual_seed(stream(spec, "order"))
        self._device = device

    def stepper(self, step: type[Step], hardware: Hardware) -> Step:
        """What takes its steps by itself."""
        setup, recipe = self.setup, self.recipe
        known = setup.labels.cpu()[setup.train_index]
        criterion = make_loss(recipe, known, len(setup.dataset.classes), hardware.device)
        return step(setup.spec.model_copy(update={"recipe": recipe}), self.learner, criterion, hardware)

    def epoch(self) -> tuple[Tensor, Tensor]:
        """Indices of an epoch's whole batches, in the order in which they come, and their labels: [steps, B]."""
        index, labels = self.setup.train_index, self.setup.labels
        shuffled = index[torch.randperm(len(index), generator=self._order)].to(self._device)
        batches = shuffled[: self.steps_per_epoch * self.batch_size].view(self.steps_per_epoch, self.batch_size)
        return batches, labels[batches]
