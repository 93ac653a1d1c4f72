"""The prediction for two creations after the first steps of their runs."""

from __future__ import annotations

from dataclasses import dataclass

from harness.diagnose.predict.forecast import check_shared
from harness.diagnose.predict.steps.coefficients import StepsCoefficients, steps_coefficients
from harness.diagnose.predict.steps.continuation import Continued
from harness.diagnose.predict.steps.watch import StepsSeen, watch
from harness.spec.errors import RequestError
from harness.spec.machine import Machine
from harness.spec.spec import Spec


@dataclass(frozen=True)
class StepsForecast:
    """Test top-1 of the second creation minus the first, in points, averaged over the seeds, with its interval.

    `rehearsed` is the gap of the rehearsal alone; `seen` is what it was made of.
    """

    gap: float
    low: float
    high: float
    rehearsed: float
    seen: StepsSeen


def forecast_after(first: Spec, second: Spec, steps: int, machine: Machine) -> StepsForecast:
    """Train the first `steps` of both runs with paired seeds, and predict the gap at their end.

    Raises:
        RequestError: the two differ in more than how the model is made, do not fine-tune in full, or have no more
            steps than that.
        ImpossibleConfiguration: a model has several heads, or a head that takes a map.
    """
    check_shared(first, second)
    if first.transfer.name != "full":
        raise RequestError(
            f"probe_steps: rehearses full fine-tuning only, not transfer={first.transfer.name}; leave the key out"
        )
    seen = watch(first, second, steps, machine)
    if seen.first is None or seen.second is None:
        return StepsForecast(0.0, 0.0, 0.0, 0.0, seen)
    gap, half = gap_after(seen.first, seen.second, steps_coefficients())
    return StepsForecast(gap, max(-100.0, gap - half), min(100.0, gap + half), seen.second.top1 - seen.first.top1, seen)


def gap_after(first: Continued, second: Continued, known: StepsCoefficients) -> tuple[float, float]:
    """The predicted gap and half the width of its interval, in points."""
    rehearsed = second.top1 - first.top1
    return known.gap(rehearsed, first.distortion - second.distortion), known.half_width(rehearsed)
