"""Expected time and disk of runs, from earlier ones like them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Sequence
from statistics import median

from harness.records.earlier import Earlier
from harness.records.record import processor
from harness.spec.spec import Spec
from harness.study.costs import ALIKE, Timed, planned, scaled
from harness.study.planning.machinery import Machinery
from harness.study.planning.plan import Basis, Disk, Time


def expected_time(specs: Sequence[Spec], earlier: Sequence[Earlier], machinery: Machinery) -> Time:
    """The sum over runs of the median of those nearest to each, divided over the workers; see `harness.study.costs`.

    Only runs on the same kind of device count. Where the number of epochs differs, the part of a run's time that it
    trained is scaled by them.
    """
    timed = [run for run in earlier if run.seconds is not None and run.device == machinery.device]
    known = Timed(timed)
    based, used = defaultdict[str, int](int), defaultdict[str, set[Hashable]](set)
    records = defaultdict[str, int](int)
    middles, lows, highs = [], [], []
    cpus: set[str] = set()
    for spec in specs if timed else ():
        wanted = planned(spec)
        for alike, like in ALIKE.items():
            runs = known.like(alike, wanted)
            if runs:
                seconds = [scaled(run, wanted.epochs) for run in runs]
                middles.append(median(seconds))
                lows.append(min(seconds))
                highs.append(max(seconds))
                based[alike] += 1
                if like(wanted) not in used[alike]:
                    used[alike].add(like(wanted))
                    records[alike] += len(runs)
                    cpus |= {run.cpu for run in runs if run.cpu}
                break
    basis = tuple(Basis(alike, based[alike], records[alike]) for alike in ALIKE if based[alike])
    low, middle, high = (_wall(seconds, machinery.workers) for seconds in (lows, middles, highs))
    elsewhere = tuple(sorted(cpus - {processor()})) if machinery.device == "cpu" else ()
    return Time(middle, low, high, len(specs) - len(middles), basis, elsewhere)


def expected_disk(specs: Sequence[Spec], earlier: Sequence[Earlier]) -> Disk:
    """The median run folder on the same data, or else on any, times the runs."""
    data = {spec.data.label or spec.data.name for spec in specs}
    sized = [run for run in earlier if run.bytes is not None]
    near = [run for run in sized if run.data in data] or sized
    sizes = [run.bytes for run in near if run.bytes is not None]
    if not sizes:
        return Disk(None, None, 0)
    each = int(median(sizes))
    return Disk(each * len(specs), each, len(sizes))


def _wall(seconds: Sequence[float], workers: int) -> float | None:
    """With several workers, no less than the longest run."""
    return max(sum(seconds) / workers, max(seconds)) if seconds else None
