"""Measuring changes nothing, and neither does repeating."""

from __future__ import annotations

import hashlib
import json
import os
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from harness.records.record import Record
from harness.spec.machine import MONITORS, Machine
from harness.spec.spec import Spec
from harness.spec.variants import variants
from harness.training.run import run
from tests.equality import compared

Quick = Callable[..., Spec]
Afresh = Callable[..., Record]
TRANSFERS = ("plain", "full", "linear_probe")

CHILD = """
import sys, torch
torch.set_num_threads(1)
from harness.spec.machine import Machine
from harness.spec.spec import Spec
from harness.training.run import run
from tests.invariants.test_inertness import digest
for asked in sys.argv[1:]:
    print(digest(run(Spec.model_validate_json(asked), Machine(device="cpu", threads=1))))
"""


def digest(record: Record) -> str:
    """Hash of all that a record holds but what instruments read and who computed it, and of every prediction."""
    assert record.predictions is not None
    numbers = json.dumps(compared(record.as_json(), ("probes", "provenance")))
    arrays = record.predictions.arrays().values()
    return hashlib.sha256(numbers.encode() + b"".join(array.tobytes() for array in arrays)).hexdigest()


RECIPE = {
    "ema_decay": 0.9,
    "clip_grad": 1.0,
    "grad_accum_steps": 2,
    "balance": "sampling",
    "epochs": 2,
    "early_stopping": 1,
}
"""With everything on that a recipe has, an instrument is to change nothing either."""


def spec_of(quick: Quick, transfer: str) -> Spec:
    mixing = {"mixup": 0.2, "cutmix": 1.0} if transfer == "full" else {}
    name = {"name": "linear_probe" if transfer == "linear_probe" else "full"}
    recipe = {} if transfer == "plain" else {**RECIPE, **mixing}
    return quick(transfer=name, regularization={"drop_rate": 0.2}, recipe=recipe)


@pytest.mark.parametrize("transfer", TRANSFERS)
def test_probes_change_no_run(transfer: str, quick: Quick, afresh: Afresh) -> None:
    spec = spec_of(quick, transfer)
    seen, unseen = afresh(spec, probes=True), afresh(spec, probes=False)
    measured = {"grad_norm_head": None, "grad_norm_backbone": None}
    assert [{**point, **measured} for point in seen.curve] == unseen.curve
    assert seen.metrics == unseen.metrics
    assert seen.predictions is not None
    assert unseen.predictions is not None
    assert seen.predictions.loss.tobytes() == unseen.predictions.loss.tobytes()
    assert seen.statistics
    assert not unseen.statistics
    assert seen.curve[-1]["grad_norm_head"] > 0
    assert (seen.curve[-1]["grad_norm_backbone"] is None) is (transfer == "linear_probe")


@pytest.mark.parametrize("transfer", ["full", "linear_probe"])
@pytest.mark.parametrize("backbone", ["test_efficientnet", "test_vit"])
def test_no_probe_changes_a_run(backbone: str, transfer: str, quick: Quick) -> None:
    """All that there are at once, against none; each leaves its readings, and no hook behind."""
    spec = quick(transfer={"name": transfer}, backbone={"name": backbone}, regularization={"drop_rate": 0.2})
    names = variants(MONITORS)
    unseen, seen = (run(spec, Machine(device="cpu", threads=1, monitors=probes)) for probes in (False, names))
    measured = {"grad_norm_head": None, "grad_norm_backbone": None}
    assert [{**point, **measured} for point in seen.curve] == unseen.curve
    assert seen.metrics == unseen.metrics
    assert seen.birth == unseen.birth
    assert seen.predictions is not None
    assert unseen.predictions is not None
    assert seen.predictions.loss.tobytes() == unseen.predictions.loss.tobytes()
    assert set(seen.probes) == set(names) - {"gradients", "weights"}
    assert not unseen.probes


@pytest.mark.parametrize("transfer", TRANSFERS)
def test_a_run_leaves_the_callers_random_numbers_alone(transfer: str, quick: Quick, afresh: Afresh) -> None:
    torch.manual_seed(1234)
    before = torch.get_rng_state(), random.getstate(), np.random.get_state()[1].tolist()
    afresh(spec_of(quick, transfer))
    assert torch.equal(torch.get_rng_state(), before[0])
    assert random.getstate() == before[1]
    assert np.random.get_state()[1].tolist() == before[2]


@pytest.mark.parametrize("transfer", TRANSFERS)
def test_the_callers_random_numbers_leave_a_run_alone(transfer: str, quick: Quick, afresh: Afresh) -> None:
    """Twice in one process, whatever came before."""
    digests = []
    for seed in (1, 2):
        torch.manual_seed(seed)
        random.seed(seed)
        np.random.seed(seed)
        digests.append(digest(afresh(spec_of(quick, transfer))))
    assert digests[0] == digests[1]


@pytest.fixture(scope="module")
def elsewhere(quick: Quick) -> dict[str, str]:
    """The digest of each run as another process has it; one process makes all three."""
    specs = [spec_of(quick, transfer).model_dump_json() for transfer in TRANSFERS]
    child = subprocess.run(
        [sys.executable, "-c", CHILD, *specs],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    return dict(zip(TRANSFERS, child.stdout.split(), strict=True))


@pytest.mark.parametrize("transfer", TRANSFERS)
def test_another_process_gives_the_same_numbers(
    transfer: str, quick: Quick, afresh: Afresh, elsewhere: dict[str, str]
) -> None:
    assert elsewhere[transfer] == digest(afresh(spec_of(quick, transfer)))
