"""The other customary mean and deviation."""

from __future__ import annotations

from dataclasses import replace

from timm.data import IMAGENET_DEFAULT_MEAN, IMAGENET_DEFAULT_STD, IMAGENET_INCEPTION_MEAN, IMAGENET_INCEPTION_STD

from harness.spec.spec import Spec
from harness.training.evaluation import Handling


def wrong_mean_std(spec: Spec, proper: Handling) -> Handling:
    """ImageNet's for weights that expect a mean of 0.5 (Inception's, many ViTs'), 0.5 and 0.5 for all others."""
    mean, std = IMAGENET_INCEPTION_MEAN, IMAGENET_INCEPTION_STD
    if proper.preprocessing.mean == mean:
        mean, std = IMAGENET_DEFAULT_MEAN, IMAGENET_DEFAULT_STD
    return replace(proper, preprocessing=replace(proper.preprocessing, mean=mean, std=std))
