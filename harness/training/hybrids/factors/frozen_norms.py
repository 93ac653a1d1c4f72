"""Whether the norm layers of a frozen backbone learn."""

from __future__ import annotations

from dataclasses import replace

from harness.model.build import Built
from harness.training.hybrids.factors import Factor, told


def frozen_norms(first: Built, second: Built) -> Factor | None:
    """`transfer.frozen_norms`: they rest, as everywhere else, or learn, as in fastai."""
    if first.frozen_norms == second.frozen_norms:
        return None
    return Factor(told("norm layers of a frozen backbone", first.frozen_norms, second.frozen_norms), _take)


def _take(hybrid: Built, source: Built) -> Built:
    return replace(hybrid, frozen_norms=source.frozen_norms)
