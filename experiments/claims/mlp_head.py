"""A pretrained backbone under an MLP head, its two layers drawn by the scheme that a claim names."""

from __future__ import annotations

import timm
from safetensors.torch import load_file
from torch import nn

from harness.spec.paths import bundled_file

ACTIVATIONS = {"relu": nn.ReLU, "tanh": nn.Tanh}
HIDDEN = 128


def build(num_classes: int, backbone: str, activation: str, init: str) -> nn.Module:
    """`backbone` with its bundled weights and features -> 128 -> `activation` -> classes in the place of its head.

    `init` is kaiming, xavier (both layers, biases zero), zeros (both layers), or default (torch's own).
    """
    model = timm.create_model(backbone, num_classes=0)
    model.load_state_dict(load_file(bundled_file(backbone)), strict=False)
    first, last = nn.Linear(model.num_features, HIDDEN), nn.Linear(HIDDEN, num_classes)
    for layer in (first, last):
        _draw(layer, init, activation)
    return nn.Sequential(model, first, ACTIVATIONS[activation](), last)


def _draw(layer: nn.Linear, init: str, activation: str) -> None:
    if init == "default":
        return
    nn.init.zeros_(layer.bias)
    if init == "zeros":
        nn.init.zeros_(layer.weight)
    elif init == "kaiming":
        nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
    else:
        nn.init.xavier_normal_(layer.weight, gain=nn.init.calculate_gain(activation))
