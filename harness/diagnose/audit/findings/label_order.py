"""The labels are numbered otherwise than the classes of a trained head."""

from __future__ import annotations

import math
from collections.abc import Iterator

from torch import Tensor

from harness.diagnose.audit.case import Case
from harness.diagnose.audit.findings import declares
from harness.diagnose.audit.report import Finding, NotCheckedError

LEAST = 32  # images
LEVEL = 3.0  # standard errors


@declares(
    "error",
    measures="images that a trained head is right about, against its own probabilities and against chance; pairs of "
    "images of one label that get the same other class",
    threshold="3 standard errors below what the head expects of itself, and no more than chance (3 standard errors) or "
    "more pairs in one other class than in the right one, 3 standard errors above chance",
)
def label_order(case: Case) -> Iterator[Finding]:
    """A head that is sure of its answers, and whose answers have nothing to do with the labels."""
    if case.known_heads and case.fresh:
        raise NotCheckedError("the head is freshly initialised: it knows no classes yet")
    labels, logits = case.labels, case.logits[case.labelled]
    number, classes = logits.shape
    if number < LEAST:
        raise NotCheckedError(f"needs labels=, at least {LEAST}")
    if int(labels.max()) >= classes:
        raise NotCheckedError("the labels are not those of the head")
    sure = logits.softmax(dim=1).amax(dim=1)
    right = int((logits.argmax(dim=1) == labels).sum())
    expected, error = float(sure.sum()), math.sqrt(float((sure * (1 - sure)).sum()))
    chance = number / classes
    noise = math.sqrt(chance * (1 - 1 / classes))
    if expected - right <= LEVEL * error or expected <= chance + LEVEL * noise:
        return
    if right > chance + LEVEL * noise and not _renumbered(logits.argmax(dim=1), labels):
        return
    yield Finding(
        id="label-order",
        severity="error",
        seen=f"The head is right about {right} of {number} images, a guess about {chance:.2g}; by its own "
        f"probabilities it expects {expected:.0f}.",
        why="It was trained on classes that are numbered in another order (sorted as text, counted from 1, with a "
        "background before them), or on other classes.",
        fix="labels = old_numbers[labels]  # map names to numbers as they were when the head was trained",
    )


def _renumbered(answers: Tensor, labels: Tensor) -> bool:
    """Whether images of one label mostly agree on another class: some numbers are the same in any two orders."""
    pairs = (labels[:, None] == labels).triu(1)
    agreed = pairs & (answers[:, None] == answers)
    right = int((agreed & (answers == labels)[:, None]).sum())
    wrong = int(agreed.sum()) - right
    shares = answers.bincount().double() / len(answers)
    by_chance = float(shares.square().sum()) * int(pairs.sum())
    return wrong > right and wrong > by_chance + LEVEL * math.sqrt(max(by_chance, 1.0))
