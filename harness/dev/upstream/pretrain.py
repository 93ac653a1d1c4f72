"""One bundled model: trained on the source task and written with the card that timm needs to load it."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import timm
import torch
from safetensors.torch import save

from harness.data.load import load
from harness.dev.upstream.loop import MEAN, SETTINGS, SIZE, STD, top1, train
from harness.records.store import write_text, written
from harness.spec.paths import bundled_file
from harness.spec.spec import Data

SOURCE = Data(name="made", domain="source", size=SIZE)
SEED = 0


def pretrain(name: str) -> Path:
    """Train `name` on the source task and write its weights (float32) and card; returns the weights file."""
    setting = SETTINGS[name]
    dataset = load(SOURCE)
    torch.manual_seed(SEED)
    model = timm.create_model(name, num_classes=len(dataset.classes), **setting.structure, **setting.start)
    train(model, dataset.train, setting, SEED, augment=True)
    file = bundled_file(name)
    with written(file) as stream:
        stream.write(save({key: tensor.contiguous() for key, tensor in model.state_dict().items()}))
    recipe = asdict(setting)
    card: dict[str, Any] = {
        "num_classes": len(dataset.classes),
        "mean": MEAN,
        "std": STD,
        "input_size": (3, SIZE, SIZE),
        "interpolation": "bicubic",
        "crop_pct": 1.0,
        "structure": recipe.pop("structure"),
        "training": {
            "data": "made, source domain",
            "images": len(dataset.train),
            "transforms": "crop_flip",
            "optimizer": "adamw, cosine schedule",
            "seed": SEED,
            **recipe,
        },
        "held_out_top1": round(top1(model, dataset.load_test()), 2),
    }
    write_text(file.with_suffix(".json"), json.dumps(card, indent=1) + "\n")
    return file
