"""A model without weights, then `load_state_dict(strict=False)`."""

from __future__ import annotations

from typing import Any

import timm
from torchvision.models import get_model

from harness.model.creation import ModelOrder
from harness.model.creation._require import weights_file
from harness.model.entry_point import fill
from harness.model.heads import find_heads
from harness.model.pretrained import read_state_dict
from harness.spec.errors import ImpossibleConfiguration


def load_state_dict(order: ModelOrder) -> Any:
    """`model = create_model(name, num_classes=n)`, the file's head dropped, `model.load_state_dict(..., strict=False)`.

    `strict=False` forgives keys that are missing or too many, not shapes; hence the dropped head. Keys under other
    names are passed over without a word, which `weights.verify` finds.

    Raises:
        ImpossibleConfiguration: there is no file, or it is a folder.
    """
    if order.library == "transformers":
        raise ImpossibleConfiguration(
            "creation: a folder of transformers' is loaded by transformers; use creation=transformers"
        )
    file = weights_file(order, "load_state_dict")
    make: Any = timm.create_model if order.library == "timm" else get_model
    model = make(order.architecture, num_classes=order.num_classes, **order.arguments)
    heads = tuple(f"{head}." for head in find_heads(model, order.num_classes))
    state = {name: tensor for name, tensor in read_state_dict(file).items() if not name.startswith(heads)}
    fill(model, state, strict=False)
    return model
