"""Pretrained weights: what a creation method is told of them, how they are read, and the preprocessing they need."""

from __future__ import annotations

import pickle
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING, Any
from urllib.parse import urlparse

import torch
from safetensors import SafetensorError
from timm.data import IMAGENET_DEFAULT_MEAN, IMAGENET_DEFAULT_STD, IMAGENET_INCEPTION_MEAN, IMAGENET_INCEPTION_STD
from timm.models import get_pretrained_cfg, load_state_dict

from harness.spec.errors import ImpossibleConfiguration, RequestError

if TYPE_CHECKING:
    from harness.spec.spec import Spec

_TORCHVISION: dict[str, dict[str, Any]] = {
    "googlenet": {"transform_input": True},
    "inception_v3": {"transform_input": True},
}
"""Their weights were ported from TensorFlow and want images scaled by (x - 0.5) / 0.5; torchvision's own builders
therefore have the network change images normalised as for ImageNet (torchvision.models.googlenet and inception)."""


def weights_structure(library: str, architecture: str) -> dict[str, Any]:
    """What torchvision builds an architecture with when, and only when, it is given weights.

    The tensors of a file do not tell where they come from. A file for one of these architectures is taken for the
    published weights, or for some trained on from them, and gets the computation that those were trained in, so that
    `weights=file` and `weights=torchvision` build the same model. `backbone.kwargs` has the last word:
    `transform_input: false` is for weights that were trained without.
    """
    return dict(_TORCHVISION.get(architecture, {})) if library == "torchvision" else {}


CONNECT_SECONDS = 3.0


def reachable(address: str) -> bool:
    """Whether something answers at the address' host and port."""
    target = urlparse(address)
    try:
        socket.create_connection((target.hostname or "", target.port or 443), timeout=CONNECT_SECONDS).close()
    except OSError:
        return False
    return True


StateDict = Mapping[str, torch.Tensor]


@dataclass(frozen=True)
class Pretrained:
    """Pretrained weights, described for timm.

    `arguments` are the keywords that make the library load them, `structure` the constructor arguments that the
    weights were made with, `num_classes` the width of the head that they hold (None without weights), `file` the file
    that holds them where there is one, `preprocessing` what is stated of it beside them, and `state_dict` reads the
    tensors once more, for verification. `changes` says in words what was done to the keys of a file, nothing where they
    are the architecture's.
    """

    source: str
    label: str | None = None
    fingerprint: str | None = None
    tag: str | None = None
    arguments: dict[str, Any] = field(default_factory=dict)
    structure: dict[str, Any] = field(default_factory=dict)
    num_classes: int | None = None
    file: Path | None = None
    preprocessing: dict[str, Any] = field(default_factory=dict)
    changes: tuple[str, ...] = ()
    state_dict: Callable[[], StateDict] | None = None


def read_state_dict(file: Path) -> StateDict:
    """The state dict in a safetensors file or a torch checkpoint; the last few files stay in memory.

    It is timm's own reading: in a checkpoint the averaged weights come first (`state_dict_ema`, `model_ema`,
    `state_dict`, `model`), the prefixes of DistributedDataParallel and torch.compile are taken off, and of all classes
    `argparse.Namespace` alone is let through, which timm's training script saves.

    Raises:
        RequestError: the file cannot be read, or is a pickle that would run code.
    """
    try:
        status = file.stat()
    except OSError as error:
        raise RequestError(f"weights.path: {file.name} cannot be read: {error.strerror}") from None
    return _read(file, status.st_size, status.st_mtime_ns)


@lru_cache(maxsize=4)
def _read(file: Path, size: int, modified: int) -> StateDict:
    """Kept for each state that the file has on disk: one saved anew is read anew."""
    try:
        state: dict[str, Any] = load_state_dict(str(file))
    except (SafetensorError, OSError, EOFError, RuntimeError, ValueError, AttributeError, pickle.PickleError) as error:
        if isinstance(error, pickle.UnpicklingError) or isinstance(error.__cause__, pickle.UnpicklingError):
            raise RequestError(
                f"weights.path: {file.name} cannot be read as tensors alone: it holds other objects, and to unpickle "
                "them could run code; save its state_dict() by itself, best as safetensors"
            ) from None
        if isinstance(error, AttributeError):  # timm asks what was saved for its keys
            raise RequestError(f"weights.path: {file.name} holds no state dict of tensors") from None
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise RequestError(f"weights.path: {file.name} cannot be read as safetensors or tensors: {reason}") from None
    if not state or not all(isinstance(tensor, torch.Tensor) for tensor in state.values()):
        raise RequestError(f"weights.path: {file.name} holds no state dict of tensors{_elsewhere(state)}")
    return state


def _elsewhere(state: Mapping[str, Any]) -> str:
    """Where the tensors lie instead, if they lie one level deeper."""
    for key, value in state.items():
        if isinstance(value, Mapping) and any(isinstance(each, torch.Tensor) for each in value.values()):
            return (
                f" where timm looks for one; its tensors lie under '{key}': save torch.load(...)['{key}'] by itself, "
                "best as safetensors"
            )
    return ""


@dataclass(frozen=True)
class Preprocessing:
    """Follows the weights in use: mean and deviation for each channel, for images in 0..1, and how images are resized.

    Of an image its centre square is taken, or with `squash` the whole, whatever its shape; `crop` is the fraction of
    the side that is kept. timm's own `crop_pct` is followed under `weights.geometry=stated` alone: in fine-tuning the
    whole square is learnt from, and so it is tested on.
    """

    mean: tuple[float, ...]
    std: tuple[float, ...]
    interpolation: str
    crop: float = 1.0
    squash: bool = False


Normalisation = tuple[tuple[float, ...], tuple[float, ...]]
"""Mean and deviation of each channel, for pixels in 0..1."""

MEAN_STD: dict[str, Normalisation] = {
    "imagenet": (IMAGENET_DEFAULT_MEAN, IMAGENET_DEFAULT_STD),
    "half": (IMAGENET_INCEPTION_MEAN, IMAGENET_INCEPTION_STD),
    "unscaled": ((0.0,) * 3, (1.0,) * 3),
}
"""Mean and deviation by `weights.mean_std`."""


def preprocessing(spec: Spec, pretrained: Pretrained) -> Preprocessing:
    """What is stated beside the weights, else timm's values for the model; ImageNet's for one that it does not know.

    Mean and deviation are those that `weights.mean_std` asks for, under `backbone.in_chans=1` their means.
    """
    stated = _stated(spec, pretrained)
    three = three_channels(spec, pretrained)
    mean, std = three if spec.backbone.in_chans == len(three[0]) else one_channel(three, spec.weights.mean_std)
    return Preprocessing(
        mean,
        std,
        stated.get("interpolation") or "bicubic",
        *_geometry(spec, stated, pretrained.preprocessing.get("crop", 1.0)),
    )


def _geometry(spec: Spec, stated: dict[str, Any], crop: float) -> tuple[float, bool]:
    """The fraction of the side that is kept, and whether width and height are resized each for itself."""
    if spec.weights.geometry != "stated":
        squash = spec.weights.geometry == "squash"
        return 1.0 if squash else crop, squash
    mode = stated.get("crop_mode", "center")
    if mode not in ("center", "squash"):
        raise ImpossibleConfiguration(f"weights.geometry: these weights state crop_mode={mode}; use centre or squash")
    return float(stated.get("crop", stated.get("crop_pct") or 1.0)), mode == "squash"


def three_channels(spec: Spec, pretrained: Pretrained) -> Normalisation:
    """Mean and deviation of the three channels that the weights know."""
    stated = _stated(spec, pretrained)
    own = stated.get("mean", IMAGENET_DEFAULT_MEAN), stated.get("std", IMAGENET_DEFAULT_STD)
    mean, std = MEAN_STD.get(spec.weights.mean_std, own)
    return tuple(mean), tuple(std)


def one_channel(three: Normalisation, choice: str) -> Normalisation:
    """Mean and deviation of grey: the first channel's under the choice `first`, else the mean of all three."""
    mean, std = ((each[0],) if choice == "first" or len(set(each)) == 1 else (fmean(each),) for each in three)
    return mean, std


def _stated(spec: Spec, pretrained: Pretrained) -> dict[str, Any]:
    config = get_pretrained_cfg(spec.backbone.name) if spec.backbone.library == "timm" else None
    stated: dict[str, Any] = config.to_dict() if config is not None else {}
    return stated | pretrained.preprocessing
