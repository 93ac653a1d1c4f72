"""Networks of any structure under `torch.func.vmap`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from torch.func import functional_call, vmap

from harness.execution.packing.dropout import Masks, PackedDropout, draw_apart, template
from harness.execution.packing.packed_run import PackedRun
from harness.execution.packing.program import Storage, join_buffers, lay_out
from harness.training.evaluate import evaluating


class Stacked:
    """One forward pass, mapped over parameters, buffers and batches.

    What else than dropout and drop path draws random numbers is refused by torch.
    """

    def __init__(self, runs: Sequence[PackedRun]) -> None:
        networks = [run.learner.network for run in runs]
        self._base = template(networks)
        for module in self._base.modules():
            if hasattr(module, "fused_attn"):  # has no rule for vmap, and would be computed network by network
                module.fused_attn = False  # type: ignore[assignment]
        draw_apart(self._base, networks, [run.dropout for run in runs], _StackedDropout)
        self._base.train()
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


class _StackedDropout(PackedDropout):
    """Sees the activations of one network, as all modules do here, and drops those of all at once."""

    def dropped(self, inputs: Tensor) -> Tensor:
        found: Tensor = _Dropped.apply(inputs, self.masks)
        return found


class _Dropped(torch.autograd.Function):
    """Activations [B, ...] of one network, which `vmap` gives as [K, B, ...] of all: there the masks are drawn."""

    @staticmethod
    def forward(inputs: Tensor, masks: Masks) -> Tensor:
        raise RuntimeError("masks are drawn for all networks of a pack at once, under vmap")

    @staticmethod
    def setup_context(ctx: Any, inputs: Any, output: Any) -> None:
        """What is differentiated is the product in `vmap`."""

    @staticmethod
    def vmap(info: Any, in_dims: tuple[int | None, ...], inputs: Tensor, masks: Masks) -> tuple[Tensor, int]:
        axis = in_dims[0]
        own = inputs.expand(info.batch_size, *inputs.shape) if axis is None else inputs.movedim(axis, 0)
        return own * masks(own), 0
