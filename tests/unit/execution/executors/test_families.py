"""Never wrong: which program packs which family of architectures."""

from __future__ import annotations

import pytest
import torch

from harness.execution.executors.fused import PACK_SPEC
from harness.execution.packing.equivalence import compare, twin
from harness.execution.packing.packed_run import PackedRun
from harness.spec.streams import stream
from harness.training.run import settle
from harness.training.setup import Setup

from .conftest import MACHINE, full_spec

BARE = MACHINE.model_copy(update={"monitors": False})

WIDENED, STACKED = "Widened", "Stacked"

PROGRAMS = {
    "test_resnet": WIDENED,
    "mobilenetv3_small_050": WIDENED,
    "test_efficientnet": WIDENED,
    "test_convnext2": WIDENED,
    "test_vit3": STACKED,
    "test_nfnet": WIDENED,  # weights that are standardised filter by filter
    "test_efficientnet_ln": STACKED,  # a norm over channels that widening would join, and nothing but numbers tells
    "test_efficientnet_evos": STACKED,  # and one over groups of them
    "test_vit_relpos": STACKED,  # its shapes are those of one network, and it drops an eighth by default
    "test_mambaout": STACKED,  # it splits channels by numbers
    "test_maxvit": STACKED,  # convolutions and attention
}


@pytest.mark.slow
@pytest.mark.parametrize(("name", "program"), PROGRAMS.items())
def test_a_family_is_packed_rightly(name: str, program: str) -> None:
    hardware = settle(BARE)
    members = [PackedRun(Setup(full_spec(name, seed), BARE, hardware), hardware.device) for seed in range(2)]
    make = next(make for make in PACK_SPEC.makes if compare(members, make).holds)
    assert make.__name__ == program
    noise = torch.randn(2, 4, 3, 32, 32, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    alone = []
    for member, batch in zip(members, noise, strict=True):
        torch.manual_seed(stream(member.setup.spec, "dropout"))
        alone.append(twin(member).learner.network(batch))
    packed = make([twin(member) for member in members])(noise)
    torch.testing.assert_close(packed, torch.stack(alone), rtol=1e-8, atol=1e-8)
