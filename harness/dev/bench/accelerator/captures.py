"""`python -m harness.dev.bench.accelerator.captures [--out bench]`: captured steps beside uncaptured ones."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from harness.dev.bench.measure import speed_spec
from harness.dev.publish import publish
from harness.execution.executors.fused import PACK_SPEC
from harness.execution.packing.equivalence import Agreement, compare, compare_captured
from harness.execution.packing.packed_run import PackedRun
from harness.execution.packing.soundness import sound
from harness.execution.packing.training import CapturedPackStep
from harness.records.record import surroundings
from harness.spec.machine import Machine
from harness.spec.spec import Regularization, Spec, Weights
from harness.training.hardware import find_hardware
from harness.training.run import settle
from harness.training.setup import Setup

RATES = Regularization(drop_rate=0.2, drop_path_rate=0.1)

STRUCTURES: dict[str, tuple[Regularization, ...]] = {
    "test_efficientnet": (Regularization(), RATES),
    "test_resnet": (Regularization(), RATES),
    "test_convnext": (Regularization(), RATES),
    "mobilenetv2_100": (Regularization(), RATES),
    "regnetx_002": (Regularization(),),
    "test_vit": (Regularization(),),
}
"""One of each family, without and, where its pack can draw them, with rates."""

RUNS = 3


def check(specs: Sequence[Spec], machine: Machine) -> dict[str, Any]:
    """How captured steps of one structure deviate from uncaptured ones, in float64: a single run's, and its pack's."""
    hardware = settle(machine)
    members = [PackedRun(Setup(spec, machine, hardware), hardware.device) for spec in specs]
    make = next((each for each in PACK_SPEC.makes if compare(members, each).holds), None)
    no_pack = Agreement(float("inf"), "no pack computes what single runs do")
    found = {
        "step": sound(members[0].setup),
        "pack": compare_captured(members, make, CapturedPackStep, hardware) if make else no_pack,
    }
    return {
        "backbone": specs[0].backbone.name,
        "rates": specs[0].regularization.model_dump(exclude_defaults=True),
        "program": make.__name__ if make else None,
        "deviation": {name: agreement.deviation for name, agreement in found.items()},
        "faults": [
            f"{name}: {agreement.reason or f'deviates by {agreement.deviation:.1e}'}"
            for name, agreement in found.items()
            if not agreement.holds
        ],
    }


def specs_of(backbone: str, rates: Regularization) -> list[Spec]:
    """Full fine-tunings on the digits from random weights, which is all that arithmetic needs."""
    given = {"weights": Weights(name="none"), "regularization": rates}
    return [speed_spec(backbone, 1, seed).model_copy(update=given) for seed in range(RUNS)]


def main(arguments: Sequence[str] | None = None) -> int:
    """Compare every structure; returns 1 where one that is captured computes something else."""
    parser = argparse.ArgumentParser(prog="python -m harness.dev.bench.accelerator.captures", description=main.__doc__)
    parser.add_argument("--device", default="auto", help="auto, cuda or cuda:N")
    parser.add_argument("--out", type=Path, default=Path("bench"), help="folder of captures.json")
    asked = parser.parse_args(arguments)
    machine = Machine(device=asked.device, threads=torch.get_num_threads(), monitors=False)
    told = [check(specs_of(name, rates), machine) for name, tried in STRUCTURES.items() for rates in tried]
    found = {"machine": surroundings(find_hardware(machine).gpu), "structures": told}
    for each in told:
        rates = f" with {each['rates']}" if each["rates"] else ""
        largest = max(each["deviation"].values())
        print(f"{each['backbone']}{rates}: {'; '.join(each['faults']) or f'captured is uncaptured to {largest:.1e}'}")
    wrong = [f"{each['backbone']}: {fault}" for each in told for fault in each["faults"]]
    return publish(asked.out / "captures.json", found, wrong)


if __name__ == "__main__":
    sys.exit(main())
