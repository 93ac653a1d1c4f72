"""Evaluation: always in eval mode, without gradients."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from harness.training.hardware import Hardware
from harness.training.learner import InputSource, Learner, prefetched

BATCH = 512


@dataclass(frozen=True)
class Answers:
    """Logits [N, classes] in float32 and labels [N] of a set of images."""

    logits: Tensor
    labels: Tensor

    def losses(self) -> Tensor:
        """Cross-entropy of each image, in nats, without label smoothing."""
        return cross_entropy(self.logits, self.labels, reduction="none")

    def top(self, k: int) -> float:
        """Percentage of images whose label is among the k largest logits; all of them where classes are fewer."""
        best = self.logits.topk(min(k, self.logits.shape[1]), dim=1).indices
        return 100 * float((best == self.labels[:, None]).any(dim=1).float().mean())

    def measures(self, prefix: str = "") -> dict[str, float]:
        """Top-1 and top-5 in percent and the mean loss in nats."""
        return {
            f"{prefix}top1": self.top(1),
            f"{prefix}top5": self.top(5),
            f"{prefix}loss": float(self.losses().mean()),
        }


def answer(learner: Learner, take: InputSource, index: Tensor, labels: Tensor, hardware: Hardware) -> Answers:
    """The network's answers to the images at `index`.

    `labels` [N] are those of the images at `index`.
    """
    with evaluating(learner.network), hardware.autocast():
        logits = [learner.network(batch) for batch in prefetched(take, index.split(BATCH), None)]
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
