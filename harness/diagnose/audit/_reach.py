"""How far the planned training can move a head, against how far its initial weights are from zero.

Let the head's initial weights deviate by s_w, and the initial logits by s_z between the classes. Under Adam and its
kin one step moves a weight by about its learning rate at most (|m|/sqrt(v) <= 1 for a steady gradient), so all of
training moves it by no more than D = sum of the learning rates. Under SGD with momentum mu it is
D = sum of the learning rates * g / (1 - mu), where g is the root mean square of the head's gradient, measured at
step 0 where it is largest. To undo the initialisation each weight has to move by about s_w, so s_w / D is the fraction
of the largest movement that this takes (above 1: impossible). Times the size of the noise it is the

    head movement ratio = s_z * s_w / D

Thresholds and their calibration on recorded runs: docs/audit.md.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch

from harness.diagnose.audit._heads import spread
from harness.diagnose.audit._passes import head_gradient
from harness.diagnose.audit._wrappers import carrier
from harness.diagnose.audit.case import Case
from harness.diagnose.audit.report import NotCheckedError

NOTABLE = 1.0
SERIOUS = 3.0
NOTABLE_FULL_ADAPTIVE = 20.0  # with the whole network learning under Adam the features move instead of the head


@dataclass(frozen=True)
class Reach:
    """Deviation of the initial weights and logits, the largest movement of a weight, and the ratio that follows."""

    deviation: float
    movement: float
    logits: float

    @property
    def fraction(self) -> float:
        """Deviation over movement."""
        return self.deviation / self.movement if self.movement > 0 else float("inf")

    @property
    def movement_ratio(self) -> float:
        """The fraction times the deviation of the logits; 0 for a zero head."""
        return self.logits * self.fraction if self.deviation > 0 else 0.0


def head_only(case: Case) -> bool:
    """Whether the head alone learns: as told, else whether everything else is frozen."""
    if case.learns is not None:
        return case.learns == "head"
    prefixes = tuple(f"{name}." for name in case.scope)
    return not any(each.requires_grad for name, each in case.model.named_parameters() if not name.startswith(prefixes))


def reach(case: Case) -> Reach:
    """How far the plan moves the head.

    Raises:
        NotCheckedError: no plan, or no fresh head.
    """
    plan = case.plan
    if not case.fresh:
        raise NotCheckedError("the head does not look freshly initialised")
    movement = plan.rate_sum
    if not plan.adaptive:
        images, classes = case.images, case.logits.shape[1]
        if case.rows is not None:
            labels = case.rows
        elif case.given_labels is None:  # any labels do: at step 0 the gradient's size hardly depends on them
            labels = (torch.arange(len(images)) % classes).to(case.device)
        else:
            images, labels = images[case.labelled], case.labels
        if labels.ndim == 1 and int(labels.max()) >= classes:
            raise NotCheckedError("the labels are not those of the head")
        movement *= head_gradient(case.model, images, labels, carrier(case.head)) / (1 - min(plan.momentum, 0.999))
    stored = carrier(case.head)
    held = spread(stored)
    if stored is not case.head_weight and held > 0:  # a weight computed from another tensor moves in proportion to it
        movement *= spread(case.head_weight) / held
    return Reach(spread(case.head_weight), movement, case.logit_spread)


def thresholds(case: Case) -> tuple[float, float]:
    """The head movement ratios from which on it is notable and serious."""
    if case.plan.adaptive and not head_only(case):
        return NOTABLE_FULL_ADAPTIVE, float("inf")
    return NOTABLE, SERIOUS


def costly(case: Case) -> bool:
    """Whether a wide head is a serious matter: unless a plan is known that makes up for it."""
    try:
        return reach(case).movement_ratio >= thresholds(case)[1]
    except NotCheckedError:
        return True
