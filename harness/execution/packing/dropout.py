"""Dropout and drop path of several networks of one structure: each at its own rate, from its own generator."""

from __future__ import annotations

import copy
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from timm.layers import DropPath
from torch import Tensor, nn

from harness.model.heads import stated

DROPS = (nn.Dropout, DropPath, nn.Identity)
"""Between these a rate decides, of which a structure is independent."""


@dataclass(frozen=True)
class Masks:
    """Draws what the activations of each network are multiplied by, as the network itself would: nothing at rate 0.

    `images` tells whether whole images are dropped, `scaled` whether what stays is divided by its share.
    """

    rates: tuple[float, ...]
    generators: Sequence[torch.Generator]
    images: bool = False
    scaled: bool = True

    def __call__(self, own: Tensor) -> Tensor:
        """For activations [K, B, ...] factors of this shape, or [K, B, 1, ...] where whole images are dropped."""
        shape = (*own.shape[:2], *[1] * (own.ndim - 2)) if self.images else own.shape
        masks = own.new_ones(shape)
        for mask, rate, generator in zip(masks, self.rates, self.generators, strict=True):
            if rate:
                mask.bernoulli_(1 - rate, generator=generator)
                if self.scaled:
                    mask.div_(1 - rate)
        return masks


class PackedDropout(nn.Module, ABC):
    """In training mode it drops activations as its masks say, which a program lays out in its own way."""

    def __init__(self, masks: Masks) -> None:
        super().__init__()
        self.masks = masks

    def forward(self, inputs: Tensor) -> Tensor:
        return self.dropped(inputs) if self.training else inputs

    @abstractmethod
    def dropped(self, inputs: Tensor) -> Tensor:
        """Activations multiplied by masks."""


def template(networks: Sequence[nn.Module]) -> nn.Module:
    """A copy of that network which has most modules that drop: where a rate is zero timm leaves some of them out."""
    return copy.deepcopy(max(networks, key=lambda network: sum(isinstance(each, DROPS) for each in network.modules())))


def draw_apart(
    base: nn.Module,
    networks: Sequence[nn.Module],
    generators: Sequence[torch.Generator],
    drop: type[PackedDropout],
) -> None:
    """In `base`, which stands for all networks, put a `drop` in the place of what drops.

    timm's ResNets and EfficientNets call dropout as a function before their head, at the rate of an attribute.
    """
    layers = [dict(network.named_modules()) for network in networks]
    for name, module in list(base.named_modules()):
        if isinstance(module, DROPS):
            rates = tuple(_rate(own.get(name)) for own in layers)
            if any(rates):
                paths = [path for own in layers if isinstance(path := own.get(name), DropPath)]
                scaled = all(path.scale_by_keep for path in paths)
                base.set_submodule(name, drop(Masks(rates, generators, bool(paths), scaled)))
    before_head = tuple(map(_rate_before_head, networks))
    if any(before_head):
        dropping = drop(Masks(before_head, generators))
        setattr(base, "drop_rate", 0.0)  # noqa: B010 - no attribute that a Module is known to have
        [head, *_] = stated(base) or ()

        def draw(head: nn.Module, inputs: tuple[Any, ...]) -> Any:
            return dropping.train(head.training)(*inputs)

        head.register_forward_pre_hook(draw)


def _rate(module: nn.Module | None) -> float:
    if isinstance(module, nn.Dropout):
        return float(module.p)
    return float(module.drop_prob or 0.0) if isinstance(module, DropPath) else 0.0


def _rate_before_head(network: nn.Module) -> float:
    rate = getattr(network, "drop_rate", 0.0)
    by_module = any(isinstance(each, nn.Dropout) and each.p > 0 for each in network.modules())
    if not isinstance(rate, float) or by_module or not stated(network):
        return 0.0
    return rate
