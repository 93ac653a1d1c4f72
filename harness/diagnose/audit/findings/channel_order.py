"""Red and blue are exchanged."""

from __future__ import annotations

import math
from collections.abc import Iterator

from harness.diagnose.audit._passes import answer
from harness.diagnose.audit.case import Case
from harness.diagnose.audit.findings import declares
from harness.diagnose.audit.report import Finding, NotCheckedError

LEVEL = 3.0  # standard errors by which the loss has to fall when the channels are turned round


@declares(
    "error",
    measures="a red image sent through; or the loss of a trained head on reversed channels",
    threshold="3 standard errors",
)
def channel_order(case: Case) -> Iterator[Finding]:
    """Told by the preprocessing (a red image is sent through), or by a trained head that does better on the reverse."""
    if case.pipeline is not None:
        if case.observed.order != case.expected.order:
            yield _finding(f"The preprocessing gives {case.observed.order}, the weights expect {case.expected.order}.")
        return
    if case.given_images is None or case.images.shape[1] != 3 or case.fresh:
        raise NotCheckedError("needs preprocessing=, or images= and labels= of classes that the head was trained on")
    labels = case.labels
    images, logits = case.images[case.labelled], case.logits[case.labelled]
    if int(labels.max()) >= logits.shape[1]:
        raise NotCheckedError("the labels are not those of the head")
    reverse = answer(case.model, images.flip(1)).logits
    gain = -(logits.log_softmax(1) - reverse.float().log_softmax(1)).gather(1, labels[:, None])[:, 0]
    error = float(gain.std()) / math.sqrt(max(len(gain), 2))
    if float(gain.mean()) > LEVEL * max(error, 1e-9):
        yield _finding(f"With red and blue exchanged the loss falls by {float(gain.mean()):.3g} on {len(gain)} images.")


def _finding(seen: str) -> Finding:
    return Finding(
        id="channel-order",
        severity="error",
        seen=seen,
        why="OpenCV reads BGR, PIL and all of timm's and torchvision's weights use RGB.",
        fix="image = image[..., ::-1]  # or cv2.cvtColor(image, cv2.COLOR_BGR2RGB)",
    )
