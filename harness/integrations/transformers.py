"""transformers: `Trainer(..., callbacks=[TransformersCheck()])`."""

from __future__ import annotations

from typing import Any

from torch import nn

from harness.integrations._before_training import BeforeTraining, missing
from harness.integrations._schedule import planned_rates

try:
    from transformers import TrainerCallback
except ImportError:
    raise missing("transformers") from None


class TransformersCheck(BeforeTraining, TrainerCallback):  # type: ignore[misc]
    """A `TrainerCallback` that checks the model before the first step of `Trainer.train()`.

    `TransformersCheck(on_serious="stop", allow=(), **options)`: see `harness.integrations`. A run that is resumed
    from a checkpoint is not checked again. `report` is the report of the last training.
    """

    def on_train_begin(
        self,
        args: Any,
        state: Any,
        control: Any,
        model: nn.Module,
        optimizer: Any,
        lr_scheduler: Any,
        train_dataloader: Any,
        **kwargs: Any,
    ) -> None:
        """Look at the first images of the training data, with the optimizer and the schedule that the Trainer made.

        Raises:
            SeriousFindingsError: under `on_serious="stop"`.
        """
        if state.global_step:
            return
        # what accelerate wraps: its loader keeps count of whoever reads from it
        optimizer = getattr(optimizer, "optimizer", optimizer)
        scheduler = getattr(lr_scheduler, "scheduler", lr_scheduler)
        loader = getattr(train_dataloader, "base_dataloader", train_dataloader)
        self.examine(model, loader, planned_rates(optimizer, scheduler, state.max_steps))
