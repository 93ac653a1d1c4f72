"""Parameters are frozen that were meant to learn, or in a pattern that nobody would mean."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from torch.nn.modules.batchnorm import _BatchNorm

from harness.audit.case import Case
from harness.audit.parts.naming import listed
from harness.audit.parts.unchecked import NotCheckedError
from harness.audit.report import Finding

SWITCHES = 1  # frozen stages first, then learning ones: one change along the network


def frozen_parameters(case: Case) -> Iterator[Finding]:
    """The head frozen; anything frozen where all was meant to learn; frozen and learning layers mixed."""
    if case.purpose != "training":
        raise NotCheckedError("for inference all may be frozen")
    parameters = dict(case.model.named_parameters())
    frozen = [name for name, each in parameters.items() if not each.requires_grad and name in case.connected]
    if not frozen:
        return
    prefixes = tuple(f"{head}." for head in case.known_heads)
    of_head = [name for name in frozen if name.startswith(prefixes)] if prefixes else []
    backbone = [name for name in parameters if name in case.connected and not name.startswith(prefixes or ("\0",))]
    if of_head or len(frozen) == len(parameters):
        yield Finding(
            id="frozen-parameters",
            severity="error",
            seen=f"{listed(of_head or frozen)}: requires_grad is False.",
            why="A head that cannot learn knows nothing of the new classes.",
            fix=f"model.{case.known_heads[0]}.requires_grad_(True)" if of_head else "model.requires_grad_(True)",
            location=(of_head or frozen)[0],
        )
    meant = case.learns if isinstance(case.learns, frozenset) else None
    rest = [name for name in frozen if name not in of_head and (meant is None or name in meant)]
    if (case.learns == "all" or meant is not None) and rest:
        yield Finding(
            id="frozen-parameters",
            severity="error",
            seen=f"{len(rest)} of {len(backbone)} backbone parameters are frozen that were meant to learn: "
            f"{listed(rest)}.",
            why="What is called full fine-tuning is not: results are compared under a wrong name.",
            fix="model.requires_grad_(True)",
            location=rest[0],
        )
    elif rest and len(rest) < len(backbone) and not _meant(case, backbone, set(rest)):
        yield Finding(
            id="frozen-parameters",
            severity="warning",
            seen=f"{len(rest)} of {len(backbone)} backbone parameters are frozen, scattered among learning ones: "
            f"{listed(rest)}.",
            why="Frozen first stages, frozen norms or a frozen backbone are choices; this pattern is none of them.",
            fix="model.requires_grad_(True)  # or freeze whole stages from the input on",
            location=rest[0],
        )


def _meant(case: Case, backbone: list[str], frozen: set[str]) -> bool:
    """Frozen stages from the input on, or the same kinds of parameter (norms, biases) everywhere."""
    tops = list(dict.fromkeys(name.partition(".")[0] for name in backbone if "." in name))
    inside = [name for name in backbone if "." in name]  # tokens and position embeddings belong to no stage
    order = sorted(inside, key=lambda name: tops.index(name.partition(".")[0]))
    switches = len([key for key, _ in groupby(name in frozen for name in order)]) - 1
    if switches <= SWITCHES and order and order[0] in frozen:
        return True
    norms = {
        f"{name}.{kind}"
        for name, module in case.model.named_modules()
        if isinstance(module, _BatchNorm) or "Norm" in type(module).__name__
        for kind in ("weight", "bias")
    }
    vectors = {name for name in backbone if case.model.get_parameter(name).ndim <= 1}
    rest = set(backbone)
    return any(frozen == kind & rest or frozen == rest - kind for kind in (norms, vectors))
