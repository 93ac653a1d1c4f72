"""Columns that follow from the measured ones: ratios between methods, formulas, spread of logits, traps."""

from __future__ import annotations

import math

from harness.diagnose.atlas import CLASSES
from harness.diagnose.atlas.formula import formula
from harness.diagnose.atlas.row import MEASURED, Row, number, ratio
from harness.spec.variants import load_variant, variants

TRAPS = "harness.diagnose.atlas.traps"


def derive(row: Row) -> dict[str, str]:
    """A whole row: what was measured and what follows from it, in the order of the table."""
    whole = {column: row.get(column, "") for column in MEASURED}
    for method in ("create", "reset", "swap"):
        whole[f"{method}_law"] = formula(row, method)
    for method in ("create", "reset"):
        for n in CLASSES:
            whole[f"{method}_by_swap_{n}"] = _short(ratio(row, f"{method}_{n}_std", f"swap_{n}_std"))
    for n in CLASSES:
        whole[f"create_by_reset_{n}"] = _short(ratio(row, f"create_{n}_std", f"reset_{n}_std"))
    for n in CLASSES:
        whole[f"logit_spread_create_{n}"] = _short(_spread(row, n))
    found = [] if row.get("error") else [trap for trap in variants(TRAPS) if load_variant(TRAPS, trap)(whole)]
    whole["traps"] = " ".join(found)
    return whole


def meaning(trap: str) -> str:
    """What a trap is, in its own words."""
    return " ".join((load_variant(TRAPS, trap).__doc__ or "").split())


def _spread(row: Row, classes: int) -> float | None:
    """Standard deviation of a logit over features of unit variance: std x sqrt(features)."""
    std, features = number(row, f"create_{classes}_std"), number(row, "in_features")
    return None if std is None or features is None else std * math.sqrt(features)


def _short(value: float | None) -> str:
    return "" if value is None else f"{value:.4g}"
