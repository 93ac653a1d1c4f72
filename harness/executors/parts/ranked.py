"""A step that several processes take together, each with a share of the batch."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.nn.modules.batchnorm import _BatchNorm

from harness.executors.parts.ranks import Learn, Run, State, backend, packed, received, say, send, summed, unpacked
from harness.recipe.loss import Loss
from harness.spec.machine import DISTRIBUTED
from harness.spec.spec import Spec
from harness.spec.world import world
from harness.training.hardware import Hardware
from harness.training.step import Step
from harness.transfer.parts.learner import Learner


class RankedStep(Step):
    """Gradients and loss are summed over the ranks; each then takes the same step.

    BatchNorm normalises each share by itself; the statistics that are kept are the first rank's. Dropout is drawn by
    each rank.
    """

    name = DISTRIBUTED

    @property
    def facts(self) -> dict[str, Any]:
        """How many ranks, and what is computed by each for itself."""
        norms = any(isinstance(each, _BatchNorm) and each.training for each in self._network.modules())
        told = {"count": world().count, "backend": backend(self._hardware.device), "batchnorm_by_rank": norms}
        return {"ranks": told}

    def _share(self, inputs: Tensor, targets: Tensor, rate: float, parts: int, whole: int) -> None:
        for group in self.optimizer.param_groups:
            group["lr"] = rate * group.get("lr_scale", 1.0)
        self._compute(inputs, targets, min(parts, len(inputs)), whole)

    def _joined(self, loss: Tensor) -> Tensor:
        summed([loss, *(each.grad for each in self._network.parameters() if each.grad is not None)])
        return loss


class LeadingStep(RankedStep):
    """The first rank's: has the whole batch, and sends the others their shares."""

    def __init__(self, spec: Spec, learner: Learner, criterion: Loss, hardware: Hardware) -> None:
        super().__init__(spec, learner, criterion, hardware)
        self._run = Run(spec.model_dump_json())
        self._known = False
        self._modes: Any = None

    def __call__(self, inputs: Tensor, targets: Tensor, rate: float, parts: int) -> None:
        """As the ordinary step."""
        if not self._known:
            self._make_known()
        mine_and_others = (each.tensor_split(world().count) for each in (inputs, targets))
        shares = list(zip(*mine_and_others, strict=True))
        modes = _modes(self._network)
        say(
            Learn(
                rate,
                parts,
                len(inputs),
                shapes=[(given.shape, known.shape) for given, known in shares],
                dtypes=(inputs.dtype, targets.dtype),
                modes=None if modes == self._modes else modes,
            )
        )
        self._modes = modes
        for rank, share in enumerate(shares[1:], start=1):
            for tensor in share:
                send(tensor, rank)
        own, wanted = shares[0]
        self._share(own, wanted, rate, parts, len(inputs))

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

    def begin(self, state: State) -> None:
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
        told = zip(asked.shapes[world().rank], asked.dtypes, strict=True)
        inputs, targets = (received(shape, dtype, self._hardware.device) for shape, dtype in told)
        if inputs.ndim == 4:
            inputs = inputs.contiguous(memory_format=torch.channels_last)
        self._share(inputs, targets, asked.rate, asked.parts, asked.whole)


def _modes(network: torch.nn.Module) -> tuple[tuple[bool, ...], tuple[bool, ...]]:
    learns = tuple(parameter.requires_grad for parameter in network.parameters())
    return learns, tuple(module.training for module in network.modules())
