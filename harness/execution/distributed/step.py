"""A step that several processes take together, each with a share of the batch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from harness.execution.distributed.batchnorm import OverAllRanks
from harness.execution.distributed.ranks import (
    BeginRun,
    Learn,
    RankState,
    backend,
    packed,
    received,
    say,
    send,
    summed,
    unpacked,
)
from harness.spec.machine import DISTRIBUTED, world
from harness.spec.spec import Spec
from harness.training.hardware import Hardware
from harness.training.learner import Learner
from harness.training.recipe.objective import Loss
from harness.training.step import Step, cut


class RankedStep(Step):
    """BatchNorm sees all ranks' inputs, gradients and loss are summed over them; each then takes the same step.

    Dropout is drawn by each rank.
    """

    name = DISTRIBUTED

    @property
    def facts(self) -> dict[str, Any]:
        """How many ranks there are."""
        return {"ranks": {"count": world().count, "backend": backend(self._hardware.device)}}

    def _share(self, parts: Sequence[tuple[Tensor, Tensor]], rate: float, whole: int) -> None:
        for group in self.optimizer.param_groups:
            group["lr"] = rate * group.get("lr_scale", 1.0)
        with OverAllRanks():
            self._compute(parts, whole)

    def _joined(self, loss: Tensor) -> Tensor:
        held = [parameter for group in self.optimizer.param_groups for parameter in group["params"]]
        summed([loss, *(parameter.grad for parameter in held if parameter.grad is not None)])
        return loss


class LeadingStep(RankedStep):
    """The first rank's: has the whole batch, and sends the others their shares."""

    def __init__(self, spec: Spec, learner: Learner, criterion: Loss, hardware: Hardware) -> None:
        super().__init__(spec, learner, criterion, hardware)
        self._run = BeginRun(spec.model_dump_json())
        self._known = False
        self._modes: Any = None

    def __call__(self, inputs: Tensor, targets: Tensor, rate: float, parts: int) -> None:
        """As the ordinary step."""
        if not self._known:
            self._make_known()
        # Part by part, so that BatchNorm sees the parts of a single process.
        dealt = [[each.tensor_split(world().count) for each in part] for part in cut(inputs, targets, parts)]
        ranks = [[(given[rank], known[rank]) for given, known in dealt] for rank in range(world().count)]
        modes = _modes(self._network)
        say(
            Learn(
                rate,
                whole=len(inputs),
                shares=[[len(given) for given, _ in own] for own in ranks],
                shapes=(inputs.shape[1:], targets.shape[1:]),
                dtypes=(inputs.dtype, targets.dtype),
                modes=None if modes == self._modes else modes,
            )
        )
        self._modes = modes
        for rank, own in enumerate(ranks[1:], start=1):
            for tensors in zip(*own, strict=True):
                send(torch.cat(tensors), rank)
        self._share(ranks[0], rate, len(inputs))

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from there, the others as well."""
        super().load_state_dict(state)
        self._known = False

    def _make_known(self) -> None:
        say(self._run)
        own = {"optimizer": self.optimizer.state_dict(), "scaler": self.scaler.state_dict()}
        say(packed({"network": self._network.state_dict(), **own}))
        self._known, self._modes = True, None


class FollowingStep(RankedStep):
    """That of every other rank."""

    def begin(self, state: RankState) -> None:
        """As the first rank is."""
        found = unpacked(state, self._hardware.device)
        self._network.load_state_dict(found["network"])
        self.optimizer.load_state_dict(found["optimizer"])
        self.scaler.load_state_dict(found["scaler"])

    def learn(self, asked: Learn) -> None:
        """Take the step with this rank's share."""
        if asked.modes is not None:
            learns, trains = asked.modes
            for parameter, learning in zip(self._network.parameters(), learns, strict=True):
                parameter.requires_grad_(learning)
            for module, training in zip(self._network.modules(), trains, strict=True):
                module.training = training
        sizes = list(asked.shares[world().rank])
        inputs, targets = (
            received(torch.Size([sum(sizes), *shape]), dtype, self._hardware.device)
            for shape, dtype in zip(asked.shapes, asked.dtypes, strict=True)
        )
        if inputs.ndim == 4:
            inputs = inputs.contiguous(memory_format=torch.channels_last)
        self._share(list(zip(inputs.split(sizes), targets.split(sizes), strict=True)), asked.rate, asked.whole)


def _modes(network: torch.nn.Module) -> tuple[tuple[bool, ...], tuple[bool, ...]]:
    learns = tuple(parameter.requires_grad for parameter in network.parameters())
    return learns, tuple(module.training for module in network.modules())
