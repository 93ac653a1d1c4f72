"""Finds in a study's folder what jobs elsewhere have written into it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from harness.records.store import RECORD, read_record


class Watch:
    """Waits for the records of these runs; one that lay there when the watch began is not what is waited for."""

    def __init__(self, study: Path, run_ids: Iterable[str]) -> None:
        self._study = study
        self.waiting = set(run_ids)
        self.earlier = stamps(study, self.waiting)

    def ended(self) -> Iterator[dict[str, Any]]:
        """Each record that has come since it was last asked; only whole ones, as records are written at one stroke."""
        for run_id in ended(self._study, self.waiting, self.earlier):
            record = read_record(self._study, run_id)
            if record is not None:
                self.waiting.discard(run_id)
                yield record


def stamps(study: Path, run_ids: Iterable[str]) -> dict[str, int]:
    """When the record of each run was written, in nanoseconds; those that have none are left out.

    Times are only ever compared with what the same file system gave before: clocks of several machines disagree.
    """
    found = {}
    for run_id in run_ids:
        try:
            found[run_id] = (study / run_id / RECORD).stat().st_mtime_ns
        except (FileNotFoundError, NotADirectoryError):
            continue
    return found


def ended(study: Path, run_ids: Iterable[str], earlier: Mapping[str, int]) -> list[str]:
    """The runs whose record is another one than it was at the time of `earlier`."""
    return sorted(run_id for run_id, stamp in stamps(study, run_ids).items() if stamp != earlier.get(run_id))
