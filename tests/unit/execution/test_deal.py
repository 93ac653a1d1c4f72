"""The runs of a sweep, dealt to its jobs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from harness.execution.launching import portions
from harness.spec.identity import configuration_id, run_id
from harness.spec.spec import Spec

Quick = Callable[..., Spec]


def grid(quick: Quick, seeds: int, **groups: Any) -> list[Spec]:
    return [
        quick(creation={"name": creation}, seed=seed, **groups)
        for creation in ("create_model", "swap_head", "reset_classifier")
        for seed in range(seeds)
    ]


@pytest.mark.parametrize("jobs", [1, 2, 3, 4, 50])
def test_every_run_goes_to_one_job(quick: Quick, jobs: int) -> None:
    specs = grid(quick, 4)
    dealt = portions(specs, jobs)
    assert len(dealt) <= jobs
    assert sorted(run_id(spec) for portion in dealt for spec in portion) == sorted(map(run_id, specs))
    assert all(dealt)


def test_a_cell_stays_together_unless_it_is_more_than_a_share(quick: Quick) -> None:
    for portion in portions(grid(quick, 4), 3):
        assert len({configuration_id(spec) for spec in portion}) == 1
    assert [len(portion) for portion in portions([quick(seed=seed) for seed in range(10)], 4)] == [3, 3, 3, 1]


def test_probes_and_long_runs_are_spread_by_themselves(quick: Quick) -> None:
    probes = grid(quick, 2, transfer={"name": "linear_probe"}, recipe={"epochs": 100})
    long = [quick(seed=0, creation={"name": name}, recipe={"epochs": 9}) for name in ("create_model", "swap_head")]
    for portion in portions([*probes, *long], 2):
        assert sum(spec.transfer.name == "full" for spec in portion) == 1
