"""The forms in which people save a trained network, each written to a file; `other` are tensors that must not win."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable
from pathlib import Path

import safetensors.torch
import timm
import torch

State = dict[str, torch.Tensor]
Form = Callable[[State, State, Path], Path]

CLASSES, OWN = 7, 13
"""Classes of the data, and of the file's head."""


def network(name: str, seed: int) -> State:
    """A network whose every tensor is unlike a fresh one's."""
    torch.manual_seed(seed)
    state = timm.create_model(name, num_classes=OWN).state_dict()
    return {
        key: value + 0.01 * torch.rand_like(value) if value.is_floating_point() else value
        for key, value in state.items()
    }


def _torch(content: object, folder: Path) -> Path:
    torch.save(content, folder / "saved.pth")
    return folder / "saved.pth"


def _safetensors(content: State, folder: Path) -> Path:
    safetensors.torch.save_file(content, folder / "saved.safetensors")
    return folder / "saved.safetensors"


def _under(prefix: str, state: State) -> State:
    return {prefix + key: value for key, value in state.items()}


def _authors(state: State) -> State:
    """ConvNeXt as its authors name it; timm's filter reads it the other way."""
    found = {}
    for key, value in state.items():
        key = re.sub(r"^stem\.", "downsample_layers.0.", key)
        key = re.sub(r"^stages\.(\d+)\.downsample\.", r"downsample_layers.\1.", key)
        key = re.sub(r"^stages\.(\d+)\.blocks\.", r"stages.\1.", key)
        key = key.replace("conv_dw", "dwconv").replace("mlp.fc", "pwconv")
        found[key.replace("head.norm", "norm").replace("head.fc", "head")] = value
    return found


def _training(state: State) -> dict[str, object]:
    optimizer = {"state": {}, "param_groups": []}
    args = argparse.Namespace(model="test_resnet", lr=0.1)
    return {
        "epoch": 3,
        "arch": "test_resnet",
        "state_dict": state,
        "optimizer": optimizer,
        "args": args,
        "metric": 71.2,
    }


def _lightning(state: State) -> dict[str, object]:
    return {"epoch": 3, "state_dict": _under("model.", state), "hyper_parameters": {"lr": 1e-3}, "callbacks": {}}


def _headless(state: State) -> State:
    return {key: value for key, value in state.items() if not key.startswith("fc.")}


FORMS: dict[str, Form] = {
    "state dict": lambda state, other, folder: _torch(state, folder),
    "safetensors": lambda state, other, folder: _safetensors(state, folder),
    "float16": lambda state, other, folder: _torch(
        {key: value.half() if value.is_floating_point() else value for key, value in state.items()}, folder
    ),
    "compiled": lambda state, other, folder: _torch(_under("_orig_mod.", state), folder),
    "compiled safetensors": lambda state, other, folder: _safetensors(_under("_orig_mod.", state), folder),
    "DDP": lambda state, other, folder: _torch(_under("module.", state), folder),
    "DDP safetensors": lambda state, other, folder: _safetensors(_under("module.", state), folder),
    "DDP compiled": lambda state, other, folder: _torch(_under("module._orig_mod.", state), folder),
    "parameters": lambda state, other, folder: _torch(
        {key: torch.nn.Parameter(value, requires_grad=value.is_floating_point()) for key, value in state.items()},
        folder,
    ),
    "timm training": lambda state, other, folder: _torch(_training(state), folder),
    "timm training with EMA": lambda state, other, folder: _torch(
        {**_training(other), "state_dict_ema": state}, folder
    ),
    "model and model_ema": lambda state, other, folder: _torch({"model": other, "model_ema": state}, folder),
    "model": lambda state, other, folder: _torch({"model": state, "epoch": 3}, folder),
    "headless": lambda state, other, folder: _torch(_headless(state), folder),
    "lightning": lambda state, other, folder: _torch(_lightning(state), folder),
    "model. safetensors": lambda state, other, folder: _safetensors(_under("model.", state), folder),
    "transformers": lambda state, other, folder: _safetensors(_under("timm_model.", state), folder),
    "authors": lambda state, other, folder: _torch({"model": _authors(state)}, folder),
    "model. authors": lambda state, other, folder: _torch(_under("model.", _authors(state)), folder),
    "student and teacher": lambda state, other, folder: _torch(
        {**_under("student.", other), **_under("teacher.", state)}, folder
    ),
    "model_state_dict": lambda state, other, folder: _torch({"model_state_dict": state, "epoch": 3}, folder),
    "pickled model": lambda state, other, folder: _torch(timm.create_model("test_resnet", num_classes=OWN), folder),
    "another architecture": lambda state, other, folder: _torch(network("test_vit", 5), folder),
}


def architecture(form: str) -> str:
    """The network that a form is saved of."""
    return "test_convnext" if "authors" in form else "test_resnet"
