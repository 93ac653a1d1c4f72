"""Builds the model of a run, the same in every process: creation, head draw, verification of the weights."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from harness.creation import ModelOrder
from harness.heads.draw import SharedHeadDraw, draw_head
from harness.heads.find import find_heads, head_layer
from harness.models.capability import check_options
from harness.models.options import constructor_options
from harness.models.preprocessing import Preprocessing, preprocessing
from harness.spec.errors import RequestError
from harness.spec.spec import Spec
from harness.spec.streams import stream
from harness.spec.variants import load_variant
from harness.weights.parts.pretrained import Pretrained
from harness.weights.parts.verify import Verification, verify


@dataclass(frozen=True)
class Built:
    """A model before step 0, with the names of its heads and what is known of its weights."""

    model: nn.Module
    heads: tuple[str, ...]
    pretrained: Pretrained
    verification: Verification | None
    preprocessing: Preprocessing


def find_weights(spec: Spec) -> Pretrained:
    """The weights that a spec names."""
    pretrained: Pretrained = load_variant("harness.weights", spec.weights.name)(spec)
    return pretrained


def build(spec: Spec, num_classes: int) -> Built:
    """Create the model on the CPU. The caller's random state is left as it was.

    Raises:
        RequestError: the weights do not fit the architecture, or (under `weights.verify=error`) part of the
            backbone did not come from them.
        ImpossibleCell: the architecture does not take one of the options.
    """
    pretrained = find_weights(spec)
    order = ModelOrder(
        architecture=spec.backbone.name,
        num_classes=num_classes,
        loading=pretrained.arguments,
        pretrained_classes=pretrained.num_classes,
        options=constructor_options(spec, pretrained),
        target=spec.creation.target,
        kwargs=spec.creation.kwargs,
    )
    if spec.creation.name != "custom":
        check_options(order.architecture, order.options)
    model = _create(spec, order)
    heads = find_heads(model, num_classes)
    for head in heads:
        draw_head(head_layer(model, head), spec.init.name, stream(spec, "head"))
    verification = None
    if pretrained.state_dict is not None:
        verification = verify(model, heads, pretrained.state_dict())
        if verification.not_loaded and spec.weights.verify == "error":
            raise RequestError(
                f"weights: {len(verification.not_loaded)} of {verification.expected} backbone tensors did not come "
                f"from {pretrained.label} (first: {verification.not_loaded[0]}); weights.verify=record accepts that"
            )
    return Built(model, heads, pretrained, verification, preprocessing(spec, pretrained))


def _create(spec: Spec, order: ModelOrder) -> nn.Module:
    """The creation method's model, its head drawn from the head stream.

    Without weights the backbone is taken from a second model, drawn as ever: a backbone tensor may have as many rows
    as there are classes, and would pass for the head's.
    """
    method = load_variant("harness.creation", spec.creation.name)

    def create(draws: AbstractContextManager[Any]) -> nn.Module:
        with torch.random.fork_rng():
            torch.manual_seed(stream(spec, "backbone"))
            with draws:
                model: nn.Module = method(order)
        return model

    try:
        model = create(SharedHeadDraw(stream(spec, "head"), order.num_classes))
    except RuntimeError as error:
        if "state_dict" not in str(error):
            raise
        raise RequestError(f"weights: {_mismatch(spec, error)}") from None
    if order.loading or spec.creation.name == "custom":
        return model
    drawn_as_ever = create(nullcontext())
    for head in find_heads(model, order.num_classes):
        drawn_as_ever.get_submodule(head).load_state_dict(model.get_submodule(head).state_dict())
    return drawn_as_ever


def _mismatch(spec: Spec, error: RuntimeError) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    detail = lines[1] if len(lines) > 1 else lines[0]
    shortened = detail if len(detail) <= 160 else f"{detail[:160]} ..."
    return f"{spec.weights.label or spec.weights.name} does not fit {spec.backbone.name}: {shortened}"
