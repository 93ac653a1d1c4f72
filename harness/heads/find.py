"""Finds the head of a model: the layer or layers that give its logits."""

from __future__ import annotations

from typing import Any

from torch import nn

from harness.spec.errors import ImpossibleCell

HeadLayer = nn.Linear | nn.Conv2d


def head_layer(model: nn.Module, name: str) -> HeadLayer:
    """The layer behind a head's name."""
    layer = model.get_submodule(name)
    assert isinstance(layer, HeadLayer)
    return layer


def find_heads(model: nn.Module, num_classes: int | None = None) -> tuple[str, ...]:
    """Names of the layers, Linear or convolution, that turn features into logits.

    timm's models say which module classifies (`get_classifier`; several for distilled models). Where that is not the
    layer itself but a module around it (norm and Linear, MLP, two heads), it is the last layer within, and whatever
    is as wide. Of any other model it is the last layer with `num_classes` outputs.

    Raises:
        ImpossibleCell: there is no such layer.
    """
    names = {module: name for name, module in model.named_modules()}
    if hasattr(model, "get_classifier"):
        found = tuple(names[layer] for module in _stated(model) for layer in _widest(module) if layer in names)
    else:
        layers = [layer for layer in names if isinstance(layer, HeadLayer)]
        found = tuple(names[layer] for layer in layers if num_classes in (None, layer.weight.shape[0]))[-1:]
    if not found:
        raise ImpossibleCell(f"creation: {type(model).__name__} has no Linear or convolution that could be its head")
    return found


def find_slots(model: nn.Module) -> tuple[str, ...]:
    """Names of the modules that stand where a head belongs: its layers, or what keeps their place without classes.

    Raises:
        ImpossibleCell: there is no such place.
    """
    names = {module: name for name, module in model.named_modules()}
    kept = tuple(names[module] for module in _stated(model) if isinstance(module, nn.Identity) and module in names)
    return kept or find_heads(model)


def _stated(model: nn.Module) -> tuple[nn.Module, ...]:
    """The modules that timm's `get_classifier` gives, and VOLO's auxiliary head, whose answers are added to theirs."""
    classifier: Any = getattr(model, "get_classifier", lambda: ())()
    several = tuple(classifier) if isinstance(classifier, tuple | list | nn.ModuleList) else (classifier,)
    return tuple(module for module in (*several, getattr(model, "aux_head", None)) if isinstance(module, nn.Module))


def _widest(module: nn.Module) -> list[nn.Module]:
    """The layers of a classifier that give logits: as wide as its last."""
    layers = [layer for layer in module.modules() if isinstance(layer, HeadLayer)]
    return [layer for layer in layers if layer.weight.shape[0] == layers[-1].weight.shape[0]]
