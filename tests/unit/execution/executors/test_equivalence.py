"""Before a structure is packed, float64 tells whether the pack computes what single runs compute."""

from __future__ import annotations

from typing import Any

import pytest

from harness.execution.executors.fused import PACK_SPEC
from harness.execution.packing.equivalence import TOLERANCE, compare
from harness.execution.packing.heads import PackedHeads
from harness.execution.packing.packed_run import PackedRun
from harness.execution.packing.plan import plans
from harness.execution.packing.stacked import Stacked
from harness.execution.packing.widened import Widened
from harness.spec.spec import Spec
from harness.training.run import settle
from harness.training.setup import Setup

from .conftest import MACHINE, full_spec, probe_spec

BARE = MACHINE.model_copy(update={"monitors": False})
DROPPED = {"drop_rate": 0.3, "drop_path_rate": 0.2}


def _members(specs: list[Spec]) -> list[PackedRun]:
    hardware = settle(BARE)
    return [PackedRun(Setup(spec, BARE, hardware), hardware.device) for spec in specs]


@pytest.mark.parametrize(
    ("name", "rates"),
    [
        ("test_resnet", {"drop_rate": 0.3}),
        ("test_efficientnet", {}),
        ("test_efficientnet", DROPPED),
        ("test_convnext", DROPPED),
        pytest.param("mobilenetv2_100", {}, marks=pytest.mark.slow),
    ],
)
def test_convolutional_families_go_side_by_side(name: str, rates: dict[str, float]) -> None:
    agreement = compare(_members([full_spec(name, seed, rates=rates) for seed in range(3)]), Widened)
    assert agreement.deviation <= TOLERANCE, agreement.reason


def test_a_vit_is_mapped() -> None:
    members = _members([full_spec("test_vit", seed) for seed in range(3)])
    assert compare(members, Stacked).deviation <= TOLERANCE
    assert "channels" in compare(members, Widened).reason


def test_a_vit_draws_each_runs_own_dropout() -> None:
    rates = [{}, DROPPED, {"drop_path_rate": 0.1, "proj_drop_rate": 0.2, "attn_drop_rate": 0.3}]
    members = _members([full_spec("test_vit", seed, rates=each) for seed, each in enumerate(rates)])
    assert compare(members, Stacked).deviation <= TOLERANCE


@pytest.mark.parametrize("name", ["test_resnet", "test_efficientnet", "test_convnext"])
def test_runs_of_other_rates_go_side_by_side(name: str) -> None:
    rates = [{}, {"drop_rate": 0.3}, {"drop_path_rate": 0.2}, DROPPED]
    members = _members([full_spec(name, seed, rates=each) for seed, each in enumerate(rates)])
    assert len({PACK_SPEC.structure(member) for member in members}) == 1
    assert compare(members, Widened).deviation <= TOLERANCE


def test_what_else_draws_random_numbers_is_refused() -> None:
    members = _members([full_spec("test_vit", seed, kwargs={"patch_drop_rate": 0.5}) for seed in range(2)])
    agreement = compare(members, Stacked)
    assert not agreement.holds
    assert "random" in agreement.reason


def test_runs_that_no_tensor_tells_apart_are_packed_by_their_creation(capsys: pytest.CaptureFixture[str]) -> None:
    specs = [full_spec("test_vit", seed) for seed in range(4)]
    swapped = specs[0].creation.model_copy(update={"name": "swap_head"})
    members = _members([specs[0], specs[1], *(spec.model_copy(update={"creation": swapped}) for spec in specs[2:])])
    for member in members[2:]:
        setattr(member.learner.network, "global_pool", "avg")  # noqa: B010 - no attribute that a Module is known to have
    [structure] = {PACK_SPEC.structure(member) for member in members}
    packs = plans(PACK_SPEC, structure, members)
    assert [pack for _, pack in packs] == [members[:2], members[2:]]
    assert "is not packed with runs that were created otherwise" in capsys.readouterr().err


def test_joined_channels_are_not_widened() -> None:
    kwargs = {"block_config": [2, 2], "growth_rate": 8}
    members = _members([full_spec("densenet121", seed, kwargs=kwargs) for seed in range(2)])
    assert not compare(members, Widened).holds


def test_the_check_leaves_runs_alone() -> None:
    members = _members([probe_spec(seed, drop_rate=0.5) for seed in range(2)])
    before: list[Any] = [member.learner.network.state_dict() for member in members]
    before = [{name: tensor.clone() for name, tensor in state.items()} for state in before]
    draws = [member.dropout.get_state() for member in members]
    assert compare(members, PackedHeads).deviation <= TOLERANCE
    for member, state, drawn in zip(members, before, draws, strict=True):
        assert all((tensor == state[name]).all() for name, tensor in member.learner.network.state_dict().items())
        assert (member.dropout.get_state() == drawn).all()


def test_a_wrong_pack_is_found() -> None:
    class Swapped(PackedHeads):
        """Gives each run its neighbour's logits."""

        def __call__(self, inputs: Any) -> Any:
            return super().__call__(inputs).flip(0)

    assert not compare(_members([probe_spec(seed) for seed in range(2)]), Swapped).holds
