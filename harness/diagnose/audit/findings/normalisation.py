"""The preprocessing normalises with another mean or deviation than the weights expect."""

from __future__ import annotations

from collections.abc import Iterator

from harness.diagnose.audit.case import Case
from harness.diagnose.audit.findings import declares
from harness.diagnose.audit.report import Finding, NotCheckedError

MILD_SHIFT, MILD_SCALE = 0.02, 1.02  # rounding of published constants
SHIFT = 0.5  # of the expected deviation
SCALE = 1.5


@declares(
    "error",
    "warning",
    measures="shift and scale against the expected mean and deviation",
    threshold="e from half a deviation or a factor of 1.5; w above rounding",
)
def normalisation(case: Case) -> Iterator[Finding]:
    """Shift and scale that the inputs have against those expected, in units of the expected deviation."""
    observed, expected = case.observed, case.expected
    if observed.mean is None or observed.std is None or expected.mean is None or expected.std is None:
        raise NotCheckedError("mean and std are not known on both sides")
    if len(observed.mean) != len(expected.mean):
        raise NotCheckedError(f"{len(observed.mean)} channels against {len(expected.mean)} expected")
    rows = list(zip(observed.mean, observed.std, expected.mean, expected.std, strict=True))
    shift = max(abs(mean - right) / deviation for mean, _, right, deviation in rows)
    scale = max(max(std / right, right / std) for _, std, _, right in rows)
    if shift < MILD_SHIFT and scale < MILD_SCALE:
        return
    yield Finding(
        id="normalisation",
        severity="error" if shift > SHIFT or scale > SCALE else "warning",
        seen=f"mean {_short(observed.mean)}, std {_short(observed.std)}; the weights expect {_short(expected.mean)}, "
        f"{_short(expected.std)}: shifted by up to {shift:.2f} deviations, scaled by up to {scale:.2f}.",
        why="The first layer gets inputs that are shifted or scaled against those that it was trained on.",
        fix=f"torchvision.transforms.Normalize(mean={_short(expected.mean)}, std={_short(expected.std)})",
    )


def _short(values: tuple[float, ...]) -> str:
    return f"({', '.join(f'{value:.3g}' for value in values)})"
