"""What would make a comparison mixed, or the sweep be refused."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from typing import Any

from harness.records.store import STUDY
from harness.study.planning.machinery import Machinery
from harness.study.planning.plan import Conflict
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
