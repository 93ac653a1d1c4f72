"""A prediction after first steps, as text for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from harness.diagnose.predict.steps.coefficients import steps_coefficients, steps_verdict
from harness.diagnose.predict.steps.predicted import StepsForecast
from harness.diagnose.predict.steps.watch import StepsSeen
from harness.diagnose.predict.text import better, names_of, plan_line
from harness.spec.spec import Spec


def told_after_steps(first: Spec, second: Spec, found: StepsForecast, beyond: Sequence[str]) -> str:
    """The predicted gap, what it is made of, and what it cost.

    `beyond` says in which keys the plan leaves the range that the prediction was fitted and judged on; then no gap is
    predicted.
    """
    names, seen = names_of(first, second), found.seen
    lines = [plan_line(first, seen.total), ""]
    if seen.same:
        same = f"No gap: {names[0]} and {names[1]} start from the same head and features, bit for bit."
        return "\n".join([*lines, f"{same} Nothing was trained."])
    lines += [
        f"After {seen.steps} of {seen.total} steps ({seen.fraction:.1%}) of both runs, {seen.seeds} paired seeds:"
    ]
    if beyond:
        lines += ["No prediction: the plan lies outside the range that it was fitted on:"]
        lines += [f"  {line}" for line in beyond]
        lines += [f"The rest rehearsed on a few images, {names[1]} minus {names[0]}: {found.rehearsed:+.1f} points."]
    else:
        lines += [
            f"Predicted gap, {names[1]} minus {names[0]}: {found.gap:+.1f} points of test top-1, "
            f"{steps_coefficients().coverage:.0%} interval [{found.low:+.1f}, {found.high:+.1f}]",
            *better(names, found.gap, found.low, found.high, "should be"),
        ]
    return "\n".join([*lines, "", *_reasons(names, seen), "", *_cost(seen), *([] if beyond else _trust())])


def _reasons(names: tuple[str, str], seen: StepsSeen) -> Iterator[str]:
    one, two = seen.first, seen.second
    assert one is not None
    assert two is not None
    yield f"Its ingredients ({names[0]}, {names[1]}), on a few training images"
    yield (
        f"  after these steps: top-1 {one.now_top1:.1f}, {two.now_top1:.1f}; "
        f"loss {one.now_loss:.2f}, {two.now_loss:.2f}"
    )
    yield f"  at the end, the rest rehearsed: top-1 {one.top1:.1f}, {two.top1:.1f}"
    yield f"  features moved by {one.moved:.1%}, {two.moved:.1%} of their length"
    yield f"  deviation of the logits over classes: {one.logit_std:.2g}, {two.logit_std:.2g}"


def _cost(seen: StepsSeen) -> Iterator[str]:
    yield (
        f"It took {seen.seconds:.1f} s, {seen.step_seconds:.1f} s of it for the steps. At that pace the steps of all "
        f"{2 * seen.seeds} runs take {seen.step_seconds / seen.fraction:.0f} s: a cost of {seen.cost:.1%}."
    )


def _trust() -> Iterator[str]:
    judged = steps_verdict()
    if judged is not None:
        yield (
            f"How far to trust it: on {judged['settings']:.0f} settings trained after it was frozen, the mean error "
            f"was {judged['mae']:.1f} points, the interval held {judged['coverage']:.0%} of the gaps (it should hold "
            f"{steps_coefficients().coverage:.0%}), and predicted and measured gaps were ranked alike with a "
            f"correlation of {judged['spearman']:.2f}."
        )
