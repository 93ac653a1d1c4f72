"""One rule for keys that only some methods of a sweep have a use for, and what belongs to a method."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.cli.requests import requests
from harness.cli.sweep import planned_study
from harness.spec.errors import RequestError
from harness.spec.identity import run_id
from harness.spec.paths import bundled_file

FILE = f"weights.path={bundled_file('test_efficientnet')}"
OWN = "creation.target=tests.unit.study.own_model.build"
CASES = [
    (["creation=create_model,custom", OWN, "creation.kwargs.scale=2"], ["creation=create_model"]),
    (["weights=bundled,file", FILE], ["weights=bundled"]),
    (["init=keep,zeros", "init.scale=2"], ["init=zeros"]),
    (["transfer=full,last_stages", "transfer.stages=1"], ["transfer=full"]),
    (["recipe.schedule=cosine,step", "recipe.min_lr=1e-6"], ["recipe.schedule=step"]),
    (["data=digits,made", "data.domain=source"], ["data=digits"]),
    (["recipe.clip_grad=null,1.0", "recipe.clip_mode=value"], ["recipe.clip_grad=null"]),
    (["recipe.early_stopping=null,2", "recipe.monitor=val_top1"], ["recipe.early_stopping=null"]),
]


@pytest.mark.parametrize(("swept", "alone"), CASES, ids=[" ".join(case[0][:1]) for case in CASES])
def test_a_key_counts_where_it_has_an_effect_and_is_not_there_elsewhere(swept: list[str], alone: list[str]) -> None:
    [without] = requests(alone)
    study = planned_study(swept)
    assert len(study.by_id) == 2
    assert run_id(without.spec) in study.by_id
    assert {run_id(request.spec) for request in requests(swept)} == study.by_id.keys()


def test_values_without_effect_are_one_run() -> None:
    assert len(planned_study(["transfer=full,last_stages", "transfer.stages=1,2"]).by_id) == 3


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["creation=create_model,swap_head", OWN], "creation.target: has no effect under creation=create_model"),
        (["init=zeros", "init.scale=2"], "init.scale: has no effect on zeros"),
        (["weights=bundled,none", FILE], "weights.path: has no effect under weights=bundled"),
    ],
)
def test_what_has_an_effect_nowhere_is_refused(words: list[str], told: str) -> None:
    with pytest.raises(RequestError, match=told):
        planned_study(words)
    with pytest.raises(RequestError, match=told):
        requests(words)


def test_what_a_method_brings_with_it_makes_no_row_of_its_own() -> None:
    study = planned_study(["creation=create_model,custom", OWN, "creation.kwargs.scale=2", "recipe.lr=1e-3,1e-2"])
    assert study.description()["arms"] == ["creation", "init", "replicate", "weights"]
    swept = planned_study(["creation=create_model,swap_head", "weights=bundled,none"])
    assert swept.description()["arms"] == ["creation", "init", "replicate"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["study=a,b"], "study: is one for all runs of a study, got a and b"),
        (["comparison.margin=1,2"], "comparison.margin: is one for all"),
        (["device=cpu,auto"], "device: is one for all runs of a study, got cpu and auto"),
        (["profile=plain,medical", "data=made"], "comparison.metric=top1"),
        (["+experiment=gap,norms"], r"\+experiment=gap: has axes of its own.* harness -m \+experiment=gap"),
        (["+experiment=norms", "+experiment=gap,heads"], r"\+experiment=gap: has axes of its own"),
    ],
)
def test_what_would_be_passed_over_is_refused(words: list[str], told: str) -> None:
    with pytest.raises(RequestError, match=told):
        planned_study(words)


def test_a_study_s_axes_are_not_passed_over_by_companions() -> None:
    with pytest.raises(RequestError, match="swept by harness -m"):
        requests(["+experiment=gap"])


def test_a_study_file_still_has_its_axes(tmp_path: Path) -> None:
    study = planned_study(["+experiment=norms", f"out={tmp_path}"])
    assert len(study.configurations) == 2 * 2 * 7
    assert study.first.study == "norms"
