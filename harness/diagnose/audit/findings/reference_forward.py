"""The same layers compute something else than in the reference."""

from __future__ import annotations

from collections.abc import Iterator

from harness.diagnose.audit.case import Case
from harness.diagnose.audit.findings import declares
from harness.diagnose.audit.report import Finding, NotCheckedError
from harness.model.computation.compare import Divergence, NotComparableError, compare
from harness.model.verify import backbone_tensors


@declares(
    "warning",
    measures="what passes every module of both, with the same tensors and images: eval mode, then train "
    "mode without dropout and the running statistics after it; eps and momentum of norms as "
    "stated",
    threshold="relative change 1e-7 in float64 (60 M parameters), else 1e-4",
)
def reference_forward(case: Case) -> Iterator[Finding]:
    """Both models with the same tensors and images: in eval mode, then in train mode, which sees BatchNorm's momentum.

    Where tensors have other values, copies of both get this model's, so that the computation alone is compared.
    """
    own = backbone_tensors(case.model, case.known_heads)
    other = backbone_tensors(case.other.model, case.other.known_heads)
    if {name: each.shape for name, each in own.items()} != {name: each.shape for name, each in other.items()}:
        raise NotCheckedError("the two have other backbone tensors, which reference-backbone names")
    try:
        found = compare(case.model, case.other.model, case.images, (case.known_heads, case.other.known_heads))
    except NotComparableError as reason:
        raise NotCheckedError(str(reason)) from None
    for each in found:
        here, there = each.words()
        yield Finding(
            id="reference-forward",
            severity="warning",
            seen=f"{_seen(each)}: {here} here, {there} in the reference"
            + (f", and so in {each.others} more modules." if each.others else "."),
            why="Weights are right for the computation that they were trained in. With the same tensors the two are "
            "different models, and what is compared is not the way of creating them alone.",
            fix="make both with the same constructor arguments (activation, norm layer and its eps and momentum, "
            "padding, transform_input): those of the network that the weights come from",
            location=each.place,
        )


def _seen(each: Divergence) -> str:
    if each.change is None:
        return f"At {each.where} the two differ in {each.when}"
    size = "by its shape" if each.change == float("inf") else f"by {100 * each.change:.2g} %"
    reached = "" if each.features is None else f", what reaches the head by {100 * each.features:.2g} %"
    return f"With the same tensors and images the two first differ at {each.where}, in {each.when}, {size}{reached}"
