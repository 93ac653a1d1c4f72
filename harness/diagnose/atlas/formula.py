"""Columns that follow from the measured ones: the distribution behind the widths, and the traps."""

from __future__ import annotations

import math
from collections.abc import Callable

from harness.diagnose.atlas import CLASSES
from harness.diagnose.atlas.row import MEASURED, Row, number, ratio
from harness.model.heads.distributions import MOST
from harness.spec.variants import load_variant, variants

Scale = Callable[[float, float], float]

UNIFORM: dict[str, Scale] = {
    "1/√features": lambda n, features: 1 / math.sqrt(features),
    "1/√classes": lambda n, features: 1 / math.sqrt(n),
    "√(6/(features+classes))": lambda n, features: math.sqrt(6 / (features + n)),
    "√(3/features)": lambda n, features: math.sqrt(3 / features),
    "√(6/features)": lambda n, features: math.sqrt(6 / features),
    "√(3/classes)": lambda n, features: math.sqrt(3 / n),
    "√(6/classes)": lambda n, features: math.sqrt(6 / n),
}
NORMAL: dict[str, Scale] = {
    "√(2/classes)": lambda n, features: math.sqrt(2 / n),
    "√(1/classes)": lambda n, features: math.sqrt(1 / n),
    "√(2/features)": lambda n, features: math.sqrt(2 / features),
    "√(1/features)": lambda n, features: math.sqrt(1 / features),
    "√(2/(features+classes))": lambda n, features: math.sqrt(2 / (features + n)),
}
"""Half widths of a uniform distribution, sigmas of a normal one: torch's default, the Kaiming and Xavier ones
(https://docs.pytorch.org/docs/stable/nn.init.html) and timm's `goog` for EfficientNets."""

SIGMAS = 4.0
"""Standard errors that a formula may be off by."""


def formula(row: Row, method: str) -> str:
    """A method's distribution in one expression, as `U(±1/√classes)` or `N(0, 0.02)`; empty where it was not measured.

    `mixed` where it differs between numbers of classes, `... of no known formula` where only its scale is odd.
    """
    distributions = [row.get(f"{method}_{n}_law", "") for n in CLASSES]
    scales = [number(row, f"{method}_{n}_scale") for n in CLASSES]
    features = number(row, "in_features")
    if not all(distributions) or features is None:
        return ""
    distribution = distributions[-1]
    if distribution == "zeros":
        return "zeros" if set(distributions) == {"zeros"} else "mixed"
    # few values are told apart less surely; the distribution of the largest head is the one that counts
    known = [
        (n, scale)
        for n, scale, own in zip(CLASSES, scales, distributions, strict=True)
        if scale and own == distribution
    ]
    if len(known) < 2 or distribution not in ("uniform", "normal", "truncated normal"):
        return distribution if set(distributions) == {distribution} else "mixed"
    name = next(
        (name for name, scale in _candidates(distribution) if _fits(known, scale, features, distribution)), None
    )
    if name is None:
        name = _constant(known, features, distribution)
    return _written(distribution, name or "no known formula", number(row, f"{method}_{CLASSES[-1]}_cut"))


def _candidates(distribution: str) -> list[tuple[str, Scale]]:
    return list((UNIFORM if distribution == "uniform" else NORMAL).items())


def _fits(known: list[tuple[int, float]], scale: Scale, features: float, distribution: str) -> bool:
    return all(abs(seen / scale(n, features) - 1) <= _tolerance(n * features, distribution) for n, seen in known)


def _tolerance(values: float, distribution: str) -> float:
    """Relative error of an estimated scale: the largest value of a uniform sample is 1/N short, sigma 1/√(2N) off.

    Sigma under truncation is estimated less well, by about a factor of three at a cut of two sigmas.
    """
    if distribution == "truncated normal":
        values = min(values, MOST)
    if distribution == "uniform":
        return 10 / values + 1e-4
    return SIGMAS * (3 if distribution == "truncated normal" else 1) / math.sqrt(2 * values)


def _constant(known: list[tuple[int, float]], features: float, distribution: str) -> str | None:
    value = known[-1][1]
    if not _fits(known, lambda n, features: value, features, distribution):
        return None
    digits = 4 if distribution == "uniform" else 2
    return f"{value:.{digits}g}"


def _written(distribution: str, scale: str, cut: float | None) -> str:
    if distribution == "uniform":
        return f"U(±{scale})"
    return f"N(0, {scale})" + (f" cut at {cut:.1f}σ" if distribution == "truncated normal" and cut is not None else "")


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
