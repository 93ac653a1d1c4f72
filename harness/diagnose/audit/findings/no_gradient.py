"""Parameters that take gradients and never get one: the outputs do not depend on them."""

from __future__ import annotations

from collections.abc import Iterator

from harness.diagnose.audit.case import Case
from harness.diagnose.audit.findings import declares
from harness.diagnose.audit.report import Finding, NotCheckedError, listed

CUT = 0.5  # of the parameters outside the head: then the graph is cut, not one tensor forgotten


@declares(
    "error",
    "warning",
    measures="parameters that the outputs have no gradient to, in either mode",
    threshold="e above half of the tensors: the graph is cut",
)
def no_gradient(case: Case) -> Iterator[Finding]:
    """Parameters outside of unused classifiers, which have a finding of their own."""
    learning = [(name, each) for name, each in case.model.named_parameters() if each.requires_grad]
    if case.train_failure:
        raise NotCheckedError(f"train mode fails, and some layers may be used in it alone: {case.train_failure}")
    classifiers = tuple(f"{name}." for name in case.unused)
    lost = [
        (name, each)
        for name, each in learning
        if name not in case.connected and each.is_floating_point() and not name.startswith(classifiers)
    ]
    if not lost:
        return
    fraction = sum(each.numel() for _, each in lost) / max(1, sum(each.numel() for _, each in learning))
    tensors = len(lost) / len(learning)
    cut = tensors > CUT
    yield Finding(
        id="no-gradient",
        severity="error" if cut else "warning",
        seen=f"{len(lost)} of {len(learning)} parameters ({100 * fraction:.1f} % of the numbers) get no gradient, in "
        "eval or "
        f"in train mode: {listed([name for name, _ in lost])}.",
        why="The graph is cut between them and the outputs (detach, no_grad or .data in forward): they cannot learn."
        if cut else "They take memory and cannot learn; distributed training stops with an error over them.",
        fix="take detach() and no_grad() out of forward()"
        if cut else f"{case.written(lost[0][0])}.requires_grad_(False)",
        location=lost[0][0],
    )  # fmt: skip
