"""The outputs are not one logit for each class."""

from __future__ import annotations

from collections.abc import Iterator

from harness.audit.case import Case
from harness.audit.parts.unchecked import NotCheckedError
from harness.audit.report import Finding


def output_width(case: Case) -> Iterator[Finding]:
    """Shape of the outputs against the number of classes, or against the largest label."""
    shape = tuple(case.raw_outputs.shape)
    head = next(iter(case.known_heads), "")
    if len(shape) != 2:
        yield Finding(
            id="output-width",
            severity="error",
            seen=f"The outputs have the shape {shape}, not [images, classes].",
            why="A loss over classes needs one logit for each class; these are features or maps.",
            fix="pool before the head, or make the model with its own head: timm.create_model(name, num_classes=n)",
        )
        return
    if case.num_classes is None and case.given_labels is None:
        raise NotCheckedError("needs num_classes= or labels=")
    least = int(case.labels.max()) + 1 if case.given_labels is not None else 0
    if shape[1] == case.num_classes or (case.num_classes is None and least <= shape[1]):
        return
    wanted = case.num_classes or least
    yield Finding(
        id="output-width",
        severity="error",
        seen=f"The model has {shape[1]} outputs, the data have {wanted if case.num_classes else f'at least {wanted}'} "
        "classes.",
        why="With too many outputs the head in use is still the old one; with too few, training stops with an error.",
        fix=f"model.reset_classifier({wanted})" if hasattr(case.model, "reset_classifier")
        else f"model.{head or 'head'} = torch.nn.Linear(features, {wanted})",
        location=head,
    )  # fmt: skip
