"""Lightning: `Trainer(callbacks=[LightningCheck()])`."""

from __future__ import annotations

import math
from typing import Any

from torch import nn

from harness.integrations._before_training import BeforeTraining, missing
from harness.integrations._schedule import PlannedRates, planned_rates
from harness.spec.errors import RequestError

try:
    from lightning.pytorch import Callback, LightningModule
except ImportError:
    raise missing("lightning") from None


class LightningCheck(BeforeTraining, Callback):  # type: ignore[misc]
    """A `Callback` that checks the model on the first batch of `Trainer.fit()`, before the first step.

    `LightningCheck(network=None, on_serious="stop", allow=(), **options)`: see `harness.integrations`. `network` names
    the attribute that maps images to logits; without it the LightningModule itself is looked at, or where it has no
    `forward`, the only network in it. A fit that is resumed is not checked again.
    """

    def __init__(self, network: str | None = None, **options: Any) -> None:
        super().__init__(**options)
        self._network = network

    def on_train_batch_start(self, trainer: Any, pl_module: Any, batch: Any, batch_idx: int) -> None:
        """Look at the first batch as it is about to be learnt from.

        Raises:
            SeriousFindingsError: under `on_serious="stop"`.
            RequestError: which network or which images is not clear.
        """
        if batch_idx or trainer.global_step:
            return
        self.examine(self._found(pl_module), iter([batch]), _rates(trainer))

    def _found(self, module: Any) -> nn.Module:
        if self._network is not None:
            found = getattr(module, self._network, None)
            if not isinstance(found, nn.Module):
                raise RequestError(f"network: {type(module).__name__} has no module '{self._network}'")
            return found
        if type(module).forward is not LightningModule.forward:
            return module  # type: ignore[no-any-return]
        children: dict[str, nn.Module] = dict(module.named_children())
        learning = {name: each for name, each in children.items() if any(True for _ in each.parameters())}
        if len(learning) != 1:
            raise RequestError(
                f"network: {type(module).__name__} has no forward and {len(learning)} networks in it "
                f"({', '.join(learning)}); name the one that maps images to logits: LightningCheck(network=...)"
            )
        return next(iter(learning.values()))


def _rates(trainer: Any) -> PlannedRates:
    """The rates of the one optimizer; of several, as in adversarial training, none is the classifier's for sure."""
    steps = trainer.estimated_stepping_batches
    if len(trainer.optimizers) != 1:
        return PlannedRates(None)
    known = int(steps) if math.isfinite(steps) and steps > 0 else None
    configured = trainer.lr_scheduler_configs
    if len(configured) != 1:
        return planned_rates(trainer.optimizers[0], None, known)
    by_epoch = configured[0].interval == "epoch"
    epochs = max(1, trainer.max_epochs or 1)
    every = configured[0].frequency * (max(1, -(-known // epochs)) if by_epoch and known else 1)
    return planned_rates(trainer.optimizers[0], configured[0].scheduler, known, every, by_epoch or every > 1)
