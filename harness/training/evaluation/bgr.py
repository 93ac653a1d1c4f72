"""Channels in OpenCV's order."""

from __future__ import annotations

from dataclasses import replace

from harness.spec.spec import Spec
from harness.training.evaluation import Handling


def bgr(spec: Spec, proper: Handling) -> Handling:
    """Blue, green, red, as `cv2.imread` gives them, for weights that expect red, green, blue."""
    return replace(proper, channels=(2, 1, 0))
