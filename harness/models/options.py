"""The constructor arguments that a spec asks for."""

from __future__ import annotations

from typing import Any

from timm.models import get_pretrained_cfg

from harness.spec.spec import Spec
from harness.weights.parts.pretrained import Pretrained

TORCHVISION = {
    "drop_rate": "dropout",
    "attn_drop_rate": "attention_dropout",
    "drop_path_rate": "stochastic_depth_prob",
}
"""What torchvision's constructors call timm's rates; a projection's drop-out they do not have."""


def constructor_options(spec: Spec, pretrained: Pretrained) -> dict[str, Any]:
    """Drop rates, the structure that the weights were made with, the image size of a network that fixes it, and
    `backbone.kwargs`, which has the last word."""
    options: dict[str, Any] = dict(pretrained.structure)
    rates = spec.regularization.model_dump(exclude_none=True)
    if spec.backbone.library == "torchvision":
        if spec.backbone.name.startswith("vit_"):
            options["image_size"] = spec.data.size
        rates = {TORCHVISION.get(name, name): rate for name, rate in rates.items()}
    else:
        config = get_pretrained_cfg(spec.backbone.name)
        if config is not None and config.fixed_input_size:
            options["img_size"] = spec.data.size
    return {**options, **spec.backbone.kwargs, **rates}
