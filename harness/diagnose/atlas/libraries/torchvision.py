"""torchvision: its classification models."""

from __future__ import annotations

from typing import Any

import torch
import torchvision as package
from torch import nn

from harness.diagnose.atlas.libraries import Library


class _Torchvision:
    name = "torchvision"
    version: str = package.__version__.partition("+")[0]
    options: dict[str, Any] = {}  # noqa: RUF012 - its models have their dropout switched on

    def architectures(self) -> list[str]:
        return sorted(package.models.list_models(module=package.models))

    def family(self, architecture: str) -> str:
        module: str = package.models.get_model_builder(architecture).__module__
        return module.rpartition(".")[2]

    def create(self, architecture: str, num_classes: int | None, **options: Any) -> nn.Module:
        classes = {} if num_classes is None else {"num_classes": num_classes}
        model: nn.Module = package.models.get_model(architecture, weights=None, **classes, **options)
        return model

    def side(self, model: Any) -> tuple[int, int, int]:
        side = getattr(model, "image_size", 299 if type(model).__name__ == "Inception3" else 224)
        return 3, side, side

    def features(self, model: Any, images: torch.Tensor) -> Any:
        return images

    def logits(self, model: Any, features: Any) -> Any:
        return model(features)


def torchvision() -> Library:
    """The torchvision that is installed."""
    return _Torchvision()
