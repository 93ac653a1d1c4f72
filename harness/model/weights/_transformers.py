"""Weights as transformers keeps them: a folder with a config.json, of one's own or in the cache of the hub."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from huggingface_hub import constants, hf_hub_download, try_to_load_from_cache
from PIL import Image
from torch import Tensor

from harness.model.creation._library import needs, transformers_quiet
from harness.model.geometry import measured
from harness.model.pretrained import Pretrained, StateDict, reachable, read_state_dict
from harness.model.transformers_models import folder_type, loading
from harness.spec.errors import RequestError
from harness.spec.spec import Spec

CONFIG, PROCESSOR = "config.json", "preprocessor_config.json"
FORMS = ("model*.safetensors", "pytorch_model*.bin")
"""What the tensors lie in, whole or in parts; the first that is there counts, as in transformers."""


def of_folder(spec: Spec) -> Pretrained:
    """The folder at `weights.path`, which a model of `backbone.name`, its type, was saved in.

    Raises:
        RequestError: it is another type's, or holds no weights.
    """
    folder = spec.weights.path
    assert folder is not None
    found = folder_type(folder)
    if found != spec.backbone.name:
        raise RequestError(f"backbone.name: {folder.name} holds a model of type {found}; use backbone.name={found}")
    _weights(folder)
    return _pretrained(spec, folder, spec.weights.label, lambda: folder, file=folder, source="file")


def of_hub(spec: Spec) -> Pretrained:
    """The model of that name on the hub, cached or downloaded by transformers.

    Raises:
        RequestError: the hub has no such model or gives it not to everybody, or it is not cached and the hub cannot be
            reached.
    """
    name = spec.backbone.name
    if "/" not in name:
        raise RequestError(f"backbone.name: weights=hub needs a name on the hub, OWNER/NAME, not {name}")
    cached = isinstance(try_to_load_from_cache(name, CONFIG), str)
    if not cached and (constants.HF_HUB_OFFLINE or not reachable(constants.ENDPOINT)):
        raise RequestError(
            f"weights: {name} is not in the cache and the hub cannot be reached; use weights=file weights.path=FOLDER "
            "with a folder that you fetched elsewhere"
        )
    return _pretrained(spec, name, name, lambda: Path(hf_hub_download(name, CONFIG)).parent, source="hub")


def _pretrained(
    spec: Spec, place: str | Path, label: str | None, folder: Callable[[], Path], source: str, file: Path | None = None
) -> Pretrained:
    needs("transformers", "AutoConfig")
    from transformers import AutoConfig

    with loading(place):
        config = AutoConfig.from_pretrained(place)
    return Pretrained(
        source=source,
        label=label,
        fingerprint=spec.weights.fingerprint,
        arguments={"pretrained": True},
        num_classes=int(config.num_labels),
        file=file,
        preprocessing=_preprocessing(place, spec.weights.geometry == "stated"),
        state_dict=lambda: _read(folder()),
    )


def _weights(folder: Path) -> list[Path]:
    for form in FORMS:
        if files := sorted(folder.glob(form)):
            return files
    raise RequestError(f"weights.path: {folder.name} holds no weights of transformers ({' or '.join(FORMS)})")


def _read(folder: Path) -> StateDict:
    return {name: tensor for file in _weights(folder) for name, tensor in read_state_dict(file).items()}


RESAMPLING = {0: "nearest", 1: "lanczos", 2: "bilinear", 3: "bicubic"}
"""PIL's numbers."""


def _preprocessing(place: str | Path, geometry: bool) -> dict[str, Any]:
    """What the image processor beside the weights does: measured on black and white, as some normalise twice.

    Nothing where there is no processor. With `geometry` the part of an image that it gives, in timm's words.
    """
    from transformers import AutoImageProcessor

    try:
        with transformers_quiet():
            processor = AutoImageProcessor.from_pretrained(place)
    except (OSError, ValueError):
        return {}
    ends = []
    for value in (0, 255):
        image = Image.fromarray(np.full((8, 8, 3), value, dtype=np.uint8))
        values = processor(images=image, do_resize=False, do_center_crop=False, return_tensors="pt")["pixel_values"]
        ends.append(values[0].double().mean(dim=(1, 2)))
    black, white = ends
    found: dict[str, Any] = {
        "mean": tuple((-black / (white - black)).tolist()),
        "std": tuple((1 / (white - black)).tolist()),
        "interpolation": RESAMPLING.get(int(getattr(processor, "resample", 3) or 0), "bicubic"),
    }
    return found | (_geometry(processor) if geometry else {})


def _geometry(processor: Any) -> dict[str, Any]:
    def transform(image: Image.Image) -> Tensor:
        pixels: Tensor = processor(images=image, return_tensors="pt")["pixel_values"][0]
        return pixels

    try:
        found = measured(transform)
    except LookupError as error:
        raise RequestError(f"weights.geometry: the image processor {error}; use centre or squash") from None
    return {"crop_pct": found.crop, "crop_mode": "squash" if found.squash else "center"}
