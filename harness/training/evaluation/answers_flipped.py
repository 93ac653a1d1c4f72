"""A planted effect of known size: a share of the answers is made another one. No mistake, but a positive control."""

from __future__ import annotations

from dataclasses import replace

from harness.spec.spec import Spec
from harness.training.evaluation import Handling


def answers_flipped(spec: Spec, proper: Handling) -> Handling:
    """Of the test images the share `evaluation.flipped` gets the answer of another class, drawn evenly."""
    return replace(proper, flipped=spec.evaluation.flipped)
