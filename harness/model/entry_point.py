"""A library's model as its entry point makes it, and plain layers in the place of its heads."""

from __future__ import annotations

from collections import OrderedDict

from timm.models import model_entrypoint, split_model_name_tag
from torch import nn
from torchvision.models import get_model

from harness.model.creation import ModelOrder
from harness.model.creation._require import width
from harness.model.heads import find_slots
from harness.model.pretrained import StateDict, read_state_dict
from harness.model.transformers_models import classifier, native_heads


def fill(model: nn.Module, state: StateDict, strict: bool = True) -> None:
    """`model.load_state_dict(state)`.

    Tensors alone say nothing of the versions of their modules, which MNASNet insists on knowing: today's are assumed.

    Raises:
        RuntimeError: keys or shapes do not fit; under `strict=False` shapes alone.
    """
    versioned = OrderedDict(state)
    versioned._metadata = model.state_dict()._metadata  # type: ignore[attr-defined]
    model.load_state_dict(versioned, strict=strict)


def plain_heads(model: nn.Module, order: ModelOrder) -> tuple[str, ...]:
    """Put a plain Linear where each head is, or where one is left free; a convolution makes place for one.

    Returns the names of the new heads.
    """
    slots = native_heads(model) if order.library == "transformers" else find_slots(model)
    for slot in slots:
        model.set_submodule(slot, _plain(model.get_submodule(slot), model, order))
    return slots


def _plain(old: nn.Module, model: nn.Module, order: ModelOrder) -> nn.Module:
    if isinstance(old, nn.Conv2d):
        return nn.Conv2d(old.in_channels, order.num_classes, 1)
    features = old.in_features if isinstance(old, nn.Linear) else width(model, order.architecture)
    return nn.Linear(features, order.num_classes)


AUXILIARY = ("aux1", "aux2", "AuxLogits")


def entry_point(order: ModelOrder) -> nn.Module:
    """`timm.models.NAME(pretrained=True)`, `torchvision.models.NAME(weights=...)`, or transformers' `from_pretrained`.

    Its head is as pretrained.
    """
    if order.library == "transformers":
        return classifier(order, None)
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
