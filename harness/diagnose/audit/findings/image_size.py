"""The images are of another size than the weights were trained at."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

from torch.nn.functional import cross_entropy, interpolate

from harness.diagnose.audit import _fixes as fixes
from harness.diagnose.audit._passes import answer
from harness.diagnose.audit.case import Case
from harness.diagnose.audit.findings import declares
from harness.diagnose.audit.images import stated_config
from harness.diagnose.audit.report import Finding, NotCheckedError

FACTOR = 1.5  # timm's weights are tested on images up to 1.43 times as large as those of training
LEVEL = 3.0  # standard errors by which the loss has to fall at the size that is stated


@declares(
    "warning",
    "note",
    measures="side of the images against those that the model states, of training and of test; the loss of a trained "
    "head at the size stated",
    threshold="a factor of 1.5; w where the loss falls by 3 standard errors, as a model may state what its "
    "architecture was first trained at",
)
def image_size(case: Case) -> Iterator[Finding]:
    """Side of the images against the nearest of those stated; what is stated is tried out where a head can tell."""
    if case.given_images is None or case.given_images.ndim != 4:
        raise NotCheckedError("needs images=, a batch of real ones as the model gets it")
    stated = list(_sides(case))
    if not stated or case.weights is False or (case.expects is None and case.never_trained):
        raise NotCheckedError("the model does not say what size its weights were trained at")
    side = int(case.given_images.shape[-1])
    wanted = min(stated, key=lambda each: max(side / each, each / side))
    if 1 / FACTOR < side / wanted < FACTOR:
        return
    gain = _gain(case, wanted)
    yield Finding(
        id="image-size",
        severity="note" if gain is None else "warning",
        seen=f"The images are {side} pixels wide, the model states {wanted}"
        + ("." if gain is None else f"; at that size the loss falls by {gain:.3g}."),
        why="Objects appear larger or smaller than in training, and what pools over positions gets other statistics.",
        fix=f"torchvision.transforms.Resize({fixes.side(case)})",
    )


def _sides(case: Case) -> Iterator[int]:
    told = isinstance(case.expects, Mapping) and "input_size" in case.expects
    config = case.expects if told else stated_config(case.model)
    for key in ("input_size", "test_input_size"):
        if config.get(key):
            yield int(config[key][-1])


def _gain(case: Case, side: int) -> float | None:
    """By how much the loss of a trained head falls on images resized to a side; None where not clearly, or unknown."""
    try:
        labels, logits = case.labels, case.logits[case.labelled]
        if case.fresh or int(labels.max()) >= logits.shape[1]:
            return None
        size = (round(case.images.shape[-2] * side / case.images.shape[-1]), side)
        images = interpolate(case.images[case.labelled].float(), size, mode="bilinear", antialias=True)
        resized = answer(case.model, images.to(case.images.dtype)).logits.float()
    except Exception:  # not measurable, or a model that takes no other size, in whatever words
        return None
    fall = cross_entropy(logits, labels, reduction="none") - cross_entropy(resized, labels, reduction="none")
    error = float(fall.std()) / math.sqrt(max(len(fall), 2))
    return float(fall.mean()) if float(fall.mean()) > LEVEL * max(error, 1e-9) else None
