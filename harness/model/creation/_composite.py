"""A backbone with a head of one's own on top, and the pooling before it."""

from __future__ import annotations

from torch import Tensor, nn


def pool(features: Tensor, width: int) -> Tensor:
    """Mean over all positions: [N, width, H, W], [N, H, W, width] or [N, tokens, width] to [N, width].

    Raises:
        ValueError: no axis has the width.
    """
    if features.ndim == 2:
        return features
    if features.ndim == 3:
        return features.mean(dim=1)
    if features.shape[1] == width:
        return features.mean(dim=(2, 3))
    if features.shape[-1] == width:
        return features.mean(dim=(1, 2))
    raise ValueError(f"no axis of {tuple(features.shape)} holds {width} channels")


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
