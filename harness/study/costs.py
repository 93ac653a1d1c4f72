"""How long runs will take: estimated from runs like them."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from harness.records.earlier import Earlier, earlier_run
from harness.spec.identity import configuration_id, run_id
from harness.spec.spec import Spec

Like = Callable[[Earlier], Hashable]

ALIKE: dict[str, Like] = {
    "configuration": lambda run: run.configuration,
    "strategy, backbone, data, size and epochs": lambda run: (
        run.transfer, run.backbone, run.data, run.size, run.epochs,
    ),
    "strategy, backbone, data and size": lambda run: (run.transfer, run.backbone, run.data, run.size),
    "strategy, backbone and size": lambda run: (run.transfer, run.backbone, run.size),
    "strategy and backbone": lambda run: (run.transfer, run.backbone),
}  # fmt: skip
"""What an earlier run shares with a planned one, from the nearest to the farthest; beyond that nothing is known."""


def planned(spec: Spec) -> Earlier:
    """A run that was not trained yet, as one of the earlier ones."""
    return Earlier(
        configuration=configuration_id(spec),
        transfer=spec.transfer.name,
        backbone=spec.backbone.name,
        data=spec.data.label or spec.data.name,
        size=spec.data.size,
        epochs=spec.recipe.epochs,
        seconds=None, training=None, bytes=None, device="", cpu=None,
    )  # fmt: skip


def scaled(run: Earlier, epochs: int) -> float:
    """The seconds of an earlier run, the part that it trained scaled to another number of epochs."""
    assert run.seconds is not None
    return run.seconds + (run.training or 0.0) * (epochs / run.epochs - 1)


class Timed:
    """Runs whose time is known, grouped by all that `ALIKE` names."""

    def __init__(self, runs: Iterable[Earlier]) -> None:
        self._groups: dict[str, dict[Hashable, list[Earlier]]] = {alike: defaultdict(list) for alike in ALIKE}
        for run in runs:
            self.add(run)

    def add(self, run: Earlier) -> None:
        """One more; a run without a time says nothing."""
        if run.seconds is not None:
            for alike, like in ALIKE.items():
                self._groups[alike][like(run)].append(run)

    def like(self, alike: str, wanted: Earlier) -> list[Earlier]:
        """Those that share with `wanted` what `alike` names."""
        return self._groups[alike].get(ALIKE[alike](wanted), [])


@dataclass(frozen=True)
class Left:
    """Seconds of the runs whose like was timed, and how many others there are."""

    seconds: float
    unknown: int

    def __str__(self) -> str:
        if not self.unknown:
            return f"about {spoken(self.seconds)} left"
        runs = f"{self.unknown} run{'s' if self.unknown > 1 else ''} of a kind not timed yet"
        return f"at least {spoken(self.seconds)} left, and {runs}" if self.seconds >= 0.5 else f"left: {runs}"


class TimeLeft:
    """Counts what ends. Parts are trained one after the other, each by so many workers at once.

    Of runs alike, those of this sweep count before those of earlier ones, which another machine may have done.
    """

    def __init__(self, parts: Sequence[tuple[int, Sequence[Spec]]], earlier: Iterable[Earlier]) -> None:
        self._earlier, self._ours = Timed(earlier), Timed(())
        self._workers = [workers for workers, _ in parts]
        self._kinds = {run_id(spec): (part, planned(spec)) for part, (_, specs) in enumerate(parts) for spec in specs}
        self._pending = Counter(self._kinds.values())
        self._told = self._estimate()
        self._at = time.monotonic()

    def ended(self, record: Mapping[str, Any]) -> None:
        """One run has its record."""
        kind = self._kinds.pop(record["run_id"], None)
        if kind is None:
            return
        self._pending[kind] -= 1
        self._ours.add(earlier_run(record))
        self._told, self._at = self._estimate(), time.monotonic()

    def now(self) -> Left:
        """As estimated when a run ended last, less the time since."""
        return Left(max(0.0, self._told.seconds - (time.monotonic() - self._at)), self._told.unknown)

    def _estimate(self) -> Left:
        sums, longest = [0.0] * len(self._workers), [0.0] * len(self._workers)
        unknown = 0
        for (part, wanted), count in self._pending.items():
            each = self._each(wanted) if count else 0.0
            if each is None:
                unknown += count
            elif count:
                sums[part] += count * each
                longest[part] = max(longest[part], each)
        walls = (max(total / workers, most) for total, workers, most in zip(sums, self._workers, longest, strict=True))
        return Left(sum(walls), unknown)

    def _each(self, wanted: Earlier) -> float | None:
        for alike in ALIKE:
            runs = self._ours.like(alike, wanted) or self._earlier.like(alike, wanted)
            if runs:
                return median(scaled(run, wanted.epochs) for run in runs)
        return None


def spoken(seconds: float) -> str:
    """Seconds as a person says them."""
    if seconds < 100:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 100 else f"{minutes / 60:.1f} h"
