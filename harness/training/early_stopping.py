"""Early stopping: an end to a training that brings nothing more, and a return to its best epoch."""

from __future__ import annotations

import math
from copy import deepcopy
from dataclasses import asdict
from typing import Any

import torch
from torch import nn

from harness.spec.spec import Recipe
from harness.training.evaluate import Answers


class EarlyStopping:
    """Watches the validation part at the end of each epoch, and keeps the weights of the best one.

    Prechelt 1998, "Early stopping - but when?": the training ends after `recipe.early_stopping` epochs in a row
    without a better `recipe.monitor`; of equally good epochs the first is kept. The test part plays no part in it.
    """

    def __init__(self, recipe: Recipe, *networks: nn.Module) -> None:
        assert recipe.early_stopping is not None
        self._patience, self._monitor, self._networks = recipe.early_stopping, recipe.monitor, networks
        self._best = -math.inf
        self._kept: tuple[int, Answers, list[dict[str, Any]]] | None = None

    def ends(self, epoch: int, state: Answers) -> bool:
        """Whether the training is to end after this epoch (from 1), given its answers to the validation part."""
        measured = monitored(self._monitor, state)
        value = measured if self._monitor == "val_top1" else -measured
        if value > self._best:
            self._best = value
            self._kept = epoch, state, [deepcopy(network.state_dict()) for network in self._networks]
            return False
        return self._kept is not None and epoch - self._kept[0] >= self._patience

    def state_dict(self) -> dict[str, Any]:
        """The best epoch so far, its answers and its weights."""
        assert self._kept is not None, "no epoch has ended"
        epoch, state, weights = self._kept
        return {"best": self._best, "epoch": epoch, "answers": asdict(state), "weights": weights}

    def load_state_dict(self, state: dict[str, Any], device: torch.device) -> None:
        """Watch on from there, with answers on `device`."""
        self._best = state["best"]
        answers = Answers(**{name: tensor.to(device) for name, tensor in state["answers"].items()})
        self._kept = state["epoch"], answers, state["weights"]

    def restore(self) -> tuple[int, Answers]:
        """Put the weights of the best epoch back; that epoch and its answers to the validation part."""
        assert self._kept is not None, "no epoch has ended"
        epoch, state, weights = self._kept
        for network, kept in zip(self._networks, weights, strict=True):
            network.load_state_dict(kept)
        return epoch, state


def monitored(monitor: str, state: Answers) -> float:
    """What `recipe.monitor` names: mean loss in nats, or top-1 in percent."""
    return state.top(1) if monitor == "val_top1" else float(state.losses().mean())
