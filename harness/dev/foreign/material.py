"""What the reports are rebuilt of: bundled networks, synthetic images, and the arguments that a user has at hand."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

import numpy as np
import timm
import torch
from torch import Tensor, nn

from harness.data.datasets.made import made
from harness.dev.foreign.causes import CAUSES
from harness.model.pretrained import read_state_dict
from harness.model.weights.bundled import OVERLAY
from harness.spec.paths import bundled_file
from harness.spec.spec import Data

CLASSES = 10
SIDE = 32
Domain = Literal["source", "target"]
EACH = {"target": 7, "source": 2}  # images of a class: at least the 64 that the audit looks at
IMAGENET = {"mean": (0.485, 0.456, 0.406), "std": (0.229, 0.224, 0.225)}
HALVES = {"mean": (0.5, 0.5, 0.5), "std": (0.5, 0.5, 0.5)}
BUNDLED = {"mean": (0.5, 0.5, 0.5), "std": (0.25, 0.25, 0.25)}
PLAN = {"optimizer": "adamw", "lr": 3e-4, "steps": 500}


@dataclass
class Situation:
    """A model and the arguments of `check` that its user has at hand."""

    model: nn.Module
    arguments: dict[str, Any]


@dataclass(frozen=True)
class Reported:
    """One report: where it stands, what is wrong, the kind of cause, and the function that rebuilds it."""

    name: str
    source: str
    wrong: str
    cause: str
    rebuild: Callable[[bool], Situation]


def reported(source: str, wrong: str, cause: str) -> Callable[[Callable[[bool], Situation]], Reported]:
    """Make a report of the function that rebuilds it, with the fault or (False) as its healthy twin."""
    assert cause in CAUSES, cause

    def mark(rebuild: Callable[[bool], Situation]) -> Reported:
        return Reported(rebuild.__name__, source, wrong, cause, rebuild)

    return mark


def pretrained(name: str = "test_resnet", classes: int | None = CLASSES, **options: Any) -> Any:
    """A bundled network with its weights: its own head of 50 classes (None), or a new one as torch initialises it."""
    torch.manual_seed(0)
    card = json.loads(bundled_file(name).with_suffix(".json").read_text(encoding="utf-8"))
    overlay = {"file": str(bundled_file(name)), **{key: card[key] for key in OVERLAY if key in card}}
    structure = card["structure"] | options
    model = timm.create_model(name, pretrained=True, pretrained_cfg_overlay=overlay, num_classes=50, **structure)
    if classes is not None:
        model.reset_classifier(classes)
    return model


FIRST = {"test_resnet": ("conv1.0", "conv1.1"), "test_vit": ("patch_embed.proj", "")}


def expecting(constants: Mapping[str, Any], name: str = "test_resnet", classes: int | None = None) -> Any:
    """A bundled network as if it had been trained on images normalised by other constants.

    The change of constants is folded into its first convolution, and into the norm after it where there is no bias.
    """
    model = pretrained(name, classes)
    (convolution, norm), mean, std = FIRST[name], torch.tensor(constants["mean"]), torch.tensor(constants["std"])
    layer = model.get_submodule(convolution)
    shift = (mean - torch.tensor(BUNDLED["mean"])) / torch.tensor(BUNDLED["std"])
    with torch.no_grad():
        added = (layer.weight.sum(dim=(2, 3)) * shift).sum(dim=1)
        layer.weight.mul_((std / torch.tensor(BUNDLED["std"])).view(1, -1, 1, 1))
        if norm:
            model.get_submodule(norm).running_mean.sub_(added)
        else:
            layer.bias.add_(added)
    model.pretrained_cfg.update(mean=constants["mean"], std=constants["std"])
    return model


def tensors(model: nn.Module, head: str = "\0") -> dict[str, Tensor]:
    """A copy of a model's tensors, without those of the head."""
    return {name: each.clone() for name, each in model.state_dict().items() if not name.startswith(head)}


def drawn(name: str = "test_resnet", classes: int = CLASSES, **options: Any) -> Any:
    """The same architecture with random weights."""
    torch.manual_seed(0)
    card = json.loads(bundled_file(name).with_suffix(".json").read_text(encoding="utf-8"))
    return timm.create_model(name, num_classes=classes, **(card["structure"] | options))


def checkpoint(name: str = "test_resnet", head: str = "fc.") -> dict[str, Tensor]:
    """The tensors of the bundled weights, without those of the head."""
    state = read_state_dict(bundled_file(name))
    return {key: tensor.clone() for key, tensor in state.items() if not key.startswith(head)}


@cache
def _drawings(domain: Domain) -> tuple[Tensor, Tensor]:
    classes = 50 if domain == "source" else CLASSES
    data = Data(name="made", domain=domain, size=SIDE, samples=classes * EACH[domain])
    samples = made(data).train
    order = np.random.default_rng(0).permutation(len(samples))
    stacked = np.stack([np.asarray(samples.open(int(place))) for place in order])
    labels = torch.tensor([samples.labels[place] for place in order])
    return torch.from_numpy(stacked).permute(0, 3, 1, 2).contiguous(), labels


def pixels(domain: Domain = "target") -> Tensor:
    """8-bit drawings, uint8 [N, 3, 32, 32]: of ten new classes, or ("source") of the 50 that the weights know."""
    return _drawings(domain)[0].clone()


def labels(domain: Domain = "target") -> Tensor:
    """Their classes, int64 [N]."""
    return _drawings(domain)[1].clone()


def normalised(raw: Tensor, constants: Mapping[str, Any] = BUNDLED) -> Tensor:
    """As a model gets them: scaled to 0..1, mean subtracted, divided by the deviation; float [N, C, H, W]."""
    mean, std = (torch.tensor(constants[key]).view(1, -1, 1, 1) for key in ("mean", "std"))
    return (raw.float() / 255 - mean) / std


def training(model: nn.Module, lr: float = PLAN["lr"], **given: Any) -> Situation:  # type: ignore[assignment]
    """Before the first step of fine-tuning; `given` replaces or adds arguments."""
    arguments: dict[str, Any] = {
        "num_classes": CLASSES, "images": normalised(pixels()), "labels": labels(), "weights": checkpoint(),
        "expects": BUNDLED, "recipe": PLAN | {"lr": lr}, "learns": "all",
    }  # fmt: skip
    if "optimizer" not in given:
        learning = [each for each in model.parameters() if each.requires_grad]
        arguments["optimizer"] = torch.optim.AdamW(learning, lr=lr)
    return Situation(model, arguments | given)


def evaluation(model: nn.Module, **given: Any) -> Situation:
    """Before images of the classes that the head was trained on are classified."""
    arguments: dict[str, Any] = {
        "num_classes": 50, "images": normalised(pixels("source")), "labels": labels("source"),
        "weights": read_state_dict(bundled_file("test_resnet")), "expects": BUNDLED, "purpose": "inference",
    }  # fmt: skip
    return Situation(model.requires_grad_(False), arguments | given)
