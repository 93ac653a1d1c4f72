"""A network in parts that are frozen, freed or slowed down as one: stem, stage1 ... stageK, head."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from timm.models import group_parameters
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode


class _FirstUses(TorchFunctionMode):
    """Notes each parameter when a torch function first takes it; reading an attribute of it is no use."""

    def __init__(self, names: dict[int, str]) -> None:
        super().__init__()
        self._names = names
        self.seen: dict[str, None] = {}

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        if getattr(func, "__name__", "") != "__get__":
            self._note([*args, *kwargs.values()])
        return func(*args, **kwargs)

    def _note(self, values: list[Any] | tuple[Any, ...]) -> None:
        for value in values:
            if isinstance(value, Tensor):
                name = self._names.get(id(value))
                if name is not None:
                    self.seen.setdefault(name)
            elif isinstance(value, list | tuple):
                self._note(value)


def forward_order(model: nn.Module, images: Tensor) -> tuple[str, ...]:
    """Names of the parameters that a pass in eval mode uses, in the order of their first use.

    `images` [N, 3, S, S] lie where the model lies (the meta device included). Modes and random state are left as they
    were found.
    """
    uses = _FirstUses({id(parameter): name for name, parameter in model.named_parameters()})
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        with torch.random.fork_rng([images.device] if images.is_cuda else []), torch.no_grad(), uses:
            model(images)
    finally:
        for module, training in modes:
            module.training = training
    return tuple(uses.seen)


def groups_of_library(
    model: nn.Module, backbone: Sequence[str], order: Mapping[str, int], fine: bool
) -> list[list[str]] | None:
    """The groups of `group_matcher`; None where there are none, or they do not begin in the order of the forward pass.

    What timm counts with the head (or matches by no pattern) and is not the head's goes with the last group.

    Args:
        model: of timm.
        backbone: names of the parameters outside the head.
        order: the place of each parameter that the forward pass uses.
        fine: single blocks in place of stages.
    """
    matcher: Any = getattr(model, "group_matcher", None)
    if matcher is None:
        return None
    try:
        numbers: dict[str, int] = group_parameters(model, matcher(coarse=not fine), reverse=True)
    except (AssertionError, NotImplementedError):  # how timm says that a model has no such groups
        return None
    groups: dict[int, list[str]] = {}
    for name in backbone:
        groups.setdefault(numbers[name], []).append(name)
    found = [groups[number] for number in sorted(groups)]
    if max(numbers.values()) in groups and len(found) > 1:
        rest = found.pop()
        found[-1] += rest
    begins = [min((order[name] for name in group if name in order), default=-1) for group in found]
    return found if len(found) > 1 and -1 not in begins and begins == sorted(begins) else None


BLOCKS = 4
"""Once so many children are blocks (more than one weight matrix each), they are stages; before, the largest splits."""


def groups_of_children(
    model: nn.Module, backbone: Sequence[str], order: Mapping[str, int], heads: Sequence[str], fine: bool
) -> list[list[str]]:
    """The first layers are the stem, and each block begins a stage; single layers between blocks go with the next.

    Where there are no blocks (VGG), each layer is a stage. What has no weight matrix (norms, tokens) goes with what is
    before it, and so does a parameter that the forward pass does not use.

    Args:
        model: of any library.
        backbone: names of the parameters outside the head.
        order: the place of each parameter that the forward pass uses.
        heads: names of the head's layers.
        fine: split rows of blocks into blocks.
    """
    units = _units(model, heads, fine)
    members: dict[str, list[str]] = {}
    for name in backbone:
        members.setdefault(next((unit for unit in units if name.startswith(f"{unit}.")), name), []).append(name)
    sizes = {
        unit: matrices(units[unit]) if unit in units and any(name in order for name in names) else 0
        for unit, names in members.items()
    }
    block = 2 if max(sizes.values(), default=0) > 1 else 1
    groups: list[list[str]] = []
    between: list[str] = []
    begun = False
    for unit in _in_order(members, order):
        opens = not groups or (begun and sizes[unit] >= block)
        if opens:
            groups.append([*between, *members[unit]])
            between = []
        elif between or (begun and sizes[unit]):
            between += members[unit]
        else:
            groups[-1] += members[unit]
        begun = begun or sizes[unit] > 0
    groups[-1] += between
    return groups


def matrices(module: nn.Module) -> int:
    """How many weight matrices (or filters) a module holds."""
    return sum(parameter.ndim > 1 for parameter in module.parameters())


def _in_order(members: Mapping[str, list[str]], order: Mapping[str, int]) -> list[str]:
    places: dict[str, int] = {}
    before = -1
    for unit, names in members.items():
        before = min((order[name] for name in names if name in order), default=before)
        places[unit] = before
    return sorted(members, key=lambda unit: places[unit])


def _units(model: nn.Module, heads: Sequence[str], fine: bool) -> dict[str, nn.Module]:
    """The modules that count as one: children, split where they hold the head, or nearly everything."""
    units = dict(model.named_children())
    while (name := _to_split(units, heads, fine)) is not None:
        units = dict(_split(units, name))
    return {name: module for name, module in units.items() if name not in heads}


def _to_split(units: Mapping[str, nn.Module], heads: Sequence[str], fine: bool) -> str | None:
    for name in units:
        if any(head.startswith(f"{name}.") for head in heads):
            return name
    sizes = {name: matrices(module) for name, module in units.items() if name not in heads}
    largest = max(sizes, key=lambda name: sizes[name], default=None)
    if largest is None:
        return None
    few = sum(size > 1 for size in sizes.values()) < BLOCKS
    if few and 2 * sizes[largest] > sum(sizes.values()) and sizes[largest] > 1 and any(units[largest].children()):
        return largest
    return next((name for name in sizes if fine and _is_row_of_blocks(units[name])), None)


def _split(units: Mapping[str, nn.Module], which: str) -> Iterator[tuple[str, nn.Module]]:
    for name, module in units.items():
        if name == which:
            yield from ((f"{name}.{child}", inner) for child, inner in module.named_children())
        else:
            yield name, module


def _is_row_of_blocks(module: nn.Module) -> bool:
    row = isinstance(module, nn.Sequential | nn.ModuleList | nn.ModuleDict)
    return row and sum(matrices(child) > 1 for child in module.children()) > 1


STEM, HEAD = "stem", "head"


@dataclass(frozen=True)
class Stage:
    """A stage's name and the names of its parameters."""

    name: str
    parameters: tuple[str, ...]


def find_stages(model: nn.Module, heads: Sequence[str], images: Tensor, *, fine: bool = False) -> tuple[Stage, ...]:
    """Every parameter in exactly one stage, the stages in the order in which a forward pass begins them.

    The head is the layers named by `heads` and nothing else. timm's own grouping is taken where it fits the forward
    pass; any other network is grouped by its children. What follows the last stage without being the head's (a final
    norm, a last convolution) belongs to it.

    Args:
        model: any network.
        heads: names of the head's layers.
        images: float [N, 3, S, S], for one forward pass.
        fine: single blocks in place of stages.
    """
    prefixes = tuple(f"{head}." for head in heads)
    names = [name for name, _ in model.named_parameters()]
    backbone = [name for name in names if not name.startswith(prefixes)]
    order = {name: place for place, name in enumerate(forward_order(model, images))}
    groups = groups_of_library(model, backbone, order, fine) or groups_of_children(model, backbone, order, heads, fine)
    stages = [Stage(f"stage{number}" if number else STEM, tuple(group)) for number, group in enumerate(groups)]
    return (*stages, Stage(HEAD, tuple(name for name in names if name.startswith(prefixes))))
