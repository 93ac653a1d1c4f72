"""The constructor arguments that a spec asks for."""

from __future__ import annotations

from typing import Any

from timm.models import get_pretrained_cfg

from harness.spec.spec import Spec
from harness.weights.parts.pretrained import Pretrained


def constructor_options(spec: Spec, pretrained: Pretrained) -> dict[str, Any]:
    """Drop rates, the structure that the weights were made with, the image size of a network that fixes it, and
    `backbone.kwargs`, which has the last word."""
    options: dict[str, Any] = dict(pretrained.structure)
    config = get_pretrained_cfg(spec.backbone.name)
    if config is not None and config.fixed_input_size:
        options["img_size"] = spec.data.size
    rates = spec.regularization.model_dump(exclude_none=True)
    return {**options, **spec.backbone.kwargs, **rates}
