"""What a record tells of one run beyond its spec: outcome, initial diagnostics, and facts that may explain a gap."""

from __future__ import annotations

import hashlib
import json
from functools import cache
from typing import Any

import orjson

OTHER_METRICS = tuple(
    f"{prefix}{name}"
    for name in (
        "average_precision",
        "f1_macro",
        "f1_micro",
        "f1_macro_half",
        "f1_micro_half",
        "sensitivity_at_specificity",
    )
    for prefix in ("", "val_")
)
"""What else a study may compare by."""

NUMBERS = (
    "num_classes",
    "n_train",
    "n_val",
    "n_test",
    "test_images_in_train",
    "initial_loss",
    "uniform_loss",
    "logit_std",
    "head_std",
    "top1",
    "top5",
    "loss",
    "val_top1",
    "val_top5",
    "val_loss",
    "balanced_accuracy",
    "auroc",
    "val_balanced_accuracy",
    "val_auroc",
    *OTHER_METRICS,
    "shift_top1",
    "steps",
    "weights_expected",
    "weights_loaded",
    "parameters",
    "trainable_parameters",
    "learnable_tensors",
    "unmoved_tensors",
    "first_grad_head",
    "first_grad_backbone",
    "train_s",
    "total_s",
)


LOADED, FRESH = "loaded", "fresh"
"""Where a head's first values came from: loaded from the weights, or newly initialised."""


def _text(value: Any) -> str | None:
    return None if value in (None, {}, []) else _readable(orjson.dumps(value))


@cache
def _readable(value: bytes) -> str:
    """Few values are told by many runs, and the readable form takes ten times as long to write as the short one."""
    return json.dumps(orjson.loads(value), sort_keys=True)


_FINAL = ("top1", "top5", "loss", "val_top1", "val_top5", "val_loss", "steps")
"""The final metrics that every record has: what is measured beside them since must not tell old runs from new ones."""


def _trajectory(record: dict[str, Any]) -> str | None:
    """Hash of the learning curve and the final metrics: equal for runs that are equal number by number."""
    if not record.get("curve") or not record.get("metrics"):
        return None
    final = {name: value for name, value in record["metrics"].items() if name in _FINAL}
    text = orjson.dumps([record["curve"], final], option=orjson.OPT_SORT_KEYS)
    return hashlib.blake2b(text, digest_size=12).hexdigest()


def _origin(heads: list[dict[str, Any]]) -> str | None:
    """`loaded` where a head holds values of the weights, else `fresh`; None in records older than the fact."""
    origins = [head.get("origin") for head in heads]
    return None if not origins or None in origins else LOADED if LOADED in origins else FRESH


def facts(record: dict[str, Any]) -> dict[str, Any]:
    """One flat row of facts; what a record lacks is None."""
    data = record.get("data") or {}
    initial = record.get("birth") or {}
    metrics = record.get("metrics") or {}
    timing = record.get("timing") or {}
    provenance = record.get("provenance") or {}
    weights = initial.get("weights") or {}
    heads = initial.get("head") or []
    statistics = record.get("statistics") or []
    curve = record.get("curve") or []
    trained: dict[str, Any] = next((point for point in curve if point.get("step")), {})
    last = curve[-1] if curve else {}
    distances = [tensor["distance"] for tensor in statistics if tensor.get("distance") is not None]
    return {
        "status": record.get("status"),
        "reason": record.get("reason"),
        "num_classes": data.get("num_classes"),
        "targets": data.get("targets"),
        "n_train": data.get("n_train"),
        "n_val": data.get("n_val"),
        "n_test": data.get("n_test"),
        "split_hash": data.get("split_hash"),
        "test_hash": data.get("test_hash"),
        "test_images_in_train": data.get("test_images_in_train"),
        "initial_loss": initial.get("initial_loss"),
        "uniform_loss": initial.get("uniform_loss"),
        "logit_std": initial.get("logit_std"),
        "head_origin": _origin(heads),
        "head_keys": _text(sorted({key for head in heads for key in head.get("keys") or []})),
        "weights_label": weights.get("label"),
        "weights_changes": _text(weights.get("changes")),
        "head_std": ((heads[0].get("weight") or {}).get("std")) if heads else None,
        "top1": metrics.get("top1"),
        "top5": metrics.get("top5"),
        "loss": metrics.get("loss"),
        "val_top1": metrics.get("val_top1", last.get("val_top1")),
        "val_top5": metrics.get("val_top5"),
        "val_loss": metrics.get("val_loss", last.get("val_loss")),
        "balanced_accuracy": metrics.get("balanced_accuracy"),
        "auroc": metrics.get("auroc"),
        "val_balanced_accuracy": metrics.get("val_balanced_accuracy"),
        "val_auroc": metrics.get("val_auroc"),
        **{name: metrics.get(name) for name in OTHER_METRICS},
        "shift_top1": metrics.get("shift_top1"),
        "steps": metrics.get("steps", last.get("step")),
        "trajectory": _trajectory(record),
        "rates": _text(initial.get("rates")),
        "backbone_hash": initial.get("backbone_hash"),
        "weights_source": weights.get("source"),
        "weights_variant": _text([weights.get(key) for key in ("label", "fingerprint", "tag")] if weights else None),
        "weights_expected": weights.get("expected"),
        "weights_loaded": weights.get("loaded"),
        "preprocessing": _text(initial.get("preprocessing")),
        "batchnorm": initial.get("batchnorm"),
        "parameters": initial.get("parameters"),
        "trainable_parameters": initial.get("trainable_parameters"),
        "learnable_tensors": len(statistics) or None,
        "unmoved_tensors": sum(distance <= 0 for distance in distances) if distances else None,
        "first_grad_head": trained.get("grad_norm_head"),
        "first_grad_backbone": trained.get("grad_norm_backbone"),
        "train_s": timing.get("train_s"),
        "total_s": timing.get("total_s"),
        "device": provenance.get("device"),
        "threads": provenance.get("threads"),
        "precision": provenance.get("precision"),
        "executor": provenance.get("executor"),
        "versions": _text(provenance.get("versions")),
    }
