"""torchvision's own weights, `IMAGENET1K_V1` or `_V2`, cached or downloaded."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

import torch
from torchvision.models import WeightsEnum, get_model_weights

from harness.model.pretrained import Pretrained, StateDict, reachable, weights_structure
from harness.spec.errors import RequestError
from harness.spec.spec import Spec
from harness.spec.variants import suggest


def torchvision(spec: Spec) -> Pretrained:
    """The weights that `weights.tag` names among the architecture's, by default the newest; with their transforms.

    Raises:
        RequestError: there are none of that name, or they are not cached and cannot be reached.
    """
    chosen = choose(spec)
    address = urlparse(chosen.url)
    cached = Path(torch.hub.get_dir()) / "checkpoints" / Path(address.path).name
    if not cached.is_file() and not reachable(chosen.url):
        raise RequestError(
            f"weights: {spec.backbone.name} {chosen.name} is not in the cache and {address.hostname} cannot be "
            f"reached; use weights=file weights.path=FILE, or put {cached.name} into {cached.parent}"
        )

    def state_dict() -> StateDict:
        return dict(chosen.get_state_dict(progress=False, check_hash=True, weights_only=True))

    try:
        state_dict()  # torchvision's own constructors unpickle whatever the file holds, so it is looked at first
    except pickle.UnpicklingError:
        raise RequestError(
            f"weights: {cached} holds more than tensors, and reading it could run code; remove it to fetch it anew"
        ) from None
    return Pretrained(
        source="torchvision",
        label=spec.backbone.name,
        tag=chosen.name,
        arguments={"weights": chosen},
        structure=weights_structure("torchvision", spec.backbone.name),
        num_classes=len(chosen.meta["categories"]),
        preprocessing=stated(chosen),
        state_dict=state_dict,
    )


def choose(spec: Spec) -> WeightsEnum:
    """The architecture's weights of the tag asked for, by default the newest.

    Raises:
        RequestError: there are none of that name.
    """
    names = [weights.name for weights in get_model_weights(spec.backbone.name)]
    tag = spec.weights.tag or "DEFAULT"
    if tag != "DEFAULT" and tag not in names:
        raise RequestError(f"weights.tag: {spec.backbone.name} has no '{tag}'; {suggest(tag, names)}")
    chosen: WeightsEnum = get_model_weights(spec.backbone.name)[tag]
    return chosen


def stated(weights: WeightsEnum) -> dict[str, Any]:
    """Mean, deviation, interpolation and crop of the transforms that come with the weights.

    `crop` is the fraction of the resized image's side that the centre crop keeps: 224 of 256 for most V1 weights, 224
    of 232 for most V2 weights.
    """
    transforms = weights.transforms()
    return {
        "mean": tuple(transforms.mean),
        "std": tuple(transforms.std),
        "interpolation": transforms.interpolation.value,
        "crop": transforms.crop_size[0] / transforms.resize_size[0],
    }
