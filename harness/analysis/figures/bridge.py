"""From one creation to another, difference by difference, as a waterfall."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from harness.analysis.attribution import Attribution, interval
from harness.analysis.figures.style import COLOURS, GREY, panels, wrap
from harness.analysis.findings import Findings

LIMIT = 9
WIDTH = 0.7


def bridge(found: Findings) -> Figure | None:
    """A panel for each bridge; where there are many, those of the largest gaps."""
    if not found.bridges:
        return None
    cells = found.runs.drop_duplicates("cell_id").set_index("cell_id")
    largest = sorted(found.bridges, key=lambda each: -abs(float(np.mean(each.gap))))[:LIMIT]
    shown = [each for each in found.bridges if each in largest]
    factors = list(dict.fromkeys(factor.name for each in found.bridges for factor in each.crossing.factors))
    palette = {name: COLOURS[at % len(COLOURS)] for at, name in enumerate(factors)}
    figure, axes = panels(len(shown), columns=3, height=3.2)
    for each, panel in zip(shown, axes, strict=True):
        ends = [str(cells.at[cell, "arm_label"]) for cell in (each.crossing.first, each.crossing.second)]
        _waterfall(panel, each, ends, palette)
        panel.set_title(wrap(str(cells.at[each.crossing.first, "row_label"]), min(3, len(shown))))
    for panel in axes[::3]:
        panel.set_ylabel(f"test {found.study.measure}, %")
    text = "Contribution of each difference to the gap (Shapley values, mean and 95 % interval over seeds)"
    text += (
        f" ({len(shown)} of {len(found.bridges)} bridges, those of the largest gaps)"
        if len(found.bridges) > len(shown)
        else ""
    )
    figure.suptitle(text, fontsize=11, x=0.01, ha="left")
    return figure


def _waterfall(panel: Axes, each: Attribution, ends: list[str], palette: dict[str, str]) -> None:
    """The first creation's bar, a floating one for each difference, the second creation's."""
    names, level = [ends[0]], float(np.mean(each.first))
    panel.bar(0, level, WIDTH, color=GREY)
    tops = [level]
    for at, factor in enumerate(each.ranked, 1):
        mean, low, high = interval(each.shapley[factor.name])
        panel.bar(at, mean, WIDTH, bottom=level, color=palette[factor.name])
        panel.plot([at - 1 + WIDTH / 2, at - WIDTH / 2], [level, level], color=GREY, lw=0.8)
        if not np.isnan(low):
            panel.errorbar(at, level + mean, [[mean - low], [high - mean]], color="black", lw=1.2, capsize=3)
        tops += [level + mean, level + (mean if np.isnan(low) else low), level + (mean if np.isnan(high) else high)]
        level += mean
        names.append(factor.name)
    last = len(names)
    panel.plot([last - 1 + WIDTH / 2, last - WIDTH / 2], [level, level], color=GREY, lw=0.8)
    panel.bar(last, level, WIDTH, color=GREY)
    room = 0.15 * (max(tops) - min(tops)) + 1
    panel.set_ylim(max(0.0, min(tops) - 2 * room), max(tops) + room)
    panel.set_xticks(range(last + 1), [*names, ends[1]], fontsize=8, rotation=30, ha="right", rotation_mode="anchor")
    panel.grid(axis="y", alpha=0.25)
