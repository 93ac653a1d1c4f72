"""Parameters learn that were not meant to."""

from __future__ import annotations

from collections.abc import Iterator

from harness.diagnose.audit.case import Case
from harness.diagnose.audit.findings import declares
from harness.diagnose.audit.report import Finding, NotCheckedError, listed


@declares(
    "error",
    "warning",
    measures="parameters outside of what was meant to learn that take gradients and, with an optimizer given, are in a "
    "group with a learning rate",
    threshold="w where they are vectors alone, as those of norms, and where no optimizer was given",
)
def unfrozen_parameters(case: Case) -> Iterator[Finding]:
    """Parameters that take gradients, without those that were told to learn."""
    if case.purpose != "training" or case.learns in (None, "all"):
        raise NotCheckedError("needs learns='head', or the names of what is meant to learn")
    if isinstance(case.learns, frozenset):
        meant = case.learns
    elif case.known_heads:
        inside = tuple(f"{name}." for name in (*case.known_heads, *case.scope, *case.spare))
        meant = frozenset(name for name, _ in case.model.named_parameters() if name.startswith(inside))
    else:
        raise NotCheckedError("no head was found, so what is outside of it cannot be told")
    groups = [] if case.optimizer is None else case.optimizer.param_groups
    held = {id(each) for group in groups for each in group["params"] if group["lr"] != 0}
    every = {name: each for name, each in case.model.named_parameters() if name in case.connected}
    learning = [
        name
        for name, each in every.items()
        if each.requires_grad and name not in meant and (case.optimizer is None or id(each) in held)
    ]
    if not learning:
        return
    yield Finding(
        id="unfrozen-parameters",
        severity="error" if groups and any(every[name].ndim > 1 for name in learning) else "warning",
        seen=f"{len(learning)} of {len(every)} parameters will learn that were not meant to: {listed(learning)}.",
        why="What is called a probe is fine-tuning: another result, at a rate that was chosen for the head.",
        fix=_fix(case),
        location=learning[0],
    )


def _fix(case: Case) -> str:
    told = isinstance(case.learns, frozenset)
    meant = "name in learns" if told else f"name.startswith({tuple(f'{head}.' for head in case.scope)!r})"
    return f"[each.requires_grad_({meant}) for name, each in {case.start}.named_parameters()]"
