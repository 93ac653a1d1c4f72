"""A ReLU or a clamp stands after the head."""

from __future__ import annotations

from collections.abc import Iterator

from torch import Tensor

from harness.diagnose.audit.case import Case
from harness.diagnose.audit.findings import declares
from harness.diagnose.audit.report import Finding

SHARE = 0.1  # of the outputs; two equal ones are rare among logits in any number format


@declares(
    "warning",
    measures="outputs that share the smallest or the largest value exactly: 0, or one that only some images reach",
    threshold="a tenth of them, not all; w because SqueezeNet is made so",
)
def clipped_outputs(case: Case) -> Iterator[Finding]:
    """The fraction of the outputs at their bounds."""
    outputs = case.logits
    for bound, name in ((outputs.min(), "smallest"), (outputs.max(), "largest")):
        at = outputs == bound
        share = float(at.float().mean())
        if SHARE <= share < 1 and (float(bound) == 0 or _varies(at)):
            yield Finding(
                id="clipped-outputs",
                severity="warning",
                seen=f"{100 * share:.0f} % of the outputs are {float(bound):.3g} exactly, the {name} of all.",
                why="Whatever clips them, as a ReLU does, passes no gradient: a class below the bound cannot be pushed "
                "up or down, and logits need both signs.",
                fix="return the head's own output, without an activation after it",
            )
            return


def _varies(at: Tensor) -> bool:
    """Whether some class is at the bound for some images and not for others; a mask leaves classes out for all."""
    return bool((at.any(dim=0) & ~at.all(dim=0)).any())
