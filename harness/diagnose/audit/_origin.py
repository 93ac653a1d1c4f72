"""Where a model's tensors come from: each is looked for in the weights, by name and by value."""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch import Tensor, nn

from harness.diagnose.audit._wrappers import name_before_computing, name_before_peft, stating
from harness.model.channels import RGB, combines
from harness.model.pretrained import read_state_dict
from harness.model.verify import adapted, backbone_tensors, bare, same
from harness.spec.errors import RequestError

StateDict = Mapping[str, Tensor]
HARDLY = 0.5  # of the tensors: with fewer loaded the network is another one, not one with tensors missing
WRAPPERS = re.compile(r"^(module|model|backbone|encoder|student|teacher|base_model|_orig_mod|net|state_dict)\.")


@dataclass(frozen=True)
class Origin:
    """What became of each backbone tensor.

    `loaded` hold the weights' values under their own name; `renamed` under another name which the model does not
    have (a proper renaming); `exchanged` hold what the weights keep for another tensor of the model; `changed` are
    in the weights with other values, by the factor given where it is one; `missing` are not in the weights at all;
    `leftover` are names in the weights that the model has no tensor for and whose values it nowhere holds. `place`
    is the module whose names are those of the weights: the whole model under the empty name. `drawn` are kernels of
    first convolutions for fewer channels than the weights' that hold no mixture of these; one that does is `loaded`.
    """

    loaded: tuple[str, ...]
    renamed: dict[str, str]
    exchanged: dict[str, str]
    changed: dict[str, float | None]
    missing: tuple[str, ...]
    leftover: tuple[str, ...]
    place: str = ""
    drawn: tuple[str, ...] = ()

    @property
    def expected(self) -> int:
        """Backbone tensors that should have come from the weights."""
        return len(self.loaded) + len(self.renamed) + len(self.exchanged) + len(self.changed) + len(self.missing)

    @property
    def dropped(self) -> tuple[str, ...]:
        """Names in the weights that the model lacks, of modules that it has and that were loaded otherwise."""
        held = [name.removeprefix(f"{self.place}.") for name in self.loaded]
        parents = {name: name.rpartition(".")[0] for name in self.leftover}
        return tuple(name for name, of in parents.items() if of and any(each.startswith(f"{of}.") for each in held))

    @property
    def not_loaded(self) -> tuple[str, ...]:
        """Tensors that hold nothing of the weights."""
        return (*self.changed, *self.missing)


def read(weights: StateDict | str | Path) -> StateDict:
    """A state dict, from a file where a path is given.

    Raises:
        RequestError: no file there, or none that can be read without running code.
    """
    if not isinstance(weights, str | Path):
        return weights
    file = Path(weights).expanduser()
    if not file.is_file():
        raise RequestError(f"weights: no file at {file}")
    return read_state_dict(file)


def _as_named(model: nn.Module, weights: StateDict) -> dict[str, Tensor]:
    """What timm's own loading makes of the weights for this model; the weights as they are where it makes nothing."""
    return dict(adapted(stating(bare(model))[1], weights))


def _renaming(model: nn.Module, state: StateDict) -> tuple[Callable[[str], str | None], str]:
    """From a tensor's name to the one that it had before the model was wrapped, None for what a wrapper added.

    Undone are peft's wrappers, computed weights, and a class of one's own around the model: the module's name under
    which most of the weights' names are found is left out.
    """
    tensors = model.state_dict()

    def unwrapped(name: str) -> str | None:
        stored = name_before_computing(name, tensors)
        return None if stored is None else name_before_peft(stored)

    names = {stored for name in tensors if (stored := unwrapped(name))}
    places = ["", *(f"{place}." for name, _ in model.named_modules() if name and (place := unwrapped(name)))]
    prefix = max(places, key=lambda place: sum(place + key in names for key in state))

    def renamed(name: str) -> str | None:
        stored = unwrapped(name)
        return None if stored is None else stored.removeprefix(prefix)

    return renamed, prefix.removesuffix(".")


def _digest(tensor: Tensor) -> str:
    plain = tensor.detach().float().cpu().contiguous()
    return hashlib.blake2b(plain.numpy().tobytes() + str(tuple(plain.shape)).encode(), digest_size=16).hexdigest()


def _factor(tensor: Tensor, source: Tensor) -> float | None:
    """The number that a tensor was multiplied with, if it is one number."""
    if source.shape != tensor.shape:
        return None
    before, after = source.detach().float().cpu().flatten(), tensor.detach().float().cpu().flatten()
    factor = float(after @ before) / max(float(before @ before), 1e-30)
    return factor if torch.allclose(after, factor * before, rtol=1e-4, atol=1e-7) else None


def trace(model: nn.Module, heads: tuple[str, ...], weights: StateDict) -> Origin:
    """Look for every backbone tensor in the weights, after timm's own renaming for the architecture.

    Position tables and input convolutions are compared with what timm resamples them to for this very model; a tensor
    of another shape is not loaded. Constant tensors (fresh norms) tell nothing about where they come from, so values
    are compared under their own name only.
    """
    state = _as_named(model, weights)
    held = backbone_tensors(model, heads)
    before, place = _renaming(model, state)
    names = {name: stored for name in held if (stored := before(name)) is not None}
    tensors = {name: each for name, each in held.items() if each.is_floating_point() and name in names}
    by_value: dict[str, list[str]] = defaultdict(list)
    for name, each in state.items():
        if each.is_floating_point() and each.numel() > 1:
            by_value[_digest(each)].append(name)
    loaded, missing, inside = [], [], f"{place}." if place else ""  # what stands around that module is no backbone
    renamed: dict[str, str] = {}
    exchanged: dict[str, str] = {}
    changed: dict[str, float | None] = {}
    for name, tensor in tensors.items():
        source = state.get(names[name])
        if same(tensor.detach().cpu(), source):
            loaded.append(name)
            continue
        constant = tensor.numel() <= 1 or float(tensor.detach().float().std(correction=0)) == 0
        others = [] if constant else by_value.get(_digest(tensor), [])
        if others and source is None:
            renamed[name] = others[0]
        elif others:
            exchanged[name] = others[0]
        elif source is not None:
            changed[name] = _factor(tensor, source)
        elif name.startswith(inside):
            missing.append(name)
    drawn, carried = _first_convolutions(model, (*changed, *missing), weights)
    loaded += [name for name in (*changed, *missing) if name in carried]
    for name in (*drawn, *carried):
        changed.pop(name, None)
    missing = [name for name in missing if name not in (*drawn, *carried)]
    used = {*renamed.values(), *exchanged.values()}
    here = set(names.values())
    prefixes = tuple(f"{before(head)}." for head in heads)
    leftover = tuple(
        name
        for name in state
        if name not in here and name not in used and not name.startswith(prefixes) and state[name].is_floating_point()
    )
    return Origin(tuple(loaded), renamed, exchanged, changed, tuple(missing), leftover, place, drawn)


def _first_convolutions(
    model: nn.Module, names: tuple[str, ...], weights: StateDict
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Of the tensors named, kernels for one channel in place of three: those drawn anew, and those made of the three.

    The bias beside the latter is among them: a mean that is carried over may lie in it.
    """
    drawn, carried = [], []
    for name in names:
        module, _, kind = name.rpartition(".")
        layer = model.get_submodule(module)
        if kind != "weight" or not isinstance(layer, nn.Conv2d) or layer.in_channels >= RGB or layer.groups != 1:
            continue
        shape = (layer.out_channels, RGB, *layer.kernel_size)
        sources = [tensor for tensor in weights.values() if tensor.shape == shape]
        if sources and combines(layer.weight, sources):
            carried += [name, f"{module}.bias"]
        elif sources:
            drawn.append(name)
    return tuple(drawn), tuple(carried)


def without_neck(origin: Origin, order: tuple[str, ...]) -> Origin:
    """The same without layers that were put between the pretrained network and its head.

    They are missing from the weights, no name in the weights is left for them, and all of them are called after
    everything that was loaded.

    Args:
        origin: as traced.
        order: modules in the order of their calls.
    """
    if origin.leftover or not origin.missing:
        return origin
    place = {name: index for index, name in enumerate(order)}
    modules = {name: name.rpartition(".")[0] for name in (*origin.loaded, *origin.missing, *origin.changed)}
    last = max((place.get(modules[name], -1) for name in (*origin.loaded, *origin.changed)), default=-1)
    behind = {name for name in origin.missing if place.get(modules[name], -1) > last >= 0}
    return replace(origin, missing=tuple(name for name in origin.missing if name not in behind))


def likely_name(missing: str, leftover: tuple[str, ...]) -> str | None:
    """The leftover key that differs from a missing name by a wrapper's prefix alone."""
    for name in leftover:
        if name.endswith(f".{missing}") or WRAPPERS.sub("", name) == missing or missing.endswith(f".{name}"):
            return name
    return None


def untrained(model: nn.Module) -> tuple[int, int]:
    """How many norm layers are at their initial values, out of how many: a network that was trained has none.

    BatchNorm by its running statistics, other norms by weight 1 and bias 0.
    """
    fresh = total = 0
    for module in model.modules():
        mean, var = getattr(module, "running_mean", None), getattr(module, "running_var", None)
        if isinstance(mean, Tensor) and isinstance(var, Tensor):
            total += 1
            fresh += bool((mean == 0).all() and (var == 1).all())
        elif "Norm" in type(module).__name__ and isinstance(weight := getattr(module, "weight", None), Tensor):
            bias = getattr(module, "bias", None)
            total += 1
            fresh += bool((weight == 1).all() and (bias is None or (bias == 0).all()))
    return fresh, total
