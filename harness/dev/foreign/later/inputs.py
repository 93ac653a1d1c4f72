"""Images, their transform, and labels."""

from __future__ import annotations

from typing import Any

import torch
from torch.nn.functional import interpolate
from torchvision import transforms
from torchvision.transforms import InterpolationMode

from harness.dev.foreign.material import (
    CLASSES,
    HALVES,
    IMAGENET,
    Situation,
    evaluation,
    expecting,
    labels,
    normalised,
    pixels,
    pretrained,
    reported,
    tensors,
    training,
)
from harness.dev.foreign.reports.inputs import EVALUATION
from harness.dev.foreign.reports.normalisation import CLIP, Normalising

CITYSCAPES = {"mean": (0.290101, 0.328081, 0.286964), "std": (0.182954, 0.186566, 0.184475)}


def _evaluated(constants: dict[str, Any], images: torch.Tensor) -> Situation:
    model = expecting(constants).eval()
    return evaluation(model, images=images, expects=constants, weights=tensors(model))


@reported(
    "https://github.com/rwightman/gen-efficientnet-pytorch/issues/33",
    "weights that came from TensorFlow expect 0.5 and 0.5, and get ImageNet's constants: very low accuracy",
    "normalisation",
)
def gen_efficientnet_33(faulty: bool) -> Situation:
    return _evaluated(HALVES, normalised(pixels("source"), IMAGENET if faulty else HALVES))


@reported(
    "https://github.com/mlfoundations/open_clip/issues/311",
    "CLIP's constants for a tower with timm's weights, which expect ImageNet's",
    "normalisation",
)
def open_clip_311(faulty: bool) -> Situation:
    return _evaluated(IMAGENET, normalised(pixels("source"), CLIP if faulty else IMAGENET))


@reported(
    "https://github.com/fyu/drn/issues/24",
    "the statistics of the new data set normalise images for weights that expect ImageNet's",
    "normalisation",
)
def drn_24(faulty: bool) -> Situation:
    model = expecting(IMAGENET, classes=CLASSES)
    images = normalised(pixels(), CITYSCAPES if faulty else IMAGENET)
    return training(model, images=images, expects=IMAGENET, weights=tensors(model, "fc."))


@reported(
    "https://github.com/talshaharabany/AutoSAM/issues/3",
    "the images are normalised in the data set, and once more before the encoder",
    "normalisation",
)
def autosam_3(faulty: bool) -> Situation:
    model, once = expecting(IMAGENET, classes=CLASSES), normalised(pixels(), IMAGENET)
    images = normalised(255 * once, IMAGENET) if faulty else once
    return training(model, images=images, expects=IMAGENET, weights=tensors(model, "fc."))


@reported(
    "https://github.com/Priyanshu-byte-coder/devtrack/issues/927",
    "pixels are divided by 255 before a model that has a rescaling layer",
    "scale of the images",
)
def devtrack_927(faulty: bool) -> Situation:
    raw = pixels("source").float()
    whole = {"mean": (0.0, 0.0, 0.0), "std": (1 / 255, 1 / 255, 1 / 255)}
    model = Normalising(pretrained(classes=None), before=1 / 255).eval()
    return evaluation(model, images=raw / 255 if faulty else raw, expects=whole, weights=tensors(model))


@reported(
    "https://github.com/bonsai-rx/deeplabcut/issues/6",
    "the networks were trained on RGB and are given OpenCV's BGR",
    "order of the channels",
)
def deeplabcut_6(faulty: bool) -> Situation:
    images = normalised(pixels("source"))
    return evaluation(pretrained("test_vit", None).eval(), images=images.flip(1) if faulty else images,
                      weights=tensors(pretrained("test_vit", None)))  # fmt: skip


@reported(
    "https://github.com/xiaochus/YOLOv3/issues/22",
    "images are read by OpenCV in BGR for weights that were made for RGB",
    "order of the channels",
)
def yolov3_22(faulty: bool) -> Situation:
    raw = pixels("source")
    return evaluation(pretrained(classes=None).eval(), images=normalised(raw.flip(1) if faulty else raw))


@reported(
    "https://github.com/PaddlePaddle/PaddleOCR/issues/6070",
    "fine-tuning reads BGR, and normalises it by ImageNet's constants in the order of RGB",
    "order of the channels",
)
def paddleocr_6070(faulty: bool) -> Situation:
    model, raw = expecting(IMAGENET, classes=CLASSES), pixels()
    images = normalised(raw.flip(1) if faulty else raw, IMAGENET)
    return training(model, images=images, expects=IMAGENET, weights=tensors(model, "fc."))


@reported(
    "https://github.com/PaddlePaddle/book/pull/290",
    "an image of height, width, channels is flattened for a network that reads channels, height, width",
    "pixels scrambled",
)
def paddle_book_290(faulty: bool) -> Situation:
    raw = pixels("source")
    flat = (raw.permute(0, 2, 3, 1) if faulty else raw).flatten(1)
    return evaluation(pretrained(classes=None).eval(), images=normalised(flat.view(raw.shape)))


@reported(
    "https://github.com/apache/mxnet/issues/17695",
    "images are resized to twice the side that the network was trained at",
    "size of the images",
)
def mxnet_17695(faulty: bool) -> Situation:
    images = normalised(pixels("source"))
    return evaluation(pretrained(classes=None).eval(), images=interpolate(images, scale_factor=2) if faulty else images)


def _piped(*steps: Any, **expected: Any) -> Situation:
    pipeline = transforms.Compose([*steps, transforms.ToTensor(), transforms.Normalize(**IMAGENET)])
    situation = evaluation(pretrained(classes=None).eval(), preprocessing=pipeline, expects={**EVALUATION, **expected})
    del situation.arguments["images"], situation.arguments["labels"]
    return situation


@reported(
    "https://github.com/yhhhli/BRECQ/issues/7",
    "Resize((256, 256)) squashes the images, Resize(256) was meant: one point of accuracy",
    "aspect ratio",
)
def brecq_7(faulty: bool) -> Situation:
    return _piped(transforms.Resize((256, 256) if faulty else 256), transforms.CenterCrop(224))


@reported(
    "https://github.com/staghado/vit.cpp/pull/7",
    "bilinear resizing for a ViT whose training used the bicubic filter",
    "filter of the resizing",
)
def vit_cpp_7(faulty: bool) -> Situation:
    mode = InterpolationMode("bilinear" if faulty else "bicubic")
    return _piped(transforms.Resize(256, mode), transforms.CenterCrop(224), interpolation="bicubic")


@reported(
    "https://github.com/gpleiss/efficient_densenet_pytorch/issues/51",
    "the validation images are split off after the augmentation was attached",
    "evaluation images cropped at random",
)
def densenet_51(faulty: bool) -> Situation:
    augmented = (transforms.RandomCrop(32, padding=4), transforms.RandomHorizontalFlip())
    return _piped(transforms.Resize(32), *(augmented if faulty else (transforms.CenterCrop(32),)), crop_pct=1.0)


@reported(
    "https://github.com/pytorch/vision/issues/5766",
    "Flowers102 numbers its labels from 1 to 102",
    "labels out of range",
)
def vision_5766(faulty: bool) -> Situation:
    return training(pretrained("test_resnet"), labels=labels() + int(faulty))


def _labelled(wrong: torch.Tensor | None) -> Situation:
    return evaluation(pretrained(classes=None).eval(), labels=labels("source") if wrong is None else wrong)


@reported(
    "https://github.com/facebookresearch/deit/issues/130",
    "class folders are named by numbers and sorted as text: 27 of 7000 test images are right",
    "labels in another order than the head's",
)
def deit_130(faulty: bool) -> Situation:
    as_text = torch.tensor(sorted(range(1, 51), key=str)).sub(1)
    return _labelled(as_text[labels("source")] if faulty else None)


@reported(
    "https://github.com/mit-han-lab/efficientvit/issues/41",
    "the root of ImageNet is given in the place of its val: the classes are the folders train and val",
    "labels in another order than the head's",
)
def efficientvit_41(faulty: bool) -> Situation:
    return _labelled(torch.ones_like(labels("source")) if faulty else None)


@reported(
    "https://github.com/pytorch/examples/issues/550",
    "the validation images were never sorted into folders of their classes: top-1 1 %",
    "labels in another order than the head's",
)
def examples_550(faulty: bool) -> Situation:
    return _labelled(torch.arange(100) // 2 % 50 if faulty else None)


@reported(
    "https://github.com/CSAILVision/places365/issues/22",
    "the network's outputs are in another order than the data set's folders",
    "labels in another order than the head's",
)
def places365_22(faulty: bool) -> Situation:
    order = torch.randperm(50, generator=torch.Generator().manual_seed(3))
    return _labelled(order[labels("source")] if faulty else None)
