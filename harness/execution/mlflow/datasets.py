"""The data set of a run, where MLflow's users look for it: under "Datasets used"."""

from __future__ import annotations

import json
from typing import Any

from harness.execution.mlflow.library import library

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
