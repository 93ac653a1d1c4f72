"""What an architecture can be made with, asked of timm by building it without memory."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Any

import timm
import torch
from timm.models import is_model, list_models, split_model_name_tag

from harness.spec.errors import ImpossibleCell, RequestError
from harness.spec.spec import Regularization
from harness.spec.variants import suggest


def check_architecture(architecture: str) -> None:
    """Refuse a name that timm does not know.

    Raises:
        RequestError: with the close names.
    """
    name, _ = split_model_name_tag(architecture)
    if not is_model(name):
        raise RequestError(f"backbone.name: timm has no '{name}'; {suggest(name, list_models())}")


def check_options(architecture: str, options: dict[str, Any]) -> None:
    """Refuse constructor arguments and drop rates that this architecture does not have.

    Raises:
        ImpossibleCell: the architecture does not take one of the options.
    """
    reason = _refusal(architecture, json.dumps(options, sort_keys=True, default=str))
    if reason is not None:
        raise ImpossibleCell(reason)


@cache
def _refusal(architecture: str, options: str) -> str | None:
    arguments = json.loads(options)
    try:
        with torch.random.fork_rng(), torch.device("meta"):
            timm.create_model(architecture, **arguments)
    except TypeError as error:
        unknown = re.search(r"unexpected keyword argument '(\w+)'", str(error))
        if unknown is None:
            return f"backbone: {architecture} with {arguments}: {error}"
        key = unknown.group(1)
        group = "regularization" if key in Regularization.model_fields else "backbone.kwargs"
        return f"{group}.{key}: {architecture} has none"
    except (ValueError, AssertionError, RuntimeError, KeyError) as error:
        if "meta" in str(error).lower():
            return None  # an architecture that cannot be built without memory is judged when it is built
        return f"backbone: {architecture} cannot be made with {arguments}: {error}"
    return None
