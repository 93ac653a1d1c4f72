"""The optimizer holds tensors that are not, or no longer, the model's."""

from __future__ import annotations

from collections.abc import Iterator

from harness.diagnose.audit import _fixes as fixes
from harness.diagnose.audit.case import Case
from harness.diagnose.audit.findings import declares
from harness.diagnose.audit.report import Finding, NotCheckedError


@declares(
    "error",
    "warning",
    measures="tensors of the optimizer that are not the model's",
    threshold="e where one has the head's width, or all",
)
def stale_optimizer(case: Case) -> Iterator[Finding]:
    """The optimizer's tensors, looked for among the model's parameters."""
    if case.optimizer is None:
        raise NotCheckedError("needs optimizer=")
    own = {id(each) for each in case.model.parameters()}
    held = [each for group in case.optimizer.param_groups for each in group["params"]]
    strange = [each for each in held if id(each) not in own]
    if not strange:
        return
    yield Finding(
        id="stale-optimizer",
        severity="error"
        if len(strange) == len(held) or _like_a_head(case, [tuple(e.shape) for e in strange])
        else "warning",
        seen=f"{len(strange)} of the {len(held)} tensors in the optimizer are not the model's (shapes "
        f"{', '.join(str(tuple(each.shape)) for each in strange[:3])}).",
        why="The optimizer was made before the head was replaced, or for a copy of the model: it moves tensors that "
        "nothing reads, and leaves the new ones alone.",
        fix=f"{fixes.new_optimizer(case)}  # after the last change to the model",
        location=next(iter(case.known_heads), ""),
    )


def _like_a_head(case: Case, shapes: list[tuple[int, ...]]) -> bool:
    """Whether a strange tensor takes the head's features: an old head."""
    return (
        any(len(shape) > 1 and shape[1] == case.head_weight.shape[1] for shape in shapes) if case.known_heads else True
    )
