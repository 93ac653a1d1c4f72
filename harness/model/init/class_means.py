"""The nearest class mean as a linear head."""

from __future__ import annotations

import torch
from torch import Tensor

from harness.model.init import from_features


@from_features
def class_means(features: Tensor, labels: Tensor, classes: int) -> tuple[Tensor, Tensor]:
    """Logits -‖x - µ_c‖² / 2s²: the nearest class mean (Mensink et al. 2013) as a prototype head (Snell et al. 2017).

    From features [N, features] and labels [N]; written as a Linear around the mean of the means µ: weight (µ_c - µ) /
    s², bias (‖µ‖² - ‖µ_c‖²) / 2s². The scale s² is the mean squared distance of an image's features to its own class
    mean, so that the logits do not depend on the features' unit.
    """
    values = features.double()
    members = torch.nn.functional.one_hot(labels, classes).to(values)
    means = (members.T @ values) / members.sum(dim=0)[:, None]
    spread = (values - means[labels]).square().sum(dim=1).mean().clamp_min(torch.finfo(torch.float32).tiny)
    middle = means.mean(dim=0)
    weight = (means - middle) / spread
    bias = (middle.square().sum() - means.square().sum(dim=1)) / (2 * spread)
    return weight, bias
