"""Weights and activations: what was loaded, and what became of it."""

from __future__ import annotations

from typing import Any

import timm
import torch
from torch import Tensor, nn

from tests.unit.diagnose.audit.controls import Control
from tests.unit.diagnose.audit.lab import CLASSES, Lab, Small


def weights_not_loaded(lab: Lab) -> Control:
    drawn = timm.create_model("test_resnet", num_classes=CLASSES)
    stored = lab.stored()
    return {"model": drawn, "weights": stored}, {"model": lab.pretrained(), "weights": stored}, "error"


def weights_partly_loaded(lab: Lab) -> Control:
    model, stored = lab.pretrained(), lab.stored()
    with torch.no_grad():
        model.layer2[0].conv1.weight.mul_(0.5)
    return {"model": model, "weights": stored}, {"model": lab.pretrained(), "weights": stored}, "error"


def first_convolution_drawn(lab: Lab) -> Control:
    """One channel in place of three: `nn.Conv2d(1, ...)` as it is drawn, and timm's sum."""
    drawn, stored = lab.pretrained(in_chans=1), lab.stored()
    drawn.conv1[0].reset_parameters()
    grey = lab.images((0.449,), (0.226,))
    return (
        {"model": drawn, "weights": stored, "images": grey},
        {"model": lab.pretrained(in_chans=1), "weights": stored, "images": grey},
        "error",
    )


def weights_wrong_keys(lab: Lab) -> Control:
    stored = {f"encoder.{name}": each for name, each in lab.stored().items()}
    model = timm.create_model("test_resnet", num_classes=CLASSES)
    model.load_state_dict(stored, strict=False)
    return {"model": model, "weights": stored}, {"model": lab.pretrained(), "weights": stored}, "error"


def untrained_backbone(lab: Lab) -> Control:
    drawn = timm.create_model("test_resnet", num_classes=CLASSES)
    return {"model": drawn, "weights": True}, {"model": lab.pretrained(), "weights": True}, "error"


def _tagged(tag: str) -> nn.Module:
    model = timm.create_model("test_resnet", num_classes=CLASSES)
    model.pretrained_cfg["tag"] = tag
    return model


def weights_tag(lab: Lab) -> Control:
    return (
        {"model": _tagged("a1_in1k"), "reference": _tagged("a2_in1k")},
        {"model": _tagged("a1_in1k"), "reference": _tagged("a1_in1k")},
        "error",
    )


def dead_tensor(lab: Lab) -> Control:
    model = lab.pretrained()
    nn.init.zeros_(model.layer2[0].conv1.weight)
    return {"model": model}, {"model": lab.pretrained()}, "error"


def non_finite_tensor(lab: Lab) -> Control:
    model = lab.pretrained()
    with torch.no_grad():
        model.layer2[0].bn1.running_mean[3] = float("nan")
    return {"model": model}, {"model": lab.pretrained()}, "error"


def dead_activations(lab: Lab) -> Control:
    model = lab.small()
    nn.init.constant_(model.norm.bias, -100.0)
    return {"model": model}, {"model": lab.small()}, "error"


def exploding_activations(lab: Lab) -> Control:
    model = lab.small()
    with torch.no_grad():
        model.second.weight.mul_(1e6)
    return {"model": model}, {"model": lab.small()}, "warning"


def constant_output(lab: Lab) -> Control:
    model = lab.pretrained()
    nn.init.zeros_(model.conv1[0].weight)
    return {"model": model}, {"model": lab.pretrained()}, "error"


class _EvalOnly(Small):
    def forward(self, images: Tensor) -> Any:
        return super().forward(images if not self.training else images.flatten(1))


def forward_fails(lab: Lab) -> Control:
    return {"model": _EvalOnly()}, {"model": lab.small()}, "error"


def layer_scale(lab: Lab) -> Control:
    """Gains that were asked for at 1e-5, and written over by a reset."""
    model, twin = (timm.create_model("test_vit", num_classes=CLASSES, init_values=1e-5) for _ in range(2))
    for block in model.blocks:
        torch.nn.init.ones_(block.ls1.gamma)
    return {"model": model}, {"model": twin}, "warning"


def repeated_layers(lab: Lab) -> Control:
    """A hook sends features through the blocks once more; the whole network twice is no fault."""
    model, twin = lab.pretrained("test_vit"), lab.pretrained("test_vit")
    model.norm.register_forward_pre_hook(lambda norm, inputs: (model.blocks(inputs[0]),))
    return {"model": model}, {"model": torch.nn.Sequential(_Averaged(twin))}, "warning"


class _Averaged(torch.nn.Module):
    """The mean of a network's answers on an image and on its mirror image."""

    def __init__(self, network: torch.nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, images: torch.Tensor) -> Any:
        return (self.network(images) + self.network(images.flip(3))) / 2
