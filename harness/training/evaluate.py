"""Evaluation: a network's answers, to shifted test parts too, the learning curve, and when it ends the training."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import asdict, dataclass
from statistics import fmean
from typing import Any

import torch
from torch import Tensor, nn

from harness.data.images import Dataset
from harness.data.label_metrics import average_precision
from harness.data.measure import LabelScores, Scores, scores_of
from harness.model.pretrained import Preprocessing
from harness.spec.spec import Recipe, Spec
from harness.spec.variants import load_variant
from harness.training.hardware import Hardware
from harness.training.learner import InputSource, Learner, prefetched
from harness.training.recipe.losses import image_losses

BATCH = 512


@dataclass(frozen=True)
class Answers:
    """Logits [N, classes] in float32 and labels [N] of a set of images; of several labels [N, L] of 0 and 1."""

    logits: Tensor
    labels: Tensor

    def losses(self) -> Tensor:
        """The loss of each image, [N], in nats, without label smoothing."""
        return image_losses(self.logits, self.labels)

    @property
    def level(self) -> dict[str, float | None]:
        """How good they are, for the curve: `val_top1`, or of several labels `val_average_precision`; in percent."""
        if self.labels.ndim == 1:
            return {"val_top1": self.top(1)}
        return {"val_top1": None, "val_average_precision": self._average_precision()}

    def _average_precision(self) -> float | None:
        scores = scores_of(self.logits, self.labels)
        assert isinstance(scores, LabelScores)
        found = average_precision(scores)
        return None if math.isnan(found) else found

    def top(self, k: int) -> float:
        """Percentage of images whose label is among the k largest logits; all of them where classes are fewer."""
        best = self.logits.topk(min(k, self.logits.shape[1]), dim=1).indices
        return 100 * float((best == self.labels[:, None]).any(dim=1).float().mean())

    def measures(self, prefix: str = "") -> dict[str, float]:
        """Top-1 and top-5 in percent, which several labels an image have not, and the mean loss in nats."""
        if self.labels.ndim == 2:
            return {f"{prefix}loss": float(self.losses().mean())}
        return {
            f"{prefix}top1": self.top(1),
            f"{prefix}top5": self.top(5),
            f"{prefix}loss": float(self.losses().mean()),
        }


def answer(learner: Learner, source: InputSource, index: Tensor, labels: Tensor, hardware: Hardware) -> Answers:
    """The network's answers to some images, in eval mode.

    Args:
        learner: holds the network.
        source: where its inputs come from.
        index: of the images, int64 [N].
        labels: theirs, int64 [N].
        hardware: in whose precision they are computed.
    """
    with evaluating(learner.network), hardware.autocast():
        logits = [learner.network(batch) for batch in prefetched(source, index.split(BATCH), None)]
    return Answers(torch.cat(logits).float(), labels)


@contextmanager
def evaluating(network: nn.Module) -> Iterator[None]:
    """Eval mode without gradients; every module's mode is left as it was found."""
    modes = [(module, module.training) for module in network.modules()]
    network.eval()
    try:
        with torch.no_grad():
            yield
    finally:
        for module, training in modes:
            module.training = training


@dataclass(frozen=True)
class Point:
    """State of a run after `step` steps; the first is before training. Losses in nats, top-1 in percent.

    Where images have several labels there is no top-1, and `val_average_precision` is its mean over labels in percent.
    """

    step: int
    epoch: float
    lr: float | None
    train_loss: float | None
    val_loss: float
    val_top1: float | None
    grad_norm_head: float | None
    grad_norm_backbone: float | None
    val_average_precision: float | None = None

    def as_json(self) -> dict[str, Any]:
        """Its fields by name; the average precision only where there is one, as other records have none."""
        found = asdict(self)
        if self.val_average_precision is None:
            del found["val_average_precision"]
        return found


def evaluation_steps(steps_per_epoch: int, epochs: int) -> frozenset[int]:
    """After 1, 2, 4, ... steps of the first epoch, where methods differ most, and at the end of every epoch."""
    early = {2**power for power in range(steps_per_epoch.bit_length()) if 2**power < steps_per_epoch}
    return frozenset(early | {epoch * steps_per_epoch for epoch in range(1, epochs + 1)})


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
        value = -measured if self._monitor == "val_loss" else measured
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
    """What `recipe.monitor` names: mean loss in nats, or top-1 or mean average precision in percent."""
    if monitor == "val_loss":
        return float(state.losses().mean())
    level = state.level[monitor]
    return -math.inf if level is None else level


TOLD = ("balanced_accuracy", "calibration_error")
"""What is told beside top-1 and the loss, by the names of harness.data.metrics."""


def test_shifted(
    spec: Spec, dataset: Dataset, preprocessing: Preprocessing, learner: Learner, hardware: Hardware
) -> dict[str, float]:
    """Top-1, balanced accuracy, calibration error (percent) and loss (nats) on each shifted test part, and the means.

    Keys are `shift_KIND_METRIC`, those of the means over kinds `shift_METRIC`.

    Args:
        spec: names the shift.
        dataset: whose test part is shifted.
        preprocessing: that of the weights in use.
        learner: what is tested.
        hardware: where it is computed.
    """
    found: dict[str, dict[str, float]] = {}
    for kind, images in load_variant("harness.data.shift", spec.shift.name)(spec, dataset, preprocessing):
        every, labels = torch.arange(len(images), device=hardware.device), images.labels.to(hardware.device)
        answers = answer(learner, learner.source_of(images), every, labels, hardware)
        scores = Scores(answers.labels.cpu().numpy(), answers.logits.cpu().numpy(), -1)
        found[kind] = {
            "top1": answers.top(1),
            "loss": float(answers.losses().mean()),
            **{name: float(load_variant("harness.data.metrics", name)(scores)) for name in TOLD},
        }
    named = {f"shift_{kind}_{name}": value for kind, values in found.items() for name, value in values.items()}
    means = {
        f"shift_{name}": fmean(values[name] for values in found.values()) for name in next(iter(found.values()), {})
    }
    return means | named
