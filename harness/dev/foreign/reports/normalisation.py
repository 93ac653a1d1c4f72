"""Normalisation: other constants, none, twice, or on another scale."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn
from torch.nn.functional import interpolate

from harness.dev.foreign.material import (
    CLASSES,
    HALVES,
    IMAGENET,
    SIDE,
    Situation,
    evaluation,
    expecting,
    normalised,
    pixels,
    pretrained,
    reported,
    tensors,
    training,
)

CLIP = {"mean": (0.48145466, 0.4578275, 0.40821073), "std": (0.26862954, 0.26130258, 0.27577711)}
CIFAR = {"mean": (0.507, 0.487, 0.441), "std": (0.267, 0.256, 0.276)}
UNIT = {"mean": (0.0, 0.0, 0.0), "std": (1.0, 1.0, 1.0)}
BYTES = {"mean": IMAGENET["mean"], "std": (1 / 255, 1 / 255, 1 / 255)}


class Normalising(nn.Module):
    """A network that subtracts and divides by itself."""

    def __init__(self, network: nn.Module, before: float = 1.0) -> None:
        super().__init__()
        self.network, self.before = network, before

    def forward(self, images: torch.Tensor) -> Any:
        """Logits of images in 0..1 once they are multiplied by `before`, [N, classes]."""
        return self.network(normalised(images * self.before * 255))


@reported(
    "https://github.com/mr-eggplant/FOA/issues/2",
    "a ViT of timm that expects 0.5 and 0.5 gets images normalised by ImageNet's constants: 38 % where 57 % are right",
    "normalisation",
)
def foa_2(faulty: bool) -> Situation:
    images = normalised(pixels("source"), IMAGENET if faulty else HALVES)
    model = expecting(HALVES, "test_vit").eval()
    return evaluation(model, images=images, expects=HALVES, weights=tensors(model))


@reported(
    "https://github.com/mlfoundations/open_clip/issues/204",
    "the transform that comes with the model normalises by CLIP's constants, the weights expect 0.5 and 0.5",
    "normalisation",
)
def open_clip_204(faulty: bool) -> Situation:
    images = normalised(pixels("source"), CLIP if faulty else HALVES)
    model = expecting(HALVES).eval()
    return evaluation(model, images=images, expects=HALVES, weights=tensors(model))


@reported(
    "https://github.com/neptune-ai/open-solution-mapping-challenge/issues/77",
    "mean 0 and deviation 1 in the configuration, for a backbone that expects ImageNet's",
    "normalisation",
)
def neptune_77(faulty: bool) -> Situation:
    model, images = expecting(IMAGENET, classes=CLASSES), normalised(pixels(), UNIT if faulty else IMAGENET)
    return training(model, images=images, expects=IMAGENET, weights=tensors(model, "fc."))


@reported(
    "https://github.com/sha2nkt/deco/issues/22",
    "the script for single images resizes and scales them to 0..1, and lacks the normalisation of training",
    "normalisation",
)
def deco_22(faulty: bool) -> Situation:
    enlarged = interpolate(pixels("source").float(), size=SIDE * 3 // 2, mode="bicubic")
    resized = interpolate(enlarged, size=SIDE, mode="bicubic").clamp(0, 255)
    images = normalised(resized, UNIT if faulty else IMAGENET)
    model = expecting(IMAGENET).eval()
    return evaluation(model, images=images, expects=IMAGENET, weights=tensors(model))


@reported(
    "https://github.com/jiecaoyu/XNOR-Net-PyTorch/issues/17",
    "the weights expect 0..255 with the mean subtracted and get 0..1 normalised: top-1 4 %",
    "scale of the images",
)
def xnor_17(faulty: bool) -> Situation:
    images = normalised(pixels("source"), IMAGENET if faulty else BYTES)
    model = expecting(BYTES).eval()
    return evaluation(model, images=images, expects=BYTES, weights=tensors(model))


@reported(
    "https://github.com/batuhan3526/ResNet50_on_Cifar_100_Without_Transfer_Learning/issues/1",
    "after ToTensor the constants are divided by 255 once more: inputs reach a thousand",
    "scale of the images",
)
def batuhan_1(faulty: bool) -> Situation:
    shrunk = {key: tuple(each / 255 for each in values) for key, values in CIFAR.items()}
    model, images = expecting(CIFAR, classes=CLASSES), normalised(pixels(), shrunk if faulty else CIFAR)
    return training(model, images=images, expects=CIFAR, weights=tensors(model, "fc."))


@reported(
    "https://github.com/facebookresearch/InterHand2.6M/issues/110",
    "divided by 255 after ToTensor has done so: all pixels lie within 0..0.004",
    "scale of the images",
)
def interhand_110(faulty: bool) -> Situation:
    images = normalised(pixels(), UNIT)
    return training(Normalising(pretrained()), images=images / 255 if faulty else images, expects=UNIT)


@reported(
    "https://github.com/UofT-DSI/deep_learning/issues/89",
    "the resize gives 0..1, the preprocessing subtracts the mean of 0..255",
    "scale of the images",
)
def uoft_89(faulty: bool) -> Situation:
    raw = pixels("source").float()
    images = normalised(raw / 255 if faulty else raw, BYTES)
    model = expecting(BYTES).eval()
    return evaluation(model, images=images, expects=BYTES, weights=tensors(model))


@reported(
    "https://github.com/real-stanford/diffusion_policy/issues/112",
    "images in -1..1 are normalised by ImageNet's constants once more",
    "normalisation",
)
def diffusion_policy_112(faulty: bool) -> Situation:
    raw = pixels().float()
    images = normalised(255 * normalised(raw, HALVES) if faulty else raw, IMAGENET)
    model = expecting(IMAGENET, classes=CLASSES)
    return training(model, images=images, expects=IMAGENET, weights=tensors(model, "fc."))


@reported(
    "https://github.com/alankbi/detecto/issues/16",
    "the model normalises by itself, and is given normalised images",
    "normalisation",
)
def detecto_16(faulty: bool) -> Situation:
    images = normalised(pixels("source"), IMAGENET if faulty else UNIT)
    return evaluation(Normalising(pretrained(classes=None)).eval(), images=images, expects=UNIT)
