"""A fresh head's logits lie far apart, or do not differ at all."""

from __future__ import annotations

from collections.abc import Iterator

from harness.diagnose.audit.case import Case
from harness.diagnose.audit.findings import declares
from harness.diagnose.audit.report import Finding, NotCheckedError

WIDE = 2.0  # nats: the odds between two typical classes are e^2 to 1 or more before anything was learnt
NONE = 1e-5  # nats: below what float32 keeps of logits of order 1


@declares(
    "warning",
    "error",
    measures="deviation of an image's logits over the classes, of a fresh head",
    threshold="w 2 (odds of e² to 1 before learning); e below 1e-5 with a head that is not zero (float32's resolution)",
)
def logit_spread(case: Case) -> Iterator[Finding]:
    """Standard deviation of an image's logits over the classes, of a head that was initialised and not trained."""
    if not case.fresh:
        raise NotCheckedError("the head does not look freshly initialised, and a trained head may be confident")
    spread, nonzero = case.logit_spread, bool((case.head_weight != 0).any())
    if spread >= WIDE:
        yield Finding(
            id="logit-spread",
            severity="warning",
            seen=f"The logits of one image deviate by {spread:.2f} over the classes, and the head is freshly "
            f"initialised.",
            why=f"{'Softmax' if case.label_rows is None else 'The sigmoid'} is saturated: gradients of most "
            f"{'classes' if case.label_rows is None else 'labels'} are close to zero, and the rest undo the "
            "initialisation.",
            fix=case.zeroed(),
            location=case.heads[0],
        )
    elif spread < NONE and nonzero and case.estimated:
        yield Finding(
            id="logit-spread",
            severity="error",
            seen=f"The logits of one image deviate by {spread:.1e} over the classes, although the head is not zero.",
            why="Nothing of the image reaches the logits: the features are dead, or the head's scale is lost.",
            fix="look at what reaches the head, by a forward hook on it: torch.nn.Module.register_forward_pre_hook",
            location=case.heads[0],
        )
