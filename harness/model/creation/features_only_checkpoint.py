"""`features_only=True` together with `checkpoint_path`: it fails, because the keys are those of the whole model."""

from __future__ import annotations

import timm
from torch import nn

from harness.model.creation import ModelOrder
from harness.model.creation._require import timm_only, weights_file
from harness.model.creation.features_only import PooledStages
from harness.spec.errors import ImpossibleConfiguration


def features_only_checkpoint(order: ModelOrder) -> nn.Module:
    """`timm.create_model(name, features_only=True, checkpoint_path=FILE)`.

    Raises:
        ImpossibleConfiguration: the keys do not fit the wrapped model, which is the rule.
    """
    timm_only(order, "features_only")
    file = weights_file(order, "checkpoint_path")
    try:
        backbone = timm.create_model(order.architecture, features_only=True, checkpoint_path=str(file), **order.options)
    except RuntimeError as error:
        lines = [line.strip() for line in str(error).splitlines() if line.strip()]
        detail = (lines[1] if len(lines) > 1 else lines[0])[:120]
        raise ImpossibleConfiguration(
            f"creation: features_only=True is wrapped before checkpoint_path is read, and the file's keys do not fit "
            f"({detail} ...); use creation=features_only"
        ) from None
    return PooledStages(backbone, backbone.feature_info.channels()[-1], order.num_classes)
