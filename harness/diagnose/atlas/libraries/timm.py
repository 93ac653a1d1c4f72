"""timm: all that `timm.list_models()` names."""

from __future__ import annotations

from typing import Any

import timm as package
import torch
from torch import nn

from harness.diagnose.atlas.libraries import Library


class _Timm:
    name = "timm"
    version: str = package.__version__
    options = {"drop_rate": 0.25}  # noqa: RUF012 - the protocol's

    def architectures(self) -> list[str]:
        return sorted(package.list_models())

    def family(self, architecture: str) -> str:
        module: str = package.models.model_entrypoint(architecture).__module__
        return module.rpartition(".")[2]

    def create(self, architecture: str, num_classes: int | None, **options: Any) -> nn.Module:
        classes = {} if num_classes is None else {"num_classes": num_classes}
        model: nn.Module = package.create_model(architecture, **classes, **options)
        return model

    def side(self, model: Any) -> tuple[int, int, int]:
        channels, height, width = model.pretrained_cfg["input_size"]
        return channels, height, width

    def features(self, model: Any, images: torch.Tensor) -> Any:
        return model.forward_features(images)

    def logits(self, model: Any, features: Any) -> Any:
        return model.forward_head(features)


def timm() -> Library:
    """The timm that is installed, or the one that the import path names first."""
    return _Timm()
