"""A checkpoint given to timm by its path, then the classifier reset."""

from __future__ import annotations

from typing import Any

import timm

from harness.creation import ModelOrder
from harness.creation.parts.require import timm_only, weights_file


def checkpoint_path(order: ModelOrder) -> Any:
    """`timm.create_model(name, num_classes=OLD, checkpoint_path=FILE)`, then `reset_classifier(n)`.

    timm reads such a file strictly, head included, so the model is made with the file's own number of classes.

    Raises:
        ImpossibleCell: there is no file.
    """
    timm_only(order, "checkpoint_path")
    file = weights_file(order, "checkpoint_path")
    model = timm.create_model(order.architecture, checkpoint_path=str(file), **order.own_classes, **order.arguments)
    model.reset_classifier(order.num_classes)
    return model
