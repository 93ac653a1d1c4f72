"""The saved views of a study: what the installed MLflow reads, and nothing that the study lacks."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from harness.execution.mlflow.comparison import MethodComparison
from harness.execution.mlflow.settings import Settings
from harness.execution.mlflow.sync import sync
from harness.execution.mlflow.view import VIEW_TAG, page, views
from harness.records.store import RECORD, STUDY, write_text
from harness.spec.identity import configuration_id, run_id
from harness.spec.spec import Spec

mlflow = pytest.importorskip("mlflow")

from tests.unit.execution.mlflow.sent import runs_of  # noqa: E402 - imports MLflow

RATES = [0.001, 0.01, 0.1]


@pytest.fixture(scope="module")
def bundle() -> str:
    """All of MLflow's own scripts, as its server sends them."""
    folder = Path(mlflow.__file__).parent / "server" / "js" / "build" / "static" / "js"
    if not folder.is_dir():
        pytest.skip("this MLflow has no pages")
    return "\n".join(file.read_text(encoding="utf-8") for file in folder.glob("*.js"))


@pytest.fixture
def states(make_record: Callable[..., dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """The views' states by the names of their tags."""
    study = {"name": "gap", "cells": ["x"]}
    records = [{**make_record("create_model", number), "cell_id": "x"} for number in range(len(RATES))]
    for record, rate in zip(records, RATES, strict=True):
        record["spec"]["recipe"]["lr"] = rate
    return {tag: _state(content) for tag, content in views(study, MethodComparison(study, records)).items()}


def _state(content: str) -> dict[str, Any]:
    found = json.loads(content)
    return json.loads(found["state"]) if "state" in found else found


def _words(value: Any) -> Iterator[str]:
    """All keys, at any depth."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from _words(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _words(inner)


def test_mlflow_knows_every_key_of_a_view(bundle: str, states: dict[str, dict[str, Any]]) -> None:
    """A key that a new version calls otherwise would be passed over without a word."""
    assert {chart["type"] for state in states.values() for chart in state["compareRunCharts"]} == {"BAR", "LINE"}
    known = {word for state in states.values() for word in _words(state)}
    assert {word for word in known if f".{word}" not in bundle and f"{word}:" not in bundle} == set()


def test_mlflow_knows_every_choice_of_a_view(bundle: str, states: dict[str, dict[str, Any]]) -> None:
    for state in states.values():
        for choice in (state["runsHiddenMode"], *(chart["type"] for chart in state["compareRunCharts"])):
            assert f'"{choice}"' in bundle
        for group in (state["groupBy"] or {}).get("groupByKeys", ()):
            assert f'"{group["mode"]}"' in bundle


def test_mlflow_reads_the_address_and_the_tags(bundle: str) -> None:
    query = page("http://here", 1).partition("?")[2]
    for name, value in (pair.split("=") for pair in query.split("&")):
        # MLflow 3.13 reads its mode from the browser's storage alone, where `pages.js` puts it.
        assert f'"{name}"' in bundle or f'"mlflow.{name}"' in bundle
        assert name == "viewStateShareKey" or f'"{value}"' in bundle
    assert f'"{VIEW_TAG.removesuffix("harness")}"' in bundle
    assert VIEW_TAG.endswith(page("", 1).partition("viewStateShareKey=")[2].partition("&")[0])


def test_every_chart_is_in_a_section_and_the_first_one_shows_what_is_compared() -> None:
    study = {"name": "eyes", "metric": "auroc"}
    for content in views(study, MethodComparison(study)).values():
        state = _state(content)
        sections = [section["uuid"] for section in state["compareRunSections"]]
        charts = state["compareRunCharts"]
        assert charts[0]["metricKey"] == "test_auroc"
        assert charts[0]["metricSectionId"] == sections[0]
        assert {chart["metricSectionId"] for chart in charts} <= set(sections)
        assert len({chart["uuid"] for chart in charts}) == len(charts)


@pytest.fixture
def swept(settings: Settings, tmp_path: Path, make_record: Callable[..., dict[str, Any]]) -> dict[str, Any]:
    """The tags of an experiment in which the learning rate was swept as well."""
    folder, cells = tmp_path / "runs" / "gap", set()
    for creation in ("create_model", "swap_head"):
        for seed, rate in ((seed, rate) for seed in range(2) for rate in RATES):
            record = make_record(creation, seed)
            record["spec"]["recipe"]["lr"] = rate
            spec = Spec.model_validate(record["spec"])
            record |= {"run_id": run_id(spec), "cell_id": configuration_id(spec)}
            record["metrics"]["top1"] = 80 + seed - 10 * (rate == 0.1)
            cells.add(record["cell_id"])
            write_text(folder / record["run_id"] / RECORD, json.dumps(record).replace("NaN", "null"))
    study = {"name": "gap", "title": "The gap", "cells": sorted(cells)}
    write_text(folder / STUDY, json.dumps(study))
    sync(folder, settings)
    return dict(runs_of(settings)[0].get_experiment_by_name("gap").tags)


def test_the_view_shows_every_method_and_every_chart_has_its_metric(settings: Settings, swept: dict[str, Any]) -> None:
    client, _, _ = runs_of(settings)
    experiment = client.get_experiment_by_name("gap").experiment_id
    state = _state(swept[VIEW_TAG])
    shown = client.search_runs([experiment], state["searchFilter"])
    assert {run.info.run_name for run in shown} == {"create_model", "swap_head"}
    assert len({run.data.tags["mlflow.runColor"] for run in shown}) == len(shown)
    for run in shown:
        assert run.data.metrics["runs"] == 6
        for chart in state["compareRunCharts"]:
            if chart["metricKey"] != "initial_logit_std":  # it is NaN in these records
                assert chart["metricKey"] in run.data.metrics
            if chart.get("xAxisKey") == "metric":
                rates = client.get_metric_history(run.info.run_id, chart["selectedXAxisMetricKey"])
                assert {point.step: point.value for point in rates} == {0: -3, 1: -2, 2: -1}
                over = client.get_metric_history(run.info.run_id, chart["metricKey"])
                assert {point.step: point.value for point in over} == {0: 80.5, 1: 80.5, 2: 70.5}
    assert any(chart.get("xAxisKey") == "metric" for chart in state["compareRunCharts"])


def test_the_view_of_runs_groups_them_all(settings: Settings, swept: dict[str, Any]) -> None:
    client, _, _ = runs_of(settings)
    experiment = client.get_experiment_by_name("gap").experiment_id
    state = _state(swept[f"{VIEW_TAG}-configurations"])
    [group] = state["groupBy"]["groupByKeys"]
    runs = client.search_runs([experiment], state["searchFilter"])
    assert len(runs) == 12
    assert len({run.data.tags[group["groupByData"]] for run in runs}) == 6
    lines = [chart for chart in state["compareRunCharts"] if chart["type"] == "LINE"]
    assert lines
    assert all(chart["metricKey"] in run.data.metrics for chart in lines for run in runs)
