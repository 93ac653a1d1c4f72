"""A backbone with a head of one's own on top."""

from __future__ import annotations

from torch import Tensor, nn


class Composite(nn.Module):
    """`head(backbone(images))`: features [N, width] to logits [N, classes] by a plain Linear."""

    def __init__(self, backbone: nn.Module, width: int, num_classes: int) -> None:
        super().__init__()
        self.backbone = backbone
        self.head = nn.Linear(width, num_classes)

    def features(self, images: Tensor) -> Tensor:
        """What the head is given, [N, width]."""
        features: Tensor = self.backbone(images)
        return features

    def forward(self, images: Tensor) -> Tensor:
        """Logits [N, classes]."""
        logits: Tensor = self.head(self.features(images))
        return logits
