"""The fix of a finding is a line for the library at hand: run as it stands, it cures."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
import timm
import torch
import torchvision
from torch import Tensor, nn

from harness.diagnose.audit import Report, check
from tests.unit.diagnose.audit.lab import Lab
from tests.unit.diagnose.audit.test_wrapped_models import Own, vit

CLASSES = 10
IMAGES = torch.randn(40, 3, 64, 64, generator=torch.Generator().manual_seed(0))
LABELS = torch.arange(40) % CLASSES


def settled(model: Any) -> Any:
    """As trained: no norm is at its initial values."""
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for module in model.modules():
            if "Norm" in type(module).__name__ and hasattr(module, "weight"):
                module.weight[module.weight == 0] = 0.5  # a zero-initialised branch
                module.weight.mul_(1 + 0.05 * torch.randn(module.weight.shape, generator=generator))
                if isinstance(getattr(module, "running_mean", None), Tensor):
                    module.running_mean.add_(0.05 * torch.randn(module.running_mean.shape, generator=generator))
    return model


def of_timm() -> Any:
    return settled(timm.create_model("test_resnet", num_classes=CLASSES))


def of_torchvision() -> Any:
    return settled(torchvision.models.mobilenet_v2(num_classes=CLASSES))


def of_transformers() -> Any:
    return settled(vit())


def around() -> Any:
    return Own(of_torchvision())


def pruned() -> Any:
    model = of_timm()
    torch.nn.utils.prune.l1_unstructured(model.fc, "weight", 0.3)
    return model


def normed() -> Any:
    model = of_timm()
    torch.nn.utils.weight_norm(model.fc)
    return model


def parallel() -> Any:
    return nn.DataParallel(of_torchvision())


MAKERS = (of_timm, of_torchvision, of_transformers, around, parallel)


def cured(report: Report, identity: str, **known: Any) -> dict[str, Any]:
    """What the fix of one finding leaves behind."""
    [finding, *_] = [each for each in report.findings if each.id == identity]
    space = {"torch": torch, "timm": timm, "torchvision": torchvision, "check": check, **known}
    if "transformers." in finding.fix:
        space["transformers"] = pytest.importorskip("transformers")
    if "peft." in finding.fix:
        space["peft"] = pytest.importorskip("peft")
    exec(finding.fix, space)
    return space


def head(model: Any) -> Any:
    [name] = check(model, weights=False).heads
    inner = model.module if isinstance(model, nn.DataParallel) else model
    return inner.get_submodule(name)


@pytest.fixture(autouse=True)
def _seed() -> None:
    torch.manual_seed(0)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("make", [*MAKERS, pruned, normed])
def test_a_wide_head(make: Any) -> None:
    model = make()
    layer = head(model)
    with torch.no_grad():
        for name, each in layer.named_parameters():
            if "weight" in name:
                each.mul_(1e4)
    report = check(model, num_classes=CLASSES)
    space = cured(report, "initial-loss", model=model)
    assert "initial-loss" not in check(space["model"], num_classes=CLASSES).ids


@pytest.mark.parametrize("make", MAKERS)
def test_a_wrong_width(make: Any) -> None:
    model = make()
    space = cured(check(model, num_classes=7, images=IMAGES), "output-width", model=model)
    after = check(space["model"], num_classes=7, images=IMAGES)
    assert "output-width" not in after.ids, after
    assert after.measured["classes"] == 7


@pytest.mark.parametrize("make", MAKERS)
def test_a_frozen_head_and_an_old_optimizer(make: Any) -> None:
    model = make()
    head(model).requires_grad_(False)
    cured(check(model), "frozen-parameters", model=model)
    assert "frozen-parameters" not in check(model).ids
    old = torch.optim.SGD(copy.deepcopy(model).parameters(), lr=0.1, momentum=0.9)
    space = cured(check(model, optimizer=old), "stale-optimizer", model=model)
    assert isinstance(space["optimizer"], torch.optim.SGD)
    assert not {"stale-optimizer", "not-in-optimizer"} & check(model, optimizer=space["optimizer"]).ids
    few = torch.optim.AdamW(list(model.parameters())[:2], lr=1e-4)
    space = cured(check(model, optimizer=few), "not-in-optimizer", model=model)
    assert not {"stale-optimizer", "not-in-optimizer"} & check(model, optimizer=space["optimizer"]).ids


def test_labels_and_the_bias() -> None:
    model = of_torchvision()
    space = cured(
        check(model, images=IMAGES, labels=(LABELS + 1).tolist()), "label-range", labels=(LABELS + 1).tolist()
    )
    assert "label-range" not in check(model, images=IMAGES, labels=space["labels"]).ids
    with torch.no_grad():
        head(model).bias[3] = 9.0
    cured(check(model, images=IMAGES, labels=LABELS.tolist()), "head-bias", model=model, labels=LABELS.tolist())
    assert "head-bias" not in check(model, images=IMAGES, labels=LABELS).ids


@pytest.mark.parametrize("make", MAKERS)
def test_weights_that_were_given(make: Any, tmp_path: Path) -> None:
    if make is parallel:
        pytest.skip("is unwrapped: the same lines as without")
    model, weights = make(), make().state_dict()
    weights = {name: each + 0.01 if each.is_floating_point() else each for name, each in weights.items()}
    report = check(model, weights=weights)
    cured(report, "weights-not-loaded", model=model, weights=weights)
    assert not {each for each in check(model, weights=weights).ids if each.startswith("weights")}
    file = tmp_path / "weights.pt"
    torch.save(weights, file)
    model = make()
    cured(check(model, weights=file), "weights-not-loaded", model=model)
    assert not {each for each in check(model, weights=file).ids if each.startswith("weights")}


def test_pretrained_forgotten_in_timm(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing can be downloaded, what would be is made."""
    monkeypatch.setattr(timm.models._builder, "load_pretrained", lambda model, **_: settled(model))
    model = timm.create_model("test_resnet", num_classes=CLASSES)
    report = check(model, num_classes=CLASSES)
    assert [(each.id, each.severity) for each in report.findings] == [("untrained-backbone", "warning")]
    space = cured(report, "untrained-backbone", model=model)
    assert check(space["model"], num_classes=CLASSES).findings == ()


@pytest.mark.parametrize("name", ["resnet18", "mobilenet_v2", "squeezenet1_1", "shufflenet_v2_x0_5"])
def test_pretrained_forgotten_in_torchvision(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    state = settled(torchvision.models.get_model(name)).state_dict()
    monkeypatch.setattr(torchvision.models._api, "load_state_dict_from_url", lambda *_, **__: state)
    model = torchvision.models.get_model(name, num_classes=CLASSES)
    report = check(model, num_classes=CLASSES, weights=True)
    if name == "squeezenet1_1":  # has no norms to tell by
        assert "untrained-backbone" not in report.checked
        return
    space = cured(report, "untrained-backbone", model=model)
    after = check(space["model"], num_classes=CLASSES, weights=True)
    assert "untrained-backbone" in after.checked
    assert not {"untrained-backbone", "output-width"} & after.ids
    assert f"torchvision.models.{name}(" in str(report)


def test_pretrained_forgotten_in_transformers(tmp_path: Path) -> None:
    of_transformers().save_pretrained(tmp_path)
    model = vit()
    space = cured(check(model, num_classes=CLASSES), "untrained-backbone", model=model, checkpoint=str(tmp_path))
    assert check(space["model"], num_classes=CLASSES).ok


def test_a_head_that_lora_leaves_frozen() -> None:
    peft = pytest.importorskip("peft")
    model = peft.get_peft_model(of_transformers(), peft.LoraConfig(r=4, target_modules=["q_proj"]))
    space = cured(check(model, num_classes=CLASSES), "frozen-parameters", model=model)
    assert check(space["model"], num_classes=CLASSES).ok
    assert space["model"].base_model.model.classifier.modules_to_save.default.weight.requires_grad


@pytest.mark.parametrize("make", MAKERS)
def test_an_unused_classifier(make: Any) -> None:
    model = make()
    inner = model.module if isinstance(model, nn.DataParallel) else model
    inner.output = nn.Linear(4, CLASSES)
    report = check(model, num_classes=CLASSES)
    assert "unused-classifier" in report.ids
    del inner.output
    cured(report, "unused-classifier", model=model)
    assert "unused-classifier" not in check(model, num_classes=CLASSES).ids


@pytest.mark.parametrize("make", [of_timm, of_torchvision])
def test_preprocessing(make: Any) -> None:
    model = make()
    weights = torchvision.models.MobileNet_V2_Weights.DEFAULT if make is of_torchvision else None
    options = {} if weights is None else {"expects": weights}
    report = check(model, images=IMAGES * 100, **options)
    space = cured(report, "input-range", model=model)
    after = check(model, preprocessing=space["preprocessing"], **options)
    assert {"normalisation", "interpolation", "crop"} <= set(after.checked)
    assert not {"normalisation", "interpolation", "crop"} & after.ids
    wrong: dict[str, Any] = {"mean": (0.1,) * 3, "std": (0.1,) * 3, "interpolation": "nearest", "crop_pct": 0.5}
    report = check(model, preprocessing=wrong, **options)
    assert {"normalisation", "interpolation", "crop"} <= report.ids
    for identity in ("normalisation", "interpolation", "crop"):
        cured(report, identity, model=model)


def test_what_was_not_meant_to_learn_and_frozen_norms_that_move() -> None:
    model = of_timm().train()
    report = check(model, num_classes=CLASSES, learns="head")
    space = cured(report, "unfrozen-parameters", model=model)
    report = check(space["model"], num_classes=CLASSES, learns="head")
    assert "unfrozen-parameters" not in report.ids
    space = cured(report, "moving-statistics", model=model)
    assert check(space["model"], num_classes=CLASSES, learns="head").findings == ()


def test_what_alone_was_named_learns() -> None:
    model = of_timm().eval()
    learns = frozenset(name for name, _ in model.named_parameters() if name.startswith(("layer4.", "fc.")))
    space = cured(check(model, num_classes=CLASSES, learns=learns), "unfrozen-parameters", model=model, learns=learns)
    assert check(space["model"], num_classes=CLASSES, learns=learns).findings == ()
