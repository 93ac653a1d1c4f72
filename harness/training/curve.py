"""The learning curve: when it is measured, and its points."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Point:
    """State of a run after `step` steps; the first is before training. Losses in nats, top-1 in percent."""

    step: int
    epoch: float
    lr: float | None
    train_loss: float | None
    val_loss: float
    val_top1: float
    grad_norm_head: float | None
    grad_norm_backbone: float | None

    def as_json(self) -> dict[str, Any]:
        """Its fields by name."""
        return asdict(self)


def evaluation_steps(steps_per_epoch: int, epochs: int) -> frozenset[int]:
    """After 1, 2, 4, ... steps of the first epoch, where arms differ most, and at the end of every epoch."""
    early = {2**power for power in range(steps_per_epoch.bit_length()) if 2**power < steps_per_epoch}
    return frozenset(early | {epoch * steps_per_epoch for epoch in range(1, epochs + 1)})
