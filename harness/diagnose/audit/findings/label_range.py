"""Labels that are no class: below 0, or as large as the number of classes or larger."""

from __future__ import annotations

from collections.abc import Iterator

from harness.diagnose.audit._inputs import IGNORED, starts_at_one
from harness.diagnose.audit.case import Case
from harness.diagnose.audit.findings import declares
from harness.diagnose.audit.report import Finding, NotCheckedError


@declares(
    "error",
    measures="labels below 0, or as large as the number of classes; labels that the loss passes over "
    "(`ignore_index`, -100) left out",
)
def label_range(case: Case) -> Iterator[Finding]:
    """Smallest and largest label against the number of classes; labels that the loss passes over are left out."""
    labels, classes = case.all_labels, None if case.failure and case.num_classes is None else case.classes
    if not len(labels):
        raise NotCheckedError(f"all labels are {case.ignore_index}, which the loss passes over")
    low, high = int(labels.min()), int(labels.max())
    told = case.num_classes is not None or (classes is not None and starts_at_one(labels, classes))
    above = classes is not None and told and high >= classes  # else the outputs are too few: a finding of its own
    if low >= 0 and not above:
        return
    wrong = int((labels < 0).sum()) + (int((labels >= classes).sum()) if classes is not None and above else 0)
    yield Finding(
        id="label-range",
        severity="error",
        seen=f"{wrong} of {len(labels)} labels are outside of 0..{'classes - 1' if classes is None else classes - 1}: "
        f"they run from {low} to {high}." + _marks(case, low),
        why="Cross-entropy stops with an error on them (on a GPU: with an assertion that names no line), or counts "
        "another class.",
        fix=_fix(case, low, high, classes),
    )


def _marks(case: Case, low: int) -> str:
    if low >= 0:
        return ""
    passed = "as torch's does unless told otherwise" if case.ignore_index == IGNORED else "as was told"
    return (
        f" The loss passes over {case.ignore_index} ({passed}); if {low} marks images to be left out, give it as "
        "ignore_index= to the loss and to check()."
    )


def _fix(case: Case, low: int, high: int, classes: int | None) -> str:
    if low < 0:
        return f"loss = torch.nn.CrossEntropyLoss(ignore_index={low})"
    if classes is not None and starts_at_one(case.all_labels, classes):
        return "labels = torch.as_tensor(labels) - 1"
    return f"make the model with {high + 1} outputs, or number the classes from 0 without gaps"
