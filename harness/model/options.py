"""What an architecture can be made with, and what a spec asks of it."""

from __future__ import annotations

import inspect
import json
import re
from functools import cache
from typing import Any

import timm
import torch
from timm.models import get_pretrained_cfg, is_model, list_models, split_model_name_tag
from torch import nn
from torchvision import models
from torchvision.models import get_model
from torchvision.models import list_models as torchvision_list

from harness.model import architectures  # noqa: F401 - registers them with timm
from harness.model.pretrained import Pretrained
from harness.model.transformers_models import check_type
from harness.spec.errors import ImpossibleConfiguration, RequestError
from harness.spec.spec import Regularization, Spec
from harness.spec.variants import suggest

HIDDEN = ("self", "num_classes", "in_chans", "pretrained_cfg", "cache_dir", "kwargs", "args")
WIDE = 24


@cache
def constructor_arguments(library: str, architecture: str) -> tuple[str, ...]:
    """Names of the arguments of the model's class, the drop rates first; at most the first few dozen."""
    with torch.random.fork_rng(), torch.device("meta"):
        model = (timm.create_model if library == "timm" else get_model)(architecture)
    names = [
        name
        for kind in reversed(type(model).__mro__)
        if "__init__" in vars(kind) and kind.__module__.startswith(library)
        for name in inspect.signature(vars(kind)["__init__"]).parameters
    ]
    shown = sorted(dict.fromkeys(name for name in names if name not in HIDDEN), key=lambda name: "drop" not in name)
    return tuple(shown[:WIDE])


def sized(spec: Spec) -> dict[str, Any]:
    """The constructor's argument for the images' side, where the network is made for one side alone."""
    if spec.backbone.library == "transformers":  # its configuration is asked when it is made
        return {}
    if spec.backbone.library == "torchvision":
        return {"image_size": spec.data.size} if spec.backbone.name.startswith("vit_") else {}
    config = get_pretrained_cfg(spec.backbone.name)
    return {"img_size": spec.data.size} if config is not None and config.fixed_input_size else {}


def skeleton(spec: Spec) -> nn.Module | None:
    """The model that a spec names, its tensors without values where it can be made so; None where it cannot be made.

    Why it cannot, the build of the run itself tells.
    """
    if spec.backbone.library == "transformers":
        return None
    options = {**sized(spec), **spec.backbone.kwargs}
    return _made(spec.backbone.library, spec.backbone.name, json.dumps(options, sort_keys=True, default=str))


@cache
def _made(library: str, architecture: str, options: str) -> nn.Module | None:
    make = timm.create_model if library == "timm" else get_model
    for device in ("meta", "cpu"):
        try:
            with torch.random.fork_rng(), torch.device(device):
                model: nn.Module = make(architecture, **json.loads(options))
        except (TypeError, ValueError, AssertionError, RuntimeError, KeyError, AttributeError, NotImplementedError):
            continue
        return model
    return None


def head_names(spec: Spec, model: nn.Module | None) -> tuple[str, ...]:
    """The layers as wide as there are classes: timm names them, and torchvision's models all end with theirs."""
    if spec.backbone.library == "torchvision":
        layers = [name for name, each in (model.named_modules() if model else ()) if isinstance(each, Layer)]
        return tuple(layers[-1:])
    config = get_pretrained_cfg(spec.backbone.name)
    names = (config.classifier if config else None) or ()
    return (names,) if isinstance(names, str) else tuple(names)


Layer = nn.Linear | nn.Conv2d


TORCHVISION = {
    "drop_rate": "dropout",
    "attn_drop_rate": "attention_dropout",
    "drop_path_rate": "stochastic_depth_prob",
}
"""What torchvision's constructors call timm's rates; a projection's dropout they do not have."""


def constructor_options(spec: Spec, pretrained: Pretrained) -> dict[str, Any]:
    """Drop rates, the structure that the weights were made with, the image size of a network that fixes it, and
    `backbone.kwargs`, which has the last word."""
    options: dict[str, Any] = dict(pretrained.structure)
    rates = spec.regularization.model_dump(exclude_none=True)
    options |= sized(spec)
    if spec.backbone.library == "torchvision":
        rates = {TORCHVISION.get(name, name): rate for name, rate in rates.items()}
    return {**options, **spec.backbone.kwargs, **rates}


_FIELDS = {name: key for key, name in TORCHVISION.items()}


def check_architecture(library: str, architecture: str) -> None:
    """Refuse a name that the library does not know.

    Raises:
        RequestError: with the close names.
    """
    if library == "transformers":
        check_type(architecture)
        return
    name, _ = split_model_name_tag(architecture)
    if library == "timm" and not is_model(name):
        raise RequestError(f"backbone.name: timm has no '{name}'; {suggest(name, list_models())}")
    if library == "torchvision" and architecture not in (known := torchvision_list(models)):
        raise RequestError(f"backbone.name: torchvision has no '{architecture}'; {suggest(architecture, known)}")


def check_options(library: str, architecture: str, options: dict[str, Any]) -> None:
    """Refuse constructor arguments and drop rates that this architecture does not have; transformers does so itself.

    Raises:
        ImpossibleConfiguration: the architecture does not take one of the options; with those that it takes.
    """
    if library == "transformers":
        return
    reason = _refusal(library, architecture, json.dumps(options, sort_keys=True, default=str))
    if reason is not None:
        raise ImpossibleConfiguration(reason)


@cache
def _refusal(library: str, architecture: str, options: str) -> str | None:
    arguments = json.loads(options)
    try:
        with torch.random.fork_rng(), torch.device("meta"):
            (timm.create_model if library == "timm" else get_model)(architecture, **arguments)
    except TypeError as error:
        unknown = re.search(r"unexpected keyword argument '(\w+)'", str(error))
        if unknown is None:
            return f"backbone: {architecture} with {arguments}: {error}"
        key = _FIELDS.get(unknown.group(1), unknown.group(1)) if library == "torchvision" else unknown.group(1)
        group = "regularization" if key in Regularization.model_fields else "backbone.kwargs"
        field = "backbone.pool" if key == "global_pool" else f"{group}.{key}"
        return f"{field}: {architecture} has none; it takes {', '.join(constructor_arguments(library, architecture))}"
    except (ValueError, AssertionError, RuntimeError, KeyError) as error:
        if "meta" in str(error).lower():
            return None  # an architecture that cannot be built without memory is judged when it is built
        return f"backbone: {architecture} cannot be made with {arguments}: {str(error) or type(error).__name__}"
    return None
