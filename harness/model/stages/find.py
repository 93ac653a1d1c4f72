"""A network in parts that are frozen, freed or slowed down as one: stem, stage1 ... stageK, head."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor, nn

from harness.model.stages.children import groups_of_children
from harness.model.stages.library import groups_of_library
from harness.model.stages.order import forward_order

STEM, HEAD = "stem", "head"


@dataclass(frozen=True)
class Stage:
    """A stage's name and the names of its parameters."""

    name: str
    parameters: tuple[str, ...]


def find_stages(model: nn.Module, heads: Sequence[str], images: Tensor, *, fine: bool = False) -> tuple[Stage, ...]:
    """Every parameter in exactly one stage, the stages in the order in which a forward pass begins them.

    The head is the layers named by `heads` and nothing else. timm's own grouping is taken where it fits the forward
    pass of `images` [N, 3, S, S]; any other network is grouped by its children. `fine` gives single blocks instead of
    stages. What follows the last stage without being the head's (a final norm, a last convolution) belongs to it.
    """
    prefixes = tuple(f"{head}." for head in heads)
    names = [name for name, _ in model.named_parameters()]
    backbone = [name for name in names if not name.startswith(prefixes)]
    order = {name: place for place, name in enumerate(forward_order(model, images))}
    groups = groups_of_library(model, backbone, order, fine) or groups_of_children(model, backbone, order, heads, fine)
    stages = [Stage(f"stage{number}" if number else STEM, tuple(group)) for number, group in enumerate(groups)]
    return (*stages, Stage(HEAD, tuple(name for name in names if name.startswith(prefixes))))
