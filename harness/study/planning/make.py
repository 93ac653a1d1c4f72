"""Makes the plan of a checked study."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from harness.records.archive import read_records
from harness.records.earlier import earlier_runs
from harness.records.store import DONE, STUDY
from harness.study.planning.costs import expected_disk, expected_time
from harness.study.planning.machinery import Machinery, machinery
from harness.study.planning.plan import Conflict, PlannedLooks, Skip, SweepPlan
from harness.study.study import Study


def conflicts(study: Study, done: Sequence[dict[str, Any]], to_train: int, machinery: Machinery) -> list[Conflict]:
    """Another plan of seeds, and records of other machinery than the rest would be computed with."""
    return [*_another_plan(study), *_mixed(study, done, to_train, machinery)]


def _another_plan(study: Study) -> list[Conflict]:
    file = study.folder / STUDY
    before = json.loads(file.read_text(encoding="utf-8")).get("until_decided") if file.is_file() else None
    if before is None and not (study.plan and file.is_file()):
        return []

    from harness.study.looks import another_plan  # pandas and scipy take a second to import

    what = another_plan(study)
    return [Conflict(what, True)] if what else []


def _mixed(study: Study, done: Sequence[dict[str, Any]], to_train: int, machinery: Machinery) -> list[Conflict]:
    found = []
    would = _conditions({**vars(machinery), "versions": machinery.versions})
    if study.first.machine.executor == "auto":
        del would["executor"]  # the rows that are compared keep the executor that they have
    for condition, here in would.items():
        seen = Counter(_conditions(record["provenance"]).get(condition) for record in done)
        seen.pop(None, None)
        others = {value: count for value, count in seen.items() if value != here}
        told = ", ".join(f"{value} ({count} runs)" for value, count in sorted(others.items()))
        if others and to_train:
            found.append(f"{condition}: done with {told}, the {to_train} to train would use {here}")
        elif len(seen) > 1:
            told = ", ".join(f"{value} ({count} runs)" for value, count in sorted(seen.items()))
            found.append(f"{condition}: the runs done differ, {told}")
    refused = study.first.strict
    outcome = "strict=true refuses to compare them" if refused else "the report will say that comparisons are mixed"
    return [Conflict(f"{what}; {outcome}, force=true trains all anew", refused) for what in found]


def _conditions(provenance: dict[str, Any]) -> dict[str, str]:
    """The machinery of a run in words, what was not recorded left out."""
    versions = provenance.get("versions") or {}
    found = {
        "device": str(provenance.get("device") or "").partition(":")[0],
        "precision": provenance.get("precision"),
        "threads": provenance.get("threads"),
        "executor": provenance.get("executor"),
        "torch": versions.get("torch"),
        "timm": versions.get("timm"),
    }
    return {condition: str(value) for condition, value in found.items() if value}


def make(study: Study, earlier: Path) -> SweepPlan:
    """What `harness -m` with the same overrides would do; `earlier` holds the studies that its cost is estimated from.

    Raises:
        RequestError: the study is to go on until decided, and cannot; or its device is unavailable.
    """
    if study.first.comparison.until_decided:
        from harness.study.looks import with_plan  # pandas and scipy take a second to import

        study = with_plan(study)
    records = read_records(study.folder)
    status = {record["run_id"]: record["status"] for record in records}
    redone = study.first.force
    to_train = {run: spec for run, spec in study.by_id.items() if redone or status.get(run) not in DONE}
    missing, others = list(to_train.values()), study.by_id.keys() - to_train.keys()
    done = [record for record in records if record["run_id"] in others]
    used = machinery(study.first.machine, len(missing))
    known = earlier_runs(earlier, {study.folder: records})
    return SweepPlan(
        study=study.first.study_name,
        folder=str(study.folder),
        cells=len(study.configurations),
        runs=len(study.by_id),
        done=len(done),
        to_train=len(missing),
        failed_before=sum(status.get(run) == "failed" for run in to_train),
        skipped=tuple(Skip(skip.configuration, skip.reason) for skip in study.skipped),
        conflicts=tuple(conflicts(study, done, len(missing), used)),
        looks=PlannedLooks(study.plan.looks, len(study.configurations) * study.plan.looks[-1]) if study.plan else None,
        device=used.device,
        executor=used.executor,
        workers=used.workers,
        earlier=str(earlier),
        time=expected_time(missing, known, used),
        disk=expected_disk(missing, known),
    )
