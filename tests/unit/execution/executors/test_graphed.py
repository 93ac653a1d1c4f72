"""Steps that a CUDA graph can hold: on a CPU they are called as they are, and give what ordinary ones give."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import pytest
import torch

from harness.execution.executors.graphed import graphed, refusal
from harness.execution.in_turn import in_turn
from harness.execution.mlflow.settings import Settings
from harness.execution.packing.capture import StaticStep, rehearse
from harness.execution.packing.equivalence import TOLERANCE
from harness.execution.packing.soundness import sound
from harness.spec.errors import RequestError
from harness.spec.spec import Spec, Transfer
from harness.study.check import Checker
from harness.study.request import Request
from harness.training.run import settle
from harness.training.setup import Setup

from .conftest import MACHINE, Train, full_spec, probe_spec

BARE = MACHINE.model_copy(update={"monitors": False})
ASKED = MACHINE.model_copy(update={"executor": "graphed"})
DROPPED = {"drop_rate": 0.3, "drop_path_rate": 0.2}
TANGLED = {"optimizer": "sgd", "lr": 0.05, "mixup": 0.5, "clip_grad": 1.0, "grad_accum_steps": 2, "balance": "loss"}


def _setup(spec: Spec) -> Setup:
    return Setup(spec, BARE, settle(BARE))


def _with(transfer: str, spec: Spec) -> Spec:
    return spec.model_copy(update={"transfer": Transfer(name=transfer)})


@pytest.mark.parametrize(
    "spec",
    [
        full_spec("test_resnet", rates={"drop_rate": 0.3}, optimizer="momentum"),
        full_spec("test_convnext", rates=DROPPED),
        _with("layerwise_decay", full_spec("test_vit", rates=DROPPED, label_smoothing=0.1)),
        full_spec("test_efficientnet", **TANGLED),
        probe_spec(drop_rate=0.5),
    ],
    ids=lambda spec: f"{spec.backbone.name}, {spec.transfer.name}",
)
def test_static_steps_are_ordinary_ones(spec: Spec) -> None:
    agreement = sound(_setup(spec))
    assert agreement.deviation <= TOLERANCE, agreement.reason


def test_what_learns_by_turns_is_not_captured() -> None:
    agreement = sound(_setup(_with("gradual_unfreezing", full_spec("test_resnet", epochs=3))))
    assert not agreement.holds
    assert agreement.reason == "what learns changes from epoch to epoch"


def test_a_buffer_that_is_not_filled_is_found() -> None:
    class Stale(StaticStep):
        """Learns the labels of its first batch for ever."""

        def __call__(self, inputs: Any, targets: Any, rate: float, parts: int) -> None:
            held = targets if self._given is None else self._given[1].clone()
            super().__call__(inputs, held, rate, parts)

    assert sound(_setup(full_spec("test_resnet")), Stale).deviation > TOLERANCE


@pytest.mark.parametrize("optimizer", ["adamw", "sgd"])
def test_a_rehearsal_leaves_no_trace(optimizer: str) -> None:
    """What a capture does first: weights, statistics, moments, losses and random numbers are then as they were."""
    spec = full_spec("test_vit", rates=DROPPED, optimizer=optimizer)
    draw = torch.Generator().manual_seed(0)
    batches = [(torch.randn(8, 3, 32, 32, generator=draw), torch.randint(10, (8,), generator=draw)) for _ in range(2)]
    ends = []
    for rehearsed in (False, True):
        training = _setup(spec).training(step=StaticStep)
        step = training._take_step
        assert isinstance(step, StaticStep)
        if rehearsed:
            rehearse(partial(step._static, *batches[1], 1), step._changed, [])
            assert all(float(each.abs().sum()) == 0 for each in step._changed()[-3:])
        torch.manual_seed(5)
        for inputs, targets in batches:
            step(inputs, targets, 0.01, 1)
        ends.append([*(each.clone() for each in step._changed()), torch.get_rng_state()])
    assert all(torch.equal(one, other) for one, other in zip(*ends, strict=True))


def test_the_record_names_its_executor(train: Train, tmp_path: Path) -> None:
    specs = [full_spec("test_resnet", seed) for seed in range(2)]
    expected = train("sequential", specs)
    for record in in_turn(specs, MACHINE, tmp_path / "graphed", "graphed", StaticStep):
        assert record["provenance"]["executor"] == "graphed"
        losses = [[each["val_loss"] for each in known["curve"]] for known in (record, expected[record["run_id"]])]
        assert losses[0] == pytest.approx(losses[1], rel=1e-4), "the rate is a float32"


def test_without_a_cuda_device_it_is_refused_in_one_line(tmp_path: Path) -> None:
    request = Request(spec=full_spec("test_resnet"), machine=ASKED, tracking=Settings(name="none"), out=tmp_path)
    assert Checker().check(request) == [
        "executor: graphed needs a CUDA device, and this run's is cpu; use executor=auto"
    ]
    with pytest.raises(RequestError, match="needs a CUDA device"):
        list(graphed([request.spec], ASKED, tmp_path))
    assert refusal(request.spec, BARE) == "no CUDA device"
