"""Layers stand in a list or a dict of Python, where their module does not know them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import torch
from torch import Tensor, nn

from harness.diagnose.audit._passes import FEW, first_tensor
from harness.diagnose.audit._undisturbed import mode
from harness.diagnose.audit.case import Case
from harness.diagnose.audit.findings import declares
from harness.diagnose.audit.report import Finding, listed

DEEP = 3  # a list in a dict in a list


@declares(
    "error",
    measures="parameters in plain attributes of modules that the outputs depend on and the model does not list",
    threshold="exact",
)
def unregistered_layers(case: Case) -> Iterator[Finding]:
    """Parameters of modules in lists, tuples and dicts, sent a gradient."""
    known = {id(each) for each in case.model.parameters()}
    hidden = {
        f"{place}.{name}" if name else place: each
        for place, value in _plain(case.model)
        for name, each in _parameters(value)
        if id(each) not in known and each.is_floating_point()
    }
    used = _used(case, hidden)
    if used:
        yield Finding(
            id="unregistered-layers",
            severity="error",
            seen=f"{len(used)} parameters that the outputs depend on are not among model.parameters(): {listed(used)}.",
            why="The optimizer, train() and eval(), state_dict() and to(device) pass over them: they stay as they were "
            "initialised, and are not saved.",
            fix="put the layers into torch.nn.ModuleList or torch.nn.ModuleDict, before the optimizer is made",
            location=used[0].partition(".")[0].partition("[")[0],
        )


def _plain(model: nn.Module) -> Iterator[tuple[str, object]]:
    """What lies in the lists, tuples and dicts that modules have as attributes, with a name that says where."""
    for name, module in model.named_modules():
        for attribute, value in vars(module).items():
            if not attribute.startswith("_"):
                yield from _within(f"{name}.{attribute}" if name else attribute, value, DEEP)


def _within(place: str, value: object, deep: int) -> Iterator[tuple[str, object]]:
    if isinstance(value, nn.Module | nn.Parameter):
        yield place, value
    elif deep and isinstance(value, list | tuple):
        for number, each in enumerate(value):
            yield from _within(f"{place}[{number}]", each, deep - 1)
    elif deep and isinstance(value, Mapping):
        for key, each in value.items():
            yield from _within(f"{place}[{key!r}]", each, deep - 1)


def _parameters(value: object) -> Iterator[tuple[str, nn.Parameter]]:
    if isinstance(value, nn.Module):
        yield from value.named_parameters()
    elif isinstance(value, nn.Parameter):
        yield "", value


def _used(case: Case, hidden: Mapping[str, nn.Parameter]) -> list[str]:
    """Those that the outputs have a gradient to, frozen ones included."""
    if not hidden:
        return []
    flags = [(each, each.requires_grad) for each in hidden.values()]
    for each, _ in flags:
        each.requires_grad_(True)
    try:
        with mode(case.model, False):
            outputs = first_tensor(case.model(case.images[:FEW]))
        if not isinstance(outputs, Tensor) or not outputs.requires_grad:
            return []
        gradients = torch.autograd.grad(outputs.float().sum(), list(hidden.values()), allow_unused=True)
        return [name for name, each in zip(hidden, gradients, strict=True) if each is not None]
    finally:
        for each, flag in flags:
            each.requires_grad_(flag)
