"""How each bundled model is pretrained: recipes, and a plain loop of AdamW with linear warm-up and cosine decay."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import torch
from timm.optim import create_optimizer_v2
from timm.scheduler import CosineLRScheduler
from torch import Tensor, nn

from harness.data.images import Images
from harness.data.transforms.crop_flip import crop_flip
from harness.data.transforms.none import none

MEAN = (0.5, 0.5, 0.5)
STD = (0.25, 0.25, 0.25)
SIZE = 32


@dataclass(frozen=True)
class Setting:
    """The recipe of one model.

    `structure` is what its constructor takes beside the number of classes, whoever makes it later; `start` what it
    takes for pretraining alone.
    """

    lr: float
    epochs: int
    batch_size: int = 128
    weight_decay: float = 0.05
    warmup_epochs: int = 1
    label_smoothing: float = 0.1
    structure: dict[str, int] = field(default_factory=dict)
    start: dict[str, str] = field(default_factory=dict)


SETTINGS = {
    "test_efficientnet": Setting(lr=3e-3, epochs=8),
    "test_resnet": Setting(lr=3e-3, epochs=6),
    "test_vit": Setting(
        lr=3e-3,
        epochs=18,
        label_smoothing=0.0,
        structure={"img_size": SIZE, "patch_size": 8},  # at 4 it would take four times as long
        start={"weight_init": "jax"},  # from timm's default of a narrow normal it hardly learns in this time
    ),
    "test_convnext": Setting(lr=4e-3, epochs=14, batch_size=64, label_smoothing=0.0),
}


Augmentation = Callable[[Tensor, torch.Generator], Tensor]


def _inputs(pixels: Tensor, generator: torch.Generator, augmentation: Augmentation = none) -> Tensor:
    images = augmentation(pixels.float() / 255, generator)
    mean, std = (torch.tensor(values)[:, None, None] for values in (MEAN, STD))
    return ((images - mean) / std).contiguous(memory_format=torch.channels_last)


def train(model: nn.Module, images: Images, setting: Setting, seed: int, augment: bool) -> None:
    """Train all of a model in place; the last batch of an epoch is left out where it would be smaller."""
    generator = torch.Generator().manual_seed(seed)
    torch.manual_seed(seed)  # dropout
    augmentation = crop_flip if augment else none
    model.to(memory_format=torch.channels_last)
    optimizer = create_optimizer_v2(model, opt="adamw", lr=setting.lr, weight_decay=setting.weight_decay)
    steps = len(images) // setting.batch_size
    schedule = CosineLRScheduler(
        optimizer,
        t_initial=steps * setting.epochs,
        warmup_t=steps * setting.warmup_epochs,
        warmup_lr_init=setting.lr / 100,
        warmup_prefix=True,
        t_in_epochs=False,
    )
    criterion = nn.CrossEntropyLoss(label_smoothing=setting.label_smoothing)
    model.train()
    for epoch in range(setting.epochs):
        order = torch.randperm(len(images), generator=generator)[: steps * setting.batch_size]
        for step, index in enumerate(torch.split(order, setting.batch_size)):
            schedule.step_update(epoch * steps + step)
            inputs = _inputs(images.pixels[index], generator, augmentation)
            optimizer.zero_grad()
            criterion(model(inputs), images.labels[index]).backward()
            optimizer.step()


@torch.inference_mode()
def top1(model: nn.Module, images: Images) -> float:
    """Fraction of images whose class has the largest logit, in percent, in evaluation mode."""
    model.eval()
    generator = torch.Generator()
    right = 0
    for index in torch.split(torch.arange(len(images)), 250):
        predicted = model(_inputs(images.pixels[index], generator)).argmax(1)
        right += int((predicted == images.labels[index]).sum())
    return 100 * right / len(images)
