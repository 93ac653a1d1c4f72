"""Channels, pixels, the transform of evaluation images, and labels."""

from __future__ import annotations

from typing import Any

import torch
from torchvision import transforms
from torchvision.transforms import InterpolationMode

from harness.dev.foreign.material import (
    IMAGENET,
    Situation,
    evaluation,
    labels,
    normalised,
    pixels,
    pretrained,
    reported,
    tensors,
    training,
)

EVALUATION: dict[str, Any] = {**IMAGENET, "interpolation": "bilinear", "crop_pct": 0.875}


def _to(side: int, *rest: Any, filter: str = "bilinear") -> Any:
    resize = transforms.Resize(side, interpolation=InterpolationMode(filter))
    return transforms.Compose([resize, *rest, transforms.ToTensor(), transforms.Normalize(**IMAGENET)])


@reported(
    "https://github.com/Xilinx/inference-server/pull/38",
    "OpenCV's BGR for a ResNet that was trained on RGB: about ten points of accuracy",
    "order of the channels",
)
def xilinx_38(faulty: bool) -> Situation:
    images = normalised(pixels("source"))
    return evaluation(pretrained(classes=None).eval(), images=images.flip(1) if faulty else images)


@reported(
    "https://github.com/ZFTurbo/VGG16-Pretrained-C/issues/4",
    "RGB for weights of a network that was trained on BGR: 49 % where 65 % are right",
    "order of the channels",
)
def vgg16_4(faulty: bool) -> Situation:
    model = pretrained("test_efficientnet", classes=None).eval()
    model.conv_stem.weight.data = model.conv_stem.weight.data.flip(1)
    images = normalised(pixels("source"))
    return evaluation(model, images=images if faulty else images.flip(1), weights=tensors(model))


@reported(
    "https://github.com/Trusted-AI/adversarial-robustness-toolbox/issues/2101",
    "np.reshape instead of a transposition takes height, width, channels to channels, height, width",
    "pixels scrambled",
)
def art_2101(faulty: bool) -> Situation:
    raw = pixels()
    scrambled = raw.permute(0, 2, 3, 1).contiguous().view(raw.shape)
    return training(pretrained(), images=normalised(scrambled if faulty else raw))


@reported(
    "https://github.com/yunxiaoshi/Neural-IMage-Assessment/issues/15",
    "the transform of the validation images crops at random",
    "evaluation images cropped at random",
)
def nima_15(faulty: bool) -> Situation:
    crop = transforms.RandomCrop(224) if faulty else transforms.CenterCrop(224)
    return _piped(_to(256, crop))


@reported(
    "https://github.com/zoogzog/chexnet/issues/27",
    "the transform of training, crop of a random size and flip, is used for validation as well",
    "evaluation images cropped at random",
)
def chexnet_27(faulty: bool) -> Situation:
    augmented = (transforms.RandomResizedCrop(224), transforms.RandomHorizontalFlip())
    return _piped(_to(256, *(augmented if faulty else (transforms.CenterCrop(224),))))


@reported(
    "https://github.com/huggingface/transformers/pull/43017",
    "the image processor resizes by the bilinear filter, the weights were trained with the bicubic one",
    "filter of the resizing",
)
def transformers_43017(faulty: bool) -> Situation:
    pipeline = _to(256, transforms.CenterCrop(224), filter="bilinear" if faulty else "bicubic")
    return _piped(pipeline, interpolation="bicubic")


def _piped(pipeline: Any, **expected: Any) -> Situation:
    """An evaluation whose transform is at hand; images are what it gives."""
    situation = evaluation(pretrained(classes=None).eval(), preprocessing=pipeline, expects={**EVALUATION, **expected})
    del situation.arguments["images"], situation.arguments["labels"]
    return situation


@reported(
    "https://github.com/tensorflow/models/pull/1247",
    "labels count from 1, the loss counts from 0: the last class is always wrong",
    "labels out of range",
)
def tf_models_1247(faulty: bool) -> Situation:
    return training(pretrained(), labels=labels() + (1 if faulty else 0))


@reported(
    "https://github.com/tensorflow/tpu/pull/507",
    "the list of labels has an entry for the background, so that all are one off from the network's",
    "labels in another order than the head's",
)
def tpu_507(faulty: bool) -> Situation:
    right = labels("source")
    return evaluation(pretrained(classes=None).eval(), labels=(right + 1) % 50 if faulty else right)


@reported(
    "https://github.com/fastai/fastai/issues/3945",
    "class numbers are sorted as strings (0, 1, 10, 11, ..., 2): they are not the head's when the model is used again",
    "labels in another order than the head's",
)
def fastai_3945(faulty: bool) -> Situation:
    sorted_as_text = torch.tensor(sorted(range(50), key=str)).argsort()
    right = labels("source")
    return evaluation(pretrained(classes=None).eval(), labels=sorted_as_text[right] if faulty else right)
