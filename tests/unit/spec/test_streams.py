from __future__ import annotations

from typing import Any, get_args

import pytest

from harness.spec.spec import Spec
from harness.spec.streams import Purpose, stream

PURPOSES = get_args(Purpose)


def seeds(**fields: Any) -> dict[str, int]:
    spec = Spec.model_validate(fields)
    return {purpose: stream(spec, purpose) for purpose in PURPOSES}


def test_streams_are_pinned() -> None:
    assert seeds(seed=0, replicate=0) == {
        "split": 4_719_946_621_281_231_735,
        "order": 5_269_102_818_204_490_597,
        "augmentation": 3_074_126_955_908_642_217,
        "backbone": 4_220_347_796_395_220_748,
        "head": 482_914_765_305_108_805,
        "dropout": 1_265_144_192_844_445_961,
        "flip": 2_824_515_592_808_231_912,
        "adapters": 8_270_481_723_330_448_570,
    }


def test_every_purpose_has_a_stream_of_its_own() -> None:
    both = [*seeds(seed=0).values(), *seeds(seed=1).values()]
    assert len(set(both)) == 2 * len(PURPOSES)
    assert all(0 <= seed < 2**63 for seed in both)


def test_a_replicate_moves_head_adapters_and_dropout_alone() -> None:
    first, second = seeds(replicate=0), seeds(replicate=1)
    assert {purpose for purpose in PURPOSES if first[purpose] != second[purpose]} == {"head", "adapters", "dropout"}


def test_a_split_of_its_own_moves_the_split_alone() -> None:
    first, second = seeds(seed=5), seeds(seed=5, data={"split": 2})
    assert {purpose for purpose in PURPOSES if first[purpose] != second[purpose]} == {"split"}
    assert second["split"] == seeds(seed=2)["split"] == seeds(seed=9, data={"split": 2})["split"]


@pytest.mark.parametrize(
    "change",
    [
        {"creation": {"name": "swap_head"}},
        {"init": {"name": "zeros"}},
        {"backbone": {"name": "test_vit"}},
        {"recipe": {"lr": 0.1}},
        {"transfer": {"name": "linear_probe"}},
    ],
    ids=str,
)
def test_streams_depend_on_nothing_else(change: dict[str, Any]) -> None:
    assert seeds(seed=5, **change) == seeds(seed=5)
