"""One name for what two creations call differently."""

from __future__ import annotations

from torch import Tensor

from harness.model.build import Built
from harness.model.verify import backbone_tensors

WRAPPER = "backbone."


def plain_name(name: str) -> str:
    """A tensor's or module's name without the wrapper that a head of one's own brings along."""
    return name.removeprefix(WRAPPER) if name != WRAPPER[:-1] else ""


def backbone(built: Built) -> dict[str, Tensor]:
    """Backbone tensors by plain name."""
    return {plain_name(name): tensor for name, tensor in backbone_tensors(built.model, built.heads).items()}


def state(built: Built) -> dict[str, Tensor]:
    """Backbone tensors by plain name, BatchNorm's counters of steps among them."""
    heads = tuple(f"{head}." for head in built.heads)
    tensors = built.model.state_dict().items()
    return {plain_name(name): tensor for name, tensor in tensors if not name.startswith(heads)}


def parameter_names(built: Built) -> dict[str, str]:
    """For each parameter of a model its plain name; a head's starts with `head` and its number."""
    found = {}
    for name, _ in built.model.named_parameters():
        at = next((at for at, head in enumerate(built.heads) if name.startswith(f"{head}.")), None)
        tail = "" if at is None else name.removeprefix(f"{built.heads[at]}.")
        found[name] = plain_name(name) if at is None else f"head {at}: {tail}"
    return found
