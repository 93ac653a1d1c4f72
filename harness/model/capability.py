"""What an architecture can be made with, asked of timm by building it without memory."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Any

import timm
import torch
from timm.models import is_model, list_models, split_model_name_tag
from torchvision import models
from torchvision.models import get_model
from torchvision.models import list_models as torchvision_list

from harness.model import architectures  # noqa: F401 - registers them with timm
from harness.model.arguments import constructor_arguments
from harness.model.options import TORCHVISION
from harness.spec.errors import ImpossibleCell, RequestError
from harness.spec.spec import Regularization
from harness.spec.variants import suggest

_FIELDS = {name: key for key, name in TORCHVISION.items()}


def check_architecture(library: str, architecture: str) -> None:
    """Refuse a name that the library does not know.

    Raises:
        RequestError: with the close names.
    """
    name, _ = split_model_name_tag(architecture)
    if library == "timm" and not is_model(name):
        raise RequestError(f"backbone.name: timm has no '{name}'; {suggest(name, list_models())}")
    if library == "torchvision" and architecture not in (known := torchvision_list(models)):
        raise RequestError(f"backbone.name: torchvision has no '{architecture}'; {suggest(architecture, known)}")


def check_options(library: str, architecture: str, options: dict[str, Any]) -> None:
    """Refuse constructor arguments and drop rates that this architecture does not have.

    Raises:
        ImpossibleCell: the architecture does not take one of the options; with those that it takes.
    """
    reason = _refusal(library, architecture, json.dumps(options, sort_keys=True, default=str))
    if reason is not None:
        raise ImpossibleCell(reason)


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
