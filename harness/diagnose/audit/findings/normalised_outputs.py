"""The outputs are probabilities already, where a loss expects logits."""

from __future__ import annotations

from collections.abc import Iterator

import torch

from harness.diagnose.audit.case import Case
from harness.diagnose.audit.findings import declares
from harness.diagnose.audit.report import Finding

TOLERANCE = 1e-4  # in float32
ROUNDING = 4  # of the smallest step of the model's number format


@declares(
    "error",
    "warning",
    measures="rows that sum to 1, log-sum-exp 0, or all within 0..1",
    threshold="1e-4 (float32); e for softmax before training",
)
def normalised_outputs(case: Case) -> Iterator[Finding]:
    """Rows that sum to 1 (softmax), log-probabilities (log-softmax), or values within 0..1 (sigmoid)."""
    outputs = case.logits
    tolerance = max(TOLERANCE, ROUNDING * torch.finfo(case.dtype).eps)
    kind = None
    if float(outputs.min()) >= 0 and float((outputs.sum(dim=1) - 1).abs().max()) < tolerance:
        kind = "softmax"
    elif float(outputs.max()) <= 0 and float(outputs.logsumexp(dim=1).abs().max()) < tolerance:
        kind = "log-softmax"
    elif float(outputs.min()) > 0 and float(outputs.max()) < 1 and outputs.numel() >= 32:
        kind = "sigmoid"
    if kind is None:
        return
    yield Finding(
        id="normalised-outputs",
        severity="error" if kind == "softmax" and case.purpose == "training" else "warning",
        seen=f"The outputs look like those of a {kind}: they lie within {float(outputs.min()):.3g} and "
        f"{float(outputs.max()):.3g}"
        + (", and each row sums to 1." if kind == "softmax" else "." if kind == "sigmoid" else ", log-sum-exp 0."),
        why="Cross-entropy applies a softmax of its own: after a softmax or sigmoid the loss can hardly fall and "
        "gradients fade; after a log-softmax it is done twice, to no effect.",
        fix="return the head's own output, and take softmax outside of the model, for display alone",
    )
