"""Channels, normalisation, the transform of evaluation images, and labels."""

from __future__ import annotations

from typing import Any

import torch
from torchvision import transforms

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
from harness.dev.foreign.reports.normalisation import UNIT


@reported(
    "https://github.com/tornadomeet/ResNet/issues/25",
    "the script that predicts reads by cv2.imread and does not turn BGR to RGB",
    "order of the channels",
)
def tornadomeet_resnet_25(faulty: bool) -> Situation:
    raw, model = pixels("source"), pretrained("test_convnext", None)
    return evaluation(model.eval(), images=normalised(raw.flip(1) if faulty else raw), weights=tensors(model))


@reported(
    "https://github.com/ShiqiYu/SimpleCNNbyCPP/pull/4",
    "the demo keeps OpenCV's order BGR: 75 % of faces are recognised, 99.7 % in the order of training",
    "order of the channels",
)
def simplecnn_4(faulty: bool) -> Situation:
    images = normalised(pixels("source"))
    return evaluation(pretrained(classes=None).eval(), images=images.flip(1) if faulty else images)


@reported(
    "https://github.com/udacity/sdc-issue-reports/issues/623",
    "training read images by OpenCV in BGR, the script that drives reads them by PIL in RGB",
    "order of the channels",
)
def udacity_623(faulty: bool) -> Situation:
    model = pretrained("test_vit", None).eval()
    model.patch_embed.proj.weight.data = model.patch_embed.proj.weight.data.flip(1)  # trained on BGR
    images = normalised(pixels("source"))
    return evaluation(model, images=images if faulty else images.flip(1), weights=tensors(model))


@reported(
    "https://github.com/zzh8829/yolov3-tf2/issues/82",
    "frames of a video go to the network as OpenCV gives them, in BGR",
    "order of the channels",
)
def yolov3_tf2_82(faulty: bool) -> Situation:
    raw, model = pixels("source"), pretrained("test_efficientnet", None)
    return evaluation(model.eval(), images=normalised(raw.flip(1) if faulty else raw), weights=tensors(model))


@reported(
    "https://github.com/tensorpack/tensorpack/issues/176",
    "images are read in BGR, augmentation and constants of training are those of RGB",
    "order of the channels",
)
def tensorpack_176(faulty: bool) -> Situation:
    model, raw = expecting(IMAGENET, classes=CLASSES), pixels()
    images = normalised(raw.flip(1) if faulty else raw, IMAGENET)
    return training(model, images=images, expects=IMAGENET, weights=tensors(model, "fc."))


@reported(
    "https://github.com/ageron/handson-ml/issues/80",
    "images are scaled to 0..1 for an Inception that was trained on -1..1",
    "normalisation",
)
def handson_ml_80(faulty: bool) -> Situation:
    model, images = expecting(HALVES, classes=CLASSES), normalised(pixels(), UNIT if faulty else HALVES)
    return training(model, images=images, expects=HALVES, weights=tensors(model, "fc."))


@reported(
    "https://github.com/RobustBench/robustbench/pull/106",
    "timm's models are evaluated with the preprocessing that all others have, not with their own",
    "normalisation",
)
def robustbench_106(faulty: bool) -> Situation:
    model = expecting(HALVES, "test_vit").eval()
    images = normalised(pixels("source"), IMAGENET if faulty else HALVES)
    return evaluation(model, images=images, expects=HALVES, weights=tensors(model))


def _piped(*steps: Any) -> Situation:
    pipeline = transforms.Compose([*steps, transforms.ToTensor(), transforms.Normalize(**IMAGENET)])
    situation = evaluation(pretrained(classes=None).eval(), preprocessing=pipeline, expects=EVALUATION)
    del situation.arguments["images"], situation.arguments["labels"]
    return situation


@reported(
    "https://github.com/davidsandberg/facenet/issues/277",
    "the evaluation during training gets the random crops and flips of training",
    "evaluation images cropped at random",
)
def facenet_277(faulty: bool) -> Situation:
    augmented = (transforms.RandomCrop(224), transforms.RandomHorizontalFlip())
    return _piped(transforms.Resize(256), *(augmented if faulty else (transforms.CenterCrop(224),)))


@reported(
    "https://github.com/intel/BigDL/pull/1159",
    "validation crops at random, the centre was meant",
    "evaluation images cropped at random",
)
def bigdl_1159(faulty: bool) -> Situation:
    crop = transforms.RandomCrop(224) if faulty else transforms.CenterCrop(224)
    return _piped(transforms.Resize(256), crop)


def _labelled(order: torch.Tensor | None, name: str = "test_resnet") -> Situation:
    model, right = pretrained(name, None).eval(), labels("source")
    return evaluation(model, labels=right if order is None else order[right], weights=tensors(model))


@reported(
    "https://github.com/modestyachts/ImageNetV2/issues/10",
    "folders that are named by numbers are sorted as text: folder 100 becomes class 2",
    "labels in another order than the head's",
)
def imagenetv2_10(faulty: bool) -> Situation:
    return _labelled(torch.tensor(sorted(range(50), key=str)).argsort() if faulty else None, "test_vit")


def _shuffled(seed: int) -> torch.Tensor:
    return torch.randperm(50, generator=torch.Generator().manual_seed(seed))


@reported(
    "https://github.com/microsoft/CvT/issues/14",
    "the folders of the classes are in another order than those of training: top-1 1 %",
    "labels in another order than the head's",
)
def cvt_14(faulty: bool) -> Situation:
    return _labelled(_shuffled(14) if faulty else None, "test_convnext")


@reported(
    "https://github.com/fra31/sparse-rs/issues/4",
    "ImageNet's classes are numbered in two ways, and the validation folders were named by the other one",
    "labels in another order than the head's",
)
def sparse_rs_4(faulty: bool) -> Situation:
    return _labelled(_shuffled(4) if faulty else None)


@reported(
    "https://github.com/keras-team/keras/issues/10083",
    "the list that the labels were made from orders the categories otherwise than the pretrained network: accuracy 0",
    "labels in another order than the head's",
)
def keras_10083(faulty: bool) -> Situation:
    return _labelled(_shuffled(83) if faulty else None, "test_efficientnet")
