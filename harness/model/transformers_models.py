"""Classifiers of transformers: of a type, from a folder, or from the hub."""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
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
    hub, in float32 and in eval mode; without, `from_config`, of the folder's configuration where there is one. Where
    the model can, it takes images of another side by its own `interpolate_pos_encoding`.

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
    place = order.weights_file or order.architecture
    with transformers_quiet(), _third_library():
        if order.loading:
            with loading(place):
                config = AutoConfig.from_pretrained(place, **width)
            _configure(config, order)
            with loading(place):
                made = AutoModelForImageClassification.from_pretrained(
                    place, config=config, ignore_mismatched_sizes=True, dtype=torch.float32
                )
        else:
            config = AutoConfig.from_pretrained(place, **width) if order.weights_file else _own(order, width)
            _configure(config, order)
            made = AutoModelForImageClassification.from_config(config)
    model: nn.Module = made
    _check_images(model, config.model_type)
    side = getattr(_vision(config), "image_size", None)
    if side is not None and {order.size} != ({side} if isinstance(side, int) else set(side)):
        _take_any_side(model)
    return give_logits(model)


@contextmanager
def loading(place: str | Path) -> Iterator[None]:
    """Say in one line why transformers cannot load from a folder or from the hub, by what huggingface_hub found there.

    Raises:
        RequestError: the hub has no such model or file, gives it not to everybody, or does not answer.
    """
    from huggingface_hub import constants, errors

    reasons: tuple[tuple[type[Exception], str], ...] = (
        (
            errors.GatedRepoError,
            "is given to those alone who accepted its terms: do so on its page, then `hf auth login`",
        ),
        (
            errors.RepositoryNotFoundError,
            f"is not at {constants.ENDPOINT}, or is private: see how backbone.name is spelt",
        ),
        (errors.LocalEntryNotFoundError, "is not in the cache, and the hub cannot be reached"),
        (errors.EntryNotFoundError, "lacks a file that transformers needs"),
        (errors.HfHubHTTPError, "is not given by the hub"),
    )
    try:
        yield
    except (OSError, ValueError, errors.HfHubHTTPError) as error:
        causes: list[BaseException] = [error]
        while (cause := causes[-1].__cause__ or causes[-1].__context__) is not None:
            causes.append(cause)
        known = (reason for kind, reason in reasons if any(isinstance(each, kind) for each in causes))
        first = next(known, str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__)
        name = place.name if isinstance(place, Path) else place
        raise RequestError(f"weights: {name} {first}") from None


@contextmanager
def _third_library() -> Iterator[None]:
    """Refuse in one line where a class needs a library that is not installed, as DiNAT needs natten."""
    try:
        yield
    except ImportError as error:
        needed = str(error).strip().splitlines()[0].split(" but it was")[0]
        raise RequestError(f"backbone.name: {needed}, which is not installed") from None


def _check_images(model: nn.Module, kind: str) -> None:
    """Refuse what takes no images [N, 3, S, S]: ImageGPT takes numbers of colours, SigLIP 2 patches cut beforehand."""
    taken = inspect.signature(model.forward).parameters
    first = next(iter(taken))
    if first == "input_ids" or "spatial_shapes" in taken:
        raise ImpossibleConfiguration(
            f"backbone.name: {kind} takes {'numbers of colours' if first == 'input_ids' else 'patches that were cut'} "
            "by its image processor, and no images"
        )


def _own(order: ModelOrder, width: dict[str, int]) -> Any:
    """The configuration that a type has by itself, for images of the size ordered."""
    from transformers import AutoConfig

    check_type(order.architecture)
    config = AutoConfig.for_model(order.architecture, **width)
    config.architectures = [class_of(order.architecture)]  # asked for where a type has several classes
    vision = _vision(config)
    if order.size is not None and (side := getattr(vision, "image_size", None)) is not None:
        vision.image_size = order.size if isinstance(side, int) else type(side)((order.size, order.size))
    return config


def _vision(config: Any) -> Any:
    """The configuration of the network that takes images: of a pair with a text network one of two."""
    return getattr(config, "vision_config", config)


def class_of(kind: str) -> str:
    """The class of a type, the first where it has several."""
    names = types()[kind]
    return names if isinstance(names, str) else names[0]


def _configure(config: Any, order: ModelOrder) -> None:
    """Put rates and `backbone.kwargs` into a configuration, each into the field that it has for it.

    A mapping, as for `vision_config`, changes the fields that it names of a configuration within.
    """
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
        within = getattr(config, field)
        if not (isinstance(value, Mapping) and hasattr(within, "model_type")):
            setattr(config, field, value)
            continue
        for name, each in value.items():
            if not hasattr(within, name):
                raise ImpossibleConfiguration(f"backbone.kwargs.{key}.{name}: the configuration within has none")
            setattr(within, name, each)


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
