"""BatchNorm over a whole batch, of which each rank has a share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor
from torch.nn.functional import batch_norm
from torch.nn.modules._functions import SyncBatchNorm
from torch.overrides import TorchFunctionMode

from harness.execution.distributed.ranks import added


class OverAllRanks(TorchFunctionMode):
    """While it is entered, BatchNorm in training mode takes mean and variance from the inputs of all ranks.

    Whatever module asks for it: torch's own, and timm's with their activation inside. On a GPU by the kernels of
    torch's SyncBatchNorm, which knows no CPU.
    """

    def __torch_function__(
        self, func: Callable[..., Any], types: Sequence[type], args: Sequence[Any] = (), kwargs: Any = None
    ) -> Any:
        """Any other function as it is."""
        kwargs = kwargs or {}
        if func is not batch_norm or not kwargs["training"]:
            return func(*args, **kwargs)
        inputs, mean, variance = args
        weight, bias, momentum, eps = (kwargs[name] for name in ("weight", "bias", "momentum", "eps"))
        if inputs.is_cuda:
            group, size = dist.group.WORLD, dist.get_world_size()
            return SyncBatchNorm.apply(inputs, weight, bias, mean, variance, eps, momentum, group, size)
        return _normalised(inputs, mean, variance, weight, bias, momentum, eps)


class _Sum(torch.autograd.Function):
    """The sum over ranks; what is differentiated is the sum of all ranks' losses."""

    @staticmethod
    def forward(ctx: Any, own: Tensor) -> Tensor:
        return added(own.clone(memory_format=torch.contiguous_format))

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:
        return added(gradients[0].clone(memory_format=torch.contiguous_format))


def _normalised(
    inputs: Tensor,
    running_mean: Tensor | None,
    running_variance: Tensor | None,
    weight: Tensor | None,
    bias: Tensor | None,
    momentum: float,
    eps: float,
) -> Tensor:
    """Inputs [B, C, ...]; the variance is that around the common mean, as differences of squares would cancel."""
    wide = inputs.to(torch.promote_types(inputs.dtype, torch.float32))
    others = [axis for axis in range(wide.dim()) if axis != 1]
    shape = [1, -1, *[1] * (wide.dim() - 2)]
    sums = _Sum.apply(torch.cat([wide.sum(others), wide.new_tensor([wide.numel() // wide.shape[1]])]))
    count = sums[-1].detach()
    mean = sums[:-1] / count
    centred = wide - mean.view(shape)
    variance = _Sum.apply(centred.square().sum(others)) / count
    found = centred * torch.rsqrt(variance + eps).view(shape)
    if weight is not None:
        found = found * weight.view(shape)
    if bias is not None:
        found = found + bias.view(shape)
    with torch.no_grad():
        if running_mean is not None:
            running_mean.lerp_(mean.to(running_mean.dtype), momentum)
        if running_variance is not None:
            running_variance.lerp_((variance * count / (count - 1)).to(running_variance.dtype), momentum)
    normalised: Tensor = found.to(inputs.dtype)
    return normalised
