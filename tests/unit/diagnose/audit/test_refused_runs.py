"""What a run would be refused for is a finding beside the others, and an audit goes on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from harness.cli.commands.audit import audit
from harness.cli.main import told
from harness.spec.paths import bundled_file

QUICK = ["tracking=none", "data.samples=200", "backbone=test_resnet"]
MINE = f"""
import timm
from torch import nn

def loaded(num_classes):
    overlay = dict(file={str(bundled_file("test_resnet"))!r}, num_classes=50)
    return timm.create_model("test_resnet", pretrained=True, num_classes=num_classes, pretrained_cfg_overlay=overlay)

def forgotten(num_classes):
    model = timm.create_model("test_resnet", num_classes=num_classes)
    model.classifier = nn.Linear(96, num_classes)
    return model

def grey(num_classes):
    model = loaded(num_classes)
    model.conv1[0] = nn.Conv2d(1, model.conv1[0].out_channels, 3, 2, 1, bias=False)
    return model

def frozen_head(num_classes):
    model = loaded(num_classes)
    model.fc.requires_grad_(False)
    return model
"""


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine_refused.py").write_text(MINE)


def audited(capsys: pytest.CaptureFixture[str], *overrides: str, custom: str = "") -> tuple[int, str]:
    own = ["creation=custom", f"creation.target=mine_refused.{custom}", "weights=bundled"] if custom else []
    code = told(lambda: audit([*own, *overrides, *QUICK]))
    return code, " ".join(capsys.readouterr().out.split())


def test_weights_that_did_not_load_stand_beside_other_findings(capsys: pytest.CaptureFixture[str]) -> None:
    code, text = audited(capsys, custom="forgotten")
    assert code == 1
    assert "error weights-not-loaded" in text
    assert "error unused-classifier at classifier" in text
    assert "A run of this request is refused: weights:" in text
    assert "backbone tensors did not come from test_resnet" in text


def test_what_a_run_accepts_is_not_called_refused(capsys: pytest.CaptureFixture[str]) -> None:
    code, text = audited(capsys, "weights.verify=record", custom="forgotten")
    assert code == 1
    assert "weights-not-loaded" in text
    assert "run-refused" not in text


def test_a_careless_creation_is_looked_at_all_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    code, text = audited(capsys, "creation=wrong_attribute")
    assert code == 1
    assert text.count("error run-refused") == 1
    assert "in wrong_attribute, the new Linear is registered under a name that the forward pass never uses" in text
    assert "error unused-classifier" in text


@pytest.mark.parametrize("strategy", ["full", "linear_probe"])
def test_a_model_that_fails_on_the_images_is_reported_under_every_strategy(
    strategy: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, text = audited(capsys, f"transfer={strategy}", custom="grey")
    assert code == 1
    assert "error forward-fails" in text
    assert "refused: weights: 1 of 75 backbone tensors did not come from test_resnet (first: conv1.0.weight)" in text


def test_what_the_creation_froze_and_the_strategy_frees_is_a_note(capsys: pytest.CaptureFixture[str]) -> None:
    _, text = audited(capsys, "transfer=linear_probe", "init=zeros", custom="frozen_head")
    assert "note freed-by-strategy at fc.weight" in text
    _, text = audited(capsys, "transfer=linear_probe", "init=zeros", "format=sarif", custom="frozen_head")
    [log] = json.loads(text)["runs"]
    assert "freed-by-strategy" in {result["ruleId"] for result in log["results"]}
    assert "freed-by-strategy" in {rule["id"] for rule in log["tool"]["driver"]["rules"]}
    assert "fc.weight, fc.bias: frozen by the creation, freed by transfer=linear_probe." in text
    _, text = audited(capsys, "transfer=linear_probe", "init=zeros", custom="loaded")
    assert "freed-by-strategy" not in text
    _, text = audited(capsys, "init=zeros", custom="frozen_head")
    assert "error frozen-parameters" in text
