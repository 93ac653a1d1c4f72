"""A second model to compare with."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from tests.unit.diagnose.audit.controls import Control
from tests.unit.diagnose.audit.lab import Lab


def _wide(lab: Lab, std: float) -> Any:
    model = lab.pretrained()
    nn.init.normal_(model.get_classifier().weight, std=std)
    return model


def reference_head(lab: Lab) -> Control:
    reference = lab.pretrained()
    return (
        {"model": _wide(lab, 1.0), "reference": reference},
        {"model": lab.pretrained(), "reference": reference},
        "warning",
    )


def reference_drop_rates(lab: Lab) -> Control:
    model = lab.small()
    model.drop = nn.Identity()  # type: ignore[assignment]
    return {"model": model, "reference": lab.small()}, {"model": lab.small(), "reference": lab.small()}, "warning"


def reference_pooling(lab: Lab) -> Control:
    reference = lab.pretrained()
    model = lab.pretrained(global_pool="max")
    return {"model": model, "reference": reference}, {"model": lab.pretrained(), "reference": reference}, "warning"


def reference_backbone(lab: Lab) -> Control:
    reference = lab.pretrained()
    model = lab.pretrained()
    with torch.no_grad():
        model.conv1[0].weight.mul_(2)
    return {"model": model, "reference": reference}, {"model": lab.pretrained(), "reference": reference}, "warning"


def reference_forward(lab: Lab) -> Control:
    reference = lab.pretrained("test_efficientnet")
    model = lab.pretrained("test_efficientnet", act_layer="relu")
    return {"model": model, "reference": reference}, {"model": reference, "reference": reference}, "warning"
