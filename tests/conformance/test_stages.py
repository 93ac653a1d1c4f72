"""Stages are found in a covering sample of architectures; the committed table holds those of every family."""

from __future__ import annotations

import csv

import pytest

from harness.dev.conformance import families as listing
from harness.dev.conformance.families import members
from harness.dev.conformance.stages import staged
from tests.committed import RESULTS, committed

SAMPLE = [
    "timm:test_resnet", "timm:test_efficientnet", "timm:test_vit", "timm:test_convnext", "timm:densenet121",
    "timm:crossvit_tiny_240", "timm:pit_ti_224", "timm:inception_v3", "timm:vit_tiny_patch16_dinov3_qkvb",
    "torchvision:resnet101", "torchvision:vgg11", "torchvision:mobilenet_v2", "torchvision:googlenet",
    "torchvision:vit_b_16", "torchvision:swin_t",
]  # fmt: skip


def _table() -> list[dict[str, str]]:
    with committed("conformance", "stages.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.mark.parametrize("architecture", SAMPLE)
@pytest.mark.filterwarnings("ignore")
def test_stages_hold_every_parameter_once_in_the_order_of_the_forward_pass(architecture: str) -> None:
    library, name = architecture.split(":")
    found = staged(library, name)
    assert found.faults == ()
    assert found.blocks >= len(found.parameters) >= 4
    rows = _table() if RESULTS.is_dir() else []
    earlier = [row["parameters"] for row in rows if (row["library"], row["architecture"]) == (library, name)]
    assert earlier in ([], [" ".join(map(str, found.parameters))])


def test_every_family_is_in_the_table_and_none_is_broken() -> None:
    rows = _table()
    assert {row["status"] for row in rows} <= {"found", "refused", "skipped"}
    assert all(row["reason"] for row in rows if row["status"] != "found")
    assert sum(row["status"] == "found" for row in rows) >= 0.97 * len(rows)
    for library in ("timm", "torchvision"):
        assert {row["family"] for row in rows if row["library"] == library} == set(members(library))


def test_of_a_family_that_a_table_names_no_other_member_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = {"resnet50": 50, "resnet18": 18, "vgg16": 16, "vgg11": 11}
    counted: list[str] = []

    def count(library: str, name: str) -> int:
        counted.append(name)
        return sizes[name]

    monkeypatch.setattr(
        listing, "members", lambda library: {"resnet": ["resnet50", "resnet18"], "vgg": ["vgg16", "vgg11"]}
    )
    monkeypatch.setattr(listing, "parameters", count)
    found = list(listing.families("torchvision", {"vgg": "vgg16"}))
    assert found == [("resnet", "resnet18", 18), ("vgg", "vgg16", 16)]
    assert counted == ["resnet50", "resnet18", "vgg16"]


def test_types_of_transformers_are_families() -> None:
    pytest.importorskip("transformers")
    found = members("transformers")
    assert found["mobilevit"] == ["mobilevit"]
    assert not {"shieldgemma2", "timm_wrapper"} & found.keys()
