"""Makes the plan of a checked study."""

from __future__ import annotations

from pathlib import Path

from harness.records.archive import read_records
from harness.records.earlier import earlier_runs
from harness.records.store import DONE
from harness.spec.identity import run_id
from harness.study.planning.conflicts import conflicts
from harness.study.planning.costs import expected_disk, expected_time
from harness.study.planning.machinery import machinery
from harness.study.planning.plan import PlannedLooks, Skip, SweepPlan
from harness.study.study import Study


def make(study: Study, earlier: Path) -> SweepPlan:
    """What `harness -m` with the same overrides would do; `earlier` holds the studies that its cost is estimated from.

    Raises:
        RequestError: the study is to go on until decided, and cannot; or its device is not there.
    """
    if study.first.comparison.until_decided:
        from harness.study.looks import with_plan  # pandas and scipy take a second to import

        study = with_plan(study)
    records = read_records(study.folder)
    status = {record["run_id"]: record["status"] for record in records}
    redone = study.first.force
    missing = [spec for run, spec in study.by_id.items() if redone or status.get(run) not in DONE]
    trained = {run_id(spec) for spec in missing}
    done = [record for record in records if record["run_id"] in study.by_id.keys() - trained]
    used = machinery(study.first.machine, len(missing))
    known = earlier_runs(earlier, {study.folder: records})
    return SweepPlan(
        study=study.first.study_name,
        folder=str(study.folder),
        cells=len(study.cells),
        runs=len(study.by_id),
        done=len(done),
        to_train=len(missing),
        failed_before=sum(status.get(run) == "failed" for run in trained),
        skipped=tuple(Skip(cell.cell, cell.reason) for cell in study.skipped),
        conflicts=tuple(conflicts(study, done, len(missing), used)),
        looks=PlannedLooks(study.plan.looks, len(study.cells) * study.plan.looks[-1]) if study.plan else None,
        device=used.device,
        executor=used.executor,
        workers=used.workers,
        earlier=str(earlier),
        time=expected_time(missing, known, used),
        disk=expected_disk(missing, known),
    )
