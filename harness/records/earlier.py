"""Earlier studies and runs: which there are, what they were, how long they took, how much they left."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from harness.records.archive import RECORDS, read_records
from harness.records.store import DONE, RECORD, STUDY, read_record


@dataclass(frozen=True)
class Earlier:
    """One run: settings, `seconds` in all, `training` for its steps alone, `bytes` of its folder if it has one."""

    configuration: str
    transfer: str
    backbone: str
    data: str
    size: int
    epochs: int
    seconds: float | None
    training: float | None
    bytes: int | None
    device: str
    cpu: str | None


def earlier_runs(folder: Path, known: dict[Path, list[dict[str, Any]]]) -> list[Earlier]:
    """Every run with a result in the studies below `folder`; `known` are the records of studies read before."""
    found = []
    for study in _studies(folder):
        records = known[study] if study in known else read_records(study)
        found += [earlier_run(record, study) for record in records if record["status"] in DONE]
    return found


def some_earlier_runs(folder: Path, most: int) -> list[Earlier]:
    """So many runs at most from run folders below `folder`, for a first estimate that takes no time; archives apart."""
    files = ((file.parent.parent, file.parent.name) for file in islice(folder.glob(f"*/*/{RECORD}"), most))
    records = (read_record(study, run) for study, run in files)
    return [earlier_run(record) for record in records if record is not None and record["status"] in DONE]


def _studies(folder: Path) -> Iterator[Path]:
    """Folders that hold runs or an archive of them."""
    holding = {file.parent.parent for file in folder.glob(f"*/*/{RECORD}")}
    archived = (file.parent for depth in ("*", "*/*") for file in folder.glob(f"{depth}/{RECORDS}"))
    yield from sorted(holding.union(archived))


def earlier_run(record: Mapping[str, Any], study: Path | None = None) -> Earlier:
    """A record's run; its folder is measured where its study is named."""
    spec, timing, provenance = record["spec"], record.get("timing") or {}, record.get("provenance") or {}
    own = study / record["run_id"] if study is not None else None
    return Earlier(
        configuration=record["cell_id"],
        transfer=spec["transfer"]["name"],
        backbone=spec["backbone"]["name"],
        data=spec["data"].get("label") or spec["data"]["name"],
        size=spec["data"]["size"],
        epochs=spec["recipe"]["epochs"],
        seconds=timing.get("total_s"),
        training=timing.get("train_s"),
        bytes=sum(file.stat().st_size for file in own.iterdir()) if own is not None and own.is_dir() else None,
        device=str(provenance.get("device", "")).partition(":")[0],
        cpu=(provenance.get("hardware") or {}).get("cpu"),
    )


@dataclass(frozen=True)
class Listed:
    """A study by its folder below `out`, what it is called, and how many configurations it compares."""

    name: str
    title: str
    configurations: int


def studies(out: Path) -> list[Listed]:
    """Every study directly below a folder, by name; a file that is no study's is passed over."""
    found = []
    for file in sorted(out.glob(f"*/{STUDY}")):
        try:
            content = json.loads(file.read_text(encoding="utf-8"))
            found.append(Listed(file.parent.name, str(content.get("title") or ""), len(content.get("cells") or ())))
        except (OSError, ValueError, AttributeError, TypeError):
            continue
    return found
