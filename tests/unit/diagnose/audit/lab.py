"""What faults are put into: bundled models with their weights, a small model written out, and 8-bit images."""

from __future__ import annotations

from typing import Any

import timm
import torch
from torch import Tensor, nn

from harness.model.pretrained import read_state_dict
from harness.spec.paths import bundled_file

CLASSES = 7


class Small(nn.Module):
    """Two convolutions, a norm and a head called `fc`, as a user would write it."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(3, 8, 3, stride=2)
        self.norm = nn.BatchNorm2d(8)
        self.act = nn.ReLU()
        self.second = nn.Conv2d(8, 16, 3, stride=2)
        self.drop = nn.Dropout(0.2)
        self.fc: nn.Module = nn.Linear(16, CLASSES)

    def features(self, images: Tensor) -> Tensor:
        """What reaches the head, [N, 16]."""
        features: Tensor = self.second(self.act(self.norm(self.first(images)))).mean(dim=(2, 3))
        return features

    def forward(self, images: Tensor) -> Any:
        return self.fc(self.drop(self.features(images)))


class Lab:
    """Makes the same things every time."""

    def small(self) -> Small:
        torch.manual_seed(0)
        return Small()

    def pretrained(self, name: str = "test_resnet", classes: int = CLASSES, **options: Any) -> Any:
        """A bundled model with its weights, made by `timm.create_model`."""
        torch.manual_seed(0)
        overlay = {"file": str(bundled_file(name)), "num_classes": 50}
        return timm.create_model(name, pretrained=True, pretrained_cfg_overlay=overlay, num_classes=classes, **options)

    def stored(self, name: str = "test_resnet") -> dict[str, Tensor]:
        """The tensors of the bundled weights."""
        return {key: tensor.clone() for key, tensor in read_state_dict(bundled_file(name)).items()}

    def pixels(self, count: int = 16, side: int = 32) -> Tensor:
        """uint8 noise, [N, 3, S, S]."""
        generator = torch.Generator().manual_seed(0)
        return torch.randint(0, 256, (count, 3, side, side), generator=generator, dtype=torch.uint8)

    def images(self, mean: tuple[float, ...], std: tuple[float, ...], count: int = 16) -> Tensor:
        """The same, normalised, in as many channels."""
        shift, scale = torch.tensor(mean).view(1, -1, 1, 1), torch.tensor(std).view(1, -1, 1, 1)
        return (self.pixels(count)[:, : len(mean)].float() / 255 - shift) / scale
