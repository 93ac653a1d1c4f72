"""Two models with the same tensors and another computation: each kind is named with its place and what differs."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
import timm
import torch
from torch import Tensor, nn
from torchvision.models import googlenet

from harness.diagnose.audit import check
from harness.diagnose.audit.report import Finding, Report
from tests.unit.diagnose.audit.lab import CLASSES, Lab, Small

Change = Callable[[Any], None]


def _each(kind: type[nn.Module], **attributes: Any) -> Change:
    def change(model: nn.Module) -> None:
        for module in model.modules():
            if isinstance(module, kind):
                for name, value in attributes.items():
                    setattr(module, name, value)

    return change


def _set(name: str, **attributes: Any) -> Change:
    def change(model: nn.Module) -> None:
        for key, value in attributes.items():
            setattr(model.get_submodule(name), key, value)

    return change


def _found(report: Report) -> list[Finding]:
    assert "reference-forward" in report.checked, [each for each in report.unchecked if each.id == "reference-forward"]
    return [finding for finding in report.findings if finding.id == "reference-forward"]


@pytest.mark.parametrize(
    ("change", "place", "words"),
    [
        (_each(nn.BatchNorm2d, momentum=0.01), "norm", "momentum 0.01 here, momentum 0.1 in the reference"),
        (_each(nn.BatchNorm2d, eps=1e-3), "norm", "eps 0.001 here, eps 1e-05 in the reference"),
        (_each(nn.BatchNorm2d, track_running_stats=False), "norm", "track_running_stats False here"),
        (_set("first", padding=(1, 1)), "first", "padding (1, 1) here, padding (0, 0) in the reference"),
        (_set("second", stride=(1, 1)), "second", "stride (1, 1) here, stride (2, 2) in the reference"),
        (_set("second", dilation=(2, 2)), "second", "dilation (2, 2) here"),
        (_set("", act=nn.GELU()), "act", "class GELU here, class ReLU in the reference"),
        (_set("", act=nn.LeakyReLU(0.1)), "act", "class LeakyReLU here, class ReLU in the reference"),
    ],
)
def test_what_differs_is_named_with_its_place(change: Change, place: str, words: str, lab: Lab) -> None:
    model = lab.small()
    change(model)
    [finding] = _found(check(model, num_classes=CLASSES, reference=lab.small()))
    assert finding.location == place
    assert words in finding.seen


def test_openais_gelu_under_weights_trained_with_the_exact_one(lab: Lab) -> None:
    model = lab.pretrained("test_vit", act_layer="quick_gelu")
    [finding] = _found(check(model, num_classes=CLASSES, reference=lab.pretrained("test_vit")))
    assert finding.location == "blocks.0.mlp.act"
    assert "class QuickGELU here, class GELU in the reference, and so in 5 more modules" in finding.seen


def test_the_momentum_of_all_norms_is_named_though_no_output_in_eval_mode_differs(lab: Lab) -> None:
    model = lab.pretrained(norm_layer=None)
    _each(nn.BatchNorm2d, momentum=0.01)(model)
    [finding] = _found(check(model, num_classes=CLASSES, reference=lab.pretrained()))
    assert "in what a pass in train mode leaves behind" in finding.seen
    assert "momentum 0.01 here, momentum 0.1 in the reference, and so in 14 more modules" in finding.seen


def test_a_second_difference_behind_the_first_is_named_too(lab: Lab) -> None:
    model = lab.pretrained("test_efficientnet", act_layer="relu", bn_momentum=0.01, bn_eps=1e-3)
    seen = [
        finding.seen
        for finding in _found(check(model, num_classes=CLASSES, reference=lab.pretrained("test_efficientnet")))
    ]
    assert any("eps 0.001, momentum 0.01 here" in each for each in seen)
    assert any("class ReLU here, class SiLU in the reference" in each for each in seen)


def test_a_plain_attribute_of_the_model_is_named_where_the_first_layer_gets_other_inputs() -> None:
    torch.manual_seed(0)
    model = googlenet(num_classes=CLASSES, init_weights=False, transform_input=True)
    reference = copy.deepcopy(model)
    reference.transform_input = False
    [finding] = _found(check(model, num_classes=CLASSES, reference=reference))
    assert "at the model itself, before conv1, in eval mode" in finding.seen
    assert "transform_input True here, transform_input False in the reference" in finding.seen


class _Scaled(Small):
    def features(self, images: Tensor) -> Tensor:
        return super().features(images * 2)


def test_a_forward_pass_written_otherwise_is_found_though_no_attribute_tells(lab: Lab) -> None:
    torch.manual_seed(0)
    [finding] = _found(check(_Scaled(), num_classes=CLASSES, reference=lab.small()))
    assert "before first" in finding.seen
    assert "class _Scaled here, class Small in the reference" in finding.seen


class _EvalNorm(Small):
    def train(self, mode: bool = True) -> _EvalNorm:
        super().train(mode)
        self.norm.train(False)
        return self


def test_a_norm_that_never_trains_is_found_in_train_mode(lab: Lab) -> None:
    torch.manual_seed(0)
    [finding] = _found(check(_EvalNorm(), num_classes=CLASSES, reference=lab.small()))
    assert "in train mode" in finding.seen
    assert finding.location == "norm"


@pytest.mark.parametrize("name", ["test_resnet", "test_vit", "test_convnext", "test_efficientnet"])
@pytest.mark.parametrize("method", ["reset", "other classes", "dropout", "other weights"])
def test_the_same_computation_with_another_head_or_dropout_or_tensors_has_no_finding(
    name: str, method: str, lab: Lab
) -> None:
    model = lab.pretrained(name, **({"drop_rate": 0.3, "drop_path_rate": 0.2} if method == "dropout" else {}))
    if method == "reset":
        model.reset_classifier(CLASSES)
    elif method == "other classes":
        model.reset_classifier(3)
    elif method == "other weights":
        torch.manual_seed(1)
        model = timm.create_model(name, num_classes=CLASSES)
    assert _found(check(model, reference=lab.pretrained(name))) == []


def test_layers_that_one_model_lacks_are_left_to_reference_backbone(lab: Lab) -> None:
    model = lab.pretrained("test_convnext")
    model.head.norm = nn.Identity()
    report = check(model, num_classes=CLASSES, reference=lab.pretrained("test_convnext"))
    assert "reference-backbone" in report.ids
    [reason] = [each.reason for each in report.unchecked if each.id == "reference-forward"]
    assert "which reference-backbone names" in reason
