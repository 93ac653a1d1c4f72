"""One step of training: forward, loss, backward, optimizer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from harness.spec.spec import Spec
from harness.training.hardware import Hardware
from harness.training.learner import Learner
from harness.training.recipe.objective import Loss
from harness.training.recipe.optimizer import make_clipping, make_optimizer


class Step:
    """Computes each operation as the network comes to it.

    `total`, a number on the device, is the sum of the losses of all steps since it was last set to zero.

    Args:
        spec: the run's.
        learner: what learns.
        criterion: the batch's mean loss in nats.
        hardware: where and in which precision it is computed.
    """

    name = "ordinary"
    fused = False
    """Whether the optimizer is one kernel for all parameters wherever torch has one, not AdamW's alone."""

    def __init__(self, spec: Spec, learner: Learner, criterion: Loss, hardware: Hardware) -> None:
        recipe = spec.recipe
        self._network: nn.Module = learner.network
        self._criterion, self._hardware = criterion, hardware
        self.optimizer = make_optimizer(recipe, self._network, learner.optimised, learner.rates, fused=self.fused)
        self.scaler = hardware.scaler()
        self._clip = make_clipping(recipe, self._network, self.optimizer)
        self.total = torch.zeros((), dtype=_at_least_float32(next(self._network.parameters())), device=hardware.device)

    @property
    def facts(self) -> dict[str, Any]:
        """For the provenance."""
        return {}

    def __call__(self, inputs: Tensor, targets: Tensor, rate: float, parts: int) -> None:
        """Learn from one batch.

        Args:
            inputs: [B, ...], as the network takes them.
            targets: labels [B] or fractions of the classes [B, classes].
            rate: the learning rate.
            parts: how many the batch is computed in.
        """
        for group in self.optimizer.param_groups:
            group["lr"] = rate * group.get("lr_scale", 1.0)
        self._compute(cut(inputs, targets, parts), len(inputs))

    def state_dict(self) -> dict[str, Any]:
        """What the next steps depend on, the network apart."""
        return {"total": self.total, "optimizer": self.optimizer.state_dict(), "scaler": self.scaler.state_dict()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from there."""
        self.total.copy_(state["total"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.scaler.load_state_dict(state["scaler"])

    def _compute(self, parts: Sequence[tuple[Tensor, Tensor]], whole: int) -> None:
        """Inputs and targets of each part, all of them a part, or all, of a batch of `whole`."""
        optimizer, scaler = self.optimizer, self.scaler
        optimizer.zero_grad(set_to_none=True)
        learnt: Tensor | None = None
        for part, wanted in parts:
            with self._hardware.autocast():
                logits = self._network(part)
                loss = self._criterion(logits.to(_at_least_float32(logits)), wanted)
            if len(part) < whole:
                loss = loss * (len(part) / whole)
            scaler.scale(loss).backward()
            learnt = loss.detach() if learnt is None else learnt + loss.detach()
        assert learnt is not None
        self.total += self._joined(learnt)
        scaler.unscale_(optimizer)
        if self._clip:
            self._clip()
        scaler.step(optimizer)
        scaler.update()

    def _joined(self, loss: Tensor) -> Tensor:
        """The loss of the whole batch, all gradients in place, where a part of it has been learnt from."""
        return loss


def cut(inputs: Tensor, targets: Tensor, parts: int) -> list[tuple[Tensor, Tensor]]:
    """A batch, inputs [B, ...] and targets [B] or [B, classes], in so many parts."""
    return list(zip(inputs.chunk(parts), targets.chunk(parts), strict=True))


def _at_least_float32(tensor: Tensor) -> torch.dtype:
    return torch.promote_types(tensor.dtype, torch.float32)
