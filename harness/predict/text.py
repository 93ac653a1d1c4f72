"""A prediction in plain words."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from harness.predict.coefficients import coefficients, verdict
from harness.predict.forecast import Forecast
from harness.spec.spec import Spec


def told(first: Spec, second: Spec, planned: Forecast, others: Sequence[Forecast], warnings: Sequence[str]) -> str:
    """The gap at the planned recipe, a table over learning rates, what it is made of, and where it is out of range."""
    recipe, names = first.recipe, (_name(first, second), _name(second, first))
    lines = [
        f"{first.backbone.name} on {first.data.label}, {first.transfer.name}, {recipe.optimizer}, lr {recipe.lr:g}, "
        f"{recipe.epochs} epochs, {planned.steps} steps",
        "",
        _headline(names, planned),
    ]
    if not planned.same:
        lines += ["", *_table(names, planned, others), "", *_reasons(names, planned)]
        judged = verdict()
        lines += [
            "",
            f"How far to trust it: on {judged.settings} settings, {judged.seen}, the interval held "
            f"{judged.coverage:.0%} of the gaps (it should hold {coefficients().coverage:.0%}), and predicted and "
            f"measured gaps were ranked alike with a correlation of {judged.spearman:.2f}.",
        ]
    if warnings:
        lines += ["", "Outside the range it was fitted on, so trust it less:", *(f"  {line}" for line in warnings)]
    return "\n".join(lines)


def _name(spec: Spec, other: Spec) -> str:
    """What sets one arm apart from the other."""
    creation, init = spec.creation.target or spec.creation.name, spec.init.name
    if init == "keep" and other.init.name == "keep":
        return creation
    return init if creation == (other.creation.target or other.creation.name) else f"{creation} {init}"


def _headline(names: tuple[str, str], planned: Forecast) -> str:
    if planned.same:
        return f"No gap: {names[0]} and {names[1]} start from the same head and features, bit for bit."
    share = f"{coefficients().coverage:.0%}"
    said = (
        f"Predicted gap, {names[1]} minus {names[0]}: {planned.gap:+.1f} points of test top-1, "
        f"{share} interval [{planned.low:+.1f}, {planned.high:+.1f}]"
    )
    if planned.low <= 0 <= planned.high:
        return f"{said}\nThe interval holds zero: the prediction does not say which is better."
    return f"{said}\n{names[1] if planned.gap > 0 else names[0]} should be better."


def _table(names: tuple[str, str], planned: Forecast, others: Sequence[Forecast]) -> Iterator[str]:
    width = max(len(name) for name in (*names, "rehearsed"))
    yield "Over learning rates (top-1 as rehearsed on a few images; the gap is what is predicted of the test)"
    yield f"  {'lr':>8}  {names[0]:>{width}}  {names[1]:>{width}}  {'gap':>6}  {'interval':>16}"
    for one in others:
        note = "  planned" if one.lr == planned.lr else ""
        if one.low > 0 or one.high < 0:
            note += "  matters"
        interval = f"[{one.low:+.1f}, {one.high:+.1f}]"
        yield (
            f"  {one.lr:>8.2g}  {one.first.top1:>{width}.1f}  {one.second.top1:>{width}.1f}  "
            f"{one.gap:>+6.1f}  {interval:>16}{note}"
        )


def _reasons(names: tuple[str, str], planned: Forecast) -> Iterator[str]:
    yield f"What it is made of ({names[0]}, {names[1]})"
    one, two = planned.first, planned.second
    uniform = math.log(planned.classes)
    yield f"  loss at step 0: {one.initial_loss:.2f}, {two.initial_loss:.2f} (a uniform guess: {uniform:.2f})"
    yield f"  standard deviation of the head's weights: {one.head_std:.3g}, {two.head_std:.3g}"
    yield f"  noise that the draw puts on the logits: {one.logit_std:.2g}, {two.logit_std:.2g}"
    yield (
        f"  how far the planned steps can take a weight under AdamW, over the size it is born with: "
        f"{_times(one.reach)}, {_times(two.reach)}"
    )
    yield (
        f"  backbone's share of the first gradient: {one.backbone_share:.0%}, {two.backbone_share:.0%} "
        "(a wider head drives the backbone harder)"
    )
    yield (
        f"  share of the draw that plain SGD would not forget on fixed features: {one.kept:.0%}; "
        f"outside the span of the images seen: {one.outside:.1%}"
    )
    yield f"  rehearsed with fixed features: {one.head_top1:.1f}, {two.head_top1:.1f} top-1"
    yield f"  rehearsed with features that move: {one.top1:.1f}, {two.top1:.1f} top-1"
    yield f"  features would move by {one.feature_shift:.0%}, {two.feature_shift:.0%} of their length"


def _times(ratio: float) -> str:
    return "a head of zeros has none" if ratio > 1e6 else f"{ratio:.2g} times"
