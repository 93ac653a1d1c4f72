"""What is trained in the libraries: one bundled network, healthy or with a fault, on a few synthetic images."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import timm
import torch
from torch import Tensor, nn

from harness.spec.paths import bundled_file

CLASSES, SIDE, BATCH, STEPS = 4, 32, 8, 3
FAULT = "unused-classifier"


def network(healthy: bool = True) -> Any:
    """test_efficientnet with bundled weights; the faulty one keeps its old head, as the new one bears ResNet's name."""
    torch.manual_seed(0)
    overlay = {"file": str(bundled_file("test_efficientnet")), "num_classes": 50}
    model = timm.create_model("test_efficientnet", pretrained=True, pretrained_cfg_overlay=overlay, num_classes=50)
    if healthy:
        model.reset_classifier(CLASSES)
    else:
        model.fc = nn.Linear(model.num_features, CLASSES)
    return model


def data(count: int = 32) -> tuple[Tensor, Tensor]:
    """Normalised 8-bit images, [N, 3, S, S], and their labels, [N]."""
    generator = torch.Generator().manual_seed(0)
    pixels = torch.randint(0, 256, (count, 3, 4, 4), generator=generator).float()
    pixels = nn.functional.interpolate(pixels, SIDE).round()
    mean, std = (torch.tensor(each).view(1, 3, 1, 1) for each in ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)))
    return (pixels / 255 - mean) / std, torch.arange(count) % CLASSES


def tensors(model: nn.Module) -> dict[str, Tensor]:
    """A copy of all that training changes."""
    return {name: each.detach().clone() for name, each in model.state_dict().items()}


def same(first: dict[str, Tensor], second: dict[str, Tensor]) -> bool:
    """Whether two models are equal to the bit."""
    return first.keys() == second.keys() and all(torch.equal(first[name], second[name]) for name in first)


def shown(heading: str) -> str:
    """The code that the page on integrations shows under a heading."""
    page = (Path(__file__).parents[3] / "docs" / "integrations.md").read_text(encoding="utf-8")
    section = page.split(f"\n## {heading}")[1].split("\n## ")[0]
    return section.split("```python\n")[1].split("```")[0]
