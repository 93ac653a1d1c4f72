"""A study that grows from look to look."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest

from harness.analysis.look_plan import LookPlan
from harness.spec.spec import Creation, Data, Spec
from harness.study import looks
from harness.study.request import Comparison, Request
from harness.study.study import Study


def test_further_seeds_come_in_every_split_that_is_crossed_with_them(monkeypatch: pytest.MonkeyPatch) -> None:
    requests = tuple(
        Request(
            spec=Spec(creation=Creation(name=name), data=Data(split=split), seed=seed),
            comparison=Comparison(until_decided=True),
        )
        for name, seed, split in product(("create_model", "swap_head"), range(8), (0, 1))
    )
    study = replace(Study(requests, (), ()), plan=LookPlan(tuple(range(12)), (8, 12), 1))
    monkeypatch.setattr(looks, "_open_configurations", lambda *asked: (frozenset(study.configurations), 1))
    first, second = looks.rounds(study)
    assert len(first.study.runs()) == 2 * 8 * 2
    grown = {(spec.creation.name, spec.seed, spec.data.split) for spec in second.study.runs()}
    assert grown == set(product(("create_model", "swap_head"), range(12), (0, 1)))
