"""A network grouped by its children, for whatever does not bring a grouping of its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from torch import nn

BLOCKS = 4
"""Once so many children are blocks (more than one weight matrix each), they are stages; before, the largest splits."""


def groups_of_children(
    model: nn.Module, backbone: Sequence[str], order: Mapping[str, int], heads: Sequence[str], fine: bool
) -> list[list[str]]:
    """The first layers are the stem, and each block begins a stage; single layers between blocks go with the next.

    Where there are no blocks (VGG), each layer is a stage. What has no weight matrix (norms, tokens) goes with what is
    before it, and so does a parameter that the forward pass, whose `order` is given, does not use. `fine` splits rows
    of blocks into blocks.
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
