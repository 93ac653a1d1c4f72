"""Pixels in other places of their image."""

from __future__ import annotations

from torch import Tensor


def rearranged(batch: Tensor, sources: Tensor) -> Tensor:
    """Images [N, C, H, W] by one gather; `sources`, int64 [N, H * W], are the places that pixels come from."""
    index = sources.to(batch.device, non_blocking=True)[:, None, :].expand(-1, batch.shape[1], -1)
    return batch.flatten(2).gather(2, index).view_as(batch)
