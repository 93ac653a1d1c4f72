"""A pack's steps on buffers that stay in their place, and its answers, as far as they can be had without a GPU."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest
import torch
from torch import Tensor

from harness.execution.packing import inputs
from harness.execution.packing import training as pack_step
from harness.execution.packing.capture import rehearse
from harness.execution.packing.equivalence import Make, compare_captured
from harness.execution.packing.heads import PackedHeads
from harness.execution.packing.inputs import PackedInputs, answer_at_once
from harness.execution.packing.packed_run import PackedRun
from harness.execution.packing.stacked import Stacked
from harness.execution.packing.training import CapturedPackStep
from harness.execution.packing.widened import Widened
from harness.spec.spec import Spec, Transforms
from harness.training.evaluate import answer
from harness.training.learner import prefetched
from harness.training.run import settle
from harness.training.setup import Setup

from .conftest import MACHINE, full_spec, probe_spec

BARE = MACHINE.model_copy(update={"monitors": False})
HARDWARE = settle(BARE)


def _members(specs: Sequence[Spec]) -> list[PackedRun]:
    return [PackedRun(Setup(spec, BARE, HARDWARE), HARDWARE.device) for spec in specs]


@pytest.fixture
def rehearsed(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Instead of a capture all that comes before it: the step is rehearsed, undone, and then called as it is."""
    calls: list[int] = []

    def instead(
        step: Callable[[], None],
        changed: Callable[[], Sequence[Tensor]],
        device: torch.device,
        *,
        drawn_from: Sequence[torch.Generator],
    ) -> Callable[[], None]:
        rehearse(step, changed, [], drawn_from)
        calls.append(len(changed()))
        return step

    monkeypatch.setattr(pack_step, "captured", instead)
    return calls


@pytest.mark.parametrize(
    ("make", "specs"),
    [
        (Widened, [full_spec("test_efficientnet", seed, rates={"drop_rate": 0.3}) for seed in range(2)]),
        (Stacked, [full_spec("test_vit", seed, optimizer="momentum", label_smoothing=0.1) for seed in range(2)]),
        (PackedHeads, [probe_spec(seed, drop_rate=0.5) for seed in range(2)]),
    ],
)
def test_a_captured_step_begins_where_an_ordinary_one_does(make: Make, specs: list[Spec], rehearsed: list[int]) -> None:
    agreement = compare_captured(_members(specs), make, CapturedPackStep, HARDWARE)
    assert len(rehearsed) == 1
    assert agreement.deviation == 0.0, agreement.reason


def test_a_trace_of_the_rehearsal_would_be_found(rehearsed: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(CapturedPackStep, "_changed", lambda self: [self._program.storage.values])
    members = _members([full_spec("test_resnet", seed) for seed in range(2)])
    assert not compare_captured(members, Widened, CapturedPackStep, HARDWARE).holds


def test_without_a_gpu_a_structure_is_not_captured() -> None:
    agreement = compare_captured(_members([probe_spec()]), PackedHeads, CapturedPackStep, HARDWARE)
    assert not agreement.holds
    assert "cuda" in agreement.reason.lower()


@pytest.mark.parametrize(
    ("make", "specs"),
    [
        (Widened, [full_spec("test_efficientnet", seed, rates={"drop_rate": 0.3}) for seed in range(3)]),
        (Stacked, [full_spec("test_vit", seed) for seed in range(2)]),
        (PackedHeads, [probe_spec(seed, drop_rate=0.5) for seed in range(2)]),
    ],
)
def test_a_pack_answers_as_its_runs_do(make: Make, specs: list[Spec]) -> None:
    members = _members(specs)
    expected = [answer(member.learner, *member.setup.validation, HARDWARE) for member in members]
    found = answer_at_once(make(members), [member.setup.validation for member in members], HARDWARE, at_once=7)
    assert found is not None
    for mine, theirs in zip(found, expected, strict=True):
        assert torch.equal(mine.labels, theirs.labels)
        torch.testing.assert_close(mine.logits, theirs.logits, rtol=1e-4, atol=1e-5)
    assert all(member.learner.network.training for member in members if make is not PackedHeads)


def test_parts_of_other_sizes_are_answered_one_by_one() -> None:
    members = _members([full_spec("test_resnet", seed) for seed in range(2)])
    parts: list[Any] = [member.setup.validation for member in members]
    take, index, labels = parts[0]
    assert answer_at_once(Widened(members), [(take, index[1:], labels[1:]), parts[1]], HARDWARE, at_once=64) is None


@pytest.mark.parametrize(
    ("transforms", "gathers"),
    [({}, 1), ({"name": "crop_flip"}, 1), ({"random_erasing": 1.0}, 2), ({"name": "mild"}, 2)],
)
def test_one_gather_takes_what_each_run_would(
    transforms: dict[str, Any], gathers: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    apart: list[int] = []
    monkeypatch.setattr(inputs, "prefetched", lambda *given: apart.append(1) or prefetched(*given))
    specs = [
        full_spec("test_resnet", seed).model_copy(update={"transforms": Transforms(**transforms)}) for seed in (0, 1)
    ]
    order = torch.stack([member.epoch()[0] for member in _members(specs)])
    found = list(PackedInputs(_members(specs))(order))
    for place, member in enumerate(_members(specs)):
        own = [member.learner.source(batch, member.augmentation) for batch in order[place]]
        assert all(torch.equal(taken[place], wanted) for taken, wanted in zip(found, own, strict=True))
    assert max(1, len(apart)) == gathers
