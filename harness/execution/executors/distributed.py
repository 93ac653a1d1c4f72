"""One run after the other, each by all processes that torchrun started together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import torch

from harness.execution.distributed.ranks import Work, check_all_there, say
from harness.execution.distributed.step import LeadingStep
from harness.execution.in_turn import in_turn
from harness.spec.errors import RequestError
from harness.spec.machine import DISTRIBUTED, Machine, world
from harness.spec.spec import Spec
from harness.training.hardware import find_hardware


def distributed(specs: Sequence[Spec], machine: Machine, study: Path) -> Iterator[dict[str, Any]]:
    """Yield each record as its run ends, as `in_turn` does.

    Each step's batch is that of a single process, dealt out over the ranks.

    Raises:
        RequestError: this is not the first of several processes, or they are more than images in a batch, or GPUs.
        LostRankError: one of the processes is gone, after the record of the run that it was lost in.
    """
    machine = machine.model_copy(update={"executor": DISTRIBUTED})
    count = world().count
    for spec in specs:
        size, parts = spec.recipe.batch_size, spec.recipe.grad_accum_steps
        if min(map(len, torch.arange(size).chunk(parts))) < count:
            asked = f"recipe.batch_size={size}" + (f" in {parts} parts" if parts > 1 else "")
            raise RequestError(f"{asked}: {count} processes share each part; it needs {count} images at least")
    say(Work(machine.model_dump_json(), find_hardware(machine).device.type))
    for record in in_turn(specs, machine, study, DISTRIBUTED, LeadingStep):
        yield record
        check_all_there()
