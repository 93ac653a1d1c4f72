"""The files that a run takes along: its config, birth certificate, data and weight statistics."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

TABLE = "statistics.json"
TABLE_TAG = {"mlflow.loggedArtifacts": json.dumps([{"path": TABLE, "type": "table"}])}
"""What MLflow's `log_table` sets beside its file, so that the UI shows a table."""


def _standard(value: Any) -> str:
    """Standard JSON: what is not finite becomes null."""
    text = json.dumps(value, default=str)
    return json.dumps(json.loads(text, parse_constant=lambda _: None), indent=1)


def _row(tensor: dict[str, Any]) -> dict[str, Any]:
    row = {
        "tensor": tensor["name"],
        "shape": " x ".join(map(str, tensor["shape"])),
        "head": tensor["head"],
        "distance": tensor["distance"],
    }
    for moment in ("before", "after"):
        row |= {f"{name} {moment}": value for name, value in (tensor.get(moment) or {}).items()}
    return row


def _table(statistics: list[dict[str, Any]]) -> dict[str, Any]:
    """pandas' orientation `split`, which is what the UI reads."""
    rows = [_row(tensor) for tensor in statistics]
    columns = list(dict.fromkeys(name for row in rows for name in row))
    return {"columns": columns, "data": [[row.get(name) for name in columns] for row in rows]}


def write_files(record: dict[str, Any], folder: Path) -> None:
    """Write what the record holds of them into a folder."""
    for part in ("spec", "birth", "data"):
        if record.get(part):
            (folder / f"{part}.json").write_text(_standard(record[part]), encoding="utf-8")
    if record.get("statistics"):
        (folder / TABLE).write_text(_standard(_table(record["statistics"])), encoding="utf-8")
