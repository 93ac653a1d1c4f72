"""What MLflow's UI shows of a study: saved views, which are tags of its experiment, and their addresses.

The keys are those of MLflow's own saved views (`mlflow/server/js/src/experiment-tracking/.../ExperimentPageUIState`).
"""

from __future__ import annotations

import json
from typing import Any

from harness.execution.mlflow import fields
from harness.execution.mlflow.comparison import INITIAL, RUNS, STD, MethodComparison
from harness.execution.mlflow.fields import CONFIGURATION
from harness.execution.mlflow.methods import SUMMARY, SUMMARY_OF_METHOD, along, over

KEY = "harness"
PREFIX = "mlflow.sharedViewState."
VIEW_TAG = f"{PREFIX}{KEY}"

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


def _chart(metric: str, section: str, kind: str = "BAR", lower: str = "step") -> dict[str, Any]:
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
            "xAxisKey": "step" if lower == "step" else "metric",
            "selectedXAxisMetricKey": "" if lower == "step" else lower,
            "xAxisScaleType": "linear",
            "displayPoints": lower != "step",
            "scaleType": "linear",
            "yAxisKey": "metric",
            "yAxisExpressions": [],
            "range": {},
            "lineSmoothness": 0,
            "ignoreOutliers": False,
            "useGlobalXaxisKey": lower == "step",
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


def _state(
    condition: str, columns: list[str], charts: list[dict[str, Any]], group: str | None = None
) -> dict[str, Any]:
    main, first = charts[0]["metricKey"], _section(TEST, columns=min(2, len(charts)), height=TALL)
    charts, sections = [*charts, *(_chart(metric, DIAGNOSTICS) for metric in INITIAL)], [first]
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


def views(study: dict[str, Any], comparison: MethodComparison) -> dict[str, str]:
    """The tags of an experiment that hold its views; the first one is what `page` leads to."""
    main = fields.compared(study)
    means = [f"metrics.`{name}`" for name in (main, main + STD, RUNS, "val_top1", "initial_loss")]
    bars = [_chart(main + shared.name, TEST) for shared in comparison.shared] or [_chart(main, TEST)]
    lines = [_chart(over(main, line.axis), TEST, "LINE", along(line)) for line in comparison.lines]
    methods = _state(f"tags.{SUMMARY} = '{SUMMARY_OF_METHOD}'", means, bars + lines)
    columns = [*COLUMNS, f"metrics.`{main}`", *means[3:]]
    runs = _state("tags.status = 'finished'", columns, [_chart(main, TEST)], CONFIGURATION)
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
