"""The loss before the first step is far above ln(classes)."""

from __future__ import annotations

import math
from collections.abc import Iterator

from harness.diagnose.audit._reach import costly
from harness.diagnose.audit.case import Case
from harness.diagnose.audit.findings import declares
from harness.diagnose.audit.report import Finding, NotCheckedError

NOTABLE = 0.5  # nats: logits of deviation 1 between classes cost about so much (half their variance)
SERIOUS = 1.0  # nats: worse than a uniform guess among e times as many classes; see docs/audit.md
OF_LABELS = (0.113, 0.209)
"""Nats that the same logits, of deviation 1 and sqrt(2), cost a label that is there or not: E ln(1 + exp z) - ln 2."""


@declares(
    "warning",
    "error",
    measures="loss at step 0 minus ln(classes); without labels the mean over all labels",
    threshold="w 0.5 nats (logits of deviation 1); e 1 nat, unless a plan is known that undoes the initialisation "
    "(see `head-out-of-reach`). In the records every head above 1 nat loses 16 to 65 points in "
    "short probes at 1e-3. Of several labels an image minus ln(2), w 0.11 and e 0.21 nats: the same logits",
)
def initial_loss(case: Case) -> Iterator[Finding]:
    """Cross-entropy at step 0 minus ln(classes); without labels, the mean over all labels that could be."""
    loss, uniform = case.initial_loss, case.uniform_loss
    several = case.label_rows is not None
    notable, serious = OF_LABELS if several else (NOTABLE, SERIOUS)
    if case.given_labels is None and not several and not case.fresh:
        raise NotCheckedError("the head does not look freshly initialised, so its loss needs labels= to be judged")
    if loss - uniform < notable:
        return
    head = next(iter(case.known_heads), "head")
    yield Finding(
        id="initial-loss",
        severity="error" if loss - uniform >= serious and costly(case) else "warning",
        seen=f"The loss before training is {loss:.3f}; a uniform guess costs "
        f"ln({2 if several else case.logits.shape[1]}) = {uniform:.3f}"
        f"{' for each label' if several else ''}, "
        f"that is {math.exp(min(loss - uniform, 50)):.3g} times the perplexity.",
        why="The initial head is confident about classes that it knows nothing of; the first part of training is spent "
        "on undoing that, and with few steps or a small learning rate it is never undone.",
        fix=case.zeroed() if case.known_heads else "initialise the last layer with smaller weights",
        location=head,
    )
