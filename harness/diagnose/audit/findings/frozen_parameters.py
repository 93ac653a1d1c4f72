"""Parameters are frozen that were meant to learn, or in a pattern that nobody would mean."""

from __future__ import annotations

from collections.abc import Iterator

from harness.diagnose.audit import _adapters as adapters
from harness.diagnose.audit._freezing import meant_pattern
from harness.diagnose.audit._naming import listed
from harness.diagnose.audit._unchecked import NotCheckedError
from harness.diagnose.audit.case import Case
from harness.diagnose.audit.findings import declares
from harness.diagnose.audit.report import Finding


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
    if scattered and not adapters.adapted(case.model) and not meant_pattern(case.model, backbone, set(outside)):
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
    return adapters.adapted(case.model) and (adapters.under_adapter(case.model, head) or not case.fresh)


def _fix(case: Case, head: bool) -> str:
    if not head:
        return f"{case.start}.requires_grad_(True)"
    if not adapters.adapted(case.model):
        return f"{case.written(case.heads[0])}.requires_grad_(True)"
    name = adapters.plain_name(case.heads[0]) or case.heads[0]
    config = f"{case.start}.peft_config[{next(iter(getattr(case.model, 'peft_config', {'default': None})))!r}]"
    return (
        f"config = {config}; config.modules_to_save = [{name!r}]; "
        f"{case.start} = peft.get_peft_model({case.start}.unload(), config)"
    )
