"""A head of several parts was replaced whole, and what stood before its last layer is gone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import timm
import torch
from torch import nn

from harness.diagnose.audit.case import Case
from harness.diagnose.audit.findings import declares
from harness.diagnose.audit.images import stated_config
from harness.diagnose.audit.report import Finding, NotCheckedError
from harness.model.head_lines import attribute
from harness.model.heads import find_heads, stated
from harness.spec.errors import ImpossibleConfiguration


@declares(
    "warning",
    measures="class of the module around timm's head layer against a new instance's; the layers that went with it",
)
def replaced_head(case: Case) -> Iterator[Finding]:
    """The module around timm's head layer, against that of a new instance of the architecture, built without memory."""
    name = str(stated_config(case.model).get("architecture") or "")
    if not timm.is_model(name):
        raise NotCheckedError("only timm's models say which architecture they are")
    try:
        with torch.device("meta"), torch.random.fork_rng(devices=[]):
            new = timm.create_model(name)
        head = find_heads(new)[0]
    except (ImpossibleConfiguration, RuntimeError, TypeError, ValueError) as error:
        raise NotCheckedError(f"no new {name} can be built to compare with: {error}") from None
    around = head.rpartition(".")[0]
    if not around or not hasattr(case.model, around.partition(".")[0]):
        return
    try:
        own, proper = case.model.get_submodule(around), new.get_submodule(around)
    except AttributeError:
        own, proper = case.model.get_submodule(around.partition(".")[0]), new.get_submodule(around)
    if type(own) is type(proper):
        return
    lost = _layers(proper) - _layers(own)
    told = "" if stated(case.model) is not None else " timm's own get_classifier() and reset_classifier() fail on it."
    yield Finding(
        id="replaced-head",
        severity="warning",
        seen=f"{around} is a {type(own).__name__}, in a new {name} a {type(proper).__name__}; without its "
        f"{', '.join(sorted(lost)) or 'forward pass'}.{told}",
        why="Pooling, norm or dropout of the old head went with it; a norm has weights that were pretrained, and what "
        "reaches the new layers has another shape or scale.",
        fix=f"{attribute(head)} = torch.nn.Sequential(...)  # the last layer alone, or model.reset_classifier(n)",
        location=around,
    )


def _layers(module: nn.Module) -> Counter[str]:
    leaves = [each for each in module.modules() if not any(each.children())]
    return Counter(type(each).__name__ for each in leaves if not isinstance(each, nn.Identity | nn.Linear))
