"""The models that are mutated, and the arguments that a user would give with them."""

from __future__ import annotations

import copy
import warnings
from dataclasses import dataclass, field
from typing import Any

import timm
import torch
import torchvision.models
from torch import Tensor, nn

from harness.diagnose.audit.images import channels, sides, stated_config, synthetic_images
from harness.model.heads import find_heads

CLASSES = 10
IMAGES = 32
DROP_RATE = 0.3
SETTLING = 3  # passes in train mode
NOISE = 0.05  # of a norm's weight: no norm of a trained network is at its initial values
IMAGENET: dict[str, Any] = {
    "mean": (0.485, 0.456, 0.406), "std": (0.229, 0.224, 0.225), "interpolation": "bilinear", "crop_pct": 0.875,
}  # fmt: skip

TIMM = (
    "test_resnet", "test_efficientnet", "test_vit", "test_convnext", "resnet10t", "densenet121", "mobilenetv2_035",
    "mobilenetv3_small_050", "lcnet_035", "ghostnet_100", "mnasnet_small", "rexnet_100", "regnetx_002", "regnety_002",
    "repvgg_a0", "dla46_c", "edgenext_xx_small", "convnextv2_atto", "mobilevit_xxs", "levit_128s", "pit_ti_224",
    "vit_tiny_patch16_224", "deit_tiny_distilled_patch16_224", "xcit_nano_12_p16_224", "resmlp_12_224",
)  # fmt: skip
TORCHVISION = ("resnet18", "mobilenet_v3_small", "shufflenet_v2_x0_5", "squeezenet1_1", "mnasnet0_5", "googlenet")


@dataclass
class TrialSubject:
    """A model with the arguments of `check` that go with it; a rule changes either."""

    name: str
    library: str
    model: nn.Module
    head: str
    arguments: dict[str, Any] = field(default_factory=dict)

    def layer(self) -> Any:
        """The head."""
        return self.model.get_submodule(self.head)

    def backbone(self) -> list[tuple[str, Any]]:
        """Linear layers and convolutions outside of the head, by name, in order."""
        return [
            (name, module)
            for name, module in self.model.named_modules()
            if isinstance(module, nn.Linear | nn.Conv2d) and name != self.head and module.weight.numel() > 1
        ]


def pixels(depth: int, side: int) -> Tensor:
    """8-bit images of smooth noise, uint8 [N, C, S, S]."""
    smooth = synthetic_images(IMAGES, depth, side)
    return (smooth * 0.25 + 0.5).clamp(0, 1).mul(255).round().to(torch.uint8)


def normalised(raw: Tensor, config: dict[str, Any]) -> Tensor:
    """As the model gets them."""
    mean, std = (torch.tensor(config[key]).view(1, -1, 1, 1) for key in ("mean", "std"))
    return (raw.float() / 255 - mean) / std


def make(library: str, name: str) -> TrialSubject:
    """A model that looks trained, though its weights are random: norms settled, statistics estimated, a fresh head.

    The head is drawn as torch draws a Linear: what is healthy by measurement (docs/audit.md).
    """
    torch.manual_seed(0)
    rates: dict[str, float] = {"drop_rate": DROP_RATE}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if library == "timm":
            try:
                model = timm.create_model(name, num_classes=CLASSES, drop_rate=DROP_RATE)
            except TypeError:
                model, rates = timm.create_model(name, num_classes=CLASSES), {}
        else:
            options = {"init_weights": False} if name == "googlenet" else {}  # its own draw leaves hardly any signal
            model, rates = torchvision.models.get_model(name, num_classes=CLASSES, **options), {}
    heads = find_heads(model, CLASSES)
    for head in heads:
        model.get_submodule(head).reset_parameters()
    config = {**IMAGENET, **{key: value for key, value in stated_config(model).items() if key in IMAGENET}}
    raw = pixels(channels(model), _side(model))
    _settle(model, normalised(raw, config))
    subject = TrialSubject(name, library, model, heads[0])
    subject.arguments = {
        "num_classes": CLASSES, "expects": config, "rates": rates, "weights": copy.deepcopy(model.state_dict()),
        "raw": raw, "images": normalised(raw, config), "labels": torch.arange(IMAGES) % CLASSES,
    }  # fmt: skip
    return subject


def _side(model: nn.Module) -> int:
    """The smallest side that works, in pixels; torchvision's and most of timm's take 64."""
    for side in (64, *sides(model)):
        try:
            with torch.no_grad():
                model.eval()(torch.zeros(1, channels(model), side, side))
        except Exception:  # a network that fixes its size says so in many ways
            continue
        return side
    raise ValueError(f"{type(model).__name__} takes no size that was tried")


def _settle(model: nn.Module, images: Tensor) -> None:
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for module in model.modules():
            weight, bias = getattr(module, "weight", None), getattr(module, "bias", None)
            if "Norm" in type(module).__name__ and isinstance(weight, Tensor):
                weight.copy_(torch.where(weight == 0, torch.full_like(weight, 0.5), weight))
                weight.mul_(1 + NOISE * torch.randn(weight.shape, generator=generator))
                if isinstance(bias, Tensor):
                    bias.add_(NOISE * torch.randn(bias.shape, generator=generator))
        model.train()
        for _ in range(SETTLING):
            model(images)
    model.eval()


def dressed(subject: TrialSubject, setup: str) -> TrialSubject:
    """A copy with the arguments of one setup: what a user gives before training, at inference, of a pipeline, or to
    compare with the same model once more."""
    model = copy.deepcopy(subject.model)
    held = dict(subject.arguments)
    raw = held.pop("raw")
    arguments = {key: held[key] for key in ("num_classes", "expects", "images", "labels")}
    copied = TrialSubject(subject.name, subject.library, model, subject.head, arguments)
    if setup == "training":
        model.train()
        arguments |= {
            "rates": held["rates"], "weights": held["weights"], "learns": "all",
            "recipe": {"steps": 2000, "lr": 1e-3, "optimizer": "adamw"},
            "optimizer": torch.optim.AdamW(model.parameters(), lr=1e-3),
        }  # fmt: skip
    elif setup == "inference":
        model.eval().requires_grad_(False)
        del arguments["labels"]
        arguments |= {"purpose": "inference", "weights": held["weights"]}
    elif setup == "reference":
        model.train()
        arguments |= {"weights": held["weights"], "reference": copy.deepcopy(subject.model)}
    elif setup == "pipeline":
        del arguments["images"], arguments["labels"]
        arguments["preprocessing"] = pipeline(held["expects"])
    copied.arguments = {**arguments, "raw": raw}
    return copied


def pipeline(config: dict[str, Any], **changes: Any) -> Any:
    """torchvision's evaluation transform for these weights, with anything changed."""
    from torchvision import transforms
    from torchvision.transforms import InterpolationMode

    stated = {"side": 64, "random": False, "order": (0, 1, 2), **config, **changes}
    mode = InterpolationMode(stated["interpolation"])
    cut = transforms.RandomResizedCrop(stated["side"]) if stated["random"] else transforms.CenterCrop(stated["side"])
    return transforms.Compose(
        [
            transforms.Resize(round(stated["side"] / stated["crop_pct"]), interpolation=mode),
            cut,
            transforms.ToTensor(),
            transforms.Lambda(lambda tensor: tensor[list(stated["order"])]),
            transforms.Normalize(stated["mean"], stated["std"]),
        ]
    )


def reload(subject: TrialSubject, state: dict[str, Tensor]) -> None:
    """Load into a network drawn anew, without minding what is missing: what people do with strict=False."""
    for module in subject.model.modules():
        if hasattr(module, "reset_parameters") and module is not subject.layer():
            module.reset_parameters()  # type: ignore[operator]
    subject.model.load_state_dict(state, strict=False)
