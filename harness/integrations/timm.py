"""timm's training script, and any other loop: one call before the first epoch."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from torch import nn
from torch.optim import Optimizer

from harness.diagnose.audit import Report
from harness.integrations._before_training import BeforeTraining, OnSerious
from harness.integrations._schedule import planned_rates


def check_before_training(
    model: nn.Module,
    loader: Any,
    optimizer: Optimizer,
    scheduler: Any = None,
    epochs: int | None = None,
    updates_per_epoch: int | None = None,
    on_serious: OnSerious = "stop",
    allow: Collection[str] = (),
    **options: Any,
) -> Report:
    """Look at the model on the first batches of its training loader, and stop or warn; returns the report.

    Args:
        model: maps images to logits; may be compiled, or DistributedDataParallel.
        loader: timm's loader, or any that gives (images, labels) in batches.
        optimizer: the optimizer that is about to be stepped.
        scheduler: timm's or torch's, at its start.
        epochs: epochs in all.
        updates_per_epoch: optimizer steps of an epoch; by default the batches of the loader.
        on_serious: "stop" or "warn".
        allow: ids of findings that are known and accepted.
        options: further arguments of `harness.check`.

    Raises:
        SeriousFindingsError: under `on_serious="stop"`.
    """
    each = updates_per_epoch or (len(loader) if hasattr(loader, "__len__") else 1)
    steps = None if epochs is None or (updates_per_epoch is None and not hasattr(loader, "__len__")) else epochs * each
    by_epoch = scheduler is not None and not hasattr(scheduler, "step_update")
    rates = planned_rates(optimizer, scheduler, steps, each, by_epoch)
    return BeforeTraining(on_serious, allow, **options).examine(model, loader, rates)
