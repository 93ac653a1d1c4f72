"""A model's heads as a network of their own: from what reaches them to the model's logits."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from harness.model.build import Built
from harness.model.heads import head_layer
from harness.model.heads.dropout import dropout_before
from harness.spec.errors import ImpossibleConfiguration
from harness.spec.spec import Spec, ends
from harness.training.transfer._features import HeadInputs

Join = Callable[[Sequence[Tensor]], Tensor]


def mean(answers: Sequence[Tensor]) -> Tensor:
    """Of a distilled model's heads, or of one for each branch: the mean of their logits [N, C]."""
    return torch.stack(tuple(answers)).mean(dim=0)


def largest_token_added(answers: Sequence[Tensor]) -> Tensor:
    """VOLO's: to the logits [N, C] half of the largest that its auxiliary head gives to any token, [N, T, C]."""
    own, tokens = answers
    return own + 0.5 * tokens.amax(dim=1)


TRIED_ON = 2
"""Images."""


class Joined(nn.Module):
    """Several heads, each with the dropout before it, and one answer of all.

    Inputs are what `HeadInputs` makes of them: each head's own, flat, side by side, [N, total]; `shapes` are theirs,
    `rates` those of the dropout, and `join` makes one [N, classes] of a list of logits.
    """

    def __init__(
        self, heads: Sequence[nn.Linear], rates: Sequence[float], shapes: Sequence[torch.Size], join: Join
    ) -> None:
        super().__init__()
        self.heads = nn.ModuleList(heads)
        self.dropout = nn.ModuleList(nn.Dropout(rate) for rate in rates)
        self._shapes, self._join = tuple(shapes), join

    def forward(self, inputs: Tensor) -> Tensor:
        """From inputs [N, total] to logits [N, classes]."""
        parts = inputs.split([shape.numel() for shape in self._shapes], dim=1)
        own = zip(self.heads, self.dropout, parts, self._shapes, strict=True)
        return self._join([head(dropout(part.unflatten(1, shape))) for head, dropout, part, shape in own])


@dataclass(frozen=True)
class _Tried:
    """What a pass through a model has shown: how much is dropped before each head, and the shapes of what they take."""

    rates: tuple[float, ...]
    shapes: tuple[torch.Size, ...]


_tried: dict[str, _Tried] = {}


def head_network(spec: Spec, built: Built, inputs: HeadInputs, pixels: Tensor) -> nn.Module:
    """The model's heads with the dropout that the model has before them: `Sequential(Dropout, Linear)` of one head.

    It takes what `inputs` gives; a neck stands between the two, dropout before it. The model is tried on a few images:
    in eval mode the network repeats its answers. Runs whose models are made alike share that trial within a process.

    Args:
        spec: the run's.
        built: its model.
        inputs: makes the network's inputs of images.
        pixels: uint8 [N, 3, S, S]; the model is tried on the first of them.

    Raises:
        ImpossibleConfiguration: a head is no Linear or is never called, what lies before it is no plain dropout, or the
            model's answers are not made of its heads' in a way that is known.
    """
    layers = tuple(linear_heads(spec, built).values())
    neck = [built.model.get_submodule(name) for name in built.neck]
    known = _making(spec, layers)
    if known is not None and known in _tried:
        return _network(layers, neck, _tried[known])
    images = pixels[:TRIED_ON]
    caught = inputs.catch(images)
    rates = dropout_before(built.model, built.neck[:1] or built.heads, inputs.normalised(images))
    tried = _Tried(rates, tuple(each.shape[1:] for each in caught.inputs))
    network = _network(layers, neck, tried)
    if not caught.repeated_by(network):
        wanted = "what its head gives" if len(layers) == 1 else f"the mean of its {len(layers)} heads"
        raise ImpossibleConfiguration(
            f"transfer: linear_probe trains heads alone, and {spec.backbone.name} does not answer with {wanted}; "
            "use transfer=frozen_backbone"
        )
    if known is not None:
        _tried[known] = tried
    return network


def _network(layers: Sequence[nn.Linear], neck: Sequence[nn.Module], tried: _Tried) -> nn.Module:
    if len(layers) == 1:
        return nn.Sequential(nn.Dropout(tried.rates[0]), *neck, *layers)
    of_tokens = [len(shape) == 2 for shape in tried.shapes] == [False, True]
    return Joined(layers, tried.rates, tried.shapes, largest_token_added if of_tokens else mean)


def _making(spec: Spec, layers: Sequence[nn.Linear]) -> str | None:
    """What a model's forward pass depends on, beside the numbers in its tensors; None where only the model knows."""
    if any(end.creation.name == "custom" for end in ends(spec)):
        return None
    groups = spec.model_dump_json(include={"backbone", "weights", "creation", "regularization", "bridge"})
    return f"{groups} {spec.transfer.norm} {spec.data.size} {layers}"


def linear_heads(spec: Spec, built: Built) -> Mapping[str, nn.Linear]:
    """The model's heads by name.

    Raises:
        ImpossibleConfiguration: one of them is no Linear.
    """
    layers = {name: head_layer(built.model, name) for name in built.heads}
    for name, layer in layers.items():
        if not isinstance(layer, nn.Linear):
            raise ImpossibleConfiguration(
                f"transfer: linear_probe needs Linear heads, {spec.backbone.name}'s {name} is a {type(layer).__name__}"
            )
    return {name: layer for name, layer in layers.items() if isinstance(layer, nn.Linear)}
