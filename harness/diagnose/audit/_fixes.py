"""Fixes of several findings: lines of Python that run for the model at hand, named `model`.

Where a line needs the user's own objects they bear the names of `check`'s arguments: `weights`, `labels`.
`checkpoint` stands for the name of a transformers checkpoint that the model itself does not tell.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from harness.diagnose.audit._wrappers import has_adapters
from harness.diagnose.audit.case import Case
from harness.diagnose.audit.images import stated_config
from harness.diagnose.audit.report import NotCheckedError

USUAL_SIDE = 224


def side(case: Case) -> int:
    """Of the images that the weights expect, in pixels."""
    stated = stated_config(case.model).get("input_size")
    if stated:
        return int(stated[-1])
    return USUAL_SIDE if case.given_images is None else int(case.given_images.shape[-1])


def transform(case: Case) -> str:
    """The preprocessing as the weights expect it: by what was told of it, else by the library."""
    try:
        wanted = case.expected
    except NotCheckedError:
        return case.maker.transform()
    if case.expects is None or wanted.mean is None or wanted.std is None:
        return case.maker.transform()
    pixels = side(case)
    mode = f"torchvision.transforms.InterpolationMode.{(wanted.interpolation or 'bilinear').upper()}"
    steps = (
        f"Resize({round(pixels / (wanted.crop or 1))}, interpolation={mode})",
        f"CenterCrop({pixels})",
        "ToTensor()",
        f"Normalize({tuple(wanted.mean)}, {tuple(wanted.std)})",
    )
    named = ", ".join(f"torchvision.transforms.{step}" for step in steps)
    return f"preprocessing = torchvision.transforms.Compose([{named}])"


def remade(case: Case, rates: Mapping[str, Any] | None = None) -> str:
    """The model made by its library, with pretrained weights unless none are meant; empty where it cannot be told."""
    classes = case.num_classes
    if classes is None and not case.failure:
        classes = case.classes
    return case.maker.remade(classes, case.likely_heads, rates, pretrained=case.weights is not False)


def loading(case: Case) -> str:
    """The weights put into the backbone: by the library, or under the names that they have."""
    if has_adapters(case.model):
        return "load the weights into the model before peft wraps it"
    if not isinstance(case.weights, Mapping | str | Path):
        return remade(case) or "load pretrained weights before the head is made"
    line = ""
    if not isinstance(case.weights, Mapping):
        file = str(case.weights)
        read = "safetensors.torch.load_file" if file.endswith(".safetensors") else "torch.load"
        line = f"weights = {read}({file!r}); "
    place = case.written(case.origin.place)
    prefix = f"{case.origin.place}." if case.origin.place else ""
    heads = tuple(f"{head.removeprefix(prefix)}." for head in case.likely_heads)
    kept = "k in own and v.shape == own[k].shape" + (f" and not k.startswith({heads})" if heads else "")
    return (
        f"{line}own = {place}.state_dict(); "
        f"{place}.load_state_dict({{k: v for k, v in weights.items() if {kept}}}, strict=False)"
    )


def new_optimizer(case: Case) -> str:
    """An optimizer of the kind and rate of the one given, over everything that is to learn."""
    given = case.optimizer
    kind = type(given).__name__ if given is not None and hasattr(torch.optim, type(given).__name__) else "AdamW"
    groups = [] if given is None else given.param_groups
    rate = max((float(group["lr"]) for group in groups), default=0.0) or 1e-3
    momentum = groups[0].get("momentum") if groups and kind == "SGD" else None
    options = f"lr={rate:g}" + (f", momentum={float(momentum):g}" if momentum else "")
    return f"optimizer = torch.optim.{kind}([p for p in model.parameters() if p.requires_grad], {options})"
