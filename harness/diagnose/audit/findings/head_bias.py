"""The head's bias speaks for other classes than those that are frequent."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from harness.diagnose.audit.case import Case
from harness.diagnose.audit.findings import declares
from harness.diagnose.audit.report import Finding, NotCheckedError

WORSE = 0.2  # nats that the bias costs more than none at all
SERIOUS = 1.0
IMBALANCE = 0.2  # nats between the classes' frequencies and a uniform guess: about 4 to 1 with two classes
LEAST = 32  # labels: fewer say little about frequencies


@declares(
    "error",
    "warning",
    "note",
    measures="divergence of the labels' frequencies from what the bias alone predicts, against no bias",
    threshold="w 0.2, e 1 nat; n for imbalance above 0.2 nats with an even bias",
)
def head_bias(case: Case) -> Iterator[Finding]:
    """Divergence of the labels' frequencies from what the bias alone predicts, against a uniform guess."""
    if case.label_rows is not None:
        yield from _of_several(case, case.label_rows.double().cpu())
        return
    labels = case.all_labels
    if len(labels) < LEAST:
        raise NotCheckedError(f"needs labels=, at least {LEAST}")
    bias = getattr(case.head, "bias", None)
    classes = case.logits.shape[1]
    if not isinstance(bias, Tensor) or int(labels.max()) >= classes or int(labels.min()) < 0:
        raise NotCheckedError("the head has no bias, or the labels are not those of the head")
    frequency = torch.bincount(labels.cpu(), minlength=classes).double() / len(labels)
    stated = bias.detach().double().cpu().softmax(0)
    uniform = _divergence(frequency, torch.full_like(frequency, 1 / classes))
    cost = _divergence(frequency, stated) - uniform
    if cost > WORSE:
        yield Finding(
            id="head-bias",
            severity="error" if cost > SERIOUS else "warning",
            seen=f"By its bias alone the head predicts class {int(stated.argmax())} with "
            f"{100 * float(stated.max()):.0f} %; "
            f"in the labels it has {100 * float(frequency[stated.argmax()]):.0f} %. That costs {cost:.2f} nats more "
            "than no bias.",
            why="The bias belongs to other data or to another order of the classes.",
            fix=_fix(case),
            location=f"{case.heads[0]}.bias",
        )
    elif uniform > IMBALANCE and float(bias.detach().std(correction=0)) == 0:
        yield Finding(
            id="head-bias",
            severity="note",
            seen=f"The classes are imbalanced ({100 * float(frequency.max()):.0f} % are class "
            f"{int(frequency.argmax())}), and "
            "the bias treats them alike.",
            why="The first steps learn the frequencies, which are known beforehand.",
            fix=_fix(case),
            location=f"{case.heads[0]}.bias",
        )


def _of_several(case: Case, rows: Tensor) -> Iterator[Finding]:
    """The same of several labels an image, the mean over labels: the sigmoid of the bias is what it predicts."""
    if len(rows) < LEAST:
        raise NotCheckedError(f"needs labels=, at least {LEAST}")
    bias = getattr(case.head, "bias", None)
    if not isinstance(bias, Tensor) or bias.shape[0] != rows.shape[1]:
        raise NotCheckedError("the head has no bias, or the labels are not those of the head")
    frequency, stated = rows.mean(dim=0), bias.detach().double().cpu().sigmoid()
    uniform = _of_each(frequency, torch.full_like(frequency, 0.5))
    cost = _of_each(frequency, stated) - uniform
    head = case.written(case.heads[0])
    fix = f"{head}.bias.data.copy_(torch.logit(torch.as_tensor(labels).float().mean(0), eps=1e-3))"
    place = f"{case.heads[0]}.bias"
    if cost > WORSE:
        worst = int((stated - frequency).abs().argmax())
        yield Finding(
            id="head-bias",
            severity="error" if cost > SERIOUS else "warning",
            seen=f"By its bias alone the head says label {worst} with {100 * float(stated[worst]):.0f} %, and "
            f"{100 * float(frequency[worst]):.0f} % of the images have it. Over all labels that costs {cost:.2f} nats "
            "more than no bias.",
            why="The bias belongs to other data or to another order of the labels.",
            fix=fix,
            location=place,
        )
    elif uniform > IMBALANCE and float(bias.detach().abs().max()) == 0:
        yield Finding(
            id="head-bias",
            severity="note",
            seen=f"A label is there in {100 * float(frequency.mean()):.0f} % of the cases, and the bias says 50 %: "
            f"that costs {uniform:.2f} nats more than the frequencies.",
            why="The first steps learn the frequencies, which are known beforehand.",
            fix=fix,
            location=place,
        )


def _of_each(frequency: Tensor, stated: Tensor) -> float:
    pairs = (torch.stack([each, 1 - each]) for each in (frequency, stated))
    there, said = (pair.T for pair in pairs)
    return sum(_divergence(*label) for label in zip(there, said, strict=True)) / len(frequency)


def _fix(case: Case) -> str:
    head, classes = case.written(case.heads[0]), case.logits.shape[1]
    counts = f"torch.bincount(torch.as_tensor(labels).flatten().long(), minlength={classes})"
    return f"{head}.bias.data.copy_({counts}.clamp(min=1).log())"


def _divergence(frequency: Tensor, stated: Tensor) -> float:
    present = frequency > 0
    return float((frequency[present] * (frequency[present] / stated[present]).log()).sum())
