"""One run in MLflow for each method of a study, with its means: the comparison that people see first.

MLflow's own groups take part in the runs that a page has loaded, at most 100, and those are the best ones first.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterator
from typing import Any

from harness.execution.mlflow import fields
from harness.execution.mlflow.client import search, write
from harness.execution.mlflow.comparison import RUNS, Line, MethodComparison
from harness.execution.mlflow.fields import METHOD, NOTE, MetricValue

SUMMARY, SUMMARY_OF_METHOD = "summary", "method"
"""The tag, and its value, of such a run."""

COLOR = "mlflow.runColor"
"""The tag by which MLflow's charts paint a run."""

COLORS = (
    "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#8C564B", "#7F7F7F", "#B8A800", "#332288",
    "#44AA99", "#882255", "#117733", "#AA4499", "#999933", "#88CCEE", "#661100", "#6699CC", "#DDCC77", "#AA4466",
)  # fmt: skip
"""Told apart by people who see colours otherwise, the first ones best: Okabe and Ito (2008), then Tol (2021)."""

CONTENT = "harness.content"
"""The tag with a hash of all that such a run holds, once the sweep has ended."""

LOG, DECADE = "log10 ", 10


def over(metric: str, axis: str) -> str:
    """The metric that shows the compared one over a setting."""
    return fields.key(f"{metric} over {axis}")


def along(line: Line) -> str:
    """The metric along the lower edge: the setting, or where its values span a decade, its logarithm.

    MLflow has no logarithmic scale for what is no step.
    """
    spans = 0 < line.values[0] * DECADE <= line.values[-1]
    return fields.key(f"{LOG}{line.axis}" if spans else line.axis)


def show(client: Any, experiment: str, comparison: MethodComparison, now: int, ended: bool) -> None:
    """Write a comparison to a store; `now` is in milliseconds since 1970.

    The lines come when the sweep has `ended`, for MLflow keeps each point that a line ever had.
    """
    there = search(client, experiment, f"tags.`{SUMMARY}` = '{SUMMARY_OF_METHOD}'")
    taken = {run.data.tags.get(COLOR) for run in there}
    free = [color for color in COLORS if color not in taken]
    for number, (name, means) in enumerate(comparison.means().items()):
        points = [MetricValue(key, value, now, 0) for key, value in means.items()]
        lines = [*_points(comparison, name, now)] if ended else []
        content = hashlib.sha256(json.dumps([[p.key, p.value, p.step] for p in points + lines]).encode()).hexdigest()
        mine = [run for run in there if run.data.tags.get(METHOD) == name]
        if mine and mine[0].data.tags.get(CONTENT) == content:
            continue
        kept = [] if ended else mine[:1]  # made anew in the end, or means of other settings would stay among its own
        for run in mine[len(kept) :]:
            client.delete_run(run.info.run_id)
        usual = free.pop(0) if not mine and free else COLORS[number % len(COLORS)]
        color = mine[0].data.tags.get(COLOR, usual) if mine else usual
        run_id = kept[0].info.run_id if kept else _made(client, experiment, name, color)
        tags = {NOTE: _note(comparison, name, means)} | ({CONTENT: content} if ended else {})
        write(client, run_id, points + lines, {}, tags)


def _points(comparison: MethodComparison, name: str, now: int) -> Iterator[MetricValue]:
    """Two metrics for each line, which MLflow brings together by step: the setting, and what is shown over it."""
    for line in comparison.lines:
        lower = along(line)
        for step, (value, mean) in enumerate(zip(line.values, line.means.get(name, ()), strict=False)):
            yield MetricValue(lower, math.log10(value) if lower.startswith(LOG) else value, now, step)
            yield MetricValue(over(comparison.metric, line.axis), mean, now, step)


def _note(comparison: MethodComparison, name: str, means: dict[str, float]) -> str:
    told = []
    for shared in comparison.shared:
        if name in shared.methods:
            others = ", ".join(other for other in shared.methods if other != name) or "no other method"
            told.append(f"`{comparison.metric}{shared.name}`: {len(shared.settings)} settings, shared with {others}.")
    return "\n\n".join([f"Means over runs of {name}, of which there are {means[RUNS]:g}.", *told])


def _made(client: Any, experiment: str, name: str, color: str) -> str:
    tags = {
        SUMMARY: SUMMARY_OF_METHOD,
        METHOD: name,
        COLOR: color,
        "mlflow.source.name": "harness",
        "mlflow.source.type": "LOCAL",
    }
    made: str = client.create_run(experiment, tags=tags, run_name=name).info.run_id
    client.set_terminated(made, "FINISHED")
    return made
