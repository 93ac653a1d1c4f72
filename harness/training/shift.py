"""The trained model on shifted test parts."""

from __future__ import annotations

from statistics import fmean

import torch

from harness.data.images import Dataset
from harness.data.measure import Scores
from harness.model.pretrained import Preprocessing
from harness.spec.spec import Spec
from harness.spec.variants import load_variant
from harness.training.evaluate import answer
from harness.training.hardware import Hardware
from harness.training.learner import Learner

TOLD = ("balanced_accuracy", "calibration_error")
"""What is told beside top-1 and the loss, by the names of harness.data.metrics."""


def test_shifted(
    spec: Spec, dataset: Dataset, preprocessing: Preprocessing, learner: Learner, hardware: Hardware
) -> dict[str, float]:
    """Top-1, balanced accuracy, calibration error (percent) and loss (nats) on each shifted test part, and the means.

    Keys are `shift_KIND_METRIC`, those of the means over kinds `shift_METRIC`.

    Args:
        spec: names the shift.
        dataset: whose test part is shifted.
        preprocessing: that of the weights in use.
        learner: what is tested.
        hardware: where it is computed.
    """
    found: dict[str, dict[str, float]] = {}
    for kind, images in load_variant("harness.data.shift", spec.shift.name)(spec, dataset, preprocessing):
        every, labels = torch.arange(len(images), device=hardware.device), images.labels.to(hardware.device)
        answers = answer(learner, learner.source_of(images), every, labels, hardware)
        scores = Scores(answers.labels.cpu().numpy(), answers.logits.cpu().numpy(), -1)
        found[kind] = {
            "top1": answers.top(1),
            "loss": float(answers.losses().mean()),
            **{name: float(load_variant("harness.data.metrics", name)(scores)) for name in TOLD},
        }
    named = {f"shift_{kind}_{name}": value for kind, values in found.items() for name, value in values.items()}
    means = {
        f"shift_{name}": fmean(values[name] for values in found.values()) for name in next(iter(found.values()), {})
    }
    return means | named
