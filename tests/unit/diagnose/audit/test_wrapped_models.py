"""Every row of docs/wrapped_models.md: made as it says, kept as it says, and judged as it says."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import timm
import torch
import torchvision
from torch import Tensor, nn
from torch.nn.utils import parametrizations, prune

from harness.diagnose.audit import check
from harness.spec.errors import RequestError

PAGE = (Path(__file__).parents[4] / "docs" / "wrapped_models.md").read_text(encoding="utf-8")
MODELS, LABELS = PAGE.split("## Labels")
Y = torch.arange(40) % 10


def rows(text: str) -> list[list[str]]:
    """Cells of a page's table, its two head lines left out."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def quoted(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


class Own(nn.Module):
    """A class of one's own around a model."""

    def __init__(self, net: nn.Module) -> None:
        super().__init__()
        self.net = net

    def forward(self, images: Tensor) -> Any:
        return self.net(images)


class Silent(nn.Module):
    """A LightningModule whose steps call the network itself."""

    def __init__(self, net: nn.Module) -> None:
        super().__init__()
        self.net = net

    def training_step(self, batch: tuple[Tensor, Tensor], index: int) -> Tensor:
        return nn.functional.cross_entropy(self.net(batch[0]), batch[1])


class Lightning(Silent):
    """One with a forward."""

    def forward(self, images: Tensor) -> Any:
        return self.net(images)


class Beside(nn.Module):
    """A low-rank branch beside a frozen layer."""

    def __init__(self, layer: nn.Linear) -> None:
        super().__init__()
        self.layer = layer.requires_grad_(False)
        self.down = nn.Linear(layer.in_features, 4, bias=False)
        self.up = nn.Linear(4, layer.out_features, bias=False)
        nn.init.zeros_(self.up.weight)

    def forward(self, features: Tensor) -> Tensor:
        return self.layer(features) + self.up(self.down(features))  # type: ignore[no-any-return]


def by_hand(model: Any) -> None:
    """Adapters as people write them: all frozen but a branch in every block, and the head."""
    model.requires_grad_(False)
    for block in model.blocks:
        block.attn.qkv = Beside(block.attn.qkv)
    model.head.requires_grad_(True)


def vit() -> nn.Module:
    transformers = pytest.importorskip("transformers")
    config = transformers.ViTConfig(
        hidden_size=64, num_hidden_layers=2, num_attention_heads=4, intermediate_size=128, image_size=64, num_labels=10
    )
    made: nn.Module = transformers.ViTForImageClassification(config)
    return made


def wrapper() -> nn.Module:
    transformers = pytest.importorskip("transformers")
    config = transformers.TimmWrapperConfig(architecture="test_resnet", num_labels=10, model_args={})
    made: nn.Module = transformers.TimmWrapperForImageClassification(config)
    return made


def made(code: str) -> nn.Module:
    """The model that a line of the page makes."""
    known: dict[str, Any] = {
        "torch": torch, "nn": nn, "timm": timm, "torchvision": torchvision, "prune": prune, "Own": Own, "vit": vit,
        "parametrizations": parametrizations, "Lightning": Lightning, "Silent": Silent, "by_hand": by_hand,
        "wrapper": wrapper,
    }  # fmt: skip
    if "peft." in code:
        known["peft"] = pytest.importorskip("peft")
    torch.manual_seed(0)
    exec(code, known)
    model: nn.Module = known["model"]
    return model


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("row", rows(MODELS), ids=lambda row: row[0])
def test_a_wrapped_model(row: list[str]) -> None:
    _, code, kept, heads, findings = row
    model = made(quoted(code)[0])
    assert set(quoted(kept)) <= set(model.state_dict())
    report = check(model, num_classes=10, weights=False)
    assert list(report.heads) == quoted(heads), report
    assert sorted(f.id for f in report.findings if f.severity != "note") == quoted(findings), report
    assert report.ok == (findings == "none")


@pytest.mark.parametrize("row", rows(LABELS), ids=lambda row: row[0])
def test_a_form_of_labels(row: list[str]) -> None:
    _, code, theirs, ours = row
    labels = eval(quoted(code)[0], {"y": Y, "torch": torch, "nn": nn})
    try:
        nn.functional.cross_entropy(torch.zeros(40, 10), labels)
        assert theirs == "loss"
    except (RuntimeError, TypeError, IndexError):
        assert theirs == "error"
    model, images = timm.create_model("test_resnet", num_classes=10), torch.randn(40, 3, 64, 64)
    if ours == "refused":
        with pytest.raises(RequestError, match="labels: "):
            check(model, images=images, labels=labels)
        return
    report = check(model, num_classes=10, weights=False, images=images, labels=labels)
    assert sorted(f.id for f in report.findings if f.severity != "note") == quoted(ours), report
    if ours == "taken":
        known = torch.ones(40, dtype=torch.bool) if "where" not in code else Y != 3
        with torch.no_grad():
            logits = model.eval()(images)
            loss = nn.functional.cross_entropy(logits[known], Y[known])
            if row[0] == "several labels an image":
                loss = nn.functional.binary_cross_entropy_with_logits(logits, labels)
        assert report.measured["initial loss"] == pytest.approx(float(loss), abs=1e-5)


def test_a_mark_may_be_named_and_is_told_otherwise() -> None:
    model, images = timm.create_model("test_resnet", num_classes=10), torch.randn(40, 3, 64, 64)
    labels = torch.where(Y == 3, -1, Y)
    [finding] = check(model, weights=False, images=images, labels=labels).serious
    assert "ignore_index" in finding.seen
    assert check(model, weights=False, images=images, labels=labels, ignore_index=-1).ok


def test_a_model_without_values_is_refused_in_one_line() -> None:
    with torch.device("meta"):
        model = timm.create_model("test_resnet", num_classes=10)
    with pytest.raises(RequestError, match="meta device") as refused:
        check(model)
    assert "\n" not in str(refused.value)


def test_what_could_not_be_run_says_so_first() -> None:
    report = check(Silent(timm.create_model("test_resnet", num_classes=10)))
    first = str(report).splitlines()[0]
    assert "PARTLY EXAMINED, the model could not be run" in first
    assert "forward" in first
    assert not report.ok
    with pytest.raises(AssertionError):
        report.raise_if_serious()
    assert "check(model.net)" in report.serious[0].fix


def test_half_a_model_in_half_precision_cannot_be_run() -> None:
    model = timm.create_model("test_resnet", num_classes=10).half()
    model.fc.float()
    report = check(model)
    assert not report.ok
    assert "could not be run" in str(report).splitlines()[0]
    assert "dtype" in str(report).splitlines()[0]
