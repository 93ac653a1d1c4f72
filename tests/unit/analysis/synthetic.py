"""A made study with known effects, written through the real store."""

from __future__ import annotations

import copy
import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from harness.records.record import Record
from harness.records.store import write_record, write_text

ARMS = (("create_model", "keep"), ("swap_head", "keep"), ("create_model", "zeros"), ("swap_head", "zeros"))
CLASSES = 10
EVALUATIONS = 6


def spec(**changes: Any) -> dict[str, Any]:
    """A full dump of a spec, with dotted changes such as `recipe__lr`."""
    base: dict[str, Any] = {
        "backbone": {"name": "test_efficientnet", "kwargs": {}},
        "weights": {"name": "bundled", "label": None, "fingerprint": None},
        "creation": {"name": "create_model", "target": None, "kwargs": {}, "fingerprint": None},
        "init": {"name": "keep"},
        "data": {
            "name": "digits",
            "label": "digits",
            "size": 32,
            "classes": None,
            "samples": None,
            "val_fraction": 0.2,
            "domain": "target",
            "groups": None,
            "fingerprint": None,
        },
        "transforms": {"name": "none"},
        "regularization": dict.fromkeys(("drop_rate", "attn_drop_rate", "proj_drop_rate", "drop_path_rate")),
        "transfer": {"name": "full"},
        "recipe": {"optimizer": "adamw", "lr": 0.001, "weight_decay": 0.0, "momentum": None, "epochs": 5}
        | {"batch_size": 64, "schedule": "cosine", "warmup_epochs": 0.0, "label_smoothing": 0.0},
        "seed": 0,
        "replicate": 0,
    }
    for name, value in changes.items():
        group, _, key = name.partition("__")
        if key:
            base[group][key] = value
        elif isinstance(base[group], dict):
            base[group]["name"] = value
        else:
            base[group] = value
    return base


def identity(content: dict[str, Any]) -> tuple[str, str]:
    """Ids of run and cell that are unlike for unlike specs."""
    import hashlib

    def digest(value: dict[str, Any]) -> str:
        return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:12]

    return digest(content), digest({key: value for key, value in content.items() if key != "seed"})


def record(content: dict[str, Any], top1: float, draw: int, status: str = "finished", **changes: Any) -> Record:
    """A record with a curve that rises to `top1`; `draw` seeds what is bitwise equal in equal runs."""
    run_id, cell_id = identity(content)
    random = np.random.default_rng(draw)
    wide = content["creation"]["name"] == "create_model" and content["init"]["name"] == "keep"
    sd = 0.18 if wide and "efficientnet" in content["backbone"]["name"] else 0.016
    sd = 0.0 if content["init"]["name"] == "zeros" else sd
    weights = random.normal(0, sd, 2000)
    counts, edges = np.histogram(weights, bins=40) if sd else (np.array([2000]), np.array([0.0, 0.0]))
    steps = 30 * content["recipe"]["epochs"]
    points = []
    for at in range(EVALUATIONS + 1):
        share = 1 - math.exp(-3 * at / EVALUATIONS)
        level = 100 / CLASSES + (top1 - 100 / CLASSES) * share / (1 - math.exp(-3))
        points.append(
            {"step": steps * at // EVALUATIONS, "epoch": at, "lr": content["recipe"]["lr"]}
            | {"train_loss": None if at == 0 else 2.3 * (1 - share), "val_loss": 2.4 - 0.02 * level}
            | {"val_top1": level, "grad_norm_head": None if at == 0 else 0.5 + 0.01 * random.random()}
            | {"grad_norm_backbone": None if at == 0 else 0.3}
        )
    moments = {"mean": 0.0, "std": sd, "min": -3 * sd, "max": 3 * sd, "norm": 1.0}
    fields: dict[str, Any] = {
        "data": {"label": content["data"]["label"], "num_classes": CLASSES, "classes": [str(i) for i in range(CLASSES)]}
        | {"n_train": 800, "n_val": 200, "n_test": 500, "class_counts": [80] * CLASSES}
        | {"split_hash": f"split{content['seed']}", "test_hash": "test", "test_images_in_train": 0},
        "birth": {"initial_loss": 2.31 + 8 * sd * sd * 10, "uniform_loss": math.log(CLASSES), "logit_std": sd}
        | {"head": [{"name": "classifier", "kind": "Linear", "in_features": 256, "out_features": CLASSES}
                    | {"weight": moments, "bias": None}
                    | {"histogram": {"edges": edges.tolist(), "counts": counts.tolist()}}]}
        | {"rates": dict.fromkeys(content["regularization"], 0.0), "backbone_hash": content["backbone"]["name"]}
        | {"weights": {"source": "bundled", "label": "x", "fingerprint": "f", "tag": "t", "expected": 90}
                      | {"loaded": 90, "not_loaded": []}}
        | {"preprocessing": {"mean": [0.5], "std": [0.5], "interpolation": "bicubic", "size": 32}}
        | {"batchnorm": "train", "parameters": 300_000, "trainable_parameters": 300_000},
        "curve": points,
        "metrics": {"top1": top1, "top5": min(100.0, top1 + 10), "loss": 1.0, "val_top1": top1, "val_top5": 99.0}
        | {"val_loss": 2.4 - 0.02 * top1, "steps": steps},
        "statistics": [{"name": "classifier.weight", "shape": [10, 256], "head": True, "before": moments}
                       | {"after": moments, "distance": 1.0}],
        "timing": {"data_s": 0.1, "train_s": 2.0, "eval_s": 0.2, "total_s": 3.0, "images_per_s": 2000.0},
        "provenance": {"started": "2026-11-20T10:00:00Z", "finished": "2026-11-20T10:00:03Z", "git_commit": "abc123"}
        | {"git_dirty": False, "versions": {"torch": "2.15.0", "timm": "1.0.31"}}
        | {"hardware": {"cpu": "a processor", "cores": 2, "gpu": None}, "device": "cpu", "threads": 1}
        | {"precision": "float32", "executor": "local"},
    }  # fmt: skip
    if status == "failed":
        fields = {"provenance": fields["provenance"], "reason": "RuntimeError: it broke"}
    if status == "diverged":
        fields |= {"metrics": dict.fromkeys(fields["metrics"]), "reason": "the loss was not finite"}
    fields |= changes
    return Record(run_id=run_id, cell_id=cell_id, spec=copy.deepcopy(content), status=status, **fields)  # type: ignore[arg-type]


def write_study(folder: Path, records: list[Record], **changes: Any) -> Path:
    """Write records and `study.json`."""
    for entry in records:
        write_record(folder, entry)
    study = {
        "name": "made",
        "title": "Does the creation method matter?",
        "claim": "Direct creation loses.",
        "arms": ["creation", "init", "replicate"],
        "baseline": {"creation": "create_model", "init": "keep", "replicate": 0},
        "margin": 1.0,
        "cells": sorted({entry.cell_id for entry in records}),
        "overrides": ["creation=create_model,swap_head"],
        "skipped": [],
        "historical": None,
    }
    write_text(folder / "study.json", json.dumps(study | changes))
    return folder


def effect(backbone: str, creation: str, init: str, lr: float, epochs: int) -> float:
    """The effect put in, in points: the EfficientNet's wide head costs accuracy at small rates and few epochs."""
    if "efficientnet" not in backbone or (creation, init) != ("create_model", "keep"):
        return 0.0
    return {1e-4: -40.0, 1e-3: -12.0, 1e-2: 0.0}.get(lr, -12.0) * (2 / epochs) ** 0.5


def synthetic_runs(
    seeds: int = 10,
    rates: tuple[float, ...] = (1e-4, 1e-3, 1e-2),
    epochs: tuple[int, ...] = (2, 5),
    backbones: tuple[str, ...] = ("test_efficientnet", "test_resnet"),
    arms: tuple[tuple[str, str], ...] = ARMS,
    replicates: bool = True,
    change: Callable[[dict[str, Any]], dict[str, Any]] = lambda content: {},
) -> list[Record]:
    """Every cell of a map. A seed moves all arms alike by some points; arms of one law share their draw exactly."""
    found = []
    for backbone in backbones:
        for lr in rates:
            for length in epochs:
                for seed in range(seeds):
                    shared = float(np.random.default_rng([seed, 7]).normal(0, 5))
                    for creation, init in arms:
                        for replicate in (0, 1) if replicates and init == "keep" else (0,):
                            # one law, one draw: only the EfficientNet's create_model keeps a law of its own
                            own = "efficientnet" in backbone and (creation, init) == ("create_model", "keep")
                            law = ["zeros", "own", "torch"].index(
                                "zeros" if init == "zeros" else "own" if own else "torch"
                            )
                            draw = [seed, replicate, law, int(1e6 * lr), length, len(backbone)]
                            noise = float(np.random.default_rng(draw).normal(0, 0.5))
                            top1 = 75 + shared + noise + effect(backbone, creation, init, lr, length)
                            content = spec(
                                backbone=backbone,
                                creation=creation,
                                init=init,
                                recipe__lr=lr,
                                recipe__epochs=length,
                                seed=seed,
                                replicate=replicate,
                            )
                            number = int(np.random.default_rng(draw).integers(2**31))
                            found.append(record(content, round(top1, 4), number, **change(content)))
    return found
