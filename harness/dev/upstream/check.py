"""Are the bundled weights worth having? Fine-tuned against from scratch on tasks that they were not trained on."""

from __future__ import annotations

import json
from typing import Any

import pandas as pd
import timm
import torch

from harness.data.load import load
from harness.dev.upstream.loop import SETTINGS, Setting, top1, train
from harness.model.weights.bundled import OVERLAY
from harness.spec.paths import bundled_file
from harness.spec.spec import Data

TARGETS = {
    "made, 1000 images": Data(name="made"),
    "digits, 200 images": Data(name="digits", samples=200),
}
RECIPE = Setting(lr=1e-3, epochs=10, batch_size=64, warmup_epochs=0, label_smoothing=0.0)
"""The same for every model, pretrained and from scratch; chosen once, for none of them."""
SEEDS = (0, 1, 2)


def _model(name: str, num_classes: int, pretrained: bool, seed: int) -> Any:
    torch.manual_seed(seed)
    structure = SETTINGS[name].structure
    if not pretrained:
        return timm.create_model(name, num_classes=num_classes, **structure)
    file = bundled_file(name)
    card = json.loads(file.with_suffix(".json").read_text(encoding="utf-8"))
    overlay = {"file": str(file), **{key: card[key] for key in OVERLAY}}
    return timm.create_model(
        name, pretrained=True, num_classes=num_classes, pretrained_cfg_overlay=overlay, **structure
    )


def check(name: str) -> pd.DataFrame:
    """One row for each target and seed: top-1 on its test part in percent, fine-tuned and from scratch."""
    rows = []
    for target, spec in TARGETS.items():
        dataset = load(spec)
        for seed in SEEDS:
            scores = {}
            for start in ("pretrained", "scratch"):
                model = _model(name, len(dataset.classes), start == "pretrained", seed)
                train(model, dataset.train, RECIPE, seed, augment=False)
                scores[f"{start}_top1"] = round(top1(model, dataset.load_test()), 2)
            rows.append({"backbone": name, "target": target, "seed": seed, **scores})
    frame = pd.DataFrame(rows)
    frame["difference"] = (frame["pretrained_top1"] - frame["scratch_top1"]).round(2)
    return frame
