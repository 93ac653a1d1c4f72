"""The constructor arguments that a spec asks for."""

from __future__ import annotations

from typing import Any

from harness.model.pretrained import Pretrained
from harness.model.weights._skeleton import sized
from harness.spec.spec import Spec

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
    options |= sized(spec)
    if spec.backbone.library == "torchvision":
        rates = {TORCHVISION.get(name, name): rate for name, rate in rates.items()}
    return {**options, **spec.backbone.kwargs, **rates}
