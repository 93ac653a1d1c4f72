"""The methods of a study beside each other: means over the settings at which all of them ran, and lines over a setting.

A setting is all that is asked of a run but the seed and what the methods differ in. A mean over other settings than
those of its neighbour would be a difference of settings, not of methods.
"""

from __future__ import annotations

import statistics
from collections import Counter, defaultdict
from collections.abc import Iterable
from functools import cached_property
from typing import Any, NamedTuple

from harness.execution.mlflow import fields
from harness.execution.mlflow.naming import method, overrides

Setting = frozenset[tuple[str, str]]
"""Names, as on the command line, and values."""


class Shared(NamedTuple):
    """Settings at which all of some methods ran; `name` says how many of the study's they are, empty for the widest."""

    name: str
    settings: frozenset[Setting]
    methods: tuple[str, ...]


class Line(NamedTuple):
    """A number that the study varies: its values in order, and for each method the mean at each of them.

    All else that is asked is alike at the values.
    """

    axis: str
    values: tuple[float, ...]
    means: dict[str, tuple[float, ...]]


class _Run(NamedTuple):
    method: str
    setting: Setting
    metrics: dict[str, float]


class MethodComparison:
    """The finished runs of a study. `study` is the content of its study.json; other configurations take no part."""

    def __init__(self, study: dict[str, Any], records: Iterable[dict[str, Any]] = ()) -> None:
        arms = tuple(study.get("arms") or fields.ARMS)
        configurations = frozenset(study.get("cells") or ())
        self.metric = fields.compared(study)
        runs = {}
        for record in records:
            if record["status"] == "finished" and record["cell_id"] in configurations:
                spec = record["spec"]
                runs[record["run_id"]] = _Run(method(spec, arms), _setting(spec, arms), fields.final(record))
        self._runs = list(runs.values())

    @cached_property
    def _settings_of(self) -> dict[str, frozenset[Setting]]:
        found: dict[str, set[Setting]] = defaultdict(set)
        for run in self._runs:
            found[run.method].add(run.setting)
        return {name: frozenset(settings) for name, settings in sorted(found.items())}

    @cached_property
    def shared(self) -> list[Shared]:
        """The widest comparison first, then what it takes to have every method in one."""
        of = self._settings_of
        total = len(frozenset[Setting]().union(*of.values()))
        found = []
        for settings in set(of.values()):
            found.append(Shared("", settings, tuple(name for name, at in of.items() if at >= settings)))
        found.sort(key=lambda each: (len(each.methods) < 2, -len(each.settings), -len(each.methods), each.methods))
        kept: list[Shared] = []
        for each in found:
            if not set(each.methods) <= {name for other in kept for name in other.methods}:
                name = f" at {len(each.settings)} of {total} settings" if kept else ""
                alike = sum(other.name.startswith(name) for other in kept)
                kept.append(each._replace(name=f"{name} - {alike + 1}" if kept and alike else name))
        return kept

    def means(self) -> dict[str, dict[str, float]]:
        """By method, those of the widest comparison first, and metric: the mean over all runs at shared settings.

        Of the widest comparison all metrics, under their own names, and the standard deviation of the compared one; of
        the others the compared one and the initial diagnostics, with the name of the comparison behind.
        """
        means: dict[str, dict[str, float]] = {name: {} for shared in self.shared for name in shared.methods}
        for shared in self.shared:
            for name in shared.methods:
                runs = [run.metrics for run in self._runs if run.method == name and run.setting in shared.settings]
                kept = list(dict.fromkeys(metric for run in runs for metric in run))
                if shared.name:
                    kept = [metric for metric in kept if metric in (self.metric, *INITIAL)]
                for metric in kept:
                    values = [run[metric] for run in runs if metric in run]
                    means[name][metric + shared.name] = statistics.fmean(values)
                    if metric == self.metric and len(values) > 1 and not shared.name:
                        means[name][metric + STD] = statistics.stdev(values)
        for name, number in Counter(run.method for run in self._runs).items():
            means[name][RUNS] = float(number)
        return means

    @cached_property
    def lines(self) -> list[Line]:
        """The compared metric over each number that the widest comparison varies."""
        if not self.shared:
            return []
        settings, methods = self.shared[0].settings, self.shared[0].methods
        means = {key: statistics.fmean(values) for key, values in self._measured().items()}
        found = []
        for axis in sorted({name for setting in settings for name, value in setting if _number(value) is not None}):
            values, blocks = _blocks(axis, settings)
            lines = {
                name: tuple(statistics.fmean(means[name, block[value]] for block in blocks) for value in values)
                for name in methods
                if all((name, block[value]) in means for block in blocks for value in values)
            }
            if blocks and lines:
                found.append(Line(axis, values, lines))
        return found

    def _measured(self) -> dict[tuple[str, Setting], list[float]]:
        found = defaultdict(list)
        for run in self._runs:
            if self.metric in run.metrics:
                found[run.method, run.setting].append(run.metrics[self.metric])
        return found


INITIAL = ("initial_loss", "initial_logit_std", "initial_head_std")
RUNS = "runs"
STD = "_std"
"""Ends the name of the standard deviation of the compared metric, over runs."""

APART = ("seed", "replicate", "data.split")
"""What repeats a run, beside the arms."""


def _setting(spec: dict[str, Any], arms: tuple[str, ...]) -> Setting:
    apart = (*arms, *APART)
    return frozenset(
        (name, value)
        for name, value in overrides(spec).items()
        if not any(name == each or name.startswith(f"{each}.") for each in apart) and not name.endswith("fingerprint")
    )


def _number(value: str) -> float | None:
    try:
        return float(value)
    except ValueError:
        return None


def _blocks(axis: str, settings: Iterable[Setting]) -> tuple[tuple[float, ...], list[dict[float, Setting]]]:
    """The values of an axis, and the settings that are alike in all else and there at each of them.

    Where not all are there at the same values, those values count that most settings have in common.
    """
    alike: dict[Setting, dict[float, Setting]] = defaultdict(dict)
    for setting in settings:
        number = _number(dict(setting).get(axis, ""))
        if number is not None:
            alike[frozenset(pair for pair in setting if pair[0] != axis)][number] = setting
    sizes = Counter(frozenset(block) for block in alike.values() if len(block) > 1)
    if not sizes:
        return (), []
    values = max(sizes, key=lambda found: (sizes[found] * len(found), sorted(found)))
    return tuple(sorted(values)), [block for block in alike.values() if values <= block.keys()]
