"""Expected time and disk of runs, from earlier ones like them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Sequence
from statistics import median

from harness.plan.earlier import Earlier
from harness.plan.machinery import Machinery
from harness.plan.plan import Basis, Disk, Time
from harness.records.provenance import processor
from harness.spec.identity import cell_id
from harness.spec.spec import Spec

Like = Callable[[Earlier], Hashable]

ALIKE: dict[str, Like] = {
    "cell": lambda run: run.cell,
    "strategy, backbone, data, size and epochs": lambda run: (
        run.transfer, run.backbone, run.data, run.size, run.epochs,
    ),
    "strategy, backbone, data and size": lambda run: (run.transfer, run.backbone, run.data, run.size),
    "strategy, backbone and size": lambda run: (run.transfer, run.backbone, run.size),
    "strategy and backbone": lambda run: (run.transfer, run.backbone),
}  # fmt: skip
"""What an earlier run shares with a planned one, from the nearest to the farthest; beyond that nothing is known."""


def expected_time(specs: Sequence[Spec], earlier: Sequence[Earlier], machinery: Machinery) -> Time:
    """The sum over runs of the median of those nearest to each, divided over the workers; see `ALIKE`.

    Only runs on the same kind of device count. Where the number of epochs differs, the part of a run's time that it
    trained is scaled by them.
    """
    timed = [run for run in earlier if run.seconds is not None and run.device == machinery.device]
    groups = {alike: _grouped(timed, like) for alike, like in ALIKE.items()}
    planned, used = defaultdict[str, int](int), defaultdict[str, set[Hashable]](set)
    middles, lows, highs = [], [], []
    cpus: set[str] = set()
    for spec in specs:
        wanted = _planned(spec)
        for alike, like in ALIKE.items():
            runs = groups[alike].get(like(wanted))
            if runs:
                seconds = [_scaled(run, wanted.epochs) for run in runs]
                middles.append(median(seconds))
                lows.append(min(seconds))
                highs.append(max(seconds))
                planned[alike] += 1
                if like(wanted) not in used[alike]:
                    used[alike].add(like(wanted))
                    cpus |= {run.cpu for run in runs if run.cpu}
                break
    basis = tuple(
        Basis(alike, planned[alike], sum(len(groups[alike][key]) for key in used[alike]))
        for alike in ALIKE
        if planned[alike]
    )
    low, middle, high = (_wall(seconds, machinery.workers) for seconds in (lows, middles, highs))
    elsewhere = tuple(sorted(cpus - {processor()})) if machinery.device == "cpu" else ()
    return Time(middle, low, high, len(specs) - len(middles), basis, elsewhere)


def expected_disk(specs: Sequence[Spec], earlier: Sequence[Earlier]) -> Disk:
    """The median run folder on the same data, or else on any, times the runs."""
    data = {_planned(spec).data for spec in specs}
    sized = [run for run in earlier if run.bytes is not None]
    near = [run for run in sized if run.data in data] or sized
    sizes = [run.bytes for run in near if run.bytes is not None]
    if not sizes:
        return Disk(None, None, 0)
    each = int(median(sizes))
    return Disk(each * len(specs), each, len(sizes))


def _planned(spec: Spec) -> Earlier:
    """A run that is not there yet, as one of the earlier ones."""
    return Earlier(
        cell=cell_id(spec),
        transfer=spec.transfer.name,
        backbone=spec.backbone.name,
        data=spec.data.label or spec.data.name,
        size=spec.data.size,
        epochs=spec.recipe.epochs,
        seconds=None, training=None, bytes=None, device="", cpu=None,
    )  # fmt: skip


def _grouped(runs: Sequence[Earlier], like: Like) -> dict[Hashable, list[Earlier]]:
    groups = defaultdict[Hashable, list[Earlier]](list)
    for run in runs:
        groups[like(run)].append(run)
    return dict(groups)


def _scaled(run: Earlier, epochs: int) -> float:
    assert run.seconds is not None
    return run.seconds + (run.training or 0.0) * (epochs / run.epochs - 1)


def _wall(seconds: Sequence[float], workers: int) -> float | None:
    """With several workers, no less than the longest run."""
    return max(sum(seconds) / workers, max(seconds)) if seconds else None
