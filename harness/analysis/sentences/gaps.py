"""Is there a gap at this place, which way, how large, and at which learning rates."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from harness.analysis.arms import label
from harness.analysis.axes import LR
from harness.analysis.equalities import repeated
from harness.analysis.findings import Findings
from harness.analysis.gaps import Gap
from harness.analysis.sentences.wording import count, interval, listed, of, size, spread, where
from harness.analysis.statistics import CONFIDENCE, DIFFERENT, EQUIVALENT, FAMILYWISE, MIN_PAIRS


def _cell(found: Findings, gap: Gap, cell: pd.Series) -> str:
    """The configuration and its number of pairs, in brackets."""
    told = found.axes.telling({column: cell[column] for column in found.axes.shown if column not in found.axes.place})
    return "(" + ", ".join([*([label(told)] if told else []), f"n = {int(cell['pairs'])}"]) + ")"


def _rates(gap: Gap) -> str:
    """At which learning rates there is a gap, for each optimizer."""
    by_lr = gap.by_lr()
    if sum(len(rates) for parts in by_lr.values() for rates in parts) < 2:
        return ""
    told = []
    for optimizer, (always, partly, never) in by_lr.items():
        rates = (("every configuration", always), ("some configurations", partly), ("none", never))
        first, *others = [f"in {which} at {listed(at)}" for which, at in rates if at]
        parts = [first.replace(" at ", " at learning rate ", 1), *others]
        told.append(f"{'with ' + optimizer + ' ' if optimizer else ''}{', '.join(parts)}")
    return f" There is a gap {'; '.join(told)}."


def _tuned(found: Findings, gap: Gap) -> str:
    """Each method at its own best learning rate, chosen by validation."""
    if found.best.empty:
        return ""
    table = found.best
    here = table[(table["arm"] == gap.arm) & (table["pairs"] > 0) & (table["tuned"] == table["tuned"].iloc[-1])]
    for column, value in zip(found.axes.place, gap.place, strict=True):
        here = here[here[column].astype(str) == value]
    if here.empty:
        return ""
    tuned = str(here["tuned"].iloc[0])
    what = "learning rate" if tuned == "lr" else "learning rate and number of epochs"
    if len(here) == 1:
        row = here.iloc[0]
        rates = f"{row['baseline_lr']:g} for the baseline, {row['lr']:g} for the other method"
        text = interval(row["diff_mean"], row["diff_low"], row["diff_high"])
        verdict = f": {row['verdict']}" if row["verdict"] else ""
        return (
            f" With each method at its own best {what} on the validation part ({rates}), the difference is {text} "
            f"points{verdict}."
        )
    left = int((here["verdict"] == DIFFERENT).sum())
    return (
        f" With each method at its own best {what} on the validation part, the difference is "
        f"{here['diff_mean'].min():+.1f} to "
        f"{here['diff_mean'].max():+.1f} points, different after {found.study.guard} in {left} of "
        f"{count(len(here), 'row')}."
    )


def _unjudged(found: Findings, gap: Gap, names: str) -> str:
    cell = gap.largest
    text = interval(cell["diff_mean"], cell["diff_low"], cell["diff_high"])
    pairs = spread(gap.cells["pairs"], "pair")
    largest = "the" if len(gap.cells) == 1 else "the largest"
    return (
        f"no verdict with {pairs} of runs per configuration (at least {MIN_PAIRS} are needed). {names}: {largest} "
        "difference is "
        f"{text} points {_cell(found, gap, cell)}."
    )


def _nothing(found: Findings, gap: Gap, names: str) -> str:
    judged, different = gap.judged, gap.different
    margin = found.study.margin
    if (judged["verdict"] == EQUIVALENT).all():
        cells = of(len(judged), len(judged), "configuration")
        return f"no gap. {names}: equivalent within ± {margin:g} points in {cells}."
    bound = judged[["diff_low", "diff_high"]].abs().to_numpy().max()
    text = f"{'a hint of a gap' if gap.hinted else 'no gap was found'}. {names}: "
    if len(different):
        chance = (1 - CONFIDENCE) * len(judged)
        text += (
            f"the interval excludes zero in {of(len(different), len(judged), 'configuration')} where about "
            f"{chance:.1f} are expected by chance, and none survives {found.study.guard} at {FAMILYWISE:g}"
        )
    else:
        text += f"the interval contains zero in {of(len(judged), len(judged), 'configuration')}"
    text += f"; equivalent within ± {margin:g} points in {len(gap.equivalent)}"
    return f"{text}; all intervals lie within ± {bound:.1f}."


def _gap(found: Findings, gap: Gap, arm: str, baseline: str) -> str:
    robust, largest = gap.robust, gap.largest
    winner, loser = (arm, baseline) if largest["diff_mean"] > 0 else (baseline, arm)
    told = size(largest["diff_mean"], largest["diff_low"], largest["diff_high"])
    cells = of(len(robust), len(gap.judged), "configuration")
    if gap.mixed:
        up = int((robust["diff_mean"] > 0).sum())
        text = (
            f"a gap in both directions. {arm} beats {baseline} in {up} and loses in {len(robust) - up} of "
            f"{count(len(gap.judged), 'configuration')}; the largest difference is {told} for {winner} "
            f"{_cell(found, gap, largest)}."
        )
    elif len(gap.judged) == 1:
        text = f"a gap. {winner} beats {loser} by {told} {_cell(found, gap, largest)}."
    else:
        least = f"{robust['diff_mean'].abs().min():.1f} to " if len(robust) > 1 else ""
        text = f"a gap. {winner} beats {loser} in {cells}, by {least}{told} {_cell(found, gap, largest)}."
    small = int((robust[["diff_low", "diff_high"]].abs().max(axis=1) <= found.study.margin).sum())
    if small:
        these = of(small, len(robust), "of these configuration") if small < len(robust) else "each of them"
        text += " It is" if len(robust) == 1 else f" In {these} the difference is"
        text += f" below the margin of practical equivalence (± {found.study.margin:g} points)."
    return text


def _repeats(found: Findings, every: list[Gap]) -> dict[tuple[tuple[str, ...], int], int]:
    """For each place and method that repeats an earlier one there number by number, the earlier one."""
    found_twins = {}
    earlier: dict[tuple[str, ...], list[int]] = {}
    for gap in every:
        same = repeated(found.equalities, gap.arm, earlier.setdefault(gap.place, []), gap.place[0])
        earlier[gap.place].append(gap.arm)
        if same is not None:
            found_twins[gap.place, gap.arm] = same
    return found_twins


def gap_sentences(found: Findings, every: list[Gap]) -> Iterator[str]:
    """A sentence or a few for each place and method in question; methods that repeat another come at the end."""
    labels = found.arm_labels
    baseline = labels[found.baseline] if found.baseline is not None else ""
    repeats = _repeats(found, every)
    for gap in every:
        if (gap.place, gap.arm) in repeats:
            continue
        arm = labels[gap.arm]
        names = f"{arm} against {baseline}"
        if gap.judged.empty:
            text = _unjudged(found, gap, names)
        elif len(gap.robust):
            text = _gap(found, gap, arm, baseline)
        else:
            text = _nothing(found, gap, names)
        if LR in found.axes.row and len(gap.robust):
            text += _rates(gap)
        yield f"{where(gap.place)}: {text}{_tuned(found, gap)}"
    total = len({gap.place for gap in every})
    twins: dict[tuple[int, int], list[tuple[str, ...]]] = {}
    for (place, repeating), first in repeats.items():
        twins.setdefault((repeating, first), []).append(place)
    for (repeating, first), places in twins.items():
        limited = f" on {listed(where(place) for place in places)}" if len(places) < total else ""
        yield f"{labels[repeating]} gives the same runs as {labels[first]}, number by number{limited}."
