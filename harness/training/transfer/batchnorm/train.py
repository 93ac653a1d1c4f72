"""BatchNorm as every other layer: batch statistics where it learns, running ones where it is frozen."""

from __future__ import annotations

from harness.training.transfer._handling import Context, Handling


def train(context: Context) -> Handling:
    """The neutral choice: layers are in the mode of their stage, and running statistics follow the batches."""
    return Handling()
