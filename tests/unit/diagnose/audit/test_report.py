"""A report: its order, what is serious in it, and how it is written."""

from __future__ import annotations

import doctest
import json

import pytest
import timm
import torch
from torch import nn

from harness.diagnose.audit import SeriousFindingsError, check, examine
from harness.diagnose.audit.examine import FINDINGS
from harness.diagnose.audit.formats import json as as_json
from harness.diagnose.audit.formats import sarif
from harness.spec.errors import RequestError
from harness.spec.variants import variants
from tests.unit.diagnose.audit.lab import CLASSES, Lab


def test_errors_come_first_and_stop(lab: Lab) -> None:
    model = lab.small()
    model.classifier = nn.Linear(16, 3)
    report = check(model, num_classes=3)
    assert [finding.severity for finding in report.findings] == sorted(
        (finding.severity for finding in report.findings), key=("error", "warning", "note").index
    )
    assert report.ids >= {"unused-classifier", "output-width"}
    with pytest.raises(SeriousFindingsError, match=r"model\.fc = torch\.nn\.Linear\(16, 3\)"):
        report.raise_if_serious()


def test_the_one_line_fix_cures(lab: Lab) -> None:
    model = lab.pretrained()
    nn.init.normal_(model.get_classifier().weight, std=1.0)
    [finding] = [each for each in check(model).serious if each.id == "initial-loss"]
    exec(finding.fix, {"model": model, "torch": torch})
    report = check(model)
    assert report.serious == ()
    assert report.measured["initial loss"] < report.measured["ln(classes)"] + 0.2


def test_every_finding_is_either_checked_or_has_a_reason(lab: Lab) -> None:
    report = check(lab.small())
    report.raise_if_serious()
    assert {*report.checked, *(each.id for each in report.unchecked)} == {
        name.replace("_", "-") for name in variants(FINDINGS)
    }
    assert not set(report.checked) & {each.id for each in report.unchecked}
    assert all(each.reason for each in report.unchecked)
    assert "needs images=" in report.text(unchecked=True)
    [folded] = [line for line in str(report).splitlines() if "not checked" in line]
    assert "images=" in folded
    assert "recipe=" in folded


def test_json_and_sarif_say_the_same(lab: Lab) -> None:
    report = check(lab.small(), num_classes=CLASSES + 1)
    [plain] = json.loads(as_json([report]))
    log = json.loads(sarif([report]))
    assert log["version"] == "2.1.0"
    [run] = log["runs"]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert rules == [name.replace("_", "-") for name in variants(FINDINGS)]
    assert [finding["id"] for finding in plain["findings"]] == [result["ruleId"] for result in run["results"]]
    assert {result["level"] for result in run["results"]} <= {"error", "warning", "note"}
    assert all(rules[result["ruleIndex"]] == result["ruleId"] for result in run["results"])
    assert run["results"][0]["message"]["text"].startswith("The model has 7 outputs")


def test_a_model_that_fails_on_its_images_says_so(lab: Lab) -> None:
    report = check(lab.small(), images=torch.zeros(2, 5, 32, 32))
    assert [finding.id for finding in report.serious] == ["forward-fails"]
    assert "output-width" not in report.checked
    assert any("fails on the images given" in each.reason for each in report.unchecked)


def test_the_example_of_check_is_true() -> None:
    result = doctest.testmod(examine)
    assert (result.failed, result.attempted > 5) == (0, True)


STRANGE = torch.zeros(2, 5, 160, 160)
"""Images that no model of three channels takes."""


def test_weights_are_judged_where_the_forward_pass_fails(lab: Lab) -> None:
    weights = {"images": STRANGE, "weights": lab.stored()}
    loaded = lab.pretrained()
    nn.init.zeros_(loaded.fc.weight)
    report = check(loaded, **weights)
    assert report.ids == {"forward-fails"}
    assert {"weights-not-loaded", "weights-partly-loaded", "weights-wrong-keys", "dead-tensor"} <= set(report.checked)

    drawn = timm.create_model("test_resnet", num_classes=CLASSES)
    assert "weights-not-loaded" in check(drawn, **weights).ids
    with torch.no_grad():
        loaded.layer2[0].conv1.weight.add_(1)
    assert "weights-partly-loaded" in check(loaded, **weights).ids
    assert "weights-wrong-keys" in check(loaded, images=STRANGE, weights=_behind_a_prefix(lab.stored())).ids


def test_a_head_within_a_failing_model_of_ones_own_is_not_expected_from_the_weights(lab: Lab) -> None:
    class Silent(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.net = lab.pretrained()

    for told in (None, CLASSES, CLASSES + 1):
        report = check(Silent(), num_classes=told, weights=lab.stored())
        assert report.failure
        assert report.ids == {"forward-fails"}
        assert "weights-partly-loaded" in report.checked


def test_a_wrong_range_is_named_beside_the_failing_pass(lab: Lab) -> None:
    assert check(lab.pretrained(), images=lab.pixels().repeat(1, 2, 1, 1)).ids >= {"forward-fails", "input-range"}


def _behind_a_prefix(state: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    return {f"student_network.{name}": each for name, each in state.items()}


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ({"recipe": {"learning_rate": 1}}, "no 'learning_rate'; the name is lr"),
        ({"recipe": {"max_epochs": 1}}, "the name is epochs"),
        ({"recipe": {"lr": 1e-3}}, "steps"),
        ({"recipe": {"lr": 1e-3, "epochs": 3}}, "batch_size"),
        ({"recipe": {"lr": "fast", "steps": 3}}, "lr must be a number"),
        ({"recipe": 500}, "mapping"),
        ({"labels": ["cat"] * 4}, "labels: needs class numbers"),
        ({"labels": [0.5, 1.0]}, "fractions"),
        ({"labels": [[0.3, 0.3, 0]] * 4}, "several labels an image"),
        ({"labels": [[1, 1, 0]] * 4, "num_classes": 5}, "3 labels an image, and num_classes=5"),
        ({"labels": [1, 1, 0, 0], "multilabel": True}, r"several labels an image are rows \[N, L\]"),
        ({"images": torch.zeros(4, 3, 32, 32), "labels": [0, 1]}, "2 labels for 4 images"),
        ({"images": "folder"}, "DataLoader"),
        ({"recipe": {"steps": 5, "schedule": "stairs"}}, "schedule"),
        ({"weights": "nowhere.safetensors"}, "nowhere.safetensors"),
    ],
)
def test_wrong_arguments_are_named(arguments: dict[str, object], named: str, lab: Lab) -> None:
    with pytest.raises(RequestError, match=named):
        check(lab.pretrained(), **arguments)  # type: ignore[arg-type]
