"""Full fine-tunings of one structure as one program: side by side in the channels, or mapped over parameters."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from pathlib import Path
from typing import Any

from harness.execution.packing.dealing import in_packs
from harness.execution.packing.dropout import DROPS
from harness.execution.packing.inputs import PackedInputs
from harness.execution.packing.packed_run import PackedRun
from harness.execution.packing.plan import PackSpec, recipe_refusal
from harness.execution.packing.stacked import Stacked
from harness.execution.packing.widened import Widened
from harness.spec.machine import Machine
from harness.spec.spec import Spec

PACK, PACK_ON_GPU = 8, 32


def refusal(spec: Spec, machine: Machine) -> str | None:
    """Why a run is no full fine-tuning that a pack can do; None where it is one."""
    if spec.transfer.name != "full":
        return f"transfer={spec.transfer.name}"
    if spec.transfer.batchnorm != "train":
        return f"transfer.batchnorm={spec.transfer.batchnorm}"
    return recipe_refusal(spec, machine)


def _structure(run: PackedRun) -> Hashable:
    """What a program takes from one network of its pack for all."""
    spec, network = run.setup.spec, run.learner.network
    modules = tuple(
        (name, type(module).__name__, module.extra_repr())
        for name, module in network.named_modules()
        if not isinstance(module, DROPS)
    )
    tensors = tuple((name, tuple(tensor.shape)) for name, tensor in network.state_dict().items())
    learning = tuple(parameter.requires_grad for parameter in network.parameters())
    asked = tuple(part.model_dump_json() for part in (spec.bridge, spec.backbone))
    return modules, tensors, learning, asked, run.steps_per_epoch, run.batch_size


def _origin(run: PackedRun) -> Hashable:
    """What no tensor tells comes from the creation and its rates."""
    spec = run.setup.spec
    return spec.creation.model_dump_json(), spec.regularization.model_dump_json()


PACK_SPEC = PackSpec("fused", refusal, _structure, (Widened, Stacked), PackedInputs, PACK, PACK_ON_GPU, origin=_origin)


def fused(specs: Sequence[Spec], machine: Machine, study: Path) -> Iterator[dict[str, Any]]:
    """Yield each record after its pack of at most 8 runs, 32 on a GPU; other runs follow, one by one."""
    yield from in_packs(PACK_SPEC, specs, machine, study)
