"""Linear probes with the same steps and batches, trained as one batched product over their heads."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from pathlib import Path
from typing import Any

from harness.execution.packing.dealing import in_packs
from harness.execution.packing.heads import PackedFeatures, PackedHeads, head_of, table_of
from harness.execution.packing.packed_run import PackedRun
from harness.execution.packing.plan import PackSpec, recipe_refusal
from harness.spec.machine import Machine
from harness.spec.spec import Spec

PACK = 32


def refusal(spec: Spec, machine: Machine) -> str | None:
    """Why a run is not a linear probe that a pack can train; None where it is one."""
    if spec.transfer.name != "linear_probe":
        return f"transfer={spec.transfer.name}"
    return recipe_refusal(spec, machine)


def _structure(run: PackedRun) -> Hashable:
    head, table = head_of(run), table_of(run)
    if head is None:
        return str(run.learner.network), *table.shape[1:]
    return (*head.weight.shape, head.bias is not None, *table.shape[1:], run.steps_per_epoch, run.batch_size)


PACK_SPEC = PackSpec("probe", refusal, _structure, (PackedHeads,), PackedFeatures, PACK, PACK, shares=True)


def probe(specs: Sequence[Spec], machine: Machine, study: Path) -> Iterator[dict[str, Any]]:
    """Yield each record after its pack of at most 32 heads; other runs follow, one by one."""
    yield from in_packs(PACK_SPEC, specs, machine, study)
