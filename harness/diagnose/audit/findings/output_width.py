"""The outputs are not one logit for each class."""

from __future__ import annotations

from collections.abc import Iterator

from harness.diagnose.audit._inputs import starts_at_one
from harness.diagnose.audit._library import new_layer
from harness.diagnose.audit.case import Case
from harness.diagnose.audit.findings import declares
from harness.diagnose.audit.report import Finding, NotCheckedError


@declares(
    "error",
    measures="shape of the outputs against the classes or the largest label",
)
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
            fix="pool the features over positions before the head, and let the head give one number for each class",
        )
        return
    if case.num_classes is None and case.given_labels is None:
        raise NotCheckedError("needs num_classes= or labels=")
    labels = case.all_labels if case.given_labels is not None else None
    least = 0 if labels is None or not len(labels) else int(labels.max()) + 1
    shifted = labels is not None and starts_at_one(labels, shape[1])
    if shape[1] == case.num_classes or (case.num_classes is None and (least <= shape[1] or shifted)):
        return
    wanted = case.num_classes or least
    yield Finding(
        id="output-width",
        severity="error",
        seen=f"The model has {shape[1]} outputs, the data have {wanted if case.num_classes else f'at least {wanted}'} "
        "classes.",
        why="With too many outputs the head in use is still the old one; with too few, training stops with an error.",
        fix=_fix(case, wanted),
        location=head,
    )


def _fix(case: Case, wanted: int) -> str:
    """timm's own way where the library has one, else a new layer in the head's place."""
    maker = case.maker
    if maker.library == "timm" and not case.spare:
        return f"{maker.place}.reset_classifier({wanted})"
    if not case.known_heads:
        return f"make the model with {wanted} outputs"
    line = f"{case.written(case.heads[0])} = {new_layer(case.head, wanted)}"
    if maker.library == "transformers":
        line += f"; {maker.place}.config.num_labels = {wanted}"
        line += f"; {maker.place}.num_labels = {wanted}" if hasattr(maker.module, "num_labels") else ""
    return line
