"""Every creation method on a covering sample of architectures: it builds what it promises, or says why not."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from harness.conformance.trial import BROKEN, BUILT, REFUSED, attempt, save_weights
from harness.spec.variants import variants

METHODS = [name for name in variants("harness.creation") if name != "custom"]
CORE = ("create_model", "swap_head", "reset_classifier", "external_linear")
SAMPLE = [
    "timm:test_resnet", "timm:test_efficientnet", "timm:test_vit", "timm:test_convnext", "timm:dla46x_c",
    "timm:repvit_m1", "timm:levit_128s", "timm:lcnet_035", "timm:densenet121", "timm:vit_tiny_patch16_dinov3_qkvb",
    "torchvision:mobilenet_v2", "torchvision:resnet18", "torchvision:squeezenet1_1",
]  # fmt: skip
REVIEWED = Path(__file__).parents[2] / "results" / "conformance" / "families.csv"


@pytest.mark.parametrize("architecture", SAMPLE)
@pytest.mark.filterwarnings("ignore")
def test_a_method_builds_or_refuses_as_reviewed(architecture: str, tmp_path: Path) -> None:
    library, name = architecture.split(":")
    file = tmp_path / "weights.pt"
    save_weights(library, name, file)
    outcomes = {method: attempt(library, name, method, file) for method in METHODS}
    assert [method for method, outcome in outcomes.items() if outcome.status == BROKEN] == []
    assert all(outcome.reason for outcome in outcomes.values() if outcome.status == REFUSED)
    if library == "timm":
        assert [outcomes[method].status for method in CORE] == [BUILT] * len(CORE)
    reviewed = _reviewed(library, name)
    assert {method: outcome.status for method, outcome in outcomes.items() if method in reviewed} == reviewed


def test_the_core_methods_build_nearly_every_family() -> None:
    """The committed result of `python -m harness.conformance`, over every family of timm."""
    with REVIEWED.open(encoding="utf-8", newline="") as stream:
        rows = [row for row in csv.DictReader(stream) if row["library"] == "timm" and row["status"] != "skipped"]
    for method in CORE:
        built = [row["status"] == BUILT for row in rows if row["creation"] == method]
        assert len(built) > 90
        assert sum(built) / len(built) >= 0.95


def _reviewed(library: str, architecture: str) -> dict[str, str]:
    with REVIEWED.open(encoding="utf-8", newline="") as stream:
        rows = [
            row for row in csv.DictReader(stream) if (row["library"], row["architecture"]) == (library, architecture)
        ]
    return {row["creation"]: row["status"] for row in rows}
