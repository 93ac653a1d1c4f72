"""Several networks of one structure as one computation, their parameters in one tensor."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor, nn


class CannotPackError(Exception):
    """A program cannot compute networks of this structure."""


@dataclass(frozen=True)
class Storage(ABC):
    """The parameters of K networks in one tensor, and their gradients in another of its shape.

    The networks' own parameters are views of it, so that whoever looks at one of them sees how far it has come.
    `slots` says for each network where in the tensor each of its parameters lies. `leaves` are what the program
    computes with, `gradients` the views of the gradients in the same order; `spread` makes of one number a network,
    [K], something that is broadcast to the tensor.
    """

    values: Tensor
    gradients: Tensor
    slots: Sequence[Mapping[Tensor, Any]]
    leaves: Sequence[Tensor]
    gradients_of: list[Tensor]

    @abstractmethod
    def spread(self, each: Tensor) -> Tensor:
        """One number a network, [K], as it meets `values`."""


@dataclass(frozen=True)
class Blocks(Storage):
    """One block a parameter, in which the networks' lie one after the other."""

    owner: Tensor

    def spread(self, each: Tensor) -> Tensor:
        """To whom each value belongs, his number."""
        return each.index_select(0, self.owner)


class Program(Protocol):
    """K networks that are computed together."""

    storage: Storage

    def __call__(self, inputs: Tensor) -> Tensor:
        """From the batches of all networks, [K, B, ...], to their logits [K, B, classes], in training mode."""

    def evaluate(self, inputs: Tensor) -> Tensor:
        """The same in eval mode, without gradients."""


Shaped = Callable[[str, Tensor], Tensor]
"""From a parameter's name and its values of all networks, [K, *shape], to the view that a program computes with."""


def lay_out(networks: Sequence[nn.Module], shaped: Shaped) -> tuple[Blocks, dict[str, nn.Parameter]]:
    """Move parameters of one structure into one tensor; the networks keep views of it as their own.

    Convolutions keep their channels last. Returns the storage and what `shaped` made of each parameter, by name.
    """
    named = [dict(network.named_parameters()) for network in networks]
    first = named[0]
    values = torch.cat([_flat(own[name].detach()) for name in first for own in named])
    gradients = torch.zeros_like(values)
    sizes = [first[name].numel() for name in first for _ in networks]
    owner = torch.arange(len(networks)).repeat(len(first)).repeat_interleave(torch.tensor(sizes)).to(values.device)
    slots: list[dict[Tensor, slice]] = [{} for _ in networks]
    made, leaves, gradients_of, start = {}, [], [], 0
    for name, parameter in first.items():
        end = start + parameter.numel() * len(networks)
        stacked, found = (_unflat(each[start:end], len(networks), parameter) for each in (values, gradients))
        for place, own in enumerate(named):
            at = start + place * parameter.numel()
            slots[place][own[name]] = slice(at, at + parameter.numel())
            own[name].data = stacked[place]
            if parameter.requires_grad:
                own[name].grad = found[place]
        made[name] = nn.Parameter(shaped(name, stacked), requires_grad=parameter.requires_grad)
        if parameter.requires_grad:
            leaves.append(made[name])
            gradients_of.append(shaped(name, found))
        start = end
    return Blocks(values, gradients, slots, leaves, gradients_of, owner), made


def join_buffers(networks: Sequence[nn.Module], joined: Shaped) -> dict[str, Tensor]:
    """Buffers of all networks as `joined` shapes them, by name; the networks keep views of them.

    A scalar (the number of batches seen) is the same for all, and there is one.
    """
    named = [dict(network.named_buffers()) for network in networks]
    made = {}
    for name, buffer in named[0].items():
        stacked = buffer if buffer.ndim == 0 else torch.stack([own[name] for own in named])
        path, _, last = name.rpartition(".")
        for place, network in enumerate(networks):
            network.get_submodule(path)._buffers[last] = stacked if buffer.ndim == 0 else stacked[place]
        made[name] = stacked if buffer.ndim == 0 else joined(name, stacked)
    return made


def _flat(tensor: Tensor) -> Tensor:
    return (tensor.permute(0, 2, 3, 1) if tensor.ndim == 4 else tensor).flatten()


def _unflat(block: Tensor, networks: int, like: Tensor) -> Tensor:
    if like.ndim != 4:
        return block.view(networks, *like.shape)
    rows, channels, height, width = like.shape
    return block.view(networks, rows, height, width, channels).permute(0, 1, 4, 2, 3)
