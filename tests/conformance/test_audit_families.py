"""Healthy models of unlike families, made by the core methods: nothing serious but what is real."""

from __future__ import annotations

from typing import Any

import pytest
import timm
import torch
from torch import nn

from harness.diagnose.audit import check
from harness.model.creation import Created, ModelOrder
from harness.spec.paths import bundled_file, bundled_names
from harness.spec.variants import load_variant

METHODS = ("create_model", "swap_head", "reset_classifier")
SAMPLE = (
    "resnet10t", "regnetx_002", "ghostnet_050", "levit_128s", "pit_ti_224", "xcit_nano_12_p16_224", "resmlp_12_224",
    "edgenext_xx_small", "mobilevit_xxs", "deit_tiny_distilled_patch16_224", "squeezenet", "repvgg_a0",
)  # fmt: skip
PLAN = {"optimizer": "adamw", "lr": 1e-3, "steps": 500}


def _made(method: str, order: ModelOrder) -> nn.Module:
    torch.manual_seed(0)
    made: Any = load_variant("harness.model.creation", method)(order)
    return made.model if isinstance(made, Created) else made


@pytest.mark.parametrize("architecture", [name for name in SAMPLE if timm.is_model(name)])
def test_random_weights(architecture: str) -> None:
    for method in METHODS:
        report = check(_made(method, ModelOrder(architecture, 10)), num_classes=10, recipe=PLAN, weights=False)
        assert report.serious == (), f"{method}\n{report}"
        assert "no-gradient" in report.checked


@pytest.mark.parametrize("architecture", bundled_names())
def test_pretrained(architecture: str) -> None:
    """test_efficientnet's head from `create_model` is drawn wide, and that is found where the plan is too small."""
    overlay = {"file": str(bundled_file(architecture)), "num_classes": 50}
    order = ModelOrder(
        architecture, 10, loading={"pretrained": True, "pretrained_cfg_overlay": overlay}, pretrained_classes=50
    )
    for method in METHODS:
        model = _made(method, order)
        plan = {"optimizer": "adamw", "lr": 3e-3, "steps": 500}
        report = check(model, num_classes=10, recipe=plan, weights=overlay["file"], learns="all")
        assert report.serious == (), f"{method}\n{report}"
        assert {"weights-not-loaded", "head-out-of-reach", "initial-loss"} <= set(report.checked)
        small = check(model, num_classes=10, recipe={**plan, "lr": 1e-4}, weights=overlay["file"], learns="head")
        wide = architecture == "test_efficientnet" and method == "create_model"
        assert ("initial-loss" in small.ids) <= wide
        assert not wide or "head-out-of-reach" in {finding.id for finding in small.serious}
