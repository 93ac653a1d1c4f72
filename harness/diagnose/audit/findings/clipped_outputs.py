"""A ReLU or a clamp stands after the head."""

from __future__ import annotations

from collections.abc import Iterator

from torch import Tensor

from harness.diagnose.audit.case import Case
from harness.diagnose.audit.findings import declares
from harness.diagnose.audit.report import Finding, NotCheckedError

SHARE = 0.1  # of the outputs; two equal ones are rare among logits in any number format


@declares(
    "warning",
    measures="outputs that share the smallest or the largest value exactly, of all or of their image: 0, or one that "
    "only some images reach; outputs that are one number where the head's own differ",
    threshold="a tenth of them; w because SqueezeNet is made so",
)
def clipped_outputs(case: Case) -> Iterator[Finding]:
    """The fraction of the outputs at their bounds: the batch's, or after a log-softmax each image's own."""
    outputs = case.logits
    if bool((outputs == outputs[0, 0]).all()):
        if _head_varies(case):
            yield _finding(1.0, f"{float(outputs[0, 0]):.3g} exactly, and what the head puts out differs")
        return
    for bound, name in ((outputs.min(), "smallest"), (outputs.max(), "largest")):
        at = outputs == bound
        share = float(at.float().mean())
        if share >= SHARE and (float(bound) == 0 or _varies(at)):
            yield _finding(share, f"{float(bound):.3g} exactly, the {name} of all")
            return
    for bounds, name in ((outputs.amin(dim=1), "smallest"), (outputs.amax(dim=1), "largest")):
        at = outputs == bounds[:, None]
        share = float((at.sum(dim=1) - 1).float().mean()) / outputs.shape[1]
        if share >= SHARE and _varies(at):
            yield _finding(share, f"exactly as small or large as another class: the {name} of their image")
            return


def _finding(share: float, seen: str) -> Finding:
    return Finding(
        id="clipped-outputs",
        severity="warning",
        seen=f"{100 * share:.0f} % of the outputs are {seen}.",
        why="Whatever clips them, as a ReLU does, passes no gradient: a class below the bound cannot be pushed "
        "up or down, and logits need both signs.",
        fix="return the head's own output, without an activation after it",
    )


def _head_varies(case: Case) -> bool:
    """Whether a head puts out different numbers, as far as it can be watched."""
    try:
        flows = [case.watched.flows[name].outputs for name in case.heads if name in case.watched.flows]
    except NotCheckedError:
        return False
    return any(low < high for low, high in flows)


def _varies(at: Tensor) -> bool:
    """Whether some class is at the bound for some images and not for others; a mask leaves classes out for all."""
    return bool((at.any(dim=0) & ~at.all(dim=0)).any())
