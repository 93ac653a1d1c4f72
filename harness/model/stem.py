"""The stride of the first convolution, for images so small that early downsampling would lose what they hold."""

from __future__ import annotations

from torch import nn

from harness.spec.errors import ImpossibleCell


def set_first_stride(model: nn.Module, stride: int, architecture: str) -> None:
    """Give the first convolution another stride; its weights stay as they are.

    Raises:
        ImpossibleCell: there is no convolution, or positions are counted behind it.
    """
    first = next((module for module in model.modules() if isinstance(module, nn.Conv2d)), None)
    if first is None:
        raise ImpossibleCell(f"backbone.stride: {architecture} has no convolution")
    counted = any(name.rpartition(".")[2].startswith("pos_embed") for name, _ in model.named_parameters())
    if counted:
        raise ImpossibleCell(
            f"backbone.stride: {architecture} counts its patches' positions; use backbone.kwargs.patch_size"
        )
    first.stride = (stride, stride)
