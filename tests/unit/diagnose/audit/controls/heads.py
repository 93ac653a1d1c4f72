"""The head: how it is initialised, connected and biased."""

from __future__ import annotations

from typing import Any

import timm
import torch
from torch import nn

from tests.unit.diagnose.audit.controls import IMAGENET, Control
from tests.unit.diagnose.audit.lab import CLASSES, Lab


def _wide(lab: Lab, std: float) -> Any:
    model = lab.pretrained()
    nn.init.normal_(model.get_classifier().weight, std=std)
    return model


def initial_loss(lab: Lab) -> Control:
    return {"model": _wide(lab, 1.0)}, {"model": lab.pretrained()}, "error"


def logit_spread(lab: Lab) -> Control:
    return {"model": _wide(lab, 2.0)}, {"model": lab.pretrained()}, "warning"


def head_out_of_reach(lab: Lab) -> Control:
    plan = {"optimizer": "adamw", "lr": 1e-4, "steps": 100}
    model, twin = _wide(lab, 0.3), lab.pretrained()
    nn.init.zeros_(twin.get_classifier().weight)
    return (
        {"model": model, "recipe": plan, "learns": "head"},
        {"model": twin, "recipe": plan, "learns": "head"},
        "error",
    )


def unused_classifier(lab: Lab) -> Control:
    model = lab.small()
    model.classifier = nn.Linear(16, CLASSES)
    return {"model": model}, {"model": lab.small()}, "error"


def untrained_head(lab: Lab) -> Control:
    model, twin = lab.pretrained(classes=50), lab.pretrained(classes=50)
    model.reset_classifier(50)
    asked = {"purpose": "inference", "weights": lab.stored()}
    return {"model": model.eval(), **asked}, {"model": twin.eval(), **asked}, "error"


def output_width(lab: Lab) -> Control:
    return {"model": lab.small(), "num_classes": 5}, {"model": lab.small(), "num_classes": CLASSES}, "error"


def normalised_outputs(lab: Lab) -> Control:
    return {"model": nn.Sequential(lab.small(), nn.Softmax(dim=1))}, {"model": lab.small()}, "error"


def head_bias(lab: Lab) -> Control:
    labels = torch.tensor([0] * 60 + [1] * 4)
    images = lab.images(*IMAGENET, count=64)
    model, twin = lab.small(), lab.small()
    for each, values in ((model, (0.02, 0.98)), (twin, (0.94, 0.06))):
        assert isinstance(each.fc, nn.Linear)
        with torch.no_grad():
            each.fc.bias.fill_(-5.0)
            each.fc.bias[:2] = torch.tensor(values).log()
    asked = {"images": images, "labels": labels}
    return {"model": model, **asked}, {"model": twin, **asked}, "error"


def pooling_lost(lab: Lab) -> Control:
    model, twin = (timm.create_model("test_vit3", num_classes=CLASSES) for _ in range(2))
    model.reset_classifier(CLASSES, global_pool="avg")
    return {"model": model}, {"model": twin}, "error"


def replaced_head(lab: Lab) -> Control:
    """As people do it by hand: `get_classifier` of such a model raises."""
    model = lab.pretrained("test_convnext")
    width = model.head.fc.in_features
    model.head = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(width, CLASSES))
    return {"model": model}, {"model": lab.pretrained("test_convnext")}, "warning"


def clipped_outputs(lab: Lab) -> Control:
    return {"model": nn.Sequential(lab.small(), nn.ReLU())}, {"model": lab.small()}, "warning"


def head_on_logits(lab: Lab) -> Control:
    """The twin has a layer without an activation before its head, which is new as the head is."""
    old = lab.pretrained(classes=50)
    twin = lab.pretrained()
    twin.fc = nn.Sequential(nn.Linear(twin.fc.in_features, 50), nn.Linear(50, CLASSES))
    return {"model": nn.Sequential(old, nn.Linear(50, CLASSES))}, {"model": twin}, "warning"
