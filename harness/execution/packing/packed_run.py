"""One run's own course through a pack: its order, its random numbers, its rates."""

from __future__ import annotations

import torch
from torch import Tensor

from harness.spec.streams import stream
from harness.training.hardware import Hardware
from harness.training.recipe.objective import Loss, balancing_weights, make_loss, make_order
from harness.training.recipe.schedules import LearningRate
from harness.training.setup import Setup
from harness.training.step import Step


class PackedRun:
    """What `harness.training.loop` holds for a run that trains by itself, drawn from the same streams.

    `weights` are those of the recipe's balanced loss, [C] on the CPU, None without it.
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
        self._known, self._classes = setup.labels.cpu()[setup.train_index], len(setup.dataset.classes)
        self._draw_order = make_order(spec.recipe, self._known)
        self.weights = balancing_weights(spec.recipe, self._known, self._classes)

    def stepper(self, step: type[Step], hardware: Hardware) -> Step:
        """What takes its steps by itself."""
        spec = self.setup.spec.model_copy(update={"recipe": self.recipe})
        return step(spec, self.learner, self.criterion(hardware.device), hardware)

    def criterion(self, device: torch.device) -> Loss:
        """Its loss, as it trains by itself."""
        return make_loss(self.recipe, self._known, self._classes, device)

    def epoch(self) -> tuple[Tensor, Tensor]:
        """Indices of an epoch's whole batches, in the order in which they come, and their labels: [steps, B]."""
        index, labels = self.setup.train_index, self.setup.labels
        shuffled = index[self._draw_order(generator=self._order)].to(self._device)
        batches = shuffled[: self.steps_per_epoch * self.batch_size].view(self.steps_per_epoch, self.batch_size)
        return batches, labels[batches]
