"""Pooling of whatever a backbone gives: maps, tokens or vectors."""

from __future__ import annotations

from torch import Tensor


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
