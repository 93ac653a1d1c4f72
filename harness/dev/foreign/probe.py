"""A linear probe, as self-supervised projects write it."""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn

from harness.dev.foreign.material import CLASSES, pretrained

WIDTH = 96  # features of test_resnet


class Probe(nn.Module):
    """An encoder and a linear layer, as self-supervised projects evaluate theirs."""

    def __init__(self) -> None:
        super().__init__()
        self.enc: Any = pretrained(classes=0)
        self.lin = nn.Linear(WIDTH, CLASSES)

    def forward(self, images: Tensor) -> Any:
        return self.lin(self.enc(images))


def _of_head(model: Any) -> frozenset[str]:
    return frozenset(name for name, _ in model.named_parameters() if name.startswith(("lin.", "fc.")))


def frozen(model: Any) -> Any:
    """The usual probe: everything but the head frozen, and in eval mode."""
    for name, parameter in model.named_parameters():
        parameter.requires_grad_(name in _of_head(model))
    model.eval()
    return model
