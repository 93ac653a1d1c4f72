"""A library's model as its entry point makes it, with the head that it was pretrained with."""

from __future__ import annotations

from timm.models import model_entrypoint, split_model_name_tag
from torch import nn
from torchvision.models import get_model

from harness.model.creation import ModelOrder
from harness.model.creation._fill import fill
from harness.model.weight_file import read_state_dict

AUXILIARY = ("aux1", "aux2", "AuxLogits")


def entry_point(order: ModelOrder) -> nn.Module:
    """`timm.models.NAME(pretrained=True)`, or `torchvision.models.NAME(weights=...)`, its head as pretrained."""
    if order.library == "torchvision":
        return _torchvision(order)
    name, tag = split_model_name_tag(order.architecture)
    config = {"pretrained_cfg": tag} if tag else {}
    model: nn.Module = model_entrypoint(name)(**order.own_classes, **config, **order.loading, **order.arguments)
    return model


def _torchvision(order: ModelOrder) -> nn.Module:
    classes = {} if order.loading else order.own_classes
    model: nn.Module = get_model(order.architecture, **classes, **order.loading, **order.options)
    unused = _without_auxiliary_heads(model)
    if order.weights_file is not None:
        state = read_state_dict(order.weights_file)
        fill(model, {name: tensor for name, tensor in state.items() if not name.startswith(unused)})
    return model


def _without_auxiliary_heads(model: nn.Module) -> tuple[str, ...]:
    """Take GoogLeNet's and Inception's auxiliary heads away, as torchvision does beside weights.

    With them either would answer with several tensors. Returns the prefixes of the tensors that went.
    """
    if not hasattr(model, "aux_logits"):
        return ()
    model.aux_logits = False  # type: ignore[assignment]
    for name in AUXILIARY:
        if hasattr(model, name):
            setattr(model, name, None)
    return tuple(f"{name}." for name in AUXILIARY)
