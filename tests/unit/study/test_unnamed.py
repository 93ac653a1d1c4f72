"""A sweep without a name: the same question has the same one, another question has another."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from harness.cli.sweep import planned_study
from harness.spec.paths import NAME
from harness.study.conduct import conduct
from harness.study.earlier_answer import replaced
from harness.study.request import SINGLE

pytestmark = pytest.mark.usefixtures("undrawn")

PAIR = ["creation=create_model,swap_head", "data=made", "data.samples=100", "transfer=linear_probe", "tracking=none"]
PAIR += ["recipe.epochs=1", "monitors=false"]


def named(*words: str) -> str:
    return planned_study([*PAIR, *words]).first.study_name


def test_seeds_do_not_count_and_everything_else_does() -> None:
    name = named("seed=0,1")
    assert re.fullmatch(NAME, name)
    assert name.startswith("made-test_efficientnet-create_model-vs-swap_head-")
    assert named("seed=range(0,8)") == named("seed=0,1", "out=elsewhere", "threads=1") == name
    others = [["recipe.lr=1e-2"], ["init=zeros"], ["backbone=test_resnet"], ["data.split=0,1"], ["data.samples=90"]]
    names = {named("seed=0,1", *other) for other in others}
    assert len(names | {name, named("seed=0,1", "comparison.bridge=true")}) == len(others) + 2
    assert "create_model-vs-swap_head-and-1-more" in named("creation=create_model,swap_head,reset_classifier")
    assert named("seed=0,1", "study=mine") == "mine"


def test_a_bridge_is_named_so_and_a_run_alone_is_no_study() -> None:
    study = planned_study([*PAIR, "seed=0,1", "comparison.bridge=true"])
    assert study.first.study_name.startswith("bridge-made-")
    assert len({request.study_name for request in study.requests}) == 1
    alone = planned_study(["creation=swap_head"], swept=False)
    assert alone.folder == Path("runs") / SINGLE
    assert planned_study(["creation=swap_head"]).first.study_name != SINGLE


def test_a_report_of_another_question_is_not_replaced_unsaid(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = [*PAIR, f"out={tmp_path}", "study=tried"]
    begun = planned_study([*words, "seed=0"])
    assert replaced(begun) is None
    conduct(begun)
    said = capsys.readouterr()
    assert said.out.splitlines()[-1].startswith(f"Study tried. Report: {tmp_path / 'tried' / 'report.html'}")
    assert "replaced" not in said.err
    for grown in ("seed=0,1", "creation=create_model,swap_head,reset_classifier"):
        assert replaced(planned_study([*words, "seed=0", grown])) is None
    conduct(planned_study([*words, "seed=0", "recipe.lr=1e-2"]))
    assert "2 of the 2 configurations of its report are no part of this sweep" in capsys.readouterr().err
    judged = planned_study([*words, "seed=0", "recipe.lr=1e-2", "comparison.margin=2"])
    assert "another margin" in str(replaced(judged))
    assert json.loads((tmp_path / "tried" / "study.json").read_text())["margin"] == 1.0
