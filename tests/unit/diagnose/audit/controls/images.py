"""Images and labels: their preparation, range and order."""

from __future__ import annotations

from typing import Any

import torch
from torch.nn.functional import interpolate
from torchvision import transforms
from torchvision.transforms import InterpolationMode

from tests.unit.diagnose.audit.controls import EXPECTS, IMAGENET, Control
from tests.unit.diagnose.audit.lab import CLASSES, Lab


def input_range(lab: Lab) -> Control:
    right = lab.images(*IMAGENET)
    model = lab.pretrained()
    return (
        {"model": model, "images": lab.pixels().float() / 255, "expects": EXPECTS},
        {"model": model, "images": right, "expects": EXPECTS},
        "error",
    )


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


def _preprocessed(lab: Lab, wrong: Any, severity: str) -> Control:
    model = lab.pretrained()
    return (
        {"model": model, "preprocessing": wrong, "expects": EXPECTS},
        {"model": model, "preprocessing": _pipeline(), "expects": EXPECTS},
        severity,
    )


def normalisation(lab: Lab) -> Control:
    return _preprocessed(lab, {"mean": (0.5, 0.5, 0.5), "std": (0.5, 0.5, 0.5)}, "error")


def interpolation(lab: Lab) -> Control:
    return _preprocessed(lab, _pipeline(filter=InterpolationMode.NEAREST), "warning")


def crop(lab: Lab) -> Control:
    return _preprocessed(lab, _pipeline(resized=64), "warning")


def aspect_ratio(lab: Lab) -> Control:
    pressed = transforms.Compose(
        [transforms.Resize((37, 37)), transforms.CenterCrop(32), transforms.ToTensor(), transforms.Normalize(*IMAGENET)]
    )
    return _preprocessed(lab, pressed, "warning")


def image_size(lab: Lab) -> Control:
    """A trained head on images of twice the side that the weights state."""
    model, pixels = lab.pretrained(classes=50), lab.pixels(count=64, side=8).float() / 64 - 2
    right, wrong = (interpolate(pixels, size=(side, side), mode="bilinear") for side in (32, 64))
    model.pretrained_cfg["input_size"] = (3, 32, 32)
    with torch.no_grad():
        model.fc.weight.mul_(20)
        labels = model.eval()(right).argmax(dim=1)
    asked = {"model": model, "labels": labels}
    return {**asked, "images": wrong}, {**asked, "images": right}, "warning"


def channel_order(lab: Lab) -> Control:
    return _preprocessed(lab, _pipeline(order=(2, 1, 0)), "error")


def label_range(lab: Lab) -> Control:
    images, labels = lab.images(*IMAGENET), torch.arange(16) % CLASSES
    faulty = {"model": lab.small(), "images": images, "labels": labels + 1, "num_classes": CLASSES}
    return faulty, {**faulty, "labels": labels}, "error"


def scrambled_pixels(lab: Lab) -> Control:
    smooth = torch.linspace(-2, 2, 32).view(1, 1, 1, 32) * torch.tensor([1.0, 0.5, -1.0]).view(1, 3, 1, 1)
    images = smooth.expand(8, 3, 32, 32).contiguous()
    scrambled = images.permute(0, 2, 3, 1).reshape(images.shape)
    return {"model": lab.small(), "images": scrambled}, {"model": lab.small(), "images": images}, "error"


def label_order(lab: Lab) -> Control:
    """A trained head that is right and sure, on classes that are counted from 1 in the faulty labels."""
    model, images = lab.pretrained(classes=50), lab.images((0.5,) * 3, (0.25,) * 3, count=64)
    with torch.no_grad():
        model.fc.weight.mul_(20)
        labels = model.eval()(images).argmax(dim=1)
    asked = {"model": model, "images": images}
    return {**asked, "labels": (labels + 1) % 50}, {**asked, "labels": labels}, "error"
