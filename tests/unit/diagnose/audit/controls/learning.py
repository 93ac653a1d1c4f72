"""What learns: the optimizer, gradients, frozen parameters and dropout."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from tests.unit.diagnose.audit.controls import IMAGENET, Control
from tests.unit.diagnose.audit.lab import CLASSES, Lab, Small


def not_in_optimizer(lab: Lab) -> Control:
    model, twin = lab.small(), lab.small()
    held = [each for name, each in model.named_parameters() if not name.startswith("fc.")]
    return (
        {"model": model, "optimizer": torch.optim.SGD(held, lr=0.1)},
        {"model": twin, "optimizer": torch.optim.SGD(twin.parameters(), lr=0.1)},
        "error",
    )


def stale_optimizer(lab: Lab) -> Control:
    model, twin = lab.small(), lab.small()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    model.fc = nn.Linear(16, CLASSES)
    return (
        {"model": model, "optimizer": optimizer},
        {"model": twin, "optimizer": torch.optim.SGD(twin.parameters())},
        "error",
    )


class _Cut(Small):
    def features(self, images: Tensor) -> Tensor:
        return super().features(images).detach()


def no_gradient(lab: Lab) -> Control:
    return {"model": _Cut()}, {"model": lab.small()}, "error"


def frozen_parameters(lab: Lab) -> Control:
    model, twin = lab.small(), lab.small()
    model.fc.requires_grad_(False)
    for part in (twin.first, twin.norm, twin.second):
        part.requires_grad_(False)
    return {"model": model}, {"model": twin}, "error"


def train_mode(lab: Lab) -> Control:
    return (
        {"model": lab.small().train(), "purpose": "inference"},
        {"model": lab.small().eval(), "purpose": "inference"},
        "error",
    )


def _frozen(model: Small) -> Small:
    for part in (model.first, model.norm, model.second):
        part.requires_grad_(False)
    return model


def unfrozen_parameters(lab: Lab) -> Control:
    model, twin = lab.small(), lab.small()
    return (
        {"model": model, "learns": "head", "optimizer": torch.optim.SGD(model.parameters(), lr=0.1)},
        {"model": twin, "learns": "head", "optimizer": torch.optim.SGD(twin.fc.parameters(), lr=0.1)},
        "error",
    )


def moving_statistics(lab: Lab) -> Control:
    twin = _frozen(lab.small())
    twin.norm.eval()
    return {"model": _frozen(lab.small())}, {"model": twin}, "warning"


class _Listed(Small):
    """A hidden layer that stands in a list, or in nn.ModuleList."""

    def __init__(self, registered: bool) -> None:
        super().__init__()
        layers = [nn.Linear(16, 16), nn.ReLU()]
        self.hidden = nn.ModuleList(layers) if registered else layers

    def features(self, images: Tensor) -> Tensor:
        features = super().features(images)
        for layer in self.hidden:
            features = layer(features)
        return features


def unregistered_layers(lab: Lab) -> Control:
    return {"model": _Listed(False)}, {"model": _Listed(True)}, "error"


class _Noisy(Small):
    def features(self, images: Tensor) -> Tensor:
        return nn.functional.dropout(super().features(images), 0.2)


def random_outputs(lab: Lab) -> Control:
    return {"model": _Noisy()}, {"model": lab.small()}, "error"


def gradients_in_inference(lab: Lab) -> Control:
    model, images = lab.small().eval(), lab.images(*IMAGENET)
    with torch.no_grad():
        without = model(images)
    asked = {"model": model, "images": images, "purpose": "inference"}
    return {**asked, "outputs": model(images)}, {**asked, "outputs": without}, "warning"


def drop_rate_without_effect(lab: Lab) -> Control:
    model = lab.small()
    model.drop = nn.Identity()  # type: ignore[assignment]
    rates = {"drop_rate": 0.2}
    return {"model": model, "rates": rates}, {"model": lab.small(), "rates": rates}, "error"
