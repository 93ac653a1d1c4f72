"""Which executor trains which runs of a study; the sides of a comparison never part."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from harness.execution.choose import deal, single
from harness.execution.packing.benchmark import CANDIDATES, Benchmark, benchmarks
from harness.records.archive import read_records
from harness.records.store import DONE, write_text
from harness.spec.identity import canonical, run_id
from harness.spec.machine import DISTRIBUTED, Machine
from harness.spec.phase import say
from harness.spec.spec import Spec
from harness.study.study import Study

DECIDED = "executors.json"
"""What was timed and decided, beside the records: the study goes on as it began."""

ALWAYS = "probe"
"""A pack of heads is faster wherever there is one; of other packs it is timed."""


@dataclass(frozen=True)
class Assignment:
    """Runs that one executor trains."""

    executor: str
    machine: Machine
    specs: tuple[Spec, ...]


def assign(study: Study, missing: Sequence[Spec]) -> list[Assignment]:
    """Deal the missing runs out among the executors; under `executor=auto` a row goes where all of it can go.

    A row holds all runs that are compared with each other: those that differ in method and seed alone. Where some of
    its runs cannot be packed (or captured), or were trained otherwise before, none is.
    """
    asked, machine = deal(study.first.machine, len(study.runs()))
    chosen = study.first.machine.executor
    candidates = [each for each in CANDIDATES if chosen in ("auto", each.name)]
    if len(study.runs()) < 2 or not candidates or asked == DISTRIBUTED:
        return [Assignment(asked, machine, tuple(missing))]
    rows = _rows(study)
    trained_by = _trained_by(study, rows, {run_id(spec) for spec in missing})
    found: list[Assignment] = []
    left = list(missing)
    for candidate in candidates:
        unable = {
            rows[identity] for identity, spec in study.by_id.items() if candidate.refusal(spec, machine) is not None
        }
        unable |= {row for row, executors in trained_by.items() if executors - {candidate.name}}
        able = [spec for spec in left if rows[run_id(spec)] not in unable]
        if not able or (
            chosen == "auto" and candidate.name != ALWAYS and not _is_faster(candidate.name, study, able, machine)
        ):
            continue
        able_ids = {run_id(spec) for spec in able}
        left = [spec for spec in left if run_id(spec) not in able_ids]
        found.append(Assignment(candidate.name, machine, tuple(able)))
    if left:
        found.append(Assignment(single(machine, len(study.runs())), machine, tuple(left)))
    return found


def _rows(study: Study) -> dict[str, str]:
    """The row of each run: its identity without method, seed, replicate and split."""
    compared = study.first.comparison.arms
    return {identity: _row(canonical(spec), compared) for identity, spec in study.by_id.items()}


def _row(fields: dict[str, Any], compared: Sequence[str]) -> str:
    for name in (*compared, "seed", "replicate", "data.split", "bridge"):
        *path, last = name.split(".")
        place: Any = fields
        for step in path:
            place = place.get(step, {})
        place.pop(last, None)
    return json.dumps({name: value for name, value in fields.items() if value != {}}, sort_keys=True)


def _trained_by(study: Study, rows: dict[str, str], missing: set[str]) -> dict[str, set[str]]:
    """The executors that runs of each row were trained by before."""
    found: dict[str, set[str]] = {}
    if rows.keys() <= missing:
        return found
    for record in read_records(study.folder):
        identity = record["run_id"]
        if identity in rows and identity not in missing and record["status"] in DONE:
            found.setdefault(rows[identity], set()).add(str(record["provenance"].get("executor")))
    return found


def _is_faster(executor: str, study: Study, specs: Sequence[Spec], machine: Machine) -> bool:
    """Whether these runs are faster by that executor, timed once a study."""
    file = study.folder / DECIDED
    decided: dict[str, Any] = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {"timed": []}
    if executor not in decided:
        say(f"timing executor={executor} against others, on a few steps")
        timed: list[Benchmark] = benchmarks(specs, machine)
        decided[executor] = bool(timed) and all(each.won_by(executor) for each in timed)
        decided["timed"] += [each.as_json() for each in timed]
        write_text(file, json.dumps(decided, indent=1) + "\n")
    return bool(decided[executor])
