"""From timm's network to transformers' class of it, and the proof that it is the same one."""

from __future__ import annotations

import dataclasses
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from timm.data import resolve_model_data_config
from torch import Tensor, nn

from harness.model.creation import ModelOrder
from harness.model.creation._library import transformers_quiet
from harness.model.entry_point import entry_point
from harness.model.heads import find_heads
from harness.model.native import Form, otherwise
from harness.model.native.mobile import family
from harness.model.native.rename import fitted, renamed
from harness.model.native.residual import convnext, regnet, resnet
from harness.model.native.transformer import beit, deit, swin, vit
from harness.model.pretrained import StateDict
from harness.model.transformers_models import RATES, class_of, classifier, native_heads
from harness.model.verify import adapted

FORMS: dict[str, Callable[[Any, int], Form]] = {
    "VisionTransformer": vit, "VisionTransformerDistilled": deit, "Beit": beit, "SwinTransformer": swin,
    "ResNet": resnet, "RegNet": regnet, "ConvNeXt": convnext, "EfficientNet": family,
}  # fmt: skip
"""What says how a class of timm's is called over there."""

TOLERANCE = 1e-9
"""The largest difference between features in float64 that is rounding, as a fraction of the largest feature."""


@dataclass(frozen=True)
class Conversion:
    """transformers' class with timm's weights: `model`, its head drawn anew by transformers where it has another width.

    `rename` turns a state dict for the timm model into one for this model, `form` is what it was made by, `gap` the
    largest difference between the features of the two, as a fraction of the largest feature.
    """

    model: nn.Module
    rename: Callable[[StateDict], StateDict]
    form: Form
    gap: float


def convert(order: ModelOrder) -> Conversion:
    """Make the timm model that is ordered, put it into transformers' class, and prove that the features are the same.

    The converted weights are loaded by `from_pretrained` from a folder, as anybody's are. Without weights the same is
    done with timm's own initialisation, and the model that comes back is drawn by transformers.

    Raises:
        ImpossibleConfiguration: transformers has no such network, or its features differ.
    """
    rates = {key: rate for key, rate in order.options.items() if key in RATES}
    options = {key: value for key, value in order.options.items() if key not in rates}
    source = entry_point(dataclasses.replace(order, options=options))
    side = order.size or resolve_model_data_config(source)["input_size"][-1]
    form = form_of(source, order.architecture, side)
    names = list(source.state_dict())

    def rename(state: StateDict) -> StateDict:
        known = adapted(source, state)
        return renamed({name: known[name] for name in names if name in known}, form.rules)

    with _folder(source, form, order) as folder:
        there = dataclasses.replace(
            order,
            architecture=form.kind,
            library="transformers",
            options=rates,
            pool=None,
            loading={"pretrained": True},
            weights_file=folder,
        )
        model = classifier(there, order.num_classes)
        gap = prove(source, model, order, side, form.pooled)
        if not order.loading:
            model = classifier(dataclasses.replace(there, loading={}), order.num_classes)
    source.to("meta")  # its shapes are asked again, its values are not
    return Conversion(model, rename, form, gap)


def form_of(source: nn.Module, architecture: str, side: int) -> Form:
    """What a timm model is in transformers, at images of this side.

    Raises:
        ImpossibleConfiguration: nobody has said it of this class, or transformers cannot express it.
    """
    form = FORMS.get(type(source).__name__)
    if form is None:
        raise otherwise(f"no class of transformers is known to be timm's {type(source).__name__} ({architecture})")
    try:
        return form(source, side)
    except (AttributeError, IndexError, TypeError) as error:
        raise otherwise(f"{architecture} is built otherwise than transformers' class of that name ({error})") from None


@contextmanager
def _folder(source: nn.Module, form: Form, order: ModelOrder) -> Iterator[Path]:
    """A folder with the configuration and the converted weights, gone afterwards."""
    from transformers import AutoConfig

    classes: int = source.num_classes  # type: ignore[assignment]
    head = {"num_labels": classes} if classes else {}
    config = AutoConfig.for_model(form.kind, **head, **form.fields)
    config.architectures = [form.kind_class or class_of(form.kind)]
    with transformers_quiet(), torch.random.fork_rng(), torch.device("meta"):
        empty = _empty(config, order)
    wanted = empty.state_dict()
    state = source.state_dict()
    if form.pooled is not None or not classes:  # no head of timm's fits, and transformers draws its own
        state, wanted = _without(state, _heads(source)), _without(wanted, native_heads(empty))
    what = f"{order.architecture}'s tensors in {type(empty).__name__}"
    tensors = fitted(renamed(state, form.rules), wanted, what)
    with tempfile.TemporaryDirectory(prefix="harness-native-") as name:
        config.save_pretrained(name)
        save_file(
            {key: each.clone() for key, each in tensors.items()}, Path(name) / "model.safetensors", {"format": "pt"}
        )
        yield Path(name)


def _without(state: dict[str, Tensor], heads: tuple[str, ...]) -> dict[str, Tensor]:
    behind = tuple(f"{name}." for name in heads)
    return {name: tensor for name, tensor in state.items() if not name.startswith(behind)}


def _empty(config: Any, order: ModelOrder) -> nn.Module:
    from transformers import AutoModelForImageClassification

    try:
        model: nn.Module = AutoModelForImageClassification.from_config(config)
    except (ValueError, TypeError, RuntimeError) as error:
        first = str(error).strip().splitlines()[0]
        raise otherwise(f"transformers does not build {order.architecture} as {config.model_type}: {first}") from None
    return model


def prove(
    source: nn.Module,
    model: nn.Module,
    order: ModelOrder,
    side: int,
    pooled: Callable[[Tensor], Tensor] | None = None,
) -> float:
    """Compare what both give to their heads, in float64 and eval mode, on two fixed images of noise [2, 3, side, side].

    Returns the largest difference as a fraction of the largest feature. Both models are left as they were.

    Args:
        source: timm's model.
        model: transformers' model.
        order: names the architecture, and the classes of `source`.
        side: of the images, in pixels.
        pooled: makes of timm's last features what is compared, where its head is given something else.

    Raises:
        ImpossibleConfiguration: it is more than rounding.
    """
    images = torch.randn(2, 3, side, side, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    if pooled is None:
        here = _features(source, _heads(source), images)
    else:
        here = [pooled(_run(source, images, "forward_features"))]
    there = _features(model, native_heads(model), images)
    call = f"{type(model).__name__} with the weights of {order.architecture}"
    if [each.shape for each in here] != [each.shape for each in there]:
        raise otherwise(f"{call} gives its head {_shapes(there)} features, and timm's model {_shapes(here)}")
    gap = max(float((a - b).abs().max() / a.abs().max()) for a, b in zip(here, there, strict=True))
    if not gap <= TOLERANCE:
        raise otherwise(f"{call} gives other features than timm's model, by {gap:.1e} of the largest")
    return gap


def _shapes(features: list[Tensor]) -> str:
    return " and ".join(str(each.shape[1]) for each in features)


def _heads(source: nn.Module) -> tuple[str, ...]:
    """timm's heads; a model of 0 classes has none, and gives the features itself."""
    return find_heads(source) if source.num_classes else ()


def _features(model: nn.Module, heads: tuple[str, ...], images: Tensor) -> list[Tensor]:
    """What each head is given, flat [N, features]; without heads what the model gives."""
    seen: dict[str, Tensor] = {}

    def look(name: str) -> Any:
        def note(module: nn.Module, inputs: tuple[Tensor, ...]) -> None:
            seen[name] = inputs[0].flatten(1).clone()

        return note

    handles = [model.get_submodule(name).register_forward_pre_hook(look(name)) for name in heads]
    try:
        answer = _run(model, images)
    finally:
        for handle in handles:
            handle.remove()
    return [seen[name] for name in heads] or [answer.flatten(1)]


def _run(model: Any, images: Tensor, method: str = "__call__") -> Any:
    """The model's answer in float64 and eval mode; it is left in float32, whose values float64 holds exactly."""
    modes = {module: module.training for module in model.modules()}
    try:
        with torch.no_grad():
            return getattr(model.double().eval(), method)(images)
    finally:
        model.float()
        for module, training in modes.items():
            module.training = training
