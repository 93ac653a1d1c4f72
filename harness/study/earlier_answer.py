"""What a study's folder holds already that its new answer replaces, or cannot be compared with."""

from __future__ import annotations

import json
from typing import Any

from harness.records.archive import read_records
from harness.records.store import STUDY
from harness.spec.errors import RequestError
from harness.study.study import Study

QUESTION = ("arms", "baseline", "metric", "margin", "correction")
"""What a study's file says of how its runs are compared; the same runs compared otherwise are another answer."""


def replaced(study: Study) -> str | None:
    """In one line what becomes of the answer that lies in the study's folder; None where it only grows.

    The records stay where they are, and `harness report` reads those of the configurations that the study names.
    """
    before = _before(study)
    if not before:
        return None
    lost = set(before.get("cells") or ()) - study.configurations.keys()
    now = study.description()
    other = [key for key in QUESTION if key in before and before[key] != json.loads(json.dumps(now[key]))]
    if lost:
        what = f"{len(lost)} of the {len(before['cells'])} configurations of its report are no part of this sweep"
    elif other and not (study.bridges or before.get("bridges")):
        what = f"its report compared the same runs by another {', '.join(other)}"
    else:
        return None
    return f"{study.folder}: {what}; the report is replaced, all records stay. another study=NAME keeps both"


def _before(study: Study) -> dict[str, Any]:
    try:
        found = json.loads((study.folder / STUDY).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


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
