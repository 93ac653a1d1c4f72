"""For every finding, under its name: a model with the fault planted, its healthy twin, and the severity expected."""

from __future__ import annotations

from typing import Any

import timm
import torch
from torch import Tensor, nn
from torchvision import transforms
from torchvision.transforms import InterpolationMode

from tests.unit.diagnose.audit.lab import CLASSES, Lab, Small

Arguments = dict[str, Any]
Planted = tuple[Arguments, Arguments, str]
IMAGENET = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
EXPECTS = {"mean": IMAGENET[0], "std": IMAGENET[1], "interpolation": "bicubic", "crop_pct": 0.875}


def _wide(lab: Lab, std: float) -> Any:
    model = lab.pretrained()
    nn.init.normal_(model.get_classifier().weight, std=std)
    return model


def initial_loss(lab: Lab) -> Planted:
    return {"model": _wide(lab, 1.0)}, {"model": lab.pretrained()}, "error"


def logit_spread(lab: Lab) -> Planted:
    return {"model": _wide(lab, 2.0)}, {"model": lab.pretrained()}, "warning"


def head_out_of_reach(lab: Lab) -> Planted:
    plan = {"optimizer": "adamw", "lr": 1e-4, "steps": 100}
    model, twin = _wide(lab, 0.3), lab.pretrained()
    nn.init.zeros_(twin.get_classifier().weight)
    return (
        {"model": model, "recipe": plan, "learns": "head"},
        {"model": twin, "recipe": plan, "learns": "head"},
        "error",
    )


def unused_classifier(lab: Lab) -> Planted:
    model = lab.small()
    model.classifier = nn.Linear(16, CLASSES)
    return {"model": model}, {"model": lab.small()}, "error"


def output_width(lab: Lab) -> Planted:
    return {"model": lab.small(), "num_classes": 5}, {"model": lab.small(), "num_classes": CLASSES}, "error"


def normalised_outputs(lab: Lab) -> Planted:
    return {"model": nn.Sequential(lab.small(), nn.Softmax(dim=1))}, {"model": lab.small()}, "error"


def not_in_optimizer(lab: Lab) -> Planted:
    model, twin = lab.small(), lab.small()
    held = [each for name, each in model.named_parameters() if not name.startswith("fc.")]
    return (
        {"model": model, "optimizer": torch.optim.SGD(held, lr=0.1)},
        {"model": twin, "optimizer": torch.optim.SGD(twin.parameters(), lr=0.1)},
        "error",
    )


def stale_optimizer(lab: Lab) -> Planted:
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


def no_gradient(lab: Lab) -> Planted:
    return {"model": _Cut()}, {"model": lab.small()}, "error"


def frozen_parameters(lab: Lab) -> Planted:
    model, twin = lab.small(), lab.small()
    model.fc.requires_grad_(False)
    for part in (twin.first, twin.norm, twin.second):
        part.requires_grad_(False)
    return {"model": model}, {"model": twin}, "error"


def weights_not_loaded(lab: Lab) -> Planted:
    drawn = timm.create_model("test_resnet", num_classes=CLASSES)
    stored = lab.stored()
    return {"model": drawn, "weights": stored}, {"model": lab.pretrained(), "weights": stored}, "error"


def weights_partly_loaded(lab: Lab) -> Planted:
    model, stored = lab.pretrained(), lab.stored()
    with torch.no_grad():
        model.layer2[0].conv1.weight.mul_(0.5)
    return {"model": model, "weights": stored}, {"model": lab.pretrained(), "weights": stored}, "error"


def weights_wrong_keys(lab: Lab) -> Planted:
    stored = {f"encoder.{name}": each for name, each in lab.stored().items()}
    model = timm.create_model("test_resnet", num_classes=CLASSES)
    model.load_state_dict(stored, strict=False)
    return {"model": model, "weights": stored}, {"model": lab.pretrained(), "weights": stored}, "error"


def untrained_backbone(lab: Lab) -> Planted:
    drawn = timm.create_model("test_resnet", num_classes=CLASSES)
    return {"model": drawn, "weights": True}, {"model": lab.pretrained(), "weights": True}, "error"


def dead_tensor(lab: Lab) -> Planted:
    model = lab.pretrained()
    nn.init.zeros_(model.layer2[0].conv1.weight)
    return {"model": model}, {"model": lab.pretrained()}, "error"


def non_finite_tensor(lab: Lab) -> Planted:
    model = lab.pretrained()
    with torch.no_grad():
        model.layer2[0].bn1.running_mean[3] = float("nan")
    return {"model": model}, {"model": lab.pretrained()}, "error"


def dead_activations(lab: Lab) -> Planted:
    model = lab.small()
    nn.init.constant_(model.norm.bias, -100.0)
    return {"model": model}, {"model": lab.small()}, "error"


def exploding_activations(lab: Lab) -> Planted:
    model = lab.small()
    with torch.no_grad():
        model.second.weight.mul_(1e6)
    return {"model": model}, {"model": lab.small()}, "warning"


def constant_output(lab: Lab) -> Planted:
    model = lab.pretrained()
    nn.init.zeros_(model.conv1[0].weight)
    return {"model": model}, {"model": lab.pretrained()}, "error"


def input_range(lab: Lab) -> Planted:
    right = lab.images(*IMAGENET)
    model = lab.pretrained()
    return (
        {"model": model, "images": lab.pixels().float() / 255, "expects": EXPECTS},
        {"model": model, "images": right, "expects": EXPECTS},
        "error",
    )


class _EvalOnly(Small):
    def forward(self, images: Tensor) -> Any:
        return super().forward(images if not self.training else images.flatten(1))


def forward_fails(lab: Lab) -> Planted:
    return {"model": _EvalOnly()}, {"model": lab.small()}, "error"


def _pipeline(
    filter: InterpolationMode = InterpolationMode.BICUBIC, resized: int = 37, order: tuple[int, ...] = (0, 1, 2)
) -> Any:
    return transforms.Compose(
        [
            transforms.Resize(resized, interpolation=filter),
            transforms.CenterCrop(32),
            transforms.ToTensor(),
            lambda tensor: tensor[list(order)],
            transforms.Normalize(*IMAGENET),
        ]
    )


def _preprocessed(lab: Lab, wrong: Any, severity: str) -> Planted:
    model = lab.pretrained()
    return (
        {"model": model, "preprocessing": wrong, "expects": EXPECTS},
        {"model": model, "preprocessing": _pipeline(), "expects": EXPECTS},
        severity,
    )


def normalisation(lab: Lab) -> Planted:
    return _preprocessed(lab, {"mean": (0.5, 0.5, 0.5), "std": (0.5, 0.5, 0.5)}, "error")


def interpolation(lab: Lab) -> Planted:
    return _preprocessed(lab, _pipeline(filter=InterpolationMode.NEAREST), "warning")


def crop(lab: Lab) -> Planted:
    return _preprocessed(lab, _pipeline(resized=64), "warning")


def aspect_ratio(lab: Lab) -> Planted:
    pressed = transforms.Compose(
        [transforms.Resize((37, 37)), transforms.CenterCrop(32), transforms.ToTensor(), transforms.Normalize(*IMAGENET)]
    )
    return _preprocessed(lab, pressed, "note")


def channel_order(lab: Lab) -> Planted:
    return _preprocessed(lab, _pipeline(order=(2, 1, 0)), "error")


def train_mode(lab: Lab) -> Planted:
    return (
        {"model": lab.small().train(), "purpose": "inference"},
        {"model": lab.small().eval(), "purpose": "inference"},
        "error",
    )


def gradients_in_inference(lab: Lab) -> Planted:
    model, images = lab.small().eval(), lab.images(*IMAGENET)
    with torch.no_grad():
        without = model(images)
    asked = {"model": model, "images": images, "purpose": "inference"}
    return {**asked, "outputs": model(images)}, {**asked, "outputs": without}, "warning"


def drop_rate_without_effect(lab: Lab) -> Planted:
    model = lab.small()
    model.drop = nn.Identity()  # type: ignore[assignment]
    rates = {"drop_rate": 0.2}
    return {"model": model, "rates": rates}, {"model": lab.small(), "rates": rates}, "error"


def pooling_lost(lab: Lab) -> Planted:
    model, twin = (timm.create_model("test_vit3", num_classes=CLASSES) for _ in range(2))
    model.reset_classifier(CLASSES, global_pool="avg")
    return {"model": model}, {"model": twin}, "error"


def head_bias(lab: Lab) -> Planted:
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


def _tagged(tag: str) -> nn.Module:
    model = timm.create_model("test_resnet", num_classes=CLASSES)
    model.pretrained_cfg["tag"] = tag
    return model


def weights_tag(lab: Lab) -> Planted:
    return (
        {"model": _tagged("a1_in1k"), "reference": _tagged("a2_in1k")},
        {"model": _tagged("a1_in1k"), "reference": _tagged("a1_in1k")},
        "error",
    )


def reference_head(lab: Lab) -> Planted:
    reference = lab.pretrained()
    return (
        {"model": _wide(lab, 1.0), "reference": reference},
        {"model": lab.pretrained(), "reference": reference},
        "warning",
    )


def reference_drop_rates(lab: Lab) -> Planted:
    model = lab.small()
    model.drop = nn.Identity()  # type: ignore[assignment]
    return {"model": model, "reference": lab.small()}, {"model": lab.small(), "reference": lab.small()}, "warning"


def reference_pooling(lab: Lab) -> Planted:
    reference = lab.pretrained()
    model = lab.pretrained(global_pool="max")
    return {"model": model, "reference": reference}, {"model": lab.pretrained(), "reference": reference}, "warning"


def reference_backbone(lab: Lab) -> Planted:
    reference = lab.pretrained()
    model = lab.pretrained()
    with torch.no_grad():
        model.conv1[0].weight.mul_(2)
    return {"model": model, "reference": reference}, {"model": lab.pretrained(), "reference": reference}, "warning"


def label_range(lab: Lab) -> Planted:
    images, labels = lab.images(*IMAGENET), torch.arange(16) % CLASSES
    faulty = {"model": lab.small(), "images": images, "labels": labels + 1, "num_classes": CLASSES}
    return faulty, {**faulty, "labels": labels}, "error"


def reference_forward(lab: Lab) -> Planted:
    reference = lab.pretrained("test_efficientnet")
    model = lab.pretrained("test_efficientnet", act_layer="relu")
    return {"model": model, "reference": reference}, {"model": reference, "reference": reference}, "warning"


def replaced_head(lab: Lab) -> Planted:
    """As people do it by hand: `get_classifier` of such a model raises."""
    model = lab.pretrained("test_convnext")
    width = model.head.fc.in_features
    model.head = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(width, CLASSES))
    return {"model": model}, {"model": lab.pretrained("test_convnext")}, "warning"
