"""The architecture's entry-point function, then its classifier replaced by a plain Linear."""

from __future__ import annotations

from timm.models import model_entrypoint, split_model_name_tag
from torch import nn

from harness.creation import ModelOrder
from harness.heads.find import find_heads, head_layer


def swap_head(order: ModelOrder) -> nn.Module:
    """`model = timm.models.NAME(pretrained=True)`, then `model.classifier = nn.Linear(features, n)`.

    The attribute is the one that the architecture really uses, nested or not.
    """
    name, tag = split_model_name_tag(order.architecture)
    classes = {} if order.pretrained_classes is None else {"num_classes": order.pretrained_classes}
    config = {"pretrained_cfg": tag} if tag else {}
    model: nn.Module = model_entrypoint(name)(**classes, **config, **order.loading, **order.options)
    for head in find_heads(model):
        features = head_layer(model, head).weight.shape[1]
        model.set_submodule(head, nn.Linear(features, order.num_classes))
    return model
