"""Rules across fields: a key that has no effect in a combination is an error, not ignored. One group a file."""

from __future__ import annotations

from collections.abc import Iterator

from harness.spec.rules.bridge import bridge
from harness.spec.rules.data import data
from harness.spec.rules.evaluation import evaluation
from harness.spec.rules.model import model
from harness.spec.rules.recipe import recipe
from harness.spec.rules.shift import shift
from harness.spec.rules.transfer import transfer
from harness.spec.rules.transforms import transforms
from harness.spec.spec import Spec


def faults(spec: Spec) -> Iterator[str]:
    """Every rule that the spec breaks, one line each."""
    for rules in (model, data, transforms, recipe, transfer, evaluation, shift, bridge):
        yield from rules(spec)
