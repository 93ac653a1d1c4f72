"""How far a hybrid is from where it started, at step 0."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from harness.diagnose.explain.subject import ExplainedModel


@dataclass(frozen=True)
class Effect:
    """Changes against the first creation.

    `logits`: root mean square of the change of the answers, each image's mean taken out, since softmax does not see
    it; None where the widths differ. `loss`: change of the mean loss, in nats. `update`: root mean square of the
    change in what one optimiser step does to the answers.
    """

    logits: float | None
    loss: float
    update: float | None

    @property
    def size(self) -> float:
        """What differences are ranked by: the larger of the change of the answers and that of the first step."""
        return max(self.logits or 0.0, self.update or 0.0, abs(self.loss))


@dataclass(frozen=True)
class FirstStep:
    """What a subject answers before and how it moves: logits and their first change, [N, classes]; loss in nats."""

    logits: Tensor
    moved: Tensor
    loss: float

    @classmethod
    def of(cls, subject: ExplainedModel) -> FirstStep:
        """Ask a copy of the subject."""
        twin = subject.twin()
        logits = twin.logits()
        return cls(logits, twin.step(), float(cross_entropy(logits, twin.labels)))

    def against(self, first: FirstStep) -> Effect:
        """The effect of whatever lies between the two."""
        if self.logits.shape != first.logits.shape:
            return Effect(None, self.loss - first.loss, None)
        return Effect(_spread(self.logits - first.logits), self.loss - first.loss, _spread(self.moved - first.moved))


def _spread(change: Tensor) -> float:
    centred = change - change.mean(dim=1, keepdim=True)
    return float(torch.sqrt((centred**2).mean()))
