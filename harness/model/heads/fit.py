"""A head computed from the features of the images to learn from."""

from __future__ import annotations

import torch
from torch import Tensor

from harness.model.heads.find import HeadLayer
from harness.model.init import Fit
from harness.spec.spec import Init
from harness.spec.variants import load_variant


def fit_head(layer: HeadLayer, init: Init, features: Tensor, labels: Tensor) -> None:
    """Move a drawn head to the fitted one by `init.share` of the way, and scale both by `init.scale`.

    `features` [N, in_features] and `labels` [N] are those of the images to learn from.
    """
    fit: Fit = load_variant("harness.model.init", init.name)
    weight, bias = fit(features, labels, layer.weight.shape[0])
    with torch.no_grad():
        layer.weight.lerp_(weight.to(layer.weight), init.share).mul_(init.scale)
        if layer.bias is not None:
            layer.bias.lerp_(bias.to(layer.bias), init.share).mul_(init.scale)
