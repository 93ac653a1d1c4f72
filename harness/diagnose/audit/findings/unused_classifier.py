"""A classifier is registered whose output never reaches the logits."""

from __future__ import annotations

from collections.abc import Iterator

from torch import Tensor

from harness.diagnose.audit._library import new_layer
from harness.diagnose.audit.case import Case
from harness.diagnose.audit.findings import declares
from harness.diagnose.audit.report import Finding, NotCheckedError


@declares(
    "error",
    measures="Linear or convolution with a classifier's name or width, to whose parameters the outputs "
    "have no gradient in either mode",
)
def unused_classifier(case: Case) -> Iterator[Finding]:
    """Layers that the outputs have no gradient to, with as many outputs as there are classes or a classifier's name."""
    if case.train_failure:
        raise NotCheckedError(f"train mode fails, and auxiliary classifiers are used in it alone: {case.train_failure}")
    real = next(iter(case.known_heads), None)
    for name in case.unused:
        rows, columns = _shape(case, name)
        yield Finding(
            id="unused-classifier",
            severity="error",
            seen=f"{name} ({type(case.model.get_submodule(name)).__name__}, {columns} to {rows}) has no path to the "
            "outputs; " + (f"they come from {real}." if real else "no layer was found that makes them."),
            why="A new attribute that the forward pass never uses does not learn; the old classifier answers instead, "
            "and accuracy alone may not show it.",
            fix=f"{case.written(real)} = {new_layer(case.head, rows)}" if real else "use it in forward()",
            location=name,
        )


def _shape(case: Case, name: str) -> tuple[int, int]:
    weight = case.model.get_submodule(name).weight
    assert isinstance(weight, Tensor)
    return weight.shape[0], weight.shape[1]
