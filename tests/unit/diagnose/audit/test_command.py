"""`harness audit`, as a user types it: exit codes, formats, a function and a file of one's own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

import harness
from harness.cli.commands.audit import audit
from harness.cli.main import told
from harness.spec.spec import Spec
from harness.spec.variants import variants
from harness.training.run import run
from tests.unit.diagnose.audit.lab import Lab

QUICK = ["tracking=none", "data.samples=200"]
MINE = """
import timm, torch

def build(num_classes):
    model = timm.create_model("test_resnet", num_classes=50)
    model.classifier = torch.nn.Linear(96, num_classes)
    return model
"""


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_a_healthy_run_ends_with_0(capsys: pytest.CaptureFixture[str]) -> None:
    assert audit(["backbone=test_resnet", "creation=swap_head", "init=zeros", *QUICK]) == 0
    written = capsys.readouterr().out
    assert "test_resnet by swap_head: 0 errors" in written
    assert "weights-not-loaded" not in written.split("not checked")[1]


def test_the_known_gap_is_serious_before_training(capsys: pytest.CaptureFixture[str]) -> None:
    """timm's own wide head, a probe and a small learning rate: the recorded runs lose 40 points so."""
    probe = ["transfer=linear_probe", "recipe.lr=1e-3", "data=made", *QUICK]
    assert audit(["creation=create_model", *probe]) == 1
    assert "error head-out-of-reach at classifier" in capsys.readouterr().out
    assert audit(["creation=create_model", "init=zeros", *probe]) == 0


def test_a_function_of_ones_own_as_sarif(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "mine_audited.py").write_text(MINE)
    own = ["creation=custom", "creation.target=mine_audited.build", "weights=none", "format=sarif", "to=found.sarif"]
    assert audit([*own, *QUICK]) == 1
    assert "found.sarif" in capsys.readouterr().out
    [run] = json.loads((tmp_path / "found.sarif").read_text())["runs"]
    assert {"unused-classifier", "output-width"} <= {result["ruleId"] for result in run["results"]}
    place = run["results"][0]["locations"][0]["physicalLocation"]
    assert place == {"artifactLocation": {"uri": "mine_audited.py"}, "region": {"startLine": 4}}


SILENT = """
import timm, torch

class Silent(torch.nn.Module):
    def __init__(self, num_classes):
        super().__init__()
        self.net = timm.create_model("test_resnet", num_classes=num_classes)

def build(num_classes):
    return Silent(num_classes)
"""


def test_a_model_that_cannot_be_run_ends_with_1(tmp_path: Path) -> None:
    (tmp_path / "mine_silent.py").write_text(SILENT)
    own = ["creation=custom", "creation.target=mine_silent.build", "weights=none"]
    command = [sys.executable, "-m", "harness", "audit", *own, *QUICK]
    search = os.pathsep.join([str(Path(harness.__file__).parents[1]), str(tmp_path)])
    done = subprocess.run(
        command, cwd=tmp_path, env=os.environ | {"PYTHONPATH": search}, check=False, capture_output=True, text=True
    )
    assert done.returncode == 1, done.stderr
    assert (
        "the model could not be run: it fails on the images given: NotImplementedError" in done.stdout.splitlines()[0]
    )
    assert "error forward-fails" in done.stdout


def test_a_saved_model(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model = Lab().pretrained("test_resnet", classes=10)
    torch.save(model.state_dict(), tmp_path / "saved.pt")
    assert audit(["backbone=test_resnet", "model=saved.pt", "format=json", *QUICK]) == 0
    [report] = json.loads(capsys.readouterr().out)
    assert report["subject"] == "test_resnet from saved.pt"
    with torch.no_grad():
        model.layer2[0].bn1.running_mean.fill_(float("nan"))
    torch.save(model.state_dict(), tmp_path / "saved.pt")
    assert audit(["backbone=test_resnet", "model=saved.pt", *QUICK]) == 1
    assert "error non-finite-tensor at layer2.0.bn1.running_mean" in capsys.readouterr().out


def test_several_jobs_and_a_reference(capsys: pytest.CaptureFixture[str]) -> None:
    assert audit(["creation=swap_head,reset_classifier", "reference=create_model", *QUICK]) == 0
    written = capsys.readouterr().out
    assert "test_efficientnet by swap_head" in written
    assert "test_efficientnet by reset_classifier" in written
    assert "warning reference-head at classifier" in written


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["format=pdf"], "sarif"),
        (["purpose=fun"], "inference"),
        (["reference=creat_model"], "create_model"),
        (["model=nowhere.pt"], "nowhere.pt"),
        (["model=whole.pt", "backbone=test_resnet"], "state_dict"),
        (["recipe.lrr=1"], "recipe.lr"),
    ],
)
def test_wrong_requests(arguments: list[str], named: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    torch.save(Lab().small(), tmp_path / "whole.pt")
    assert told(lambda: audit([*arguments, *QUICK])) == 2
    error = capsys.readouterr().err
    assert named in error
    assert "Traceback" not in error
    assert error.count("\n") == 1


MISTAKES = {
    "train_mode": "train-mode",
    "with_grad": "gradients-in-inference",
    "bgr": "channel-order",
    "wrong_range": "input-range",
    "normalised_twice": "normalisation",
    "wrong_mean_std": "normalisation",
    "wrong_interpolation": "interpolation",
    "wrong_crop": "crop",
    "squashed": "aspect-ratio",
}


def test_every_mistake_in_the_evaluation_that_can_be_measured_is_listed() -> None:
    assert set(MISTAKES) == set(variants("harness.training.evaluation")) - {
        "proper",
        "other_version_preprocessing",
        "answers_flipped",
    }


@pytest.mark.parametrize("condition", MISTAKES)
def test_a_mistake_in_the_evaluation_is_found_before_it_costs(
    condition: str, capsys: pytest.CaptureFixture[str]
) -> None:
    audit(["backbone=test_resnet", f"evaluation={condition}", "format=json", *QUICK])
    [report] = json.loads(capsys.readouterr().out)
    found = {finding["id"] for finding in report["findings"]} & set(MISTAKES.values())
    assert MISTAKES[condition] in found
    assert found <= {MISTAKES[condition], "normalisation", "input-range"}  # a wrong range is a wrong scale as well


def test_a_proper_evaluation_has_none_of_them(capsys: pytest.CaptureFixture[str]) -> None:
    audit(["backbone=test_resnet", "purpose=inference", "format=json", *QUICK])
    [report] = json.loads(capsys.readouterr().out)
    assert not {finding["id"] for finding in report["findings"]} & set(MISTAKES.values())


REPLACED = """
import timm, torch
from harness.spec.paths import bundled_file

def build(num_classes):
    overlay = dict(file=str(bundled_file("test_convnext")), num_classes=50)
    model = timm.create_model("test_convnext", pretrained=True, pretrained_cfg_overlay=overlay)
    width = model.head.fc.in_features
    model.head = torch.nn.Sequential(
        torch.nn.AdaptiveAvgPool2d(1), torch.nn.Flatten(), torch.nn.Linear(width, num_classes)
    )
    return model
"""


def test_a_head_replaced_by_hand_is_audited_and_trains(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """timm's own `get_classifier` raises on such a model."""
    (tmp_path / "mine_replaced.py").write_text(REPLACED)
    own = ["backbone=test_convnext", "creation=custom", "creation.target=mine_replaced.build", "data=made", *QUICK]
    audit([*own, "weights.verify=record"])
    assert "warning replaced-head at head" in capsys.readouterr().out
    fields = {"backbone": {"name": "test_convnext"}, "creation": {"name": "custom", "target": "mine_replaced.build"}}
    small = {"data": {"name": "made", "samples": 60}, "recipe": {"epochs": 1}, "weights": {"verify": "record"}}
    record = run(Spec.model_validate({**fields, **small}))
    assert record.status == "finished", record.reason
    assert [head["name"] for head in record.birth["head"]] == ["head.2"]
