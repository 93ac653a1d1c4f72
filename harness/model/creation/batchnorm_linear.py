"""A BatchNorm without scale and shift before a plain Linear, as masked autoencoders are probed."""

from __future__ import annotations

from torch import nn

from harness.model.creation import Created, ModelOrder
from harness.model.entry_point import entry_point, plain_heads
from harness.model.heads import within_backbone
from harness.spec.errors import ImpossibleConfiguration

EPS = 1e-6


def batchnorm_linear(order: ModelOrder) -> Created:
    """`swap_head`, with `nn.Sequential(nn.BatchNorm1d(features, affine=False, eps=1e-6), nn.Linear(features, n))`.

    Source: He et al., "Masked Autoencoders Are Scalable Vision Learners" (2021), their `main_linprobe.py`.

    Raises:
        ImpossibleConfiguration: the head is a convolution, a part of the backbone, or there are several.
    """
    model = entry_point(order)
    name, *others = plain_heads(model, order)
    plain = model.get_submodule(name)
    inside = within_backbone(model, name)  # such a head takes positions [N, P, features], not pooled features
    if others or inside or not isinstance(plain, nn.Linear):
        has = "several" if others else "one within its backbone" if inside else "a convolution"
        raise ImpossibleConfiguration(
            f"creation: batchnorm_linear needs one Linear head, {order.architecture} has {has}"
        )
    model.set_submodule(name, nn.Sequential(nn.BatchNorm1d(plain.in_features, affine=False, eps=EPS), plain))
    return Created(model, heads=(f"{name}.1",), neck=(f"{name}.0",))
