"""In eval mode the same images get other outputs each time."""

from __future__ import annotations

from collections.abc import Iterator

from harness.diagnose.audit._passes import answer
from harness.diagnose.audit.case import Case
from harness.diagnose.audit.findings import declares
from harness.diagnose.audit.report import Finding

CLOSE = 1e-3  # of the logits' size: the order of sums on a GPU stays below


@declares(
    "error",
    measures="two passes of the same images in eval mode: dropout or noise that is at work in evaluation",
    threshold="1e-3 of the logits",
)
def random_outputs(case: Case) -> Iterator[Finding]:
    """The difference of two passes in eval mode."""
    first = case.logits
    again = answer(case.model, case.images).logits.float()
    off, size = float((again - first).abs().max()), float(first.abs().max())
    if off <= CLOSE * size:
        return
    yield Finding(
        id="random-outputs",
        severity="error",
        seen=f"Two passes of the same images in eval mode differ by up to {off:.3g}; the logits reach {size:.3g}.",
        why="Something random takes no notice of eval mode, such as torch.nn.functional.dropout, whose training=True "
        "is the default: predictions are noisy and accuracy is lower.",
        fix="torch.nn.functional.dropout(x, p, training=self.training)  # or torch.nn.Dropout(p)",
    )
