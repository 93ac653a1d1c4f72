"""Classifiers of transformers: of a type, from a folder, or from the hub."""

from __future__ import annotations

import inspect
import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from harness.model.creation._library import needs, transformers_quiet
from harness.model.creation.custom import give_logits
from harness.model.heads import HeadLayer, find_heads
from harness.spec.errors import ImpossibleConfiguration, RequestError
from harness.spec.variants import suggest

if TYPE_CHECKING:
    from harness.model.creation import ModelOrder

RATES = {
    "drop_rate": ("classifier_dropout", "classifier_dropout_prob", "dropout_rate"),
    "attn_drop_rate": ("attention_probs_dropout_prob", "attention_dropout"),
    "proj_drop_rate": ("hidden_dropout_prob",),
    "drop_path_rate": ("drop_path_rate", "drop_connect_rate"),
}
"""What configurations of transformers call timm's rates."""

ANY_SIDE = "interpolate_pos_encoding"
"""The keyword by which a model takes images of another side than it was made for."""


def types() -> Mapping[str, Any]:
    """The types of image classifiers, as a config.json states them (`model_type`).

    Raises:
        RequestError: transformers is not installed.
    """
    needs("transformers", "AutoModelForImageClassification")
    from transformers.models.auto.modeling_auto import MODEL_FOR_IMAGE_CLASSIFICATION_MAPPING_NAMES

    known: Mapping[str, Any] = MODEL_FOR_IMAGE_CLASSIFICATION_MAPPING_NAMES
    return known


def check_type(name: str) -> None:
    """Refuse what is neither a type of image classifiers nor a name on the hub, `owner/name`.

    Raises:
        RequestError: with the close names.
    """
    known = types()
    if "/" not in name and name not in known:
        raise RequestError(
            f"backbone.name: transformers has no image classifier of type '{name}'; {suggest(name, known)}, or a name "
            "on the hub as OWNER/NAME"
        )


def folder_type(folder: Path) -> str:
    """The type of the model in a folder, by its config.json.

    Raises:
        RequestError: the file cannot be read, or states no type.
    """
    try:
        stated = json.loads((folder / "config.json").read_text(encoding="utf-8")).get("model_type")
    except (OSError, ValueError) as error:
        raise RequestError(f"weights.path: {folder.name} has no config.json that can be read ({error})") from None
    if not isinstance(stated, str):
        raise RequestError(f"weights.path: the config.json in {folder.name} states no model_type")
    return stated


def classifier(order: ModelOrder, num_labels: int | None) -> nn.Module:
    """`AutoModelForImageClassification`, which answers with its logits alone: images [N, 3, S, S] to [N, num_labels].

    With weights it is `from_pretrained(PLACE, num_labels=n, ignore_mismatched_sizes=True)` of a folder or a name on the
    hub, in float32 and in eval mode; without, `from_config`. Where the model can, it takes images of another side by
    its own `interpolate_pos_encoding`.

    Args:
        order: what is asked for.
        num_labels: outputs of the head; None for the pretrained one.

    Raises:
        RequestError: transformers is not installed, or knows no such model.
        ImpossibleConfiguration: its configuration has no such field or rate.
    """
    needs("transformers", "AutoModelForImageClassification")
    from transformers import AutoConfig, AutoModelForImageClassification

    width = {} if num_labels is None else {"num_labels": num_labels}
    with transformers_quiet():
        if order.loading:
            place = order.weights_file or order.architecture
            config = AutoConfig.from_pretrained(place, **width)
            _configure(config, order)
            made = AutoModelForImageClassification.from_pretrained(
                place, config=config, ignore_mismatched_sizes=True, dtype=torch.float32
            )
        else:
            check_type(order.architecture)
            config = AutoConfig.for_model(order.architecture, **width)
            config.architectures = [_first(types()[order.architecture])]  # asked for where a type has several classes
            if order.size is not None and (side := getattr(config, "image_size", None)) is not None:
                config.image_size = order.size if isinstance(side, int) else type(side)((order.size, order.size))
            _configure(config, order)
            made = AutoModelForImageClassification.from_config(config)
    model: nn.Module = made
    side = getattr(config, "image_size", None)
    if side is not None and {order.size} != ({side} if isinstance(side, int) else set(side)):
        _take_any_side(model)
    return give_logits(model)


def _first(names: str | tuple[str, ...]) -> str:
    return names if isinstance(names, str) else names[0]


def _configure(config: Any, order: ModelOrder) -> None:
    """Put rates and `backbone.kwargs` into a configuration, each into the field that it has for it."""
    for key, value in order.options.items():
        names = RATES.get(key, (key,))
        field = next((name for name in names if hasattr(config, name)), None)
        if field is None:
            group = "regularization" if key in RATES else "backbone.kwargs"
            rates = [f"{ours} ({name})" for ours, theirs in RATES.items() for name in theirs if hasattr(config, name)]
            raise ImpossibleConfiguration(
                f"{group}.{key}: the configuration of {config.model_type} has none; its rates are "
                f"{', '.join(rates) or 'none'}"
            )
        setattr(config, field, value)


def _take_any_side(model: nn.Module) -> None:
    if ANY_SIDE in inspect.signature(model.forward).parameters:
        model.register_forward_pre_hook(_resample, with_kwargs=True)


def _resample(module: nn.Module, inputs: tuple[Any, ...], named: dict[str, Any]) -> tuple[tuple[Any, ...], Any]:
    return inputs, {**named, ANY_SIDE: True}


def native_heads(model: nn.Module) -> tuple[str, ...]:
    """The layers as wide as there are classes outside the model's base: one, or two where a teacher has its own."""
    num_classes: int = model.config.num_labels  # type: ignore[union-attr, assignment]
    base: str = getattr(model, "base_model_prefix", "")
    inside = f"{base}." if base and hasattr(model, base) else "\0"
    found = tuple(
        name
        for name, layer in model.named_modules()
        if isinstance(layer, HeadLayer) and layer.weight.shape[0] == num_classes and not name.startswith(inside)
    )
    return found or find_heads(model, num_classes)
