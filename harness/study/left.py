"""How long a study will go on: by kind of run, as a probe takes seconds where a full fine-tuning takes minutes."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from harness.records.earlier import Earlier, earlier_run
from harness.spec.identity import run_id
from harness.spec.spec import Spec
from harness.study.costs import ALIKE, Timed, planned, scaled


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
