"""BatchNorm in eval mode throughout: the pretrained statistics are used and kept."""

from __future__ import annotations

from harness.training.transfer._handling import Context, Handling


def frozen(context: Context) -> Handling:
    """Statistics are held; scale and shift go on learning where the strategy lets them."""
    return Handling(held=True)
