"""Small runs, and a way to train them by any executor."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from harness.spec.identity import run_id
from harness.spec.machine import Machine
from harness.spec.spec import Backbone, Creation, Data, Recipe, Regularization, Spec, Transfer, Weights
from harness.spec.variants import load_variant

MACHINE = Machine(device="cpu", threads=1, workers=1)

Train = Callable[[str, Sequence[Spec]], dict[str, dict[str, Any]]]


def probe_spec(seed: int = 0, *, drop_rate: float = 0.0, creation: str = "create_model", **recipe: Any) -> Spec:
    """A linear probe of two epochs on few images."""
    return Spec(
        backbone=Backbone(name="test_efficientnet"),
        weights=Weights(verify="record"),
        creation=Creation(name=creation),
        data=Data(name="digits", samples=160),
        regularization=Regularization(drop_rate=drop_rate),
        transfer=Transfer(name="linear_probe"),
        recipe=Recipe(**{"epochs": 2, "batch_size": 32, **recipe}),
        seed=seed,
    )


def full_spec(name: str, seed: int = 0, **given: Any) -> Spec:
    """One epoch of full fine-tuning from nothing, on few images."""
    kwargs, rates = given.pop("kwargs", {}), given.pop("rates", {})
    return Spec(
        backbone=Backbone(name=name, kwargs=kwargs),
        weights=Weights(name="none"),
        data=Data(name="digits", samples=80),
        regularization=Regularization(**rates),
        recipe=Recipe(**{"epochs": 1, "batch_size": 16, "lr": 1e-3 * (seed + 1), "weight_decay": 0.05 * seed, **given}),
        seed=seed,
    )


@pytest.fixture
def train(tmp_path: Path) -> Train:
    """From an executor's name and specs to the records by run id; each call has a folder of its own."""
    calls: list[str] = []

    def by(executor: str, specs: Sequence[Spec]) -> dict[str, dict[str, Any]]:
        calls.append(executor)
        records = list(
            load_variant("harness.execution.executors", executor)(specs, MACHINE, tmp_path / str(len(calls)))
        )
        assert len(records) == len(specs)
        found = {record["run_id"]: record for record in records}
        assert found.keys() == {run_id(spec) for spec in specs}
        return found

    return by
