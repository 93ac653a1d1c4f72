"""Parameters are frozen that were meant to learn, or in a pattern that nobody would mean."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from itertools import groupby

from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from harness.diagnose.audit._wrappers import has_adapters, name_before_peft, under_adapter
from harness.diagnose.audit.case import Case
from harness.diagnose.audit.findings import declares
from harness.diagnose.audit.report import Finding, NotCheckedError, listed


@declares(
    "error",
    "warning",
    measures="frozen head; frozen backbone where all was meant to learn; frozen and learning layers mixed",
    threshold="w unless frozen from the input on, or norms, or vectors alone",
)
def frozen_parameters(case: Case) -> Iterator[Finding]:
    """The head frozen; anything frozen where all was meant to learn; frozen and learning layers mixed."""
    if case.purpose != "training":
        raise NotCheckedError("for inference all may be frozen")
    spare = tuple(f"{name}." for name in case.spare) or ("\0",)
    parameters = {name: each for name, each in case.model.named_parameters() if not name.startswith(spare)}
    frozen = [name for name, each in parameters.items() if not each.requires_grad and name in case.connected]
    if not frozen:
        return
    heads = tuple(f"{head}." for head in case.known_heads) or ("\0",)
    scope = tuple(f"{name}." for name in case.scope) or ("\0",)
    kept = tuple(f"{head}." for head in case.known_heads if _kept(case, head)) or ("\0",)
    of_head = [name for name in frozen if name.startswith(heads) and not name.startswith(kept)]
    if of_head or len(frozen) == len(parameters):
        yield Finding(
            id="frozen-parameters",
            severity="error",
            seen=f"{listed(of_head or frozen)}: requires_grad is False.",
            why="A head that cannot learn knows nothing of the new classes.",
            fix=_fix(case, bool(of_head)),
            location=(of_head or frozen)[0],
        )
    backbone = [name for name in parameters if name in case.connected and not name.startswith((*heads, *scope))]
    meant = case.learns if isinstance(case.learns, frozenset) else None
    rest = [name for name in frozen if not name.startswith(heads) and (meant is None or name in meant)]
    if (case.learns == "all" or meant is not None) and rest:
        yield Finding(
            id="frozen-parameters",
            severity="error",
            seen=f"{len(rest)} of {len(parameters)} parameters are frozen that were meant to learn: {listed(rest)}.",
            why="What is called full fine-tuning is not: results are compared under a wrong name.",
            fix=f"{case.start}.requires_grad_(True)",
            location=rest[0],
        )
        return
    outside = [name for name in rest if name in set(backbone)]
    scattered = outside and len(outside) < len(backbone)
    if scattered and not has_adapters(case.model) and not _meant_pattern(case.model, backbone, set(outside)):
        yield Finding(
            id="frozen-parameters",
            severity="warning",
            seen=f"{len(outside)} of {len(backbone)} backbone parameters are frozen, scattered among learning ones: "
            f"{listed(outside)}.",
            why="Frozen first stages, norms, kinds of layer or a frozen backbone are choices; this pattern is none.",
            fix=f"{case.start}.requires_grad_(True)  # or freeze whole stages from the input on",
            location=outside[0],
        )


def _kept(case: Case, head: str) -> bool:
    """Whether adapters are why a head is frozen: one learns beside it, or it came trained with the network."""
    return has_adapters(case.model) and (under_adapter(case.model, head) or not case.fresh)


def _fix(case: Case, head: bool) -> str:
    if not head:
        return f"{case.start}.requires_grad_(True)"
    if not has_adapters(case.model):
        return f"{case.written(case.heads[0])}.requires_grad_(True)"
    name = name_before_peft(case.heads[0]) or case.heads[0]
    config = f"{case.start}.peft_config[{next(iter(getattr(case.model, 'peft_config', {'default': None})))!r}]"
    return (
        f"config = {config}; config.modules_to_save = [{name!r}]; "
        f"{case.start} = peft.get_peft_model({case.start}.unload(), config)"
    )


SWITCHES = 1  # frozen stages first, then learning ones: one change along the network
REPEATED = 2  # layers of a kind, from which on it is a kind


def _meant_pattern(model: nn.Module, backbone: list[str], frozen: set[str]) -> bool:
    """Frozen stages from the input on, the same kinds of parameter everywhere, or adapters in a frozen network."""
    tops = list(dict.fromkeys(name.partition(".")[0] for name in backbone if "." in name))
    inside = [name for name in backbone if "." in name]  # tokens and position embeddings belong to no stage
    order = sorted(inside, key=lambda name: tops.index(name.partition(".")[0]))
    switches = len([key for key, _ in groupby(name in frozen for name in order)]) - 1
    if switches <= SWITCHES and order and order[0] in frozen:
        return True
    norms = {
        f"{name}.{kind}"
        for name, module in model.named_modules()
        if isinstance(module, _BatchNorm) or "Norm" in type(module).__name__
        for kind in ("weight", "bias")
    }
    vectors = {name for name in backbone if model.get_parameter(name).ndim <= 1}
    rest = set(backbone)
    return any(frozen == kind & rest or frozen == rest - kind for kind in (norms, vectors)) or _by_kind(
        model, rest, frozen
    )


def _by_kind(model: nn.Module, backbone: set[str], frozen: set[str]) -> bool:
    """Whether what learns are whole kinds of layer, the same in every block: adapters, attention, prompts.

    A kind is a name with its numbers left out. Tokens and prompts (parameters of the whole model) stand alone.
    """
    kinds: dict[str, list[str]] = defaultdict(list)
    for name in backbone:
        kinds[re.sub(r"\d+", "#", name)].append(name)
    learning = {kind: names for kind, names in kinds.items() if any(name not in frozen for name in names)}
    return all(
        not frozen & set(names) and (len(names) >= REPEATED or "." not in names[0]) for names in learning.values()
    )
