"""Weight statistics of the tensors that learn, before and after training, and how far they moved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch

from harness.training.monitors import Monitor, Watched, summarise_all


@dataclass(frozen=True)
class WeightsBefore:
    """A copy of the learnable tensors at step 0, kept on their device."""

    tensors: dict[str, torch.Tensor]

    @classmethod
    def of(cls, learnable: Mapping[str, torch.Tensor]) -> WeightsBefore:
        """Copy the tensors as they are now."""
        return cls({name: tensor.detach().clone() for name, tensor in learnable.items()})

    def compare(self, learnable: Mapping[str, torch.Tensor], heads: tuple[str, ...]) -> list[dict[str, Any]]:
        """One entry a tensor: name, shape, whether it is the head's, statistics before and after, L2 distance."""
        if not learnable:
            return []
        prefixes = tuple(f"{head}." for head in heads)
        before, after = (summarise_all([tensors[name] for name in learnable]) for tensors in (self.tensors, learnable))
        moved = [(tensor.detach() - self.tensors[name]).norm().float() for name, tensor in learnable.items()]
        return [
            {
                "name": name,
                "shape": list(tensor.shape),
                "head": name.startswith(prefixes),
                "before": first,
                "after": last,
                "distance": distance,
            }
            for (name, tensor), first, last, distance in zip(
                learnable.items(), before, after, torch.stack(moved).tolist(), strict=True
            )
        ]


class _Weights(Monitor):
    def __init__(self, watched: Watched) -> None:
        self._watched = watched

    def start(self) -> None:
        self._before = WeightsBefore.of(self._watched.learnable)

    def finish(self) -> list[dict[str, Any]]:
        return self._before.compare(self._watched.learnable, self._watched.heads)


def weights(watched: Watched) -> Monitor:
    """Each learnable tensor before and after training: the record's `statistics`.

    | key | meaning |
    | --- | --- |
    | `name`, `shape`, `head` | which tensor, and whether it is a head's |
    | `before`, `after` | mean, deviation, least and largest entry, L2 norm |
    | `distance` | L2 norm of the difference |
    """
    return _Weights(watched)
