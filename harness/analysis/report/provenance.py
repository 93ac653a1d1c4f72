"""Where the records come from: versions, hardware, threads, commit, time."""

from __future__ import annotations

from collections import Counter
from typing import Any

import orjson


def _told(counts: Counter[str]) -> str:
    """One value as it is, several with how many runs have each."""
    if len(counts) == 1:
        return next(iter(counts))
    return "; ".join(f"{value} ({count} runs)" for value, count in counts.most_common(6))


def _named(values: dict[str, Any]) -> str:
    return ", ".join(f"{key} {value}" for key, value in values.items() if value not in (None, ""))


_TOLD = ("device", "threads", "precision", "executor", "hardware", "versions", "git_commit", "git_dirty")


def _lines(entry: dict[str, Any]) -> dict[str, Any]:
    """What a record's provenance tells, in words."""
    commit = str(entry["git_commit"] or "")[:12]
    return {
        "device": entry["device"],
        "threads": entry["threads"],
        "precision": entry["precision"],
        "executor": entry["executor"],
        "hardware": _named(entry["hardware"] or {}),
        "versions": _named(entry["versions"] or {}),
        "commit": f"{commit}{' with uncommitted changes' if entry['git_dirty'] else ''}" if commit else "",
    }


def provenance(records: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """Pairs of a name and its value or values over all runs."""
    known = [record.get("provenance") or {} for record in records]
    # the runs of one sweep mostly tell the same, and are put into words once
    alike = Counter(orjson.dumps({name: entry.get(name) for name in _TOLD}) for entry in known)
    lines: dict[str, Counter[str]] = {}
    for values, count in alike.items():
        for name, value in _lines(orjson.loads(values)).items():
            if value not in (None, ""):
                lines.setdefault(name, Counter())[str(value)] += count
    told = [(name, _told(counts)) for name, counts in lines.items()]
    started = sorted(str(entry["started"]) for entry in known if entry.get("started"))
    finished = sorted(str(entry["finished"]) for entry in known if entry.get("finished"))
    if started and finished:
        told.append(("runs made", f"{started[0]} to {finished[-1]}"))
    seconds = sum((record.get("timing") or {}).get("total_s") or 0 for record in records)
    if seconds:
        told.append(("time of all runs", f"{seconds / 3600:.2f} h, run by run"))
    return told
