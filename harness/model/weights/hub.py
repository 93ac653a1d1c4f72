"""timm's usual download. Without a network it says so at once, and what to use instead."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlparse

import torch
from huggingface_hub import constants, try_to_load_from_cache
from timm.models import get_pretrained_cfg, load_state_dict_from_hf

from harness.model.pretrained import Pretrained, StateDict, reachable
from harness.model.weights._transformers import of_hub
from harness.spec.errors import RequestError
from harness.spec.spec import Spec

CACHED_NAMES = ("model.safetensors", "pytorch_model.bin")


def hub(spec: Spec) -> Pretrained:
    """The weights that timm names for this architecture (`backbone.name` may carry a tag), cached or downloaded.

    Raises:
        RequestError: timm names no weights for it, or they are not cached and the hub cannot be reached.
    """
    if spec.backbone.library == "transformers":
        return of_hub(spec)
    name = spec.backbone.name
    config = get_pretrained_cfg(name)
    if config is None or not (config.hf_hub_id or config.url):
        raise RequestError(f"weights: timm names no pretrained weights for {name}; use weights=file or none")
    if config.hf_hub_id:
        cached = any(isinstance(try_to_load_from_cache(config.hf_hub_id, file), str) for file in CACHED_NAMES)
        address = constants.ENDPOINT
        offline = constants.HF_HUB_OFFLINE
    else:
        cached = (Path(torch.hub.get_dir()) / "checkpoints" / Path(urlparse(config.url).path).name).is_file()
        address, offline = config.url, False
    if not cached and (offline or not reachable(address)):
        raise RequestError(
            f"weights: {name} is not in the cache and {urlparse(address).hostname} cannot be reached; use "
            "weights=bundled, or weights=file weights.path=FILE with a file that you fetched elsewhere"
        )

    def state_dict() -> StateDict:
        if config.hf_hub_id:
            return dict(load_state_dict_from_hf(config.hf_hub_id))
        return dict(torch.hub.load_state_dict_from_url(config.url, map_location="cpu", weights_only=True))

    return Pretrained(
        source="hub",
        label=name,
        tag=config.tag or None,
        arguments={"pretrained": True},
        num_classes=config.num_classes,
        state_dict=state_dict,
    )
