"""The layers that make the logits, whether they are freshly initialised, and the pooling before them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator

import timm
import torch
from torch import Tensor, nn

from harness.diagnose.audit._wrappers import carrier, stating
from harness.diagnose.audit.images import stated_config
from harness.model.heads import find_heads, stated
from harness.spec.errors import ImpossibleConfiguration

HEAD_NAMES = ("classifier", "fc", "head", "heads", "last_linear", "output", "logits", "linear")
KURTOSIS = {"uniform": -1.2, "normal": 0.0, "normal cut at two deviations": -0.634}  # excess, of each distribution
MOST = 0.5  # of the parameters
ERRORS = 3.0  # standard errors within which a kurtosis counts as a distribution's


def is_layer(module: nn.Module) -> bool:
    """Whether a module could be a head."""
    return isinstance(module, nn.Linear | nn.Conv2d)


def carries(model: nn.Module, name: str, connected: frozenset[str]) -> bool:
    """Whether the outputs depend on a layer: on any tensor of it, as a weight may be computed from others."""
    return any(f"{name}.{own}" in connected for own, _ in model.get_submodule(name).named_parameters())


def made_without_head(model: nn.Module) -> bool:
    """Whether a model gives features on purpose: made for no classes, and no layer put where its classifier belongs.

    The count stays at 0 when a layer is put there by hand (`model.classifier = nn.Linear(...)`): it alone says nothing.
    """
    if getattr(model, "num_classes", None) != 0:
        return False
    return not any(is_layer(layer) for classifier in stated(model) or () for layer in classifier.modules())


def used_heads(
    model: nn.Module, width: int | None, connected: frozenset[str], aside: tuple[str, ...] = ()
) -> tuple[str, ...]:
    """Heads that the logits depend on: those found by name and kind, else the last layer of the logits' width.

    Args:
        model: also one around a model that says itself which layer classifies.
        width: of the logits; None where they are none.
        connected: parameters that the outputs depend on.
        aside: modules that are no heads: of adapters, and copies that are not in use.
    """
    prefix, core = stating(model)
    start = f"{prefix}." if prefix else ""
    out = tuple(f"{name}." for name in aside)
    try:
        named = tuple(start + name for name in find_heads(core, width))
    except ImpossibleConfiguration:
        named = ()
    layers = [name for name, module in model.named_modules() if is_layer(module)]
    usable = [
        name
        for name in layers
        if not (out and f"{name}.".startswith(out))
        and carries(model, name, connected)
        and (not prefix or width is None or _rows(model.get_submodule(name)) == width)
    ]
    used = tuple(name for name in named if name in usable)
    fitting = [name for name in usable if width is None or _rows(model.get_submodule(name)) == width]
    return used or tuple(fitting[-1:])


def classifying(model: nn.Module, found: tuple[str, ...]) -> tuple[str, ...]:
    """Modules around heads that the model itself calls its classifier (timm's do): initialised anew as a whole."""
    prefix, core = stating(model)
    names = {module: name for name, module in core.named_modules()}
    start = f"{prefix}." if prefix else ""
    whole = tuple(start + names[module] for module in stated(core) or () if module in names)
    return tuple(name for name in whole if any(head.startswith(f"{name}.") for head in found))


def scopes(model: nn.Module, found: tuple[str, ...]) -> tuple[str, ...]:
    """The modules that heads belong to: up to a classifier's name on the way to them, else the heads themselves.

    A module with most of the parameters is no classifier, whatever its name.
    """
    total = sum(each.numel() for each in model.parameters())
    names = []
    for head in found:
        parts = head.split(".")
        ends = [index + 1 for index, part in enumerate(parts) if part in HEAD_NAMES]
        paths = [".".join(parts[:end]) for end in ends]
        small = [p for p in paths if sum(each.numel() for each in model.get_submodule(p).parameters()) <= MOST * total]
        names.append(small[0] if small else head)
    return tuple(dict.fromkeys(names))


def classifiers(model: nn.Module, classes: int | None) -> tuple[str, ...]:
    """Layers that could be a classifier: by a name in use for one, or by as many outputs as there are classes."""
    return tuple(
        name
        for name, module in model.named_modules()
        if is_layer(module) and (bool(set(name.split(".")) & set(HEAD_NAMES)) or _rows(module) == classes)
    )


def _rows(module: nn.Module) -> int:
    """Outputs of a Linear or a convolution."""
    weight = module.weight
    assert isinstance(weight, Tensor)
    return weight.shape[0]


def looks_fresh(layer: nn.Module, state: Iterable[Tensor] = ()) -> bool:
    """Whether a head was initialised and not trained.

    A fresh head's bias is constant, or its weights follow one of the distributions that heads are initialised from,
    which training does not leave them in: judged by kurtosis. A head that equals a tensor of `state` is not fresh.
    """
    weight, bias = carrier(layer), getattr(layer, "bias", None)
    if any(each.shape == weight.shape and each.equal(weight.detach().cpu().to(each.dtype)) for each in state):
        return False
    if bias is None or float(bias.detach().std(correction=0)) == 0 or not bool((weight != 0).any()):
        return True
    values = weight.detach().double().flatten()
    deviations = (values - values.mean()) / values.std(correction=0).clamp_min(1e-30)
    kurtosis = float(deviations.pow(4).mean()) - 3
    error = math.sqrt(24 / len(values))  # of a normal sample's kurtosis
    return any(abs(kurtosis - known) < ERRORS * error for known in KURTOSIS.values())


def spread(weight: Tensor) -> float:
    """Standard deviation of a head's weights."""
    return float(weight.detach().float().std(correction=0))


def _places(model: nn.Module) -> Iterator[object]:
    for owner in (model, getattr(model, "head", None)):
        place = getattr(owner, "global_pool", None)
        yield getattr(place, "pool_type", None) if isinstance(place, nn.Module) else place


def pooling(model: nn.Module) -> str | None:
    """avg, max, token, map, ...; empty for none; None where the model does not say.

    'map' without the module that does it is 'token': that is how timm's forward_head goes on.
    """
    said = next((place for place in _places(model) if isinstance(place, str)), None)
    if said == "map" and getattr(model, "attn_pool", None) is None:
        return "map without attn_pool"
    return said


def own_pooling(model: nn.Module) -> str | None:
    """The pooling of a new instance, built without memory; None for an architecture that timm does not know."""
    name = stated_config(model).get("architecture")
    if not name or not timm.is_model(str(name)):
        return None
    try:
        with torch.device("meta"):
            return pooling(timm.create_model(str(name)))
    except (RuntimeError, TypeError, ValueError):
        return None
