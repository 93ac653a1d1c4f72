"""The tensors of two models side by side."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from harness.diagnose.explain.subject import ExplainedModel
from harness.training.hybrids.pairs import backbone


@dataclass(frozen=True)
class TensorPair:
    """A tensor of either model, None where one has none; `same` when all values are equal."""

    name: str
    first: Tensor | None
    second: Tensor | None

    @property
    def same(self) -> bool:
        """Whether both are there, and equal."""
        if self.first is None or self.second is None or self.first.shape != self.second.shape:
            return False
        return torch.equal(self.first, self.second)


def pairs(first: ExplainedModel, second: ExplainedModel) -> Iterator[TensorPair]:
    """Every tensor of both, the heads under one name each, in the first model's order."""
    ours, theirs = _all(first), _all(second)
    for name in dict.fromkeys([*ours, *theirs]):
        yield TensorPair(name, ours.get(name), theirs.get(name))


def _all(subject: ExplainedModel) -> dict[str, Tensor]:
    heads = {}
    for number, head in enumerate(subject.heads):
        name = "head" if len(subject.heads) == 1 else f"head {number}"
        heads[f"{name}.weight"] = head.weight.detach().flatten(1)
        if head.bias is not None:
            heads[f"{name}.bias"] = head.bias.detach()
    return {**backbone(subject.built), **heads}
