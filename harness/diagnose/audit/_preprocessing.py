"""What the weights expect of their images, what a pipeline does, and how a batch was normalised."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from harness.diagnose.audit.images import stated_config

CANVAS = 512  # side of the images sent through a pipeline
STEP_LOW, STEP_HIGH = 96, 160  # grey levels of a step: room for overshoot on both sides


@dataclass(frozen=True)
class StatedPreprocessing:
    """Mean and deviation of each channel for images in 0..1, and how images are resized; None where not known.

    `crop` is the fraction of the image's side that is kept, `order` RGB or BGR. `squashed` says whether an image that
    is not square changes its aspect ratio; as timm reads it, a stated crop without a mode keeps it. `steady` is False
    where two passes of one image differ.
    """

    mean: tuple[float, ...] | None = None
    std: tuple[float, ...] | None = None
    interpolation: str | None = None
    crop: float | None = None
    order: str = "RGB"
    squashed: bool | None = None
    steady: bool = True


def _from_fields(fields: Mapping[str, Any]) -> StatedPreprocessing:
    mean, std = fields.get("mean"), fields.get("std")
    crop = fields.get("crop_pct") or fields.get("crop")
    return StatedPreprocessing(
        None if mean is None else tuple(float(each) for each in mean),
        None if std is None else tuple(float(each) for each in std),
        fields.get("interpolation"),
        None if crop is None else float(crop),
        str(fields.get("order", "RGB")).upper(),
        None if crop is None else fields.get("crop_mode") == "squash",
    )


def _from_preset(preset: Any) -> StatedPreprocessing:
    """torchvision's transforms that come with weights: resized to one side, cropped to another."""
    resize, crop = preset.resize_size, preset.crop_size
    interpolation = getattr(preset.interpolation, "value", preset.interpolation)
    return StatedPreprocessing(
        tuple(preset.mean), tuple(preset.std), str(interpolation), crop[0] / resize[0], squashed=False
    )


def _is_preset(value: Any) -> bool:
    return all(hasattr(value, name) for name in ("mean", "std", "resize_size", "crop_size", "interpolation"))


def expected(model: nn.Module, stated: Any = None) -> StatedPreprocessing | None:
    """What the weights expect: as told (fields, torchvision weights or their transforms), else timm's statement."""
    if stated is not None:
        if hasattr(stated, "transforms") and not isinstance(stated, Mapping):
            stated = stated.transforms()
        return _from_preset(stated) if _is_preset(stated) else _from_fields(stated)
    config = stated_config(model)
    return _from_fields(config) if config.get("mean") is not None else None


def observed(pipeline: Any) -> StatedPreprocessing:
    """What a pipeline does: a mapping or a torchvision preset is read, any other callable is tried out.

    The callable gets PIL images, as torchvision's and timm's transforms do.
    """
    if isinstance(pipeline, Mapping):
        return _from_fields(pipeline)
    if _is_preset(pipeline):
        return _from_preset(pipeline)
    return _tried(pipeline)


def _tried(pipeline: Callable[[Any], Any]) -> StatedPreprocessing:
    """Black and white give mean and deviation, red the order of the channels, a ramp the crop, a step the filter."""

    def send(pixels: Tensor) -> Tensor:
        from PIL import Image  # torchvision and timm bring it

        image = Image.fromarray(pixels.to(torch.uint8).permute(1, 2, 0).contiguous().numpy())
        return torch.as_tensor(pipeline(image)).float()

    flat = torch.ones(3, CANVAS, CANVAS)
    ramp = torch.linspace(0, 255, CANVAS).expand(3, CANVAS, CANVAS)
    black, white, red = send(flat * 0), send(flat * 255), send(flat * torch.tensor([255.0, 0, 0]).view(3, 1, 1))
    first, second = send(ramp), send(ramp)
    low, high, reds = (each.mean(dim=(1, 2)) for each in (black, white, red))
    std = 1 / (high - low).clamp_min(1e-12)
    mean = -low * std
    order = "RGB" if len(reds) == 1 or abs(reds[0] - high[0]) < abs(reds[0] - low[0]) else "BGR"
    steady = first.shape == second.shape and bool(torch.equal(first, second))
    crop = interpolation = squashed = None
    if steady:
        crop = _kept(first, mean, std)
        wide = torch.linspace(0, 255, 2 * CANVAS).expand(3, CANVAS, 2 * CANVAS)
        squashed = _kept(send(wide), mean, std) > 0.75 * crop  # half as much of the width, if the shape is kept
        interpolation = _filter(send, mean, std)
    return StatedPreprocessing(tuple(mean.tolist()), tuple(std.tolist()), interpolation, crop, order, squashed, steady)


def _kept(ramp: Tensor, mean: Tensor, std: Tensor) -> float:
    """Fraction of the width that is left of an image that rises from black to white."""
    levels = (ramp * std.view(-1, 1, 1) + mean.view(-1, 1, 1))[0]
    side = levels.shape[-1]
    middle = levels[levels.shape[-2] // 2]
    return float(middle[-1] - middle[0]) * side / max(side - 1, 1)


def _filter(send: Callable[[Tensor], Tensor], mean: Tensor, std: Tensor) -> str:
    """A step between two greys: bicubic overshoots, bilinear blurs, nearest does neither."""
    steps = torch.full((3, CANVAS, CANVAS), float(STEP_LOW))
    for start in range(0, CANVAS, 74):  # off the grid of every usual ratio
        steps[:, :, start : start + 37] = STEP_HIGH
    levels = (send(steps)[0] * std[0] + mean[0]) * 255
    if float(levels.max()) > STEP_HIGH + 1 or float(levels.min()) < STEP_LOW - 1:
        return "bicubic"
    between = ((levels > STEP_LOW + 1) & (levels < STEP_HIGH - 1)).any()
    return "bilinear" if bool(between) else "nearest"


ROUNDING = 0.02  # of a grey level: float32 rounding stays below 1e-3
FITTING = 0.99  # of the pixels
PIXELS = 4096  # of each channel that are looked at

USUAL: dict[str, tuple[Sequence[float], Sequence[float]]] = {
    "ImageNet": ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)),
    "0.5 / 0.5": ((0.5, 0.5, 0.5), (0.5, 0.5, 0.5)),
    "0..1, not normalised": ((0.0, 0.0, 0.0), (1.0, 1.0, 1.0)),
    "0..255, not scaled": ((0.0, 0.0, 0.0), (1 / 255, 1 / 255, 1 / 255)),
    "ImageNet on 0..255": ((0.485 / 255, 0.456 / 255, 0.406 / 255), (0.229 / 255, 0.224 / 255, 0.225 / 255)),
    "CLIP": ((0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)),
    "CIFAR-10": ((0.4914, 0.4822, 0.4465), (0.2470, 0.2435, 0.2616)),
    "ImageNet, channels reversed": ((0.406, 0.456, 0.485), (0.225, 0.224, 0.229)),
}


def levels(images: Tensor, mean: Sequence[float], std: Sequence[float]) -> Tensor:
    """The grey levels [C, pixels] that the images had, if they were normalised so."""
    depth = images.shape[1]
    values = images.detach().double().cpu().transpose(0, 1).reshape(depth, -1)
    values = values[:, :: max(1, values.shape[1] // PIXELS)]
    return 255 * (torch.tensor(mean).double().view(-1, 1) + torch.tensor(std).double().view(-1, 1) * values)


def fits(images: Tensor, mean: Sequence[float], std: Sequence[float]) -> bool:
    """Whether the images are 8-bit images normalised so."""
    grey = levels(images, mean, std)
    inside = (grey > -ROUNDING) & (grey < 255 + ROUNDING)
    whole = (grey - grey.round()).abs() < ROUNDING
    return bool((inside & whole).double().mean() >= FITTING)


def recognised(images: Tensor, mean: Sequence[float], std: Sequence[float]) -> str | None:
    """The name of the usual normalisation that the images went through; None where it is the one given, or none.

    Needs more than a few distinct values: flat images fit everything.
    """
    if images.shape[1] != 3 or images[:, 0].unique().numel() < 16 or fits(images, mean, std):
        return None
    for name, (other_mean, other_std) in USUAL.items():
        if fits(images, other_mean, other_std):
            return name
    return None
