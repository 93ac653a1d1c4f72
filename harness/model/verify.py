"""Which tensors of a model were really loaded: compared value by value with what timm makes of the weights."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import nn

from harness.model.adapted import adapted, bare
from harness.model.pretrained import StateDict

COUNTERS = "num_batches_tracked"


@dataclass(frozen=True)
class Verification:
    """How many backbone tensors should have come from the weights, how many did, and which did not.

    `lost` are those among the latter whose module the weights do hold. The others belong to modules of which the
    weights know nothing, as another pooling brings them along. `heads` are for each head the keys in the weights that
    its values were read from, none for a head that was drawn anew.
    """

    expected: int
    loaded: int
    not_loaded: tuple[str, ...]
    lost: tuple[str, ...] = ()
    heads: tuple[tuple[str, ...], ...] = ()


def backbone_tensors(model: nn.Module, heads: Iterable[str]) -> dict[str, torch.Tensor]:
    """Parameters and buffers outside the heads, by name; BatchNorm's step counters left out."""
    prefixes = tuple(f"{head}." for head in heads)
    return {
        name: tensor
        for name, tensor in model.state_dict().items()
        if not name.startswith(prefixes) and not name.endswith(COUNTERS)
    }


def verify(model: nn.Module, heads: Iterable[str], state: StateDict) -> Verification:
    """Compare the backbone with the weights as timm itself would put them into this very model.

    A tensor counts as loaded when it has the values (in the model's type) that timm gives it under its name: those of
    the weights, or what timm resamples them to (position tables, input convolutions). A wrapper may have renamed it;
    then it counts when the weights hold the same values under any name. Everything else is not loaded: a tensor of
    another shape among it.
    """
    heads = tuple(heads)
    core = bare(model)
    state = adapted(core, state)
    prefix = next((f"{name}." for name, module in model.named_modules() if module is core and name), "")
    tensors = backbone_tensors(model, heads)
    missing = [name for name, tensor in tensors.items() if not same(tensor, state.get(name.removeprefix(prefix)))]
    held = _Held(state)
    missing = [name for name in missing if name.removeprefix(prefix) in state or tensors[name] not in held]
    modules = {name.partition(".")[0] for name in state}
    lost = tuple(name for name in missing if name.removeprefix(prefix).partition(".")[0] in modules)
    sources = tuple(_sources(model, head, prefix, state, held) for head in heads)
    return Verification(len(tensors), len(tensors) - len(missing), tuple(missing), lost, sources)


def same(tensor: torch.Tensor, source: torch.Tensor | None) -> bool:
    """Whether a tensor has the source's shape and, in its own type, its values."""
    if source is None or source.shape != tensor.shape:
        return False
    return torch.equal(source.to(tensor.device, tensor.dtype), tensor.detach())


class _Held:
    """Tensors by their values, looked through when first asked."""

    def __init__(self, state: StateDict) -> None:
        self._state = state
        self._names: dict[tuple[torch.Size, bytes], str] = {}

    def __contains__(self, tensor: torch.Tensor) -> bool:
        return self.name(tensor) is not None

    def name(self, tensor: torch.Tensor) -> str | None:
        """The name of the first tensor with these values."""
        if not self._names:
            for name, each in self._state.items():
                self._names.setdefault(_digest(each), name)
        return self._names.get(_digest(tensor))


def _sources(model: nn.Module, head: str, prefix: str, state: StateDict, held: _Held) -> tuple[str, ...]:
    """Keys of the weights that hold a head's values; none where its matrix is not among them.

    A constant, such as a bias of zeros, says nothing of where it came from: it counts beside its matrix alone.
    """
    layer = model.get_submodule(head)
    weight, bias = layer.weight, layer.bias
    assert isinstance(weight, torch.Tensor)
    own = f"{head.removeprefix(prefix)}.weight"
    if same(weight, state.get(own)):
        key: str | None = own
    else:
        alike = any(each.shape == weight.shape for each in state.values())
        key = held.name(weight) if alike and float(weight.detach().float().std(correction=0)) > 0 else None
    if key is None:
        return ()
    beside = f"{key.removesuffix('weight')}bias"
    return (key, beside) if isinstance(bias, torch.Tensor) and same(bias, state.get(beside)) else (key,)


def _digest(tensor: torch.Tensor) -> tuple[torch.Size, bytes]:
    """Shape and values: what a tensor is, whatever it is called."""
    values = tensor.detach().cpu().float().contiguous().view(-1).view(torch.uint8).numpy()
    return tensor.shape, hashlib.sha256(values.tobytes()).digest()
