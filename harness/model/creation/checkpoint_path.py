"""A checkpoint given to timm by its path; the classifier reset where the file's is of another width."""

from __future__ import annotations

from typing import Any

import timm

from harness.model.creation import ModelOrder
from harness.model.creation._require import timm_only, weights_file


def checkpoint_path(order: ModelOrder) -> Any:
    """`timm.create_model(name, num_classes=n, checkpoint_path=FILE)`; with OLD classes and `reset_classifier(n)` else.

    timm reads such a file strictly, head included. A head of as many classes as the data have is kept, as timm keeps
    it; with any other width timm refuses the file, so the model is made with the file's own and its head reset.

    Raises:
        ImpossibleConfiguration: there is no file.
    """
    timm_only(order, "checkpoint_path")
    file = weights_file(order, "checkpoint_path")
    model = timm.create_model(order.architecture, checkpoint_path=str(file), **order.own_classes, **order.arguments)
    if order.pretrained_classes != order.num_classes:
        model.reset_classifier(order.num_classes)
    return model
