"""Gradients are recorded where inference was meant."""

from __future__ import annotations

from collections.abc import Iterator

from harness.diagnose.audit.case import Case
from harness.diagnose.audit.findings import declares
from harness.diagnose.audit.report import Finding, NotCheckedError


@declares(
    "warning",
    measures="outputs with a graph",
)
def gradients_in_inference(case: Case) -> Iterator[Finding]:
    """Outputs that carry a graph; without outputs, a call of the audit itself where gradients are recorded."""
    if case.purpose != "inference":
        raise NotCheckedError("needs purpose='inference'")
    learning = sum(each.requires_grad for each in case.model.parameters())
    if case.outputs is not None:
        recorded = case.outputs.requires_grad
        seen = "The outputs given carry a graph of gradients."
    else:
        recorded = case.records_gradients and learning > 0
        seen = f"check() was called with gradients on, and {learning} parameters require them."
    if recorded:
        yield Finding(
            id="gradients-in-inference",
            severity="warning",
            seen=seen,
            why="Every activation is kept for a backward pass that never comes: memory and time, not accuracy.",
            fix="with torch.inference_mode(): logits = model(images)",
        )
