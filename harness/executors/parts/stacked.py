"""Networks of any structure under `torch.func.vmap`."""

from __future__ import annotations

import copy
from collections.abc import Sequence

from torch import Tensor
from torch.func import functional_call, vmap

from harness.executors.parts.blocks import join_buffers, lay_out
from harness.executors.parts.member import Member
from harness.executors.parts.program import Storage
from harness.training.evaluate import evaluating


class Stacked:
    """One forward pass, mapped over parameters, buffers and batches. What draws random numbers is refused by torch."""

    def __init__(self, members: Sequence[Member]) -> None:
        networks = [member.learner.network for member in members]
        self._base = copy.deepcopy(networks[0])
        for module in self._base.modules():
            if hasattr(module, "fused_attn"):  # has no rule for vmap, and would be computed network by network
                module.fused_attn = False  # type: ignore[assignment]
        blocks, self._parameters = lay_out(networks, lambda name, stacked: stacked)
        self.storage: Storage = blocks
        self._buffers = join_buffers(networks, lambda name, stacked: stacked)
        shared = {name for name, buffer in self._buffers.items() if buffer.ndim == 0}
        self._axes = {name: None if name in shared else 0 for name in self._buffers}

    def __call__(self, inputs: Tensor) -> Tensor:
        """From images [K, B, ...] to logits [K, B, classes]."""

        def forward(parameters: dict[str, Tensor], buffers: dict[str, Tensor], batch: Tensor) -> Tensor:
            found: Tensor = functional_call(self._base, (parameters, buffers), (batch,))
            return found

        mapped = vmap(forward, in_dims=(0, self._axes, 0), randomness="error")
        logits: Tensor = mapped(dict(self._parameters), self._buffers, inputs)
        return logits

    def evaluate(self, inputs: Tensor) -> Tensor:
        """The same in eval mode, without gradients."""
        with evaluating(self._base):
            return self(inputs)
