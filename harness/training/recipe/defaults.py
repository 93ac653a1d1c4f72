"""A recipe to begin with, from the size of the data and of the model. Every number is somebody's published one.

The table with its sources is docs/recipes.md; a test holds the two together.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

SMALL, LARGE = 20_000, 500_000
"""Training images below and above which BiT's rule changes."""

BIT = "Kolesnikov et al. 2020, Big Transfer (BiT-HyperRule)"
STEINER = "Steiner et al. 2021, How to train your ViT, and its code (vit_jax/configs)"
CONVNEXT = "Liu et al. 2022, A ConvNet for the 2020s, and its TRAINING.md (fine-tuning)"
DEIT = "Touvron et al. 2021, DeiT"
GOYAL = "Goyal et al. 2017, Accurate, large minibatch SGD"
WRN = "Zagoruyko and Komodakis 2016, Wide residual networks"
RSB = "Wightman et al. 2021, ResNet strikes back"
KUMAR = "Kumar et al. 2022, How to fine-tune vision models with SGD"
MALLADI = "Malladi et al. 2022, On the SDEs and scaling rules for adaptive gradient algorithms"

LARGEST_BATCH, SMALLEST_BATCH = 512, 16
MICRO_BATCH = 64
HEAVY = 50_000_000
"""Parameters from which a batch is computed in parts, and the depth is dropped stochastically."""
LIGHT = 10_000_000
"""Parameters below which mixing images costs more than it brings."""
AVERAGED_STEPS = 100_000
"""Ten times the memory of an average with decay 0.9999."""


@dataclass(frozen=True)
class Recommendation:
    """One override of a recipe: `key=value`, why, and who says so."""

    key: str
    value: Any
    reason: str
    source: str


def recommended(n_train: int, parameters: int, pretrained: bool, transformer: bool) -> tuple[Recommendation, ...]:
    """The recipe for `n_train` training images and a model of so many parameters.

    Args:
        n_train: number of training images.
        parameters: of the model.
        pretrained: whether it is fine-tuned; else it is trained from random weights.
        transformer: also for ConvNeXt: networks with LayerNorm, whose first gradients are far larger than the rest
            (Kumar et al. 2022).
    """
    batch = _batch_size(n_train)
    chosen = _fine_tuned(n_train, transformer, batch) if pretrained else _from_scratch(n_train, transformer, batch)
    return (*chosen, *_sized(n_train, parameters, pretrained, transformer, batch))


def _batch_size(n_train: int) -> int:
    """The largest power of two that leaves sixteen steps to an epoch, between 16 and 512."""
    batch = LARGEST_BATCH
    while batch > SMALLEST_BATCH and n_train < 16 * batch:
        batch //= 2
    return batch


def _steps(n_train: int) -> int:
    return 500 if n_train < SMALL else 10_000 if n_train < LARGE else 20_000


def _epochs(n_train: int, batch: int) -> int:
    return max(1, -(-_steps(n_train) * batch // n_train))


def _fine_tuned(n_train: int, transformer: bool, batch: int) -> Iterator[Recommendation]:
    scale = batch / LARGEST_BATCH
    yield Recommendation("recipe.batch_size", batch, "512, halved until an epoch has 16 steps", BIT)
    yield Recommendation(
        "recipe.epochs",
        _epochs(n_train, batch),
        f"{_steps(n_train):,} steps for {n_train:,} images, by BiT's rule",
        BIT,
    )
    if transformer:
        yield Recommendation("recipe.optimizer", "adamw", "SGD falls behind on ViT and ConvNeXt", KUMAR)
        rate = _rounded(5e-5 * scale**0.5)
        yield Recommendation("recipe.lr", rate, "5e-5 at 512 images a step, by the square root of the batch", CONVNEXT)
        yield Recommendation("recipe.clip_grad", 1.0, "the gradient's norm is held at 1", STEINER)
    else:
        yield Recommendation("recipe.optimizer", "sgd", "as good as AdamW on BatchNorm networks, at less memory", KUMAR)
        rate = _rounded(3e-3 * scale)
        yield Recommendation("recipe.lr", rate, "0.003 at 512 images a step, in proportion to the batch", BIT)
    yield Recommendation("recipe.schedule", "cosine", "one half cosine down to 0", STEINER)
    warmup = _rounded(_epochs(n_train, batch) * (0.2 if n_train < SMALL else 0.05))
    yield Recommendation("recipe.warmup_epochs", warmup, "100 of 500 steps, 500 of 10,000", BIT)
    yield Recommendation("recipe.weight_decay", 0.0, "none when fine-tuning", BIT)


def _from_scratch(n_train: int, transformer: bool, batch: int) -> Iterator[Recommendation]:
    scale = batch / LARGEST_BATCH
    yield Recommendation("recipe.batch_size", batch, "512, halved until an epoch has 16 steps", GOYAL)
    if transformer:
        yield Recommendation("recipe.epochs", 300, "transformers need long training", DEIT)
        yield Recommendation("recipe.optimizer", "adamw", "SGD does not train a ViT well", DEIT)
        rate = _rounded(5e-4 * scale)
        yield Recommendation("recipe.lr", rate, "5e-4 at 512 images a step, in proportion to the batch", DEIT)
        yield Recommendation("recipe.weight_decay", 0.05, "decoupled decay", DEIT)
    else:
        many = n_train >= LARGE
        yield Recommendation(
            "recipe.epochs",
            100 if many else 200,
            "A3's length" if many else "CIFAR's usual length",
            RSB if many else WRN,
        )
        yield Recommendation("recipe.optimizer", "sgd", "Nesterov momentum 0.9", WRN)
        rate = _rounded(0.2 * scale)
        yield Recommendation("recipe.lr", rate, "0.1 at 256 images a step, in proportion to the batch", GOYAL)
        yield Recommendation("recipe.weight_decay", 1e-4, "not on biases and norms", GOYAL)
    yield Recommendation("recipe.schedule", "cosine", "one half cosine down to 0", DEIT if transformer else RSB)
    yield Recommendation("recipe.warmup_epochs", 5, "a large rate is reached gradually", DEIT if transformer else GOYAL)
    yield Recommendation("recipe.label_smoothing", 0.1, "keeps the logits small", DEIT)


def _sized(n_train: int, parameters: int, pretrained: bool, transformer: bool, batch: int) -> Iterator[Recommendation]:
    """What hangs on the model's size as well."""
    if pretrained and n_train >= SMALL:
        yield Recommendation("recipe.mixup", 0.1, f"from {SMALL:,} images on, by BiT's rule", BIT)
    if not pretrained and parameters >= LIGHT:
        yield Recommendation(
            "recipe.mixup", 0.8, "a model of this size overfits without; a smaller one is held back", STEINER
        )
        if transformer:
            yield Recommendation("recipe.cutmix", 1.0, "in turn with mixup", DEIT)
    if transformer and parameters >= HEAVY:
        yield Recommendation(
            "regularization.drop_path_rate", 0.2 if pretrained else 0.5, "as for ConvNeXt-B (89 M)", CONVNEXT
        )
        if batch > MICRO_BATCH:
            yield Recommendation(
                "recipe.grad_accum_steps", batch // MICRO_BATCH, "64 images at a time fit in memory", STEINER
            )
    if not pretrained and transformer and 300 * (n_train // batch) >= AVERAGED_STEPS:
        yield Recommendation("recipe.ema_decay", 0.9999, "an average of the weights over about 10,000 steps", CONVNEXT)


def _rounded(value: float) -> float:
    return float(f"{value:.2g}")
