"""Refuses to compare runs that were computed differently."""

from __future__ import annotations

from harness.records.archive import read_records
from harness.spec.errors import RequestError
from harness.study.study import Study

CONDITIONS = ("device", "threads", "precision", "executor")


def refuse_mixing(study: Study) -> None:
    """Under `strict=true`, all runs of a study share device, threads, precision and executor.

    Raises:
        RequestError: they do not.
    """
    seen: dict[str, set[str]] = {condition: set() for condition in CONDITIONS}
    ours = study.by_id.keys()
    for record in read_records(study.folder):
        if record["run_id"] in ours and record["status"] != "failed":
            for condition in CONDITIONS:
                seen[condition].add(str(record["provenance"].get(condition)))
    mixed = [f"{condition} ({', '.join(sorted(values))})" for condition, values in seen.items() if len(values) > 1]
    if mixed:
        raise RequestError(f"strict: runs of this study differ in {'; '.join(mixed)}; force=true trains them anew")
