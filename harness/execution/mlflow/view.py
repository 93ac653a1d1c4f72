"""What MLflow's UI shows of a study: saved views, which are tags of its experiment, and their addresses.

The keys are those of MLflow's own saved views (`mlflow/server/js/src/experiment-tracking/.../ExperimentPageUIState`).
"""

from __future__ import annotations

import json
from typing import Any

from harness.execution.mlflow import fields
from harness.execution.mlflow.fields import CONFIGURATION
from harness.execution.mlflow.methods import RUNS, STD, SUMMARY, SUMMARY_OF_METHOD, along, over

KEY = "harness"
PREFIX = "mlflow.sharedViewState."
VIEW_TAG = f"{PREFIX}{KEY}"

INITIAL = ("initial_loss", "initial_logit_std", "initial_head_std")
CURVES = ("val_top1", "val_loss", "train_loss")

COLUMNS = ("params.`creation`", "params.`init`", "params.`backbone.name`", "params.`recipe.lr`", "params.`seed`")

TALL, USUAL = 420, 360
"""Height of a chart in pixels; `USUAL` is MLflow's own."""


def _section(name: str, columns: int = 3, height: int = USUAL, unfolded: bool = True) -> dict[str, Any]:
    return {
        "uuid": f"{KEY}-{name}",
        "name": name,
        "display": unfolded,
        "isReordered": True,
        "deleted": False,
        "isGenerated": False,
        "columns": columns,
        "cardHeight": height,
    }


def _chart(metric: str, section: str, kind: str = "BAR", along: str = "step") -> dict[str, Any]:
    chart = {
        "uuid": f"{KEY}-{metric}",
        "type": kind,
        "runsCountToCompare": 100,
        "metricSectionId": f"{KEY}-{section}",
        "deleted": False,
        "isGenerated": False,
        "displayName": metric,
        "metricKey": metric,
    }
    if kind == "LINE":
        chart |= {
            "selectedMetricKeys": [metric],
            "xAxisKey": "step" if along == "step" else "metric",
            "selectedXAxisMetricKey": "" if along == "step" else along,
            "xAxisScaleType": "linear",
            "displayPoints": along != "step",
            "scaleType": "linear",
            "yAxisKey": "metric",
            "yAxisExpressions": [],
            "range": {},
            "lineSmoothness": 0,
            "ignoreOutliers": False,
            "useGlobalXaxisKey": along == "step",
            "useGlobalLineSmoothing": True,
        }
    return chart


TEST, DIAGNOSTICS, LEARNING, OTHERS, SYSTEM = (
    "Test accuracy (%)",
    "Initial diagnostics",
    "Learning curves",
    "Model metrics",
    "System metrics",
)
"""Sections; the last two are MLflow's own, and it puts the metrics there that have no chart yet."""


def _over(main: str, axes: dict[str, list[float]]) -> list[dict[str, Any]]:
    """Charts of the compared metric over each number that a study varies."""
    return [_chart(over(main, axis), TEST, "LINE", along(axis, values)) for axis, values in axes.items()]


def _state(
    main: str, condition: str, columns: list[str], charts: list[dict[str, Any]], group: str | None = None
) -> dict[str, Any]:
    charts = [_chart(main, TEST), *charts, *(_chart(metric, DIAGNOSTICS) for metric in INITIAL)]
    sections = [_section(TEST, columns=min(2, len(charts) - len(INITIAL)), height=TALL)]
    if group:  # a mean has no curve
        charts += [_chart(metric, LEARNING, "LINE") for metric in CURVES]
        sections.append(_section(LEARNING))
    sections += [_section(DIAGNOSTICS), _section(OTHERS, unfolded=False), _section(SYSTEM, unfolded=False)]
    by = {"aggregateFunction": "average", "groupByKeys": [{"mode": "tag", "groupByData": group}]}
    return {
        "searchFilter": condition,
        "orderByKey": f"metrics.`{main}`",
        "orderByAsc": False,
        "startTime": "ALL",
        "lifecycleFilter": "Active",
        "datasetsFilter": [],
        "modelVersionFilter": "All Runs",
        "selectedColumns": columns,
        "groupBy": by if group else None,
        "groupsExpanded": {},
        "runsExpanded": {},
        "runsPinned": [],
        "runsHidden": [],
        "runsVisibilityMap": {},
        "runsHiddenMode": "SHOW_ALL",
        "useGroupedValuesInCharts": True,
        "hideEmptyCharts": True,
        "viewMaximized": False,
        "runListHidden": False,
        "isAccordionReordered": True,
        "compareRunCharts": charts,
        "compareRunSections": sections,
    }


def views(study: dict[str, Any], axes: dict[str, list[float]]) -> dict[str, str]:
    """The tags of an experiment that hold its views; the first one is what `page` leads to.

    `axes` are the numbers that the study varies, with their values in order.
    """
    main = fields.compared(study)
    means = [f"metrics.`{name}`" for name in (main, main + STD, RUNS, "val_top1", "initial_loss")]
    methods = _state(main, f"tags.{SUMMARY} = '{SUMMARY_OF_METHOD}'", means, _over(main, axes))
    runs = _state(main, "tags.status = 'finished'", [*COLUMNS, f"metrics.`{main}`", *means[3:]], [], CONFIGURATION)
    return {
        VIEW_TAG: json.dumps(methods),  # as all versions read it
        f"{VIEW_TAG}-methods": _named("Methods", methods),
        f"{VIEW_TAG}-configurations": _named("Runs by configuration", runs),
    }


def _named(name: str, state: dict[str, Any]) -> str:
    """As MLflow 3.17 keeps a view that its menu "Views" lists."""
    return json.dumps({"name": name, "createdAt": 0, "updatedAt": 0, "state": json.dumps(state)})


QUERY = f"workflowType=machine_learning&viewStateShareKey={KEY}&compareRunsMode=CHART"
"""Asks for the UI's mode for model training, for the view, and for charts beside the table."""


def page(address: str, experiment: int | str) -> str:
    """The address of a study's comparison."""
    return f"{address}/#/experiments/{experiment}/runs?{QUERY}"
