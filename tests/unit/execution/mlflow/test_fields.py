"""A record in MLflow's terms."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from harness.execution.mlflow import fields
from harness.execution.mlflow.naming import configuration, method, overrides, title

Make = Callable[..., dict[str, Any]]


def test_parameters_bear_the_names_of_the_command_line(make_record: Make) -> None:
    parameters = fields.parameters(make_record("swap_head", 3))
    assert parameters["creation"] == "swap_head"
    assert parameters["recipe.lr"] == "0.001"
    assert parameters["backbone.name"] == "test_efficientnet"
    assert parameters["seed"] == "3"
    assert "regularization.drop_rate" not in parameters, "what is null is left out"


def test_parameters_keep_the_limits(make_record: Make) -> None:
    record = make_record("create_model", 0)
    record["spec"]["backbone"]["kwargs"] = {"a[0]=" + "x" * 300: "y" * 7000}
    [(name, value)] = [item for item in fields.parameters(record).items() if "kwargs" in item[0]]
    assert name.startswith("backbone.kwargs.a_0__x")
    assert len(name) == 250
    assert len(value) == 6000


def test_titles_tell_what_differs(make_record: Make) -> None:
    spec = make_record("create_model", 3)["spec"]
    assert title(spec) == "create_model keep lr=0.001 s3"
    spec["backbone"]["name"], spec["transfer"]["name"] = "test_resnet", "linear_probe"
    spec["recipe"] |= {"lr": 0.01, "epochs": 20}
    spec["replicate"] = 1
    spec["data"] |= {"name": "imagefolder", "label": "flowers"}
    assert configuration(spec) == "create_model keep test_resnet flowers linear_probe lr=0.01 epochs=20 replicate=1"


def test_a_method_is_told_by_what_its_study_compares(make_record: Make) -> None:
    spec = make_record("swap_head", 3)["spec"]
    spec["recipe"]["lr"] = 0.01
    assert method(spec, fields.ARMS) == "swap_head"
    assert method(spec, ["init"]) == "keep", "where all is as usual, it is told"
    assert method(spec, ["creation", "recipe.lr"]) == "swap_head, lr=0.01"
    spec["init"]["name"], spec["replicate"] = "zeros", 1
    assert method(spec, fields.ARMS) == "swap_head, zeros, replicate=1"


def test_overrides_hold_kwargs_of_any_depth() -> None:
    spec = {"creation": {"name": "custom", "kwargs": {"a": {"b": [1, 2]}, "c": True}}}
    assert overrides(spec) == {
        "creation": "custom",
        "creation.kwargs.a.b": "[1, 2]",
        "creation.kwargs.c": "true",
    }


def test_curve_has_a_step_and_a_time_for_each_point(make_record: Make) -> None:
    record = make_record("create_model", 0)
    found = [point for point in fields.points(record) if point.key == "val_top1"]
    assert [point.step for point in found] == [entry["step"] for entry in record["curve"]]
    assert [point.value for point in found] == [entry["val_top1"] for entry in record["curve"]]
    assert found[-1].time - found[0].time == 10_000


def test_null_and_nan_are_left_out(make_record: Make) -> None:
    record = make_record("create_model", 0)
    record["metrics"]["top5"] = None
    keys = [point.key for point in fields.points(record)]
    assert keys.count("train_loss") == len(record["curve"]) - 1, "there is none at step 0"
    assert not {"grad_norm_backbone", "initial_logit_std", "test_top5"} & set(keys)


def test_the_load_of_the_machine_bears_the_names_that_the_ui_groups(make_record: Make) -> None:
    record = make_record("create_model", 0)
    taken = "2026-03-01T10:00:05+00:00"
    record["provenance"]["usage"] = [{"time": taken, "cpu_utilization_percentage": 50.0 + i} for i in range(2)]
    found = [point for point in fields.points(record) if point.key.startswith("system/")]
    assert {point.key for point in found} == {"system/cpu_utilization_percentage"}
    assert [(point.step, point.value) for point in found] == [(0, 50.0), (1, 51.0)]
    assert {point.time for point in found} == {fields.milliseconds(taken)}


def test_distances_are_one_number_for_head_and_backbone(make_record: Make) -> None:
    values = {point.key: point.value for point in fields.points(make_record("create_model", 0))}
    assert values["distance_head"] == 2.0
    assert values["distance_backbone"] == pytest.approx(2.0 * 20**0.5)


def test_several_heads_have_a_number_each(make_record: Make) -> None:
    record = make_record("create_model", 0)
    [head] = record["birth"]["head"]
    record["birth"]["head"] = [head, {**head, "name": "head_dist"}]
    keys = {point.key for point in fields.points(record)}
    assert {"initial_head_std.classifier", "initial_head_std.head_dist"} <= keys


def test_a_run_that_failed_at_once_can_be_shown(make_record: Make) -> None:
    whole = make_record("create_model", 0, status="failed")
    record = {name: whole[name] for name in ("run_id", "cell_id", "spec", "status", "reason")}
    assert fields.points(record) == []
    assert fields.tags(record)["reason"] == record["reason"]
    assert fields.tags(record)["creation"] == "create_model"
