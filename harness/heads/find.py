"""Finds the head of a model."""

from __future__ import annotations

from torch import nn

from harness.spec.errors import ImpossibleCell

HeadLayer = nn.Linear | nn.Conv2d


def head_layer(model: nn.Module, name: str) -> HeadLayer:
    """The layer behind a head's name."""
    layer = model.get_submodule(name)
    assert isinstance(layer, HeadLayer)
    return layer


def find_heads(model: nn.Module, num_classes: int | None = None) -> tuple[str, ...]:
    """Names of the submodules that turn features into logits.

    timm's models say which they are (`get_classifier`, several for distilled models); of any other model it is the
    last Linear or convolution with `num_classes` outputs.

    Raises:
        ImpossibleCell: there is no such layer.
    """
    names = {module: name for name, module in model.named_modules()}
    get_classifier = getattr(model, "get_classifier", None)
    if get_classifier is not None:
        classifier = get_classifier()
        layers = classifier if isinstance(classifier, tuple | list) else (classifier,)
        found = tuple(names[layer] for layer in layers if layer in names and isinstance(layer, HeadLayer))
        if found:
            return found
    candidates = [
        name
        for module, name in names.items()
        if isinstance(module, HeadLayer) and (num_classes is None or module.weight.shape[0] == num_classes)
    ]
    if not candidates:
        raise ImpossibleCell(f"creation: {type(model).__name__} has no Linear or convolution that could be its head")
    return (candidates[-1],)
