"""Deals runs out as packs, and packs over processes."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import as_completed
from functools import partial
from pathlib import Path
from typing import Any

from harness.execution.choose import single
from harness.execution.forked import forked
from harness.execution.packing.plan import PackSpec, creation_of, schedule_key
from harness.execution.packing.run import train_together
from harness.spec.errors import StorageError
from harness.spec.identity import run_id
from harness.spec.machine import Machine
from harness.spec.spec import Spec
from harness.spec.variants import load_variant
from harness.training.hardware import find_hardware
from harness.training.stop import Stop


def in_packs(pack_spec: PackSpec, specs: Sequence[Spec], machine: Machine, study: Path) -> Iterator[dict[str, Any]]:
    """Yield each record after its pack; what cannot be packed, or another sweep is at, follows run by run.

    Where a process is lost, its packs are tried again run by run, which tells the run that it was lost by.

    Raises:
        Interrupted: a signal asked for the end; a pack that was under way is trained anew when started again.
    """
    able = [spec for spec in specs if pack_spec.refusal(spec, machine) is None]
    workers = machine.workers if isinstance(machine.workers, int) else 1
    waiting = {run_id(spec): spec for spec in specs}
    for record in _train(
        pack_spec, deal_packs(able, pack_spec.most(find_hardware(machine).device), workers), machine, study, workers
    ):
        waiting.pop(record["run_id"], None)
        yield record
    left = list(waiting.values())
    if left:
        yield from load_variant("harness.execution.executors", single(machine, len(specs)))(left, machine, study)


def deal_packs(specs: Sequence[Spec], largest: int, workers: int) -> list[list[Spec]]:
    """Runs of one course side by side, as many as fit and as few as give every worker some.

    Equal creations lie next to each other, so that a pack has as few of them as can be.
    """
    by_schedule: dict[Any, list[Spec]] = {}
    for spec in specs:
        by_schedule.setdefault(schedule_key(spec), []).append(spec)
    packs = []
    for alike in by_schedule.values():
        alike.sort(key=creation_of)
        size = min(largest, -(-len(alike) // workers))
        packs += [alike[start : start + size] for start in range(0, len(alike), size)]
    return packs


def _train(
    pack_spec: PackSpec, packs: Sequence[Sequence[Spec]], machine: Machine, study: Path, workers: int
) -> Iterator[dict[str, Any]]:
    """Packs by forked workers, one at least, so that a crash ends none but its own; by this process on a GPU alone."""
    assert isinstance(machine.threads, int)
    if not packs:
        return
    if find_hardware(machine).device.type != "cpu" and (workers == 1 or len(packs) < 2):
        with Stop():
            for pack in packs:
                yield from _records(partial(train_together, pack_spec, pack, machine, study))
        return
    with Stop(), forked(min(workers, len(packs)), machine.threads) as pool:
        # In no list of their own: a pack's records are let go with it, of however many.
        for done in as_completed(pool.submit(train_together, pack_spec, pack, machine, study) for pack in packs):
            yield from _records(done.result)


def _records(pack: Callable[[], list[dict[str, Any]]]) -> list[dict[str, Any]]:
    """A pack's records; those that it has written are found on disk where it fails, and the others are tried singly."""
    try:
        return pack()
    except StorageError:
        raise
    except Exception as error:  # one run's fault must not end the others
        told = " ".join(str(error).split()) or type(error).__name__
        print(f"a pack failed ({told}); what it leaves is trained run by run", file=sys.stderr, flush=True)
        return []
