"""timm's architecture and weights by way of transformers, whose wrapper draws the new head itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from timm.models import get_pretrained_cfg
from torch import nn

from harness.model.creation import Created, ModelOrder
from harness.model.creation._library import needs, transformers_quiet
from harness.model.creation._require import timm_only
from harness.model.creation.custom import give_logits
from harness.model.heads import find_heads
from harness.model.hub_folder import hub_folder
from harness.spec.errors import ImpossibleConfiguration

INNER = "timm_model"
"""What the wrapper calls timm's model."""


def transformers_timm(order: ModelOrder) -> Created:
    """`TimmWrapperForImageClassification.from_pretrained(FOLDER, num_labels=n, ignore_mismatched_sizes=True)`.

    The folder holds the run's own weights; those of the hub are loaded by their name there. A linear layer that does
    not fit is drawn from N(0, `initializer_range`², 0.02), with a zero bias. The model comes back in eval mode, in
    float32 whatever the file holds.

    Raises:
        RequestError: transformers is not installed.
        ImpossibleConfiguration: the weights lie neither in a file nor on the hub, or a table of positions is of another
            size, which timm resamples and the wrapper does not.
    """
    timm_only(order, "TimmWrapperForImageClassification")
    needs("transformers", "TimmWrapperForImageClassification")
    with transformers_quiet():
        if not order.loading:
            model = _without_weights(order)
        elif order.weights_file is None:
            model = _loaded(order, _hub_name(order))
        else:
            with hub_folder(order, "TimmWrapperForImageClassification") as folder:
                model = _loaded(order, folder)
    heads = find_heads(model.get_submodule(INNER), order.num_classes)
    return Created(give_logits(model), heads=tuple(f"{INNER}.{head}" for head in heads))


def _loaded(order: ModelOrder, place: str | Path) -> Any:
    from transformers import TimmWrapperForImageClassification

    arguments = {"model_args": order.arguments} if order.arguments else {}
    model, told = TimmWrapperForImageClassification.from_pretrained(
        place,
        num_labels=order.num_classes,
        ignore_mismatched_sizes=True,
        dtype=torch.float32,
        output_loading_info=True,
        **arguments,
    )
    linear = {f"{name}." for name, module in model.named_modules() if isinstance(module, nn.Linear | nn.Conv2d)}
    left = sorted({key for key, *_ in told["mismatched_keys"] if not key.startswith(tuple(linear))})
    if left:  # seen in transformers 5.24.0: whatever lay in memory, NaN included
        raise ImpossibleConfiguration(
            f"creation: transformers' wrapper does not resize {left[0].removeprefix(f'{INNER}.')} to this size of "
            "image, and leaves it as uninitialised memory; give data.size the size of the weights, or create by timm"
        )
    return model


def _without_weights(order: ModelOrder) -> Any:
    from transformers import TimmWrapperConfig, TimmWrapperForImageClassification

    arguments = order.arguments or None
    return TimmWrapperForImageClassification(
        TimmWrapperConfig(architecture=order.architecture, num_labels=order.num_classes, model_args=arguments)
    )


def _hub_name(order: ModelOrder) -> str:
    name: str = getattr(get_pretrained_cfg(order.architecture), "hf_hub_id", None) or order.architecture
    return name
