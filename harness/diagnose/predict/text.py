"""A prediction, or what was measured instead, as text for a terminal."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

from harness.diagnose.predict.coefficients import coefficients, verdict
from harness.diagnose.predict.forecast import Forecast
from harness.diagnose.predict.probes import MeasuredGap
from harness.spec.spec import Spec

Row = tuple[float, float, float, float, tuple[float, float] | None]
"""Learning rate, top-1 of both, gap and its interval; None where there is no prediction."""


def told(
    first: Spec,
    second: Spec,
    planned: Forecast,
    others: Sequence[Forecast],
    outside: Mapping[float, Sequence[str]],
) -> str:
    """The gap at the planned recipe, a table over learning rates, and what it is made of.

    `outside` says for each learning rate in which keys its run leaves the range that the prediction was fitted on; the
    table has no prediction there.
    """
    names = names_of(first, second)
    beyond = outside[planned.lr]
    lines = [plan_line(first, planned.steps), ""]
    if planned.same:
        return "\n".join(
            [*lines, f"No gap: {names[0]} and {names[1]} start from the same head and features, bit for bit."]
        )
    lines += _unfitted(names, planned, beyond) if beyond else _headline(names, planned)
    lines += ["", *_table(names, planned, others, outside), "", *_reasons(names, planned)]
    if not beyond:
        judged = verdict()
        lines += [
            "",
            f"How far to trust it: on {judged.settings} settings, {judged.seen}, the interval held "
            f"{judged.coverage:.0%} of the gaps (it should hold {coefficients().coverage:.0%}), and predicted and "
            f"measured gaps were ranked alike with a correlation of {judged.spearman:.2f}.",
        ]
    return "\n".join(lines)


def told_of_probes(first: Spec, second: Spec, planned: MeasuredGap, others: Sequence[MeasuredGap]) -> str:
    """What the runs of two linear probes have given, at the planned recipe and at other learning rates."""
    names = names_of(first, second)
    lines = [plan_line(first), ""]
    if planned.same:
        lines += [f"No gap: {names[0]} and {names[1]} made equal runs, in all {planned.seeds} pairs and every digit."]
    else:
        lines += [
            f"Measured gap, {names[1]} minus {names[0]}: {planned.gap:+.1f} points of validation {planned.metric}, "
            f"95% interval [{planned.low:+.1f}, {planned.high:+.1f}], {planned.seeds} paired seeds",
            *better(names, planned.gap, planned.low, planned.high, "is"),
        ]
    lines += [
        "Nothing is predicted: the fit is of full fine-tuning, and running a linear probe takes less time anyway.",
        "",
        f"Over learning rates (validation {planned.metric})",
        *_rows(names, planned.lr, [(one.lr, one.first, one.second, one.gap, (one.low, one.high)) for one in others]),
    ]
    return "\n".join(lines)


def plan_line(spec: Spec, steps: int | None = None) -> str:
    """What the pair shares, in one line."""
    recipe = spec.recipe
    told = f"{spec.backbone.name} on {spec.data.label}, {spec.transfer.name}, {recipe.optimizer}, lr {recipe.lr:g}, "
    return f"{told}{recipe.epochs} epochs" + ("" if steps is None else f", {steps} steps")


def names_of(first: Spec, second: Spec) -> tuple[str, str]:
    """What the two are called beside one another."""
    return _name(first, second), _name(second, first)


def _name(spec: Spec, other: Spec) -> str:
    """What sets one method apart from the other."""
    creation, init = spec.creation.target or spec.creation.name, spec.init.name
    if init == "keep" and other.init.name == "keep":
        return creation
    return init if creation == (other.creation.target or other.creation.name) else f"{creation} {init}"


def _headline(names: tuple[str, str], planned: Forecast) -> Iterator[str]:
    yield (
        f"Predicted gap, {names[1]} minus {names[0]}: {planned.gap:+.1f} points of test top-1, "
        f"{coefficients().coverage:.0%} interval [{planned.low:+.1f}, {planned.high:+.1f}]"
    )
    yield from better(names, planned.gap, planned.low, planned.high, "should be")


def better(names: tuple[str, str], gap: float, low: float, high: float, verb: str) -> Iterator[str]:
    """Which of the two is better by an interval, if it tells."""
    if low <= 0 <= high:
        yield "The interval holds zero: it does not say which is better."
    else:
        yield f"{names[1] if gap > 0 else names[0]} {verb} better."


def _unfitted(names: tuple[str, str], planned: Forecast, beyond: Sequence[str]) -> Iterator[str]:
    yield "No prediction: the plan lies outside the range that the prediction was fitted on:"
    yield from (f"  {line}" for line in beyond)
    yield f"Rehearsed on a few images, {names[1]} minus {names[0]}: {planned.rehearsed:+.1f} points."
    yield "This is neither fitted nor judged for such a plan; runs of both with some seeds would tell."


def _table(
    names: tuple[str, str],
    planned: Forecast,
    others: Sequence[Forecast],
    outside: Mapping[float, Sequence[str]],
) -> Iterator[str]:
    yield "Over learning rates (top-1 as rehearsed on a few images; the gap is what is predicted of the test)"
    yield from _rows(
        names,
        planned.lr,
        [
            (one.lr, one.first.top1, one.second.top1, one.gap, None if outside[one.lr] else (one.low, one.high))
            for one in others
        ],
    )
    if any(outside[one.lr] for one in others):
        yield "  -: outside the range that the prediction was fitted on"


def _rows(names: tuple[str, str], planned: float, rows: Sequence[Row]) -> Iterator[str]:
    width = max(len(name) for name in (*names, "rehearsed"))
    yield f"  {'lr':>8}  {names[0]:>{width}}  {names[1]:>{width}}  {'gap':>6}  {'interval':>16}"
    for lr, first, second, gap, interval in rows:
        told, between, note = "-", "-", "  planned" if lr == planned else ""
        if interval is not None:
            told, between = f"{gap:+.1f}", f"[{interval[0]:+.1f}, {interval[1]:+.1f}]"
            note += "  matters" if interval[0] > 0 or interval[1] < 0 else ""
        yield f"  {lr:>8.2g}  {first:>{width}.1f}  {second:>{width}.1f}  {told:>6}  {between:>16}{note}"


def _reasons(names: tuple[str, str], planned: Forecast) -> Iterator[str]:
    yield f"Its ingredients ({names[0]}, {names[1]})"
    one, two = planned.first, planned.second
    uniform = math.log(planned.classes)
    yield f"  loss at step 0: {one.initial_loss:.2f}, {two.initial_loss:.2f} (a uniform guess: {uniform:.2f})"
    yield f"  standard deviation of the head's weights: {one.head_std:.3g}, {two.head_std:.3g}"
    yield f"  noise of the random head in the logits: {one.logit_std:.2g}, {two.logit_std:.2g}"
    yield (
        f"  how far the planned steps can take a weight under AdamW, over its initial size: "
        f"{_times(one.reach)}, {_times(two.reach)}"
    )
    yield (
        f"  backbone's fraction of the first gradient: {one.backbone_share:.0%}, {two.backbone_share:.0%} "
        "(a wider head drives the backbone harder)"
    )
    yield (
        f"  fraction of the initial head that plain SGD would keep on fixed features: {one.kept:.0%}; "
        f"outside the span of the images seen: {one.outside:.1%}"
    )
    yield f"  rehearsed with fixed features: {one.head_top1:.1f}, {two.head_top1:.1f} top-1"
    yield f"  rehearsed with features that move: {one.top1:.1f}, {two.top1:.1f} top-1"
    yield f"  features would move by {one.feature_shift:.0%}, {two.feature_shift:.0%} of their length"


def _times(ratio: float) -> str:
    return "a head of zeros has none" if ratio > 1e6 else f"{ratio:.2g} times"
