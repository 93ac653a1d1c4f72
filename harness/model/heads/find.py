"""Finds the head of a model: the layer or layers that give its logits."""

from __future__ import annotations

from typing import Any, cast

import torch
from torch import Tensor, nn

from harness.spec.errors import ImpossibleCell

HeadLayer = nn.Linear | nn.Conv2d


def head_layer(model: nn.Module, name: str) -> HeadLayer:
    """The layer behind a head's name."""
    layer = model.get_submodule(name)
    assert isinstance(layer, HeadLayer)
    return layer


def find_heads(model: nn.Module, num_classes: int | None = None, images: Tensor | None = None) -> tuple[str, ...]:
    """Names of the layers, Linear or convolution, that turn features into logits.

    timm's models say which module classifies (`get_classifier`; several for distilled models). Where that is not the
    layer itself but a module around it (norm and Linear, MLP, two heads), it is the last layer within, and whatever
    is as wide. Of any other model, and of one that cannot tell because its head was replaced by a module of another
    kind, it is the layer that the outputs for `images` come from, else the last one with `num_classes` outputs.

    Args:
        model: of whatever library.
        num_classes: width of the logits.
        images: float [N, C, H, W], where they are at hand.

    Raises:
        ImpossibleCell: there is no such layer.
    """
    names = {module: name for name, module in model.named_modules()}
    told = stated(model)
    if told is not None:
        found = tuple(names[layer] for module in told for layer in _widest(module) if layer in names)
    else:
        layers = [layer for layer in names if isinstance(layer, HeadLayer)]
        fitting = tuple(names[layer] for layer in layers if num_classes in (None, layer.weight.shape[0]))
        behind = None if images is None or len(fitting) < 2 else _behind(model, images)
        found = (behind,) if behind in fitting else fitting[-1:]
    if not found:
        raise ImpossibleCell(f"creation: {type(model).__name__} has no Linear or convolution that could be its head")
    return found


def find_slots(model: nn.Module) -> tuple[str, ...]:
    """Names of the modules that stand where a head belongs: its layers, or what keeps their place without classes.

    Raises:
        ImpossibleCell: there is no such place.
    """
    names = {module: name for name, module in model.named_modules()}
    kept = tuple(names[module] for module in stated(model) or () if isinstance(module, nn.Identity) and module in names)
    return kept or find_heads(model)


def stated(model: nn.Module) -> tuple[nn.Module, ...] | None:
    """The modules that a model itself calls its classifiers; None where it does not tell.

    Those of timm's `get_classifier`, and VOLO's auxiliary head, whose answers are added to theirs. ConvNeXt's, Swin's
    and others' looks for a layer within `head` and raises once that is a module of another kind.
    """
    try:
        classifier: Any = cast(Any, model).get_classifier()
    except (AttributeError, IndexError, KeyError, TypeError):
        return None
    several = tuple(classifier) if isinstance(classifier, tuple | list | nn.ModuleList) else (classifier,)
    return tuple(module for module in (*several, getattr(model, "aux_head", None)) if isinstance(module, nn.Module))


def _behind(model: nn.Module, images: Tensor) -> str | None:
    """The layer whose weight is nearest to the outputs in the graph of one pass in eval mode.

    None where the pass fails, or puts out no tensor, or several layers are equally near.
    """
    weights = {layer.weight: name for name, layer in model.named_modules() if isinstance(layer, HeadLayer)}
    modes = [(module, module.training) for module in model.modules()]
    flags = [(weight, weight.requires_grad) for weight in weights]
    try:
        for weight in weights:
            weight.requires_grad_(True)
        with torch.random.fork_rng(devices=[]), torch.enable_grad():
            outputs = model.eval()(images)
    except Exception:  # whatever a user's model may raise on images that are not its own
        return None
    finally:
        for module, training in modes:
            module.training = training
        for weight, flag in flags:
            weight.requires_grad_(flag)
    front = [outputs.grad_fn] if isinstance(outputs, Tensor) and outputs.grad_fn is not None else []
    seen = set(front)
    while front:
        here = {weights[node.variable] for node in front if getattr(node, "variable", None) in weights}  # type: ignore[attr-defined]
        if here:
            return here.pop() if len(here) == 1 else None
        front = list(
            dict.fromkeys(above for node in front for above, _ in node.next_functions if above and above not in seen)
        )
        seen.update(front)
    return None


def _widest(module: nn.Module) -> list[nn.Module]:
    """The layers of a classifier that give logits: as wide as its last."""
    layers = [layer for layer in module.modules() if isinstance(layer, HeadLayer)]
    return [layer for layer in layers if layer.weight.shape[0] == layers[-1].weight.shape[0]]
