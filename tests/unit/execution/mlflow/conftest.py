"""Records as a sweep leaves them, without training."""

from __future__ import annotations

import json
import math
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.execution.mlflow.settings import Settings
from harness.records.store import RECORD, STUDY, write_text
from harness.spec.identity import configuration_id, run_id
from harness.spec.spec import Spec

STEPS, EVERY = 200, 10
CREATIONS = ("create_model", "swap_head")


def _moments(std: float) -> dict[str, float]:
    return {"mean": 0.0, "std": std, "min": -3 * std, "max": 3 * std, "norm": 10 * std}


def _curve(seed: int) -> list[dict[str, Any]]:
    return [
        {
            "step": step,
            "epoch": step / 40,
            "lr": 1e-3,
            "train_loss": None if step == 0 else 2.3 * math.exp(-step / 80),
            "val_loss": 2.4 * math.exp(-step / 90),
            "val_top1": 100 * (1 - math.exp(-(step + seed) / 60)),
            "grad_norm_head": None if step == 0 else 1.0,
            "grad_norm_backbone": None,
        }
        for step in range(0, STEPS + 1, EVERY)
    ]


def _record(creation: str, seed: int, status: str = "finished", hour: int = 10) -> dict[str, Any]:
    spec = Spec.model_construct(
        **{name: getattr(Spec(), name) for name in Spec.model_fields}
        | {"seed": seed, "creation": Spec().creation.model_copy(update={"name": creation})}
    )
    head = {"name": "classifier", "kind": "Linear", "in_features": 256, "out_features": 10}
    tensors = [(f"blocks.{i}.conv.weight", False) for i in range(20)] + [("classifier.weight", True)]
    return {
        "run_id": run_id(spec),
        "cell_id": configuration_id(spec),
        "spec": spec.model_dump(mode="json", exclude={"weights": {"path"}, "data": {"path"}}),
        "status": status,
        "reason": None if status == "finished" else "the loss became NaN at step 7",
        "data": {"label": "digits", "num_classes": 10, "classes": list("0123456789"), "n_train": 1000}
        | {"n_test": 500, "split_hash": f"5917{seed:08}", "test_hash": "7e57000000"},
        "birth": {
            "initial_loss": 2.9,
            "uniform_loss": math.log(10),
            "logit_std": float("nan"),
            "head": [{**head, "weight": _moments(0.18), "bias": None}],
            "parameters": 366_000,
            "trainable_parameters": 366_000,
        },
        "curve": _curve(seed),
        "metrics": {
            "top1": 80.0 + seed,
            "top5": 99.0,
            "loss": 0.6,
            "val_top1": 81.0,
            "val_top5": 99.5,
            "val_loss": 0.5,
            "steps": STEPS,
        },
        "statistics": [
            {
                "name": name,
                "shape": [8, 3],
                "head": is_head,
                "before": _moments(0.1),
                "after": _moments(0.2),
                "distance": 2.0,
            }
            for name, is_head in tensors
        ],
        "timing": {"train_s": 3.5, "eval_s": 0.4, "total_s": 4.5},
        "provenance": {
            "started": f"2026-03-01T{hour:02}:00:00+00:00",
            "finished": f"2026-03-01T{hour:02}:00:10+00:00",
            "git_commit": "abc123",
            "git_dirty": False,
            "versions": {"torch": "2.15.0", "timm": "1.0.31"},
            "hardware": {"cpu": "some CPU", "cores": 2, "gpu": None},
            "device": "cpu",
            "threads": 1,
            "precision": "float32",
            "executor": "inline",
            "usage": [{"time": f"2026-03-01T{hour:02}:00:10+00:00", "cpu_utilization_percentage": 50.0}],
        },
    }


@pytest.fixture
def make_record() -> Callable[..., dict[str, Any]]:
    """A function of creation method, seed, status and hour of the day."""
    return _record


@pytest.fixture
def records() -> list[dict[str, Any]]:
    """Two creation methods, three seeds."""
    return [_record(creation, seed) for creation in CREATIONS for seed in range(3)]


@pytest.fixture
def study(records: list[dict[str, Any]]) -> dict[str, Any]:
    """The study.json to them."""
    cells = sorted({record["cell_id"] for record in records})
    return {"name": "gap", "title": "The gap", "claim": "It is there.", "cells": cells, "overrides": ["seed=0,1,2"]}


@pytest.fixture
def study_folder(tmp_path: Path, study: dict[str, Any], records: list[dict[str, Any]]) -> Path:
    """A study on disk, as a sweep without tracking leaves it."""
    folder = tmp_path / "runs" / study["name"]
    write_text(folder / STUDY, json.dumps(study))
    for record in records:
        text = json.dumps(record).replace("NaN", "null")
        write_text(folder / record["run_id"] / RECORD, text)
    return folder


@pytest.fixture(scope="session")
def empty_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store whose tables are made: MLflow takes seconds for them."""
    mlflow = pytest.importorskip("mlflow")
    database = tmp_path_factory.mktemp("store") / "mlflow.db"
    mlflow.MlflowClient(f"sqlite:///{database}").search_experiments()
    return database


@pytest.fixture
def settings(empty_store: Path, tmp_path: Path) -> Settings:
    """A fresh store for each test."""
    database = tmp_path / "store" / "mlflow.db"
    database.parent.mkdir()
    with sqlite3.connect(empty_store) as source, sqlite3.connect(database) as target:
        source.backup(target)
    return Settings(uri=f"sqlite:///{database}")
