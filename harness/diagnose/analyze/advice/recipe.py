"""The recipe to begin with, for so many images and a model of this size."""

from __future__ import annotations

from collections.abc import Iterator

import timm
import torch
from torch import nn
from torchvision.models import get_model

from harness.diagnose.analyze.advice.model import model
from harness.diagnose.analyze.facts import Facts
from harness.model.options import check_architecture
from harness.spec.spec import Backbone
from harness.training.recipe.defaults import Recommendation, recommended


def recipe(facts: Facts) -> Iterator[Recommendation]:
    """The published defaults for the advised backbone, or for the request's own where it brings its weights."""
    advised = {choice.key: choice.value for choice in model(facts)}
    backbone = facts.spec.backbone
    if "backbone.name" in advised:
        backbone = Backbone(name=advised["backbone.name"])
    parameters, transformer = measure(backbone)
    pretrained = advised.get("weights", facts.spec.weights.name) != "none"
    yield from recommended(facts.train.images, parameters, pretrained, transformer)


def measure(backbone: Backbone) -> tuple[int, bool]:
    """How many parameters an architecture has, and whether it is built on LayerNorm; nothing is allocated.

    Raises:
        RequestError: its library has no such architecture.
    """
    check_architecture(backbone.library, backbone.name)
    with torch.random.fork_rng(), torch.device("meta"):
        built: nn.Module = (timm.create_model if backbone.library == "timm" else get_model)(backbone.name)
    layer_norm = any(isinstance(module, nn.LayerNorm) for module in built.modules())
    return sum(parameter.numel() for parameter in built.parameters()), layer_norm
