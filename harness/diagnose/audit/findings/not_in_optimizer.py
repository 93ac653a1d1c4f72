"""Parameters that are meant to learn are in no group of the optimizer."""

from __future__ import annotations

from collections.abc import Iterator

from harness.diagnose.audit import _fixes as fixes
from harness.diagnose.audit.case import Case
from harness.diagnose.audit.findings import declares
from harness.diagnose.audit.report import Finding, NotCheckedError, listed


@declares(
    "error",
    "warning",
    measures="parameters that take gradients and are in no group with a learning rate",
    threshold="e with the head among them or where all was meant to learn",
)
def not_in_optimizer(case: Case) -> Iterator[Finding]:
    """Parameters that take gradients, looked for among the optimizer's tensors."""
    if case.optimizer is None:
        raise NotCheckedError("needs optimizer=")
    held = {id(each) for group in case.optimizer.param_groups for each in group["params"] if group["lr"] != 0}
    learning = [(name, each) for name, each in case.model.named_parameters() if each.requires_grad]
    left_out = [name for name, each in learning if id(each) not in held]
    if not left_out:
        return
    heads = tuple(f"{head}." for head in case.known_heads)
    of_head = [name for name in left_out if name.startswith(heads)] if heads else []
    meant = case.learns == "head" and not of_head
    if meant:
        return
    yield Finding(
        id="not-in-optimizer",
        severity="error"
        if of_head or case.learns not in ("head", None) or len(left_out) == len(learning)
        else "warning",
        seen=f"{len(left_out)} of {len(learning)} parameters that take gradients are in no group with a learning rate: "
        f"{listed(left_out)}.",
        why="They get gradients and never change."
        + (" The head is among them, so nothing is learnt of the classes." if of_head else ""),
        fix=f"{fixes.new_optimizer(case)}  # after the head is made",
        location=(of_head or left_out)[0],
    )
