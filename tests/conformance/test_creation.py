"""Every creation method on a covering sample of architectures: it builds what it promises, or says why not."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from harness.dev.conformance.refusals import EVERY, reviewed, unreviewed
from harness.dev.conformance.trial import BROKEN, BUILT, REFUSED, attempt, save_weights
from harness.spec.variants import variants
from tests.committed import committed

METHODS = [name for name in variants("harness.model.creation") if name != "custom"]
CORE = ("create_model", "swap_head", "reset_classifier", "external_linear")
SAMPLE = [
    "timm:test_resnet", "timm:test_efficientnet", "timm:test_vit", "timm:test_convnext", "timm:dla46x_c",
    "timm:repvit_m1", "timm:levit_128s", "timm:lcnet_035", "timm:densenet121", "timm:vit_tiny_patch16_dinov3_qkvb",
    "torchvision:mobilenet_v2", "torchvision:resnet18", "torchvision:squeezenet1_1", "transformers:mobilevit",
]  # fmt: skip


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


def test_the_committed_refusals_are_those_reviewed_by_hand() -> None:
    rows = _table()
    assert list(unreviewed(rows)) == []
    for column, field in (("library", "library"), ("creation", "methods"), ("family", "families")):
        named = {name for entry in reviewed() for name in _names(getattr(entry, field))}
        assert named - {EVERY} <= {row[column] for row in rows}


def test_a_new_refusal_and_a_refusal_that_ended_are_both_seen() -> None:
    begin = {"library": "timm", "family": "resnet", "architecture": "test_resnet"}
    refused = {**begin, "creation": "create_model", "status": REFUSED, "reason": "creation: new"}
    ended = {**begin, "creation": "features_only_checkpoint", "status": BUILT, "reason": ""}
    other = {**ended, "status": REFUSED, "reason": "creation: another reason"}
    assert len(list(unreviewed([refused, ended, other]))) == 3


def test_the_core_methods_build_nearly_every_family() -> None:
    """The committed result of `python -m harness.dev.conformance`, over every family of timm."""
    rows = [row for row in _table() if row["library"] == "timm" and row["status"] != "skipped"]
    for method in CORE:
        built = [row["status"] == BUILT for row in rows if row["creation"] == method]
        assert len(built) > 90
        assert sum(built) / len(built) >= 0.95


def _table() -> list[dict[str, str]]:
    with committed("conformance", "families.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def _names(value: str | tuple[str, ...]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else value


def _reviewed(library: str, architecture: str) -> dict[str, str]:
    rows = [row for row in _table() if (row["library"], row["architecture"]) == (library, architecture)]
    return {row["creation"]: row["status"] for row in rows}
