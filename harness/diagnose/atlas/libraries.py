"""The libraries that the atlas can measure, and what it asks of each: each public function gives one of them."""

from __future__ import annotations

from typing import Any, Protocol

import timm as timm_package
import torch
import torchvision as torchvision_package
from torch import nn


class Library(Protocol):
    """A library under measurement; each one is a variant in `harness.diagnose.atlas.libraries`."""

    name: str
    version: str
    options: dict[str, Any]
    """Constructor options under which a model shows its dropout, where it takes them."""

    def architectures(self) -> list[str]:
        """All that the library lists."""
        ...

    def family(self, architecture: str) -> str:
        """The module that an architecture is defined in."""
        ...

    def create(self, architecture: str, num_classes: int | None, **options: Any) -> nn.Module:
        """Direct creation, without weights; the library's own number of classes for None."""
        ...

    def side(self, model: nn.Module) -> tuple[int, int, int]:
        """Channels, height and width of an image that the model takes."""
        ...

    def features(self, model: nn.Module, images: torch.Tensor) -> Any:
        """What `logits` needs, computed once for all heads tried on one backbone."""
        ...

    def logits(self, model: nn.Module, features: Any) -> Any:
        """The model's output for these features."""
        ...


class _Timm:
    name = "timm"
    version: str = timm_package.__version__
    options = {"drop_rate": 0.25}  # noqa: RUF012 - the protocol's

    def architectures(self) -> list[str]:
        return sorted(timm_package.list_models())

    def family(self, architecture: str) -> str:
        module: str = timm_package.models.model_entrypoint(architecture).__module__
        return module.rpartition(".")[2]

    def create(self, architecture: str, num_classes: int | None, **options: Any) -> nn.Module:
        classes = {} if num_classes is None else {"num_classes": num_classes}
        model: nn.Module = timm_package.create_model(architecture, **classes, **options)
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


class _Torchvision:
    name = "torchvision"
    version: str = torchvision_package.__version__.partition("+")[0]
    options: dict[str, Any] = {}  # noqa: RUF012 - its models have their dropout switched on

    def architectures(self) -> list[str]:
        return sorted(torchvision_package.models.list_models(module=torchvision_package.models))

    def family(self, architecture: str) -> str:
        module: str = torchvision_package.models.get_model_builder(architecture).__module__
        return module.rpartition(".")[2]

    def create(self, architecture: str, num_classes: int | None, **options: Any) -> nn.Module:
        classes = {} if num_classes is None else {"num_classes": num_classes}
        model: nn.Module = torchvision_package.models.get_model(architecture, weights=None, **classes, **options)
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
