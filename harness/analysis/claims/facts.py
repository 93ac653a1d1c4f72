"""What claims say of the libraries themselves, tried on the release at hand: each public function tries one claim.

They need timm, torch and torchvision only, so that other releases of timm can be put before the installed one.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import timm
import timm.data
import torch
from torch import nn
from torchvision.models import get_model_weights

from harness.analysis.claims._fact import MODELS, Fact, failure, loaded, saved

_MODELS_WITH_FEATURES = (
    "resnet18",
    "mobilenetv2_100",
    "efficientnet_b0",
    "convnext_atto",
    "vit_tiny_patch16_224",
    "regnetx_002",
    "dla34",
)
_INFORMATION = ("ImageNetInfo", "DatasetInfo", "CustomDatasetInfo")


def forward_features() -> Iterator[Fact]:
    """Tried on a CNN of each kind and a ViT."""
    image = torch.zeros(1, 3, 224, 224)
    for name in _MODELS_WITH_FEATURES:
        model = timm.create_model(name).eval()
        with torch.no_grad():
            found = model.forward_features(image)
        several = isinstance(found, list | tuple)
        told = f"{len(found)} tensors" if several else f"one tensor of shape {tuple(found.shape)}"
        yield Fact(22, "forward_features returns the feature maps of all four stages", name, several, told)
        missing = [attribute for attribute in ("stem", "head") if not hasattr(model, attribute)]
        yield Fact(
            22,
            "a network has .stem and .head to group parameters by",
            name,
            not missing,
            f"it has no {' and no '.join(missing)}" if missing else "it has both",
        )
    absent = [call for call in _INFORMATION if not hasattr(timm.data, call)]
    told = f"timm.data has no {', '.join(absent)}" if absent else f"timm.data has {', '.join(_INFORMATION)}"
    yield Fact(22, "the data set information calls exist", "timm.data", not absent, told)


def features_only_checkpoint() -> Iterator[Fact]:
    """Whether it fails, and whether a missing prefix is what it complains of."""
    for name in MODELS:
        with saved(name) as (_, file):
            told = failure(partial(timm.create_model, name, features_only=True, checkpoint_path=str(file)))
        yield Fact(23, "features_only with checkpoint_path fails", name, told is not None, told or "it loads")
        wrapped = told is not None and "Missing key(s)" in told
        evidence = "keys of the wrapper are missing" if wrapped else "the names fit; the head's keys are one too many"
        if told is not None and "not implemented" not in told:
            yield Fact(23, "it fails because the keys lack the wrapper's prefix", name, wrapped, evidence)


_MODEL_WRAPPED = "vit_tiny_patch16_224"
_WRAPPER = "model."


def features_then_load() -> Iterator[Fact]:
    """Whether it fails; and whether it still does once the wrapper's prefix is put before the keys."""
    with saved(_MODEL_WRAPPED) as (_, file):
        told = failure(lambda: timm.create_model(_MODEL_WRAPPED, features_only=True))
        if told is not None:
            yield Fact(24, "creating first and loading afterwards fails", _MODEL_WRAPPED, True, told)
            return
        state = torch.load(file, weights_only=True)
        model = timm.create_model(_MODEL_WRAPPED, features_only=True)
        told = failure(lambda: model.load_state_dict(state))
        yield Fact(
            24, "creating first and loading afterwards fails", _MODEL_WRAPPED, told is not None, told or "it loads"
        )
        renamed = {f"{_WRAPPER}{key}": value for key, value in state.items()}
        missing, left = model.load_state_dict(renamed, strict=False)
        evidence = (
            f"with the prefix put before the keys {len(missing)} are missing and {len(left)} are left: {left[:4]}"
        )
        yield Fact(24, "the reason is that layers were pruned", _MODEL_WRAPPED, bool(missing), evidence)


def pretrained_features() -> Iterator[Fact]:
    """With a file of one's own in the place of the download, which takes the same route."""
    for name in MODELS:
        with saved(name) as (source, file):
            overlay = {"file": str(file), "custom_load": False}
            options = {"features_only": True, "pretrained": True, "pretrained_cfg_overlay": overlay}
            told = failure(partial(timm.create_model, name, **options))
            if told is None:
                equal, total = loaded(timm.create_model(name, **options), source)
                told = f"{equal} of {total} weight tensors are the file's"
                so = equal == total
            else:
                so = False
        yield Fact(25, "pretrained=True with features_only=True loads the weights", name, so, told)


def overlay_alone() -> Iterator[Fact]:
    """Alone, and with `pretrained=True`."""
    for name in MODELS:
        for pretrained in (False, True):
            with saved(name) as (source, file):
                torch.manual_seed(1)
                overlay = {"file": str(file), "num_classes": 0, "custom_load": False}
                options = {"pretrained": pretrained, "pretrained_cfg_overlay": overlay, "num_classes": 0}
                told = failure(partial(timm.create_model, name, **options))
                so = False
                if told is None:
                    equal, total = loaded(timm.create_model(name, **options), source)
                    told, so = f"{equal} of {total} weight tensors are the file's", equal == total
            how = "with pretrained=True" if pretrained else "without pretrained=True"
            yield Fact(26, f"{how}, the overlay's file is loaded", name, so, told)


_CHANNELS = 3


def batchnorm_shapes() -> Iterator[Fact]:
    """Whether the statistics of three colour channels fit any BatchNorm."""
    for name in ("resnet18", "mobilenetv2_100"):
        norms = [module for module in timm.create_model(name).modules() if isinstance(module, nn.BatchNorm2d)]
        widths = [norm.num_features for norm in norms]
        fits = sum(width == _CHANNELS for width in widths)
        yield Fact(
            16,
            "a data set's mean and deviation of three channels fit BatchNorm's running statistics",
            name,
            fits > 0,
            f"{fits} of {len(widths)} BatchNorm layers have three channels; the narrowest has {min(widths)}",
        )


_MODELS_WITHOUT_CLASSES = ("resnet18", "mobilenetv2_100", "convnext_atto", "vit_tiny_patch16_224", "vgg11")


def no_classes() -> Iterator[Fact]:
    """Fewer parameters, and features as their answer."""
    for name in _MODELS_WITHOUT_CLASSES:
        whole, bare = timm.create_model(name), timm.create_model(name, num_classes=0).eval()
        sizes = [sum(parameter.numel() for parameter in model.parameters()) for model in (whole, bare)]
        with torch.no_grad():
            shape = tuple(bare(torch.zeros(1, 3, 224, 224)).shape)
        yield Fact(
            27,
            "num_classes=0 leaves the classifier out",
            name,
            sizes[1] < sizes[0] and shape[1] != 1000,
            f"{sizes[0]:,} parameters become {sizes[1]:,}; the answer has {shape[1]} features",
        )


_MODEL_POOLED, _CLASSES = "vit_tiny_patch16_224", 7


def attention_pool() -> Iterator[Fact]:
    """A ViT pooled by attention, its classifier reset with the pooling named and not named, and a new one."""
    for told, arguments in (("reset_classifier(n)", ()), ("reset_classifier(n, 'map')", ("map",))):
        model: Any = timm.create_model(_MODEL_POOLED, global_pool="map", num_classes=5).eval()
        model.reset_classifier(_CLASSES, *arguments)
        lost = model.attn_pool is None
        error = failure(partial(model, torch.zeros(1, 3, 224, 224)))
        state = "the attention pooling is gone" if lost else "the attention pooling is there"
        yield Fact(33, f"{told} drops the attention pooling", _MODEL_POOLED, lost, state)
        if lost:
            yield Fact(
                33, f"{told} drops it silently", _MODEL_POOLED, error is None, error or "the forward pass goes through"
            )
    new: Any = timm.create_model(_MODEL_POOLED, global_pool="map", num_classes=_CLASSES)
    yield Fact(33, "a new instance keeps it", _MODEL_POOLED, new.attn_pool is not None, "made with global_pool='map'")


_MODELS_OF_TORCHVISION = ("resnet18", "resnet34", "resnet50", "resnet101")


def torchvision_preprocessing() -> Iterator[Fact]:
    """What the two versions resize and crop to."""
    for name in _MODELS_OF_TORCHVISION:
        versions = {entry.name: entry.transforms() for entry in get_model_weights(name)}
        told = {version: (preset.resize_size, preset.crop_size) for version, preset in versions.items()}
        text = "; ".join(f"{version}: resize {resize[0]}, crop {crop[0]}" for version, (resize, crop) in told.items())
        if len(told) == 1:
            yield Fact(29, "V1 and V2 weights exist, each with its preprocessing", name, False, f"one version: {text}")
        else:
            differ = len({str(value) for value in told.values()}) > 1
            yield Fact(29, "V1 and V2 weights exist, each with its preprocessing", name, differ, text)
