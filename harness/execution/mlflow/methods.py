"""One run in MLflow for each method of a study, with the means over its runs: the comparison that people see first.

MLflow's own groups take part in the runs that a page has loaded, at most 100, and those are the best ones first.
"""

from __future__ import annotations

import hashlib
import json
import math
import statistics
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from harness.execution.mlflow import fields
from harness.execution.mlflow.client import search, write
from harness.execution.mlflow.fields import METHOD, NOTE, MetricValue
from harness.execution.mlflow.naming import method, overrides

SUMMARY, SUMMARY_OF_METHOD = "summary", "method"
"""The tag, and its value, of such a run."""

RUNS = "runs"
STD = "_std"
"""Ends the name of the standard deviation, over all runs of a method, of the metric that the study compares by."""

COLOR = "mlflow.runColor"
"""The tag by which MLflow's charts paint a run."""

COLORS = (
    "#0072B2",
    "#D55E00",
    "#009E73",
    "#CC79A7",
    "#E69F00",
    "#56B4E9",
    "#8C564B",
    "#7F7F7F",
    "#B8A800",
    "#332288",
)
"""Told apart by people who see colours otherwise: the set of Okabe and Ito (2008), darkened for a light page, and two
of Tol's (2021)."""


LOG, DECADE = "log10 ", 10

CONTENT = "harness.content"
"""The tag with a hash of all that such a run holds, once the sweep has ended."""


class Methods:
    """The finished runs of a study by method.

    `study` is the content of its study.json: records of other configurations take no part, as in its report.
    """

    def __init__(self, study: dict[str, Any], records: Iterable[dict[str, Any]] = ()) -> None:
        self._arms = tuple(study.get("arms") or fields.ARMS)
        self._configurations = frozenset(study.get("cells") or ())
        self._compared = fields.compared(study)
        self._runs: dict[str, dict[str, _Run]] = {}
        for record in records:
            self.add(record)

    def add(self, record: dict[str, Any]) -> None:
        """Take a record in; one of the same run that is in already gives way."""
        if record["status"] != "finished" or record["cell_id"] not in self._configurations:
            return
        runs = self._runs.setdefault(method(record["spec"], self._arms), {})
        runs[record["run_id"]] = _Run(fields.final(record), _numbers(record["spec"], self._arms))

    def means(self) -> dict[str, dict[str, float]]:
        """By method: each metric's mean, the standard deviation of the compared one, and the number of runs."""
        return {name: self._mean([run.metrics for run in runs.values()]) for name, runs in sorted(self._runs.items())}

    def _mean(self, runs: list[dict[str, float]]) -> dict[str, float]:
        measured = dict.fromkeys(name for run in runs for name in run)
        means = {name: statistics.fmean(run[name] for run in runs if name in run) for name in measured}
        compared = [run[self._compared] for run in runs if self._compared in run]
        deviation = {self._compared + STD: statistics.stdev(compared)} if len(compared) > 1 else {}
        return {**means, **deviation, RUNS: float(len(runs))}

    def axes(self) -> dict[str, list[float]]:
        """The numbers, outside the arms, that the study varies, each with its values in order."""
        settings = [run.settings for runs in self._runs.values() for run in runs.values()]
        values = {name: sorted({run[name] for run in settings if name in run}) for run in settings for name in run}
        return {name: found for name, found in sorted(values.items()) if len(found) > 1}

    def show(self, client: Any, experiment: str, now: int, ended: bool) -> None:
        """Write them to a store; `now` is in milliseconds since 1970.

        The lines over the study's axes come when the sweep has `ended`, for MLflow keeps each point that a line had.
        """
        there = search(client, experiment, f"tags.`{SUMMARY}` = '{SUMMARY_OF_METHOD}'")
        free = [color for color in COLORS if color not in {run.data.tags.get(COLOR) for run in there}]
        for name, means in self.means().items():
            points = [MetricValue(key, value, now, 0) for key, value in means.items()]
            lines = [*self._points(name, now)] if ended else []
            content = hashlib.sha256(
                json.dumps([[p.key, p.value, p.step] for p in points + lines]).encode()
            ).hexdigest()
            mine = [run for run in there if run.data.tags.get(METHOD) == name]
            if mine and mine[0].data.tags.get(CONTENT) == content:
                continue
            color = mine[0].data.tags.get(COLOR, COLORS[0]) if mine else free.pop(0) if free else COLORS[0]
            kept = [] if lines else mine[:1]
            for run in mine[len(kept) :]:
                client.delete_run(run.info.run_id)
            run_id = kept[0].info.run_id if kept else _made(client, experiment, name, color)
            tags = {NOTE: f"Means over {means[RUNS]:g} runs of {name}."} | ({CONTENT: content} if ended else {})
            write(client, run_id, points + lines, {}, tags)

    def _points(self, name: str, now: int) -> Iterator[MetricValue]:
        """Two metrics for each axis, which MLflow brings together by step: the setting, and what is shown over it.

        That is the mean of the compared metric over all runs of the method with that value of the setting.
        """
        runs = [run for run in self._runs[name].values() if self._compared in run.metrics]
        for axis, values in self.axes().items():
            lower = along(axis, values)
            for step, value in enumerate(values):
                met = [run.metrics[self._compared] for run in runs if run.settings.get(axis) == value]
                if met:
                    yield MetricValue(lower, math.log10(value) if lower.startswith(LOG) else value, now, step)
                    yield MetricValue(over(self._compared, axis), statistics.fmean(met), now, step)


def over(compared: str, axis: str) -> str:
    """The metric that shows the compared one over a setting."""
    return fields.key(f"{compared} over {axis}")


def along(axis: str, values: list[float]) -> str:
    """The metric along the lower edge: the setting, or where its values span a decade, its logarithm.

    MLflow has no logarithmic scale for what is no step.
    """
    return fields.key(f"{LOG}{axis}" if 0 < values[0] * DECADE <= values[-1] else axis)


class _Run(NamedTuple):
    metrics: dict[str, float]
    settings: dict[str, float]


def _numbers(spec: dict[str, Any], arms: tuple[str, ...]) -> dict[str, float]:
    """The settings that are numbers and that methods do not differ in."""
    apart = (*arms, "seed", "replicate", "data.split")
    found = {}
    for name, value in overrides(spec).items():
        if not any(name == arm or name.startswith(f"{arm}.") for arm in apart) and not name.endswith("fingerprint"):
            try:
                found[name] = float(value)
            except ValueError:
                continue
    return found


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
