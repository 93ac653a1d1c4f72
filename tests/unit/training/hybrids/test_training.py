"""A hybrid of all factors trains as the second creation does, number by number; so bridges arrive where they lead."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from harness.records.record import Record
from harness.spec.spec import Spec, hybrid

PROBE = {"transfer": {"name": "linear_probe"}}
BRIDGES: dict[str, tuple[dict[str, Any], dict[str, Any], tuple[str, ...]]] = {
    "drop-out of a probe": (
        PROBE, {**PROBE, "creation": {"name": "swap_head"}, "regularization": {"drop_rate": 0.5}},
        ("dropout", "head_bias", "head_scale")),
    "weights and preprocessing": (
        PROBE, {**PROBE, "weights": {"name": "none"}},
        ("image_preprocessing", "loaded_weights")),
    "a head that is fitted": (
        PROBE, {**PROBE, "init": {"name": "fitted"}},
        ("head_bias", "head_law", "head_scale")),
    "optimizer": (
        {}, {"creation": {"name": "optimizer_first"}, "weights": {"verify": "record"}},
        ("head_bias", "head_scale", "optimiser_groups")),
}  # fmt: skip


@pytest.mark.parametrize("name", BRIDGES)
def test_all_traits_train_as_the_second_creation(
    name: str,
    quick: Callable[..., Spec],
    trained: Callable[[Spec], Record],
    assert_same: Callable[[Record, Record], None],
) -> None:
    ours, theirs, takes = BRIDGES[name]
    first, second = quick(**ours), quick(**theirs)
    arrived, expected = trained(hybrid(first, second, takes)), trained(second)
    assert arrived.status == expected.status == "finished"
    assert_same(arrived, expected)
    assert arrived.run_id != expected.run_id
    assert trained(first).metrics["loss"] != expected.metrics["loss"]


def test_a_record_names_what_was_taken_and_no_path(
    quick: Callable[..., Spec], trained: Callable[[Spec], Record]
) -> None:
    first, second = quick(**PROBE), quick(**PROBE, creation={"name": "swap_head"})
    spec = trained(hybrid(first, second, ("head_scale",))).spec
    assert spec["bridge"]["takes"] == ["head_scale"]
    assert spec["bridge"]["to"]["creation"]["name"] == "swap_head"
    assert "path" not in spec["bridge"]["to"]["weights"]
    assert Spec.model_validate(json.loads(json.dumps(spec))) == hybrid(first, second, ("head_scale",))
