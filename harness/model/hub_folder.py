"""A folder as timm's models lie in on the hub: config.json, and the weights beside it."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import safetensors.torch
from timm.models import get_pretrained_cfg, split_model_name_tag

from harness.model.creation import ModelOrder
from harness.model.creation._require import weights_file
from harness.model.pretrained import read_state_dict
from harness.spec.errors import ImpossibleConfiguration

WEIGHTS = "model.safetensors"


@contextmanager
def hub_folder(order: ModelOrder, call: str) -> Iterator[Path]:
    """A folder of the run's own weights, as `timm.models.push_to_hf_hub` lays one out; gone afterwards.

    A safetensors file is linked to; of any other the tensors are written into one.

    Args:
        order: names architecture and weights.
        call: what reads the folder, for what is refused.

    Raises:
        ImpossibleConfiguration: there is no file, or timm has no configuration of the architecture.
    """
    source = weights_file(order, call)
    config = folder_config(order, call)
    with tempfile.TemporaryDirectory(prefix="harness-folder-") as name:
        folder = Path(name)
        (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
        if source.suffix == ".safetensors":
            (folder / WEIGHTS).symlink_to(source.resolve())
        else:
            tensors = {key: each.detach().clone().contiguous() for key, each in read_state_dict(source).items()}
            safetensors.torch.save_file(tensors, folder / WEIGHTS, metadata={"format": "pt"})
        yield folder


def folder_config(order: ModelOrder, call: str) -> dict[str, Any]:
    """Architecture, and what timm states of its weights: their classes, where the classifier is, mean, deviation.

    Raises:
        ImpossibleConfiguration: timm has no configuration of the architecture, which `call` needs.
    """
    known = get_pretrained_cfg(order.architecture)
    if known is None:
        raise ImpossibleConfiguration(
            f"creation: timm states no pretrained_cfg of {order.architecture}, which {call} needs; "
            "use creation=pretrained_cfg_overlay"
        )
    name, _ = split_model_name_tag(order.architecture)
    stated = known.to_dict(remove_source=True)
    stated |= {key: value for key, value in order.loading.get("pretrained_cfg_overlay", {}).items() if key != "file"}
    stated |= {"num_classes": order.pretrained_classes, "custom_load": False}
    stated.pop("architecture", None)
    return {"architecture": name, "num_classes": order.pretrained_classes, "pretrained_cfg": stated}
