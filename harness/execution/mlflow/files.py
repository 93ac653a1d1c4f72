"""What a run takes along to MLflow beside its numbers: its configuration, initial diagnostics and data sets."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from harness.execution.mlflow.client import library

FILES = {"spec.json": "spec", "initial_diagnostics.json": "birth", "data.json": "data"}
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
    for name, part in FILES.items():
        if record.get(part):
            (folder / name).write_text(_standard(record[part]), encoding="utf-8")
    if record.get("statistics"):
        (folder / TABLE).write_text(_standard(_table(record["statistics"])), encoding="utf-8")


DIGEST_LENGTH = 36
PARTS = (
    ("training", "n_train", "split_hash", ""),
    ("validation", "n_val", "split_hash", " (validation)"),
    ("testing", "n_test", "test_hash", ""),
)
"""MLflow's own names of contexts, where the record holds size and content hash of each, and what is added to its name:
MLflow knows a data set by name and hash, and training and validation part have the hash of their cut in common."""


def datasets(record: dict[str, Any]) -> list[Any]:
    """MLflow's dataset inputs of a record: one for each part whose content hash is known; its source is a label."""
    data, entities = record.get("data") or {}, library().entities
    name = str(data.get("label") or (record["spec"].get("data") or {}).get("name") or "data")
    found = []
    for context, size, digest, addition in PARTS:
        if data.get(digest) is None:
            continue
        profile = {"images": data.get(size), "classes": data.get("num_classes")}
        dataset = entities.Dataset(
            name=f"{name}{addition}",
            digest=str(data[digest])[:DIGEST_LENGTH],
            source_type="code",
            source=json.dumps({"label": name}),
            profile=json.dumps(profile),
        )
        found.append(entities.DatasetInput(dataset, [entities.InputTag("mlflow.data.context", context)]))
    return found
