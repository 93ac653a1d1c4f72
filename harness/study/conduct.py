"""Conducts a study: trains what is missing, shows it, and writes the answer."""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from harness.analysis.kept_answer import ShownAnswer, keep, kept
from harness.execution.tracker import Tracker
from harness.records.archive import read_records
from harness.records.earlier import some_earlier_runs
from harness.records.run_folder import forget, tidy
from harness.spec.identity import run_id
from harness.spec.machine import Machine
from harness.spec.phase import say
from harness.spec.spec import Spec
from harness.spec.variants import load_variant
from harness.study.costs import TimeLeft
from harness.study.earlier_answer import refuse_mixing, replaced
from harness.study.looks import planned, rounds
from harness.study.progress import Progress
from harness.study.study import Study, describe

OK, SOME_FAILED = 0, 1

MOST_EARLIER = 1000
"""So many earlier records are read for a first estimate of the time left; that takes a fraction of a second."""

Launcher = Callable[[Sequence[Spec], Machine, Path], Generator[dict[str, Any], None, None]]
"""Has runs trained elsewhere; yields their records as executors do."""


def conduct(study: Study, launcher: Launcher | None = None) -> int:
    """Train the missing runs of a study, by `launcher` or else here, then compare all of them; returns the exit code.

    Raises:
        RequestError: it is to go on until decided, and cannot; see `planned`.
    """
    study = planned(study)
    for skip in study.skipped:
        print(f"skipped: {skip.configuration}: {skip.reason}", file=sys.stderr)
    if told := replaced(study):
        print(told, file=sys.stderr)
    study.write()
    tracker: Tracker = load_variant("harness.execution.tracking", study.first.tracking.name)(study.first.tracking)
    tracker.start(study.description(), study.folder, len(study.runs()))
    failed, trained = 0, frozenset[str]()
    for at in rounds(study):
        study = at.study
        missing = study.missing(trained)
        failed += _train(study, missing, tracker, at.told, launcher)
        trained |= {run_id(spec) for spec in missing}
    tidy(study.folder)
    earlier = study.by_id.keys() - trained
    for record in read_records(study.folder):
        if record["run_id"] in earlier:
            tracker.log(record)
    if study.first.strict:
        refuse_mixing(study)
    found = _answered(study.folder)
    print(found.shown)
    headline = {} if found.largest_difference is None else {"largest_difference": found.largest_difference}
    tracker.finish(list(found.paths.values()), list(found.first_screen), headline)
    name, report = study.first.study_name, study.folder / "report.html"
    print(f"\nStudy {name}. Report: {report} has all else (also report.md, the tables and the figures beside it)")
    return SOME_FAILED if failed else OK


def _train(study: Study, missing: list[Spec], tracker: Tracker, look: str, launcher: Launcher | None) -> int:
    """Train runs side by side; returns how many failed."""
    total = len(study.runs())
    told = f"{total} runs in {study.folder}: {total - len(missing)} done already, {len(missing)} to train"
    told = f"{look}: {told}" if look else told
    print(told if missing else f"{told}; nothing is trained", file=sys.stderr, flush=True)
    if not missing:
        return 0
    if study.first.force:
        for spec in missing:
            forget(study.folder, run_id(spec))
    if launcher is None:
        from harness.study.assignment import assign  # torch takes seconds to import, and training alone needs it

        parts = [
            (load_variant("harness.execution.executors", each.executor), each.machine, each.specs)
            for each in assign(study, missing)
        ]
    else:
        parts = [(launcher, study.first.machine, tuple(missing))]
    workers = [machine.workers if isinstance(machine.workers, int) else 1 for _, machine, _ in parts]
    left = TimeLeft(
        [(count, specs) for count, (_, _, specs) in zip(workers, parts, strict=True)],
        some_earlier_runs(study.first.out, MOST_EARLIER),
    )
    failed = 0
    what = f"runs done ({look})" if look else "runs done"
    with Progress(len(missing), what, workers[0], left.now) as progress:
        for train, machine, specs in parts:
            # Closed on an interrupt, before anything else: its workers are to save and to end.
            with closing(train(specs, machine, study.folder)) as records:
                for record in records:
                    status = record["status"]
                    failed += status == "failed"
                    note = "" if status == "finished" else f"{status}: {describe(record['spec'])}: {record['reason']}"
                    left.ended(record)
                    progress.ended(note, status == "failed")
                    tracker.log(record)
    return failed


def _answered(study: Path) -> ShownAnswer:
    """The answer as it lies there, or written anew."""
    found = kept(study)
    if found is None:
        from harness.analysis.answer import answer  # pandas, scipy and matplotlib take seconds to import

        say("writing the report")
        found = answer(study)
        keep(study, found)
    return found
