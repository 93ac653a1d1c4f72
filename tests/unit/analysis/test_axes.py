"""Which columns are arms, which are rows, and how they are named."""

from __future__ import annotations

from typing import Any

import pytest

from harness.analysis.arms import with_arms
from harness.analysis.axes import find_axes
from harness.analysis.frame import runs
from harness.analysis.settings import settings
from harness.analysis.study import AnalysedStudy

from .synthetic import record, spec


def rows(*specs: dict[str, Any]) -> list[dict[str, Any]]:
    """Records of the given specs."""
    return [record(content, 50.0, 0).as_json() for content in specs]


def test_short_columns() -> None:
    columns = settings(
        spec(creation="custom", creation__target="mine.build", data="imagefolder", data__label="flowers")
    )
    assert (columns["creation"], columns["data"], columns["backbone"]) == ("mine.build", "flowers", "test_efficientnet")
    assert columns["data.name"] == "imagefolder"
    assert columns["regularization.drop_rate"] == "default"
    assert columns["recipe.lr"] == 0.001


def test_varying_columns_are_divided_into_arms_and_rows() -> None:
    found = runs(
        rows(spec(recipe__lr=0.1, seed=1), spec(creation="swap_head"), spec(backbone__kwargs={"stem": "wide"}))
    )
    axes = find_axes(found, AnalysedStudy("s"))
    assert axes.arm == ("creation", "init", "replicate")
    assert set(axes.row) == {"recipe.lr", "backbone.kwargs.stem"}


def test_columns_that_another_determines_are_no_axes_of_their_own() -> None:
    found = runs(
        rows(
            spec(creation="custom", creation__target="a.b", creation__fingerprint="1"),
            spec(creation="custom", creation__target="c.d", creation__fingerprint="2"),
            spec(),
        )
    )
    assert find_axes(found, AnalysedStudy("s")).varying == ("creation",)


def test_the_same_name_with_other_content_stays_apart() -> None:
    found = runs(
        rows(
            spec(creation="custom", creation__target="a.b", creation__fingerprint="1"),
            spec(creation="custom", creation__target="a.b", creation__fingerprint="2"),
        )
    )
    assert "creation.fingerprint" in find_axes(found, AnalysedStudy("s")).arm


def test_a_field_added_later_is_no_axis() -> None:
    old, new = spec(seed=0), spec(seed=1)
    del old["recipe"]["label_smoothing"]
    assert find_axes(runs(rows(old, new)), AnalysedStudy("s")).varying == ()


@pytest.mark.parametrize(
    ("baseline", "label"),
    [
        ({"creation": "swap_head", "init": "keep", "replicate": 0}, "swap_head"),
        ({"creation": "custom"}, "a.b"),
        ({"init": "keep"}, "a.b"),
        ({"creation": "nowhere"}, None),
    ],
)
def test_the_baseline_is_the_arm_that_the_study_names(baseline: dict[str, Any], label: str | None) -> None:
    study = AnalysedStudy("s", baseline=baseline)
    found = runs(rows(spec(), spec(creation="swap_head"), spec(creation="custom", creation__target="a.b")))
    table = with_arms(found.table, find_axes(found, study), study)
    assert table.loc[table["baseline"], "arm_label"].tolist() == ([] if label is None else [label])


def test_a_baseline_of_null_is_the_default() -> None:
    study = AnalysedStudy("s", arms=("regularization.drop_rate",), baseline={"regularization.drop_rate": None})
    found = runs(rows(spec(), spec(regularization__drop_rate=0.2)))
    table = with_arms(found.table, find_axes(found, study), study)
    assert table.loc[table["baseline"], "regularization.drop_rate"].tolist() == ["default"]


def test_bundled_weights_of_two_backbones_are_one_arm() -> None:
    """Among the arms, as where `creation=custom` brings weights of its own: every backbone keeps its baseline."""
    specs = [
        spec(backbone=backbone, creation=creation, weights=weights, weights__fingerprint=content)
        for backbone, own in (("test_efficientnet", "1" * 16), ("test_resnet", "2" * 16))
        for creation, weights, content in (("create_model", "bundled", own), ("swap_head", "none", None))
    ]
    study = AnalysedStudy("s", arms=("creation", "weights"), baseline={"creation": "create_model"})
    found = runs(rows(*specs))
    axes = find_axes(found, study)
    assert axes.arm == ("creation", "weights", "replicate")
    table = with_arms(found.table, axes, study)
    assert table.groupby("row")["baseline"].sum().tolist() == [1, 1]
