"""Weight statistics of the tensors that learn, before and after training, and how far they moved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch

from harness.probes import Probe, Watched
from harness.probes.parts.summary import summarise


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
        prefixes = tuple(f"{head}." for head in heads)
        return [
            {
                "name": name,
                "shape": list(tensor.shape),
                "head": name.startswith(prefixes),
                "before": summarise(self.tensors[name]),
                "after": summarise(tensor),
                "distance": float((tensor.detach() - self.tensors[name]).norm()),
            }
            for name, tensor in learnable.items()
        ]


class _Weights(Probe):
    def __init__(self, watched: Watched) -> None:
        self._watched = watched

    def start(self) -> None:
        self._before = WeightsBefore.of(self._watched.learnable)

    def finish(self) -> list[dict[str, Any]]:
        return self._before.compare(self._watched.learnable, self._watched.heads)


def weights(watched: Watched) -> Probe:
    """Each learnable tensor before and after training: the record's `statistics`.

    | key | meaning |
    | --- | --- |
    | `name`, `shape`, `head` | which tensor, and whether it is a head's |
    | `before`, `after` | mean, deviation, least and largest entry, L2 norm |
    | `distance` | L2 norm of the difference |
    """
    return _Weights(watched)
