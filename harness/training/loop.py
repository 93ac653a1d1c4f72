"""The training loop: bare, with one place where it stops to be measured, and a state that it can go on from."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from harness.spec.spec import Spec
from harness.spec.streams import stream
from harness.training.evaluate import evaluation_steps
from harness.training.hardware import Hardware
from harness.training.learner import Learner, prefetched
from harness.training.recipe.objective import make_loss, make_mixing, make_order
from harness.training.recipe.optimizer import make_average
from harness.training.recipe.schedules import LearningRate
from harness.training.step import Step


@dataclass(frozen=True)
class EvalPoint:
    """The loop stands still after `step` steps, its gradients in place (clipped, where they are clipped).

    `train_loss` is the mean since the last evaluation of what is trained on. `network` is what is to be evaluated: the
    one that learns, or the average of its weights. `schedule` is to be told what was measured at the end of an epoch.
    """

    step: int
    epoch: float
    lr: float
    train_loss: float
    images: int
    network: nn.Module
    schedule: LearningRate


def _on() -> None:
    """Nothing happens between two steps."""


class Training:
    """Trains on the inputs at `index`, standing still at every evaluation step.

    An epoch is as many whole batches as the images give (one smaller batch where they give none); the last, partial
    batch is left out, and another one in each epoch. Order and augmentation come from streams of their own; what the
    network draws itself (dropout) comes from torch's generator, seeded here. A batch computed in parts gives the
    gradient of the whole, but for BatchNorm, which normalises each part by itself.

    Between two steps `state_dict` tells all that the rest of the training depends on; another one made of the same
    arguments and given that state goes on bitwise alike, on a CPU.

    Args:
        spec: the run.
        learner: what learns, and where its inputs come from.
        labels: of all images of the training part, int64 [M], on the device.
        index: the images to learn from, int64 [N].
        classes: how many there are.
        hardware: where it is computed.
        parts: multiplies those that the recipe asks for, where the machine's memory is too small for them.
        step: how one step is computed.
    """

    def __init__(
        self,
        spec: Spec,
        learner: Learner,
        labels: Tensor,
        index: Tensor,
        classes: int,
        hardware: Hardware,
        parts: int = 1,
        step: type[Step] = Step,
    ) -> None:
        self._recipe = recipe = spec.recipe
        self._learner, self._labels, self._index = learner, labels, index
        self._device, network = hardware.device, learner.network
        self._batch_size = min(recipe.batch_size, len(index))
        self._steps_per_epoch = len(index) // self._batch_size
        self._stops = evaluation_steps(self._steps_per_epoch, recipe.epochs)
        self._order = torch.Generator().manual_seed(stream(spec, "order"))
        self._augmentation = torch.Generator().manual_seed(stream(spec, "augmentation"))
        torch.manual_seed(stream(spec, "dropout"))
        known = labels.cpu()[index]
        self._draw_order, self._mix = make_order(recipe, known), make_mixing(spec, classes)
        self._take_step = step(spec, learner, make_loss(recipe, known, classes, self._device), hardware)
        self._schedule = LearningRate(recipe, self._steps_per_epoch)
        self._average = make_average(recipe, network)
        self._step = self._since = 0
        self._rate = 0.0
        self._batches: Iterator[tuple[Tensor, Tensor]] | None = None
        self._drawn_from: dict[str, Tensor] = {}
        self._parts, self._parts_from = parts, 0

    @property
    def step(self) -> int:
        """Steps done."""
        return self._step

    @property
    def steps_per_epoch(self) -> int:
        """Steps of an epoch."""
        return self._steps_per_epoch

    @property
    def optimizer(self) -> torch.optim.Optimizer:
        """What learns by, with all that it remembers."""
        return self._take_step.optimizer

    @property
    def step_name(self) -> str:
        """The name of how one step is computed."""
        return self._take_step.name

    @property
    def facts(self) -> dict[str, Any]:
        """What the provenance is to say of how steps were computed."""
        return self._take_step.facts

    @property
    def evaluated(self) -> nn.Module:
        """The network that is to be evaluated."""
        return self._average.module if self._average else self._learner.network

    @property
    def parts(self) -> tuple[int, int]:
        """How many times as many parts as the recipe asks for make a batch, and from which step on."""
        return self._parts, self._parts_from

    def to_eval_point(self, between: Callable[[], None] = _on) -> EvalPoint | None:
        """Train to the next evaluation step; None after the last. `between` is called after every other step."""
        while self._step < self._steps_per_epoch * self._recipe.epochs:
            self._learn(*self._next_batch())
            if self._step in self._stops:
                return self._pause()
            between()
        return None

    def take_steps(self, count: int) -> None:
        """Train so many steps without standing still to be measured."""
        for _ in range(count):
            self._learn(*self._next_batch())

    def state_dict(self) -> dict[str, Any]:
        """What the rest of the training depends on, as of now: not to be changed, and to be saved before it goes on."""
        ended = self._step % self._steps_per_epoch == 0  # and all that is random in that epoch is drawn
        return {
            "step": self._step,
            "since": self._since,
            "parts": [self._parts, self._parts_from],
            "drawn_from": self._generators() if ended else self._drawn_from,
            "mixing": self._mix.state_dict() if self._mix else None,
            "torch": torch.get_rng_state(),
            "cuda": torch.cuda.get_rng_state(self._device) if self._device.type == "cuda" else None,
            "network": self._learner.network.state_dict(),
            "average": self._average.module.state_dict() if self._average else None,
            "schedule": self._schedule.state_dict(),
            **self._take_step.state_dict(),
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from there. In the midst of an epoch, its inputs so far are made once more, as they drew numbers."""
        self._step, self._since = state["step"], state["since"]
        if state["parts"][0] >= self._parts:
            self._parts, self._parts_from = state["parts"]
        else:
            self._parts_from = self._step
        self._learner.network.load_state_dict(state["network"])
        self._take_step.load_state_dict(state)
        if self._average:
            self._average.module.load_state_dict(state["average"])
        if self._mix:
            self._mix.load_state_dict(state["mixing"])
        self._schedule.load_state_dict(state["schedule"])
        self._order.set_state(state["drawn_from"]["order"])
        self._augmentation.set_state(state["drawn_from"]["augmentation"])
        done = self._step % self._steps_per_epoch
        if done:
            self._batches = self._epoch()
            for _ in range(done):
                next(self._batches)
        torch.set_rng_state(state["torch"])
        if state["cuda"] is not None:
            torch.cuda.set_rng_state(state["cuda"], self._device)

    def _generators(self) -> dict[str, Tensor]:
        return {"order": self._order.get_state(), "augmentation": self._augmentation.get_state()}

    def _epoch(self) -> Iterator[tuple[Tensor, Tensor]]:
        """Each batch of the epoch that begins: its indices and its inputs."""
        self._drawn_from = self._generators()
        epoch = self._step // self._steps_per_epoch
        if self._batches is None:
            self._learner.train()
        self._learner.begin_epoch(epoch)
        order = self._index[self._draw_order(generator=self._order)].to(self._device)
        batches = order.split(self._batch_size)[: self._steps_per_epoch]
        return zip(batches, prefetched(self._learner.source, batches, self._augmentation), strict=True)

    def _next_batch(self) -> tuple[Tensor, Tensor]:
        found = next(self._batches, None) if self._batches is not None else None
        if found is None:
            self._batches = self._epoch()
            found = next(self._batches)
        return found

    def _learn(self, batch: Tensor, inputs: Tensor) -> None:
        """One step."""
        self._rate = self._schedule(self._step)
        targets = self._labels[batch]
        if self._mix:
            inputs, targets = self._mix(inputs, targets)
        self._take_step(inputs, targets, self._rate, self._recipe.grad_accum_steps * self._parts)
        self._step += 1
        if self._average:
            self._average.update(self._learner.network, self._step)

    def _pause(self) -> EvalPoint:
        steps = self._step - self._since
        reached = EvalPoint(
            step=self._step,
            epoch=self._step / self._steps_per_epoch,
            lr=self._rate,
            train_loss=float(self._take_step.total) / steps,
            images=steps * self._batch_size,
            network=self.evaluated,
            schedule=self._schedule,
        )
        self._take_step.total.zero_()
        self._since = self._step
        return reached
