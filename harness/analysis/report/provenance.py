"""Where the records come from: versions, hardware, threads, commit, time."""

from __future__ import annotations

from collections import Counter
from typing import Any


def _told(counts: Counter[str]) -> str:
    """One value as it is, several with how many runs have each."""
    if len(counts) == 1:
        return next(iter(counts))
    return "; ".join(f"{value} ({count} runs)" for value, count in counts.most_common(6))


def _named(values: dict[str, Any]) -> str:
    return ", ".join(f"{key} {value}" for key, value in values.items() if value not in (None, ""))


def provenance(records: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """Pairs of a name and its value or values over all runs."""
    known = [record.get("provenance") or {} for record in records]
    lines: dict[str, Counter[str]] = {}
    for entry in known:
        commit = str(entry.get("git_commit") or "")[:12]
        values = {
            "device": entry.get("device"),
            "threads": entry.get("threads"),
            "precision": entry.get("precision"),
            "executor": entry.get("executor"),
            "hardware": _named(entry.get("hardware") or {}),
            "versions": _named(entry.get("versions") or {}),
            "commit": f"{commit}{' with uncommitted changes' if entry.get('git_dirty') else ''}" if commit else "",
        }
        for name, value in values.items():
            if value not in (None, ""):
                lines.setdefault(name, Counter())[str(value)] += 1
    told = [(name, _told(counts)) for name, counts in lines.items()]
    started = sorted(str(entry["started"]) for entry in known if entry.get("started"))
    finished = sorted(str(entry["finished"]) for entry in known if entry.get("finished"))
    if started and finished:
        told.append(("runs made", f"{started[0]} to {finished[-1]}"))
    seconds = sum((record.get("timing") or {}).get("total_s") or 0 for record in records)
    if seconds:
        told.append(("time of all runs", f"{seconds / 3600:.2f} h, run by run"))
    return told
