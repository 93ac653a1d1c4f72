"""A saved view for MLflow's UI: the finished runs of a study, averaged over the seeds of each cell.

The UI keeps shared views as experiment tags; what stands in one was read off MLflow 3.17. A UI that does not know
a field ignores it.
"""

from __future__ import annotations

import json

KEY = "harness"
TAG = f"mlflow.sharedViewState.{KEY}"

CELL = "cell"
"""The run tag that a cell's runs share."""

COLUMNS = (
    "params.`creation`",
    "params.`init`",
    "params.`backbone.name`",
    "params.`recipe.lr`",
    "params.`seed`",
    "metrics.`test_top1`",
    "metrics.`val_top1`",
    "metrics.`birth_initial_loss`",
)

STATE = {
    "searchFilter": "tags.status = 'finished'",
    "orderByKey": "metrics.`test_top1`",
    "orderByAsc": False,
    "startTime": "ALL",
    "lifecycleFilter": "Active",
    "datasetsFilter": [],
    "modelVersionFilter": "All Runs",
    "selectedColumns": COLUMNS,
    "groupBy": {"aggregateFunction": "average", "groupByKeys": [{"mode": "tag", "groupByData": CELL}]},
    "groupsExpanded": {},
    "runsExpanded": {},
    "runsPinned": [],
    "runsHidden": [],
    "runsVisibilityMap": {},
    "runsHiddenMode": "FIRST_20_RUNS",
    "useGroupedValuesInCharts": True,
    "hideEmptyCharts": True,
    "viewMaximized": False,
    "runListHidden": False,
    "isAccordionReordered": False,
}

VALUE = json.dumps(STATE)


def page(address: str, experiment: int | str) -> str:
    """The address of an experiment's runs in this view, in the UI's mode for model training."""
    return f"{address}/#/experiments/{experiment}/runs?workflowType=machine_learning&viewStateShareKey={KEY}"
