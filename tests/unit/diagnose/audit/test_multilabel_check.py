"""`check` on images of several labels: what it measures, what it says, and what it takes."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import timm
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset

from harness.diagnose.audit import Report, check
from harness.diagnose.audit._inputs import read_labels
from harness.diagnose.audit.planned import audit_spec
from harness.diagnose.explain.compare import compare
from harness.diagnose.explain.subject import subject
from harness.spec.spec import Spec
from tests import multilabel

LABELS = 14


def rows(frequency: float = 0.3) -> Tensor:
    found = (torch.rand(64, LABELS, generator=torch.Generator().manual_seed(0)) < frequency).long()
    found[0], found[1] = 1, 0
    return found


def model(labels: int = LABELS) -> nn.Module:
    torch.manual_seed(0)
    made: nn.Module = timm.create_model("test_resnet", num_classes=labels)
    return made


def images() -> Tensor:
    return torch.randn(64, 3, 64, 64, generator=torch.Generator().manual_seed(1))


def findings(report: Report) -> dict[str, str]:
    return {each.id: each.severity for each in report.findings}


def test_the_loss_is_that_of_each_label_and_a_head_of_zeros_is_right() -> None:
    made = model()
    nn.init.zeros_(made.get_submodule("fc").weight)  # type: ignore[arg-type]
    nn.init.zeros_(made.get_submodule("fc").bias)  # type: ignore[arg-type]
    report = check(made, images=images(), labels=rows(), weights=False)
    assert report.measured["initial loss"] == pytest.approx(math.log(2))
    assert report.measured["ln(2)"] == pytest.approx(math.log(2))
    assert "initial-loss" not in findings(report)


def test_a_wide_head_is_an_error_from_the_same_logits_on_as_under_softmax() -> None:
    many = (torch.rand(64, 400, generator=torch.Generator().manual_seed(3)) < 0.5).long()
    for width, severity in ((0.8, None), (1.2, "warning"), (1.7, "error")):
        made = model(400)
        head = made.get_submodule("fc")
        assert isinstance(head, nn.Linear)
        with torch.no_grad():
            features = made.eval().forward_head(made.forward_features(images()), pre_logits=True)  # type: ignore[operator]
            head.weight.normal_(0, 1, generator=torch.Generator().manual_seed(2)).mul_(
                width / features.norm(dim=1).mean()
            )
            head.bias.zero_()
        report = check(made, images=images(), labels=many, weights=False)
        assert findings(report).get("initial-loss") == severity, width
    [finding] = [each for each in report.findings if each.id == "initial-loss"]
    assert "ln(2) = 0.693 for each label" in finding.seen


def test_a_bias_of_other_labels_is_told_and_one_of_nothing_where_labels_are_rare() -> None:
    made, labels = model(), rows(0.05)
    head = made.get_submodule("fc")
    assert isinstance(head, nn.Linear)
    frequency = labels.double().mean(0).clamp(1e-3, 1 - 1e-3)
    for bias, severity in (
        (torch.logit(frequency), None),
        (torch.zeros(LABELS), "note"),
        (-torch.logit(frequency), "error"),
    ):
        head.bias.data.copy_(bias)
        assert findings(check(made, images=images(), labels=labels, weights=False)).get("head-bias") == severity


def test_the_fix_that_is_told_for_rare_labels_does_what_it_says() -> None:
    made, labels = model(), rows(0.05)
    nn.init.zeros_(made.get_submodule("fc").bias)  # type: ignore[arg-type]
    report = check(made, images=images(), labels=labels, weights=False)
    [finding] = [each for each in report.findings if each.id == "head-bias"]
    exec(finding.fix, {"torch": torch, "model": made, "labels": labels})
    again = check(made, images=images(), labels=labels, weights=False)
    assert "head-bias" not in findings(again)
    assert again.measured["initial loss"] < report.measured["initial loss"]


def test_too_few_outputs_are_told_by_the_number_of_labels() -> None:
    report = check(model(10), images=images(), labels=rows(), weights=False)
    assert findings(report)["output-width"] == "error"


def test_rows_of_a_single_one_are_classes_unless_told_otherwise() -> None:
    single = nn.functional.one_hot(torch.arange(64) % LABELS, LABELS)
    assert "ln(classes)" in check(model(), images=images(), labels=single, weights=False).measured
    report = check(model(), images=images(), labels=single, weights=False, multilabel=True)
    assert "ln(2)" in report.measured
    assert {"label-range", "label-order"} <= {each.id for each in report.unchecked}


class Published(Dataset[tuple[Tensor, np.ndarray]]):
    """As MedMNIST's own classes give an image: its labels are an array, [1] or [14]."""

    def __init__(self, width: int) -> None:
        self._labels = rows().numpy()[:, :width].astype(np.int64)
        if width == 1:
            self._labels[:, 0] = np.arange(64) % 5  # grades

    def __len__(self) -> int:
        return 64

    def __getitem__(self, index: int) -> tuple[Tensor, np.ndarray]:
        return images()[index], self._labels[index]


@pytest.mark.parametrize(("width", "measured"), [(1, "ln(classes)"), (LABELS, "ln(2)")])
@pytest.mark.parametrize("given", [lambda data: data, lambda data: DataLoader(data, 16, shuffle=True)])
def test_medmnists_own_classes_are_taken(width: int, measured: str, given: Callable[[Published], object]) -> None:
    report = check(model(LABELS if width > 1 else 5), images=given(Published(width)), weights=False)
    assert measured in report.measured


CLASSES_OF_64 = torch.arange(64) % 5
FORMS: dict[str, Callable[[Tensor], object]] = {
    "[N, 1]": lambda classes: classes[:, None],
    "[N, 1], float": lambda classes: classes[:, None].float(),
    "[N, 1], uint8 of numpy": lambda classes: classes[:, None].numpy().astype(np.uint8),
    "[N], float": lambda classes: classes.float(),
    "[N], int32": lambda classes: classes.int(),
    "list": lambda classes: classes.tolist(),
    "one-hot": lambda classes: nn.functional.one_hot(classes, 5),
    "one-hot, float16": lambda classes: nn.functional.one_hot(classes, 5).half(),
    "one-hot, bool": lambda classes: nn.functional.one_hot(classes, 5).bool(),
    "smoothed": lambda classes: 0.9 * nn.functional.one_hot(classes, 5) + 0.02,
}


@pytest.mark.parametrize("form", FORMS)
def test_one_class_an_image_is_read_from_every_form(form: str) -> None:
    assert read_labels(FORMS[form](CLASSES_OF_64)).equal(CLASSES_OF_64)


def test_a_loader_of_one_column_gives_the_report_of_plain_labels() -> None:
    made, some = model(5), images()[:16]
    plain, wide = (
        check(made, images=iter([(some, given)]), weights=False)
        for given in (CLASSES_OF_64[:16], CLASSES_OF_64[:16, None].float())
    )
    assert wide.measured == plain.measured
    assert findings(wide) == findings(plain)


def test_one_finding_alone_is_there_or_not() -> None:
    """[N, 1]: classes 0 and 1 by the shape, one label under `multilabel`."""
    there = (CLASSES_OF_64 == 0)[:, None]
    assert read_labels(there).shape == (64,)
    assert read_labels(there, multilabel=True).shape == (64, 1)
    report = check(model(1), images=images()[:16], labels=there[:16], weights=False, multilabel=True)
    assert "output-width" not in findings(report)


def test_a_run_is_audited_and_explained_before_it_is_made(tmp_path: Path) -> None:
    data = {"name": "table", "path": multilabel.table(tmp_path / "digits"), "size": 32}
    specs = [
        Spec.model_validate(
            {"data": data, "creation": {"name": name}, "transfer": {"name": "linear_probe"}, "recipe": {"lr": 3e-4}}
        )
        for name in ("create_model", "swap_head")
    ]
    wide, plain = (findings(audit_spec(spec)) for spec in specs)
    assert wide["initial-loss"] == "error"
    assert "initial-loss" not in plain
    found = compare(*(subject(spec, spec.creation.name, 32) for spec in specs))
    assert found.losses[0] > found.losses[1] + 0.3
    assert found.ranked[0].difference.what == "scale of the head's initial weights"
