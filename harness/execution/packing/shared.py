"""Models of runs that differ in how they are trained alone: created once, their frozen backbone shared."""

from __future__ import annotations

import copy
from dataclasses import replace

import torch
from torch import Tensor, nn

from harness.data.images import Dataset
from harness.execution.packing.pack_spec import creation_of
from harness.model.build import Built
from harness.spec.spec import Spec
from harness.training.hybrids.build import prepare
from harness.training.initial_diagnostics import backbone_hash


class SharedModels:
    """Builds as `prepare` does. Equal creations get one backbone, and each run a head of its own, bitwise as drawn.

    For strategies that leave the backbone alone and in eval mode, only.
    """

    def __init__(self) -> None:
        self._known: dict[str, Built] = {}

    def __call__(self, spec: Spec, dataset: Dataset, train_index: Tensor, device: torch.device) -> Built:
        """A model that is this run's to train: see `prepare`."""
        if spec.transfer.batchnorm != "train" or spec.evaluation.name != "proper":  # these touch the backbone
            return prepare(spec, dataset, train_index, device)
        key = creation_of(spec)
        if key not in self._known:
            built = prepare(spec, dataset, train_index, device)
            self._known[key] = replace(built, frozen_hash=backbone_hash(built.model, built.heads))
        return _with_own_heads(self._known[key])


def _with_own_heads(built: Built) -> Built:
    model = built.model
    own: dict[nn.Parameter, nn.Parameter] = {}
    for name in built.heads:
        theirs = model.get_submodule(name)
        head = copy.deepcopy(theirs)
        own |= dict(zip(theirs.parameters(), head.parameters(), strict=True))
        model = _exchanged(model, name.split("."), head)
    held = built.optimised
    if held is not None:
        held = frozenset(own.get(parameter, parameter) for parameter in held)
    return replace(built, model=model, optimised=held)


def _exchanged(module: nn.Module, path: list[str], head: nn.Module) -> nn.Module:
    """The module with another one at `path`; all beside the path are the very modules that it had."""
    name, *rest = path
    twin = copy.copy(module)
    twin._modules = dict(module._modules)
    twin._modules[name] = _exchanged(module.get_submodule(name), rest, head) if rest else head
    return twin
