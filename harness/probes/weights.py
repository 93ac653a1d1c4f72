"""Weight statistics of the tensors that learn, before and after training, and how far they moved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch

from harness.probes.summary import summarise


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
