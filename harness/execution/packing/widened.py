"""Convolutional networks side by side in the channels of one network."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn.functional import layer_norm
from torch.nn.modules.batchnorm import _BatchNorm

from harness.execution.packing.dropout import PackedDropout, draw_apart, template
from harness.execution.packing.packed_run import PackedRun
from harness.execution.packing.program import CannotPackError, Storage, join_buffers, lay_out
from harness.training.evaluate import evaluating


class Widened:
    """K networks as one with K times the channels, those of a network together, convolutions in K times the groups.

    Right where every operation treats channels alike or in groups; wrong where channels are joined or shuffled, which
    the check in float64 finds. Where dropout is drawn, each network's comes from its own generator.

    Raises:
        CannotPackError: a parameter has no place among the channels, or dropout is drawn on maps.
    """

    def __init__(self, runs: Sequence[PackedRun]) -> None:
        networks = [run.learner.network for run in runs]
        self._count = len(networks)
        base = template(networks)
        _widen(base, self._count)
        layers = dict(base.named_modules())
        flat = {
            name
            for name, parameter in networks[0].named_parameters()
            if parameter.ndim == 1 and not isinstance(layers[name.rpartition(".")[0]], _Linear)
        }

        def shaped(name: str, stacked: Tensor) -> Tensor:
            layer = layers[name.rpartition(".")[0]]
            if name in flat or isinstance(layer, nn.Conv2d):
                return stacked.flatten(0, 1)
            if not isinstance(layer, _Linear):
                raise CannotPackError(f"{name} has no place among the channels")
            return stacked

        self.storage: Storage
        self.storage, parameters = lay_out(networks, shaped)
        for name, parameter in parameters.items():
            path, _, last = name.rpartition(".")
            layers[path]._parameters[last] = parameter
        for name, buffer in join_buffers(networks, lambda name, stacked: stacked.flatten(0, 1)).items():
            path, _, last = name.rpartition(".")
            layers[path]._buffers[last] = buffer
        draw_apart(base, networks, [run.dropout for run in runs], _WidenedDropout)
        self._base = base.train()

    def __call__(self, inputs: Tensor) -> Tensor:
        """From images [K, B, 3, S, S] to logits [K, B, classes]."""
        wide = inputs.transpose(0, 1).flatten(1, 2).contiguous(memory_format=torch.channels_last)
        logits: Tensor = self._base(wide)
        apart: Tensor = logits.unflatten(1, (self._count, -1))
        return apart.transpose(0, 1)

    def evaluate(self, inputs: Tensor) -> Tensor:
        """The same in eval mode, without gradients."""
        with evaluating(self._base):
            return self(inputs)


class _Affine(nn.Module):
    """Weights that are put in later."""

    weight: Tensor | None
    bias: Tensor | None

    def __init__(self) -> None:
        super().__init__()
        self.register_parameter("weight", None)
        self.register_parameter("bias", None)


class _Linear(_Affine):
    """K linear layers on K times the features, which come last."""

    def __init__(self, count: int) -> None:
        super().__init__()
        self._count = count

    def forward(self, inputs: Tensor) -> Tensor:
        rows = inputs.flatten(0, -2).unflatten(1, (self._count, -1)).transpose(0, 1)
        assert self.weight is not None
        made: Tensor = rows @ self.weight.transpose(1, 2)
        if self.bias is not None:
            made = made + self.bias[:, None]
        return made.transpose(0, 1).reshape(*inputs.shape[:-1], -1)


class _LayerNorm(_Affine):
    """K layer norms over a K-th of the channels each."""

    def __init__(self, count: int, eps: float, channels: int) -> None:
        super().__init__()
        self._count, self._eps, self._channels = count, eps, channels

    def forward(self, inputs: Tensor) -> Tensor:
        moved = inputs.movedim(self._channels, -1)
        parts = moved.unflatten(-1, (self._count, -1))
        made = layer_norm(parts, parts.shape[-1:], None, None, self._eps).flatten(-2)
        if self.weight is not None:
            made = made * self.weight
        if self.bias is not None:
            made = made + self.bias
        return made.movedim(-1, self._channels)


def _widen(base: nn.Module, count: int) -> None:
    for name, module in list(base.named_modules(remove_duplicate=False)):
        if isinstance(module, nn.Conv2d):
            module.in_channels, module.out_channels = module.in_channels * count, module.out_channels * count
            module.groups *= count
        elif isinstance(module, _BatchNorm):
            module.num_features *= count
        elif isinstance(module, nn.GroupNorm):
            module.num_groups, module.num_channels = module.num_groups * count, module.num_channels * count
        elif isinstance(module, nn.LayerNorm):
            channels = 1 if type(module).__name__.endswith("2d") else -1
            base.set_submodule(name, _LayerNorm(count, module.eps, channels))
        elif isinstance(module, nn.Linear):
            base.set_submodule(name, _Linear(count))


class _WidenedDropout(PackedDropout):
    """Dropout on features [B, K * F], drop path on maps [B, K * C, H, W]."""

    def dropped(self, inputs: Tensor) -> Tensor:
        if inputs.ndim != (4 if self.masks.images else 2):
            raise CannotPackError("dropout on maps")
        own = inputs.unflatten(1, (len(self.masks.rates), -1))
        found: Tensor = own * self.masks(own.transpose(0, 1)).transpose(0, 1)
        return found.flatten(1, 2)
