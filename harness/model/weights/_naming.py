"""Tensors of another implementation under timm's names: by rule, and checked one by one."""

from __future__ import annotations

import re
from collections.abc import Mapping

import timm
from torch import nn

from harness.model.pretrained import StateDict
from harness.spec.errors import RequestError

_BLOCK = re.compile(r"_blocks\.(\d+)\._(\w+)\.(\w+)")
_AROUND = {"_conv_stem": "conv_stem", "_bn0": "bn1", "_conv_head": "conv_head", "_bn1": "bn2", "_fc": "classifier"}
_EXPANDING = {
    "expand_conv": "conv_pw", "bn0": "bn1",
    "depthwise_conv": "conv_dw", "bn1": "bn2",
    "project_conv": "conv_pwl", "bn2": "bn3",
}  # fmt: skip
_NARROW = {"depthwise_conv": "conv_dw", "bn1": "bn1", "project_conv": "conv_pw", "bn2": "bn2"}


def efficientnet_pytorch(state: StateDict, model: nn.Module) -> dict[str, str]:
    """timm's name of each tensor of lukemelas/EfficientNet-PyTorch and its ports, as far as the rule has one.

    There the blocks are numbered through, in timm each stage counts its own; the layers of a block are numbered after
    the expansion, which the first block lacks, there from 0 or 1, in timm always from 1.
    """
    blocks = sorted({(int(stage), int(block)) for stage, block in re.findall(r"blocks\.(\d+)\.(\d+)\.", _text(model))})
    found = {}
    for name in state:
        layer, _, rest = name.partition(".")
        if layer in _AROUND:
            found[name] = f"{_AROUND[layer]}.{rest}"
            continue
        inner = _BLOCK.fullmatch(name)
        if inner is None or int(inner[1]) >= len(blocks):
            continue
        layers = _EXPANDING if f"_blocks.{inner[1]}._expand_conv.weight" in state else _NARROW
        if inner[2] in layers:
            stage, block = blocks[int(inner[1])]
            found[name] = f"blocks.{stage}.{block}.{layers[inner[2]]}.{inner[3]}"
    return found


def _text(model: nn.Module) -> str:
    return "\n".join(model.state_dict())


def renamed(state: StateDict, names: Mapping[str, str], model: nn.Module, file: str) -> StateDict:
    """The tensors under their new names: all that the model has, each of its shape, and no other.

    Raises:
        RequestError: a tensor has no place in the model, another one's place, or another shape, or one is missing.
    """
    wanted = model.state_dict()
    found = {names[name]: tensor for name, tensor in state.items() if name in names}
    strange = [name for name in state if names.get(name) not in wanted]
    unlike = [name for name, tensor in wanted.items() if name not in found or found[name].shape != tensor.shape]
    if strange or unlike or len(found) != len(state):
        first = next(iter([*strange, *unlike]), "two of one name")
        raise RequestError(
            f"weights: {file} does not fit timm {timm.__version__}'s {type(model).__name__}: {len(strange)} tensors "
            f"have no place in it and {len(unlike)} of its own are not there in their shape (first: {first})"
        )
    return found
