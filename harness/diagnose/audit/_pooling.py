"""How a timm model pools, and how a new instance of its architecture would."""

from __future__ import annotations

from collections.abc import Iterator

import timm
import torch
from torch import nn

from harness.diagnose.audit.images import stated_config


def _places(model: nn.Module) -> Iterator[object]:
    for owner in (model, getattr(model, "head", None)):
        place = getattr(owner, "global_pool", None)
        yield getattr(place, "pool_type", None) if isinstance(place, nn.Module) else place


def pooling(model: nn.Module) -> str | None:
    """avg, max, token, map, ...; empty for none; None where the model does not say.

    'map' without the module that does it is 'token': that is how timm's forward_head goes on.
    """
    said = next((place for place in _places(model) if isinstance(place, str)), None)
    if said == "map" and getattr(model, "attn_pool", None) is None:
        return "map without attn_pool"
    return said


def own_pooling(model: nn.Module) -> str | None:
    """The pooling of a new instance, built without memory; None for an architecture that timm does not know."""
    name = stated_config(model).get("architecture")
    if not name or not timm.is_model(str(name)):
        return None
    try:
        with torch.device("meta"):
            return pooling(timm.create_model(str(name)))
    except (RuntimeError, TypeError, ValueError):
        return None
