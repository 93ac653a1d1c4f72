"""Only BatchNorm and the head learn."""

from __future__ import annotations

from harness.training.transfer._handling import Context, Handling


def adapted(context: Context) -> Handling:
    """Scale and shift of every BatchNorm learn, and the head; the layers are in train mode, so statistics adapt too.

    Source: Frankle, Schwab and Morcos, "Training BatchNorm and only BatchNorm" (2021), the head frozen too.
    """
    norms = tuple(f"{name}." for name, _ in context.norms)
    heads = tuple(f"{head}." for head in context.built.heads)
    names = (name for name, _ in context.built.model.named_parameters())
    return Handling(only=frozenset(name for name in names if name.startswith((*norms, *heads))))
